"""The Command screen: the state of the launch in five seconds."""
