"""The Triage screen: where tickets are decided, by keys alone."""
