"""`bulkhead chart-values`: values of ESO's chart as values of Bulkhead's, and what has no counterpart."""
