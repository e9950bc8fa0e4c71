"""The append-only memory: a DuckDB file a session."""
