"""What a first start shows: two ways to begin."""
