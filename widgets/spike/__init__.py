"""The answer to "why?" over a chart."""
