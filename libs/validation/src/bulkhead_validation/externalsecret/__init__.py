"""Rules for spec of an ExternalSecret, and for the one that stands in a ClusterExternalSecret."""
