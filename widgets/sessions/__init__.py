"""The Sessions screen: the launches known on this machine."""
