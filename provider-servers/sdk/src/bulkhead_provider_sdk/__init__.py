"""Everything a provider server needs but its backend."""
