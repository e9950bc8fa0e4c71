"""The Exit screen."""
