"""The Settings screen: everything a session's settings file holds but the sources."""
