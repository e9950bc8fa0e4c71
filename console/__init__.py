"""The console knows: facts, judgements, sources, questions. Qt never enters this package."""
