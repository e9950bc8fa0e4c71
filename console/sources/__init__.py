"""Remote systems, one a file. Their shapes die at this door: what leaves is ``Fetched`` or ``SourceError``."""
