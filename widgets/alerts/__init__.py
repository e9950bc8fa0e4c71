"""The Alerts screen: what fires, what people were told, and the rules with their back-test."""
