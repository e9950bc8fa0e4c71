"""The Rules screen: rules over tickets, written while their dry run stands beside them."""
