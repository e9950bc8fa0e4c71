"""Answers in words, tones and figures. Pure: nothing here asks, waits or draws."""
