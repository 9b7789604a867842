"""The drill of certificates: what can go wrong with them, on real processes, each with its expectation and time."""
