"""Questions with a moment, answered as frozen values from the session's facts. One file a screen."""
