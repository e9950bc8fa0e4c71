"""The Sources screen: what we poll, how it fares, and the form that adds or edits one."""
