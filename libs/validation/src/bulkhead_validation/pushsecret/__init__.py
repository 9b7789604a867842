"""Rules for spec of a PushSecret, and for the one that stands in a ClusterPushSecret."""
