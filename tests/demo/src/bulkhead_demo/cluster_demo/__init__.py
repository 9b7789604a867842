"""The demo in containers: the same story on a real node, or on a cluster that is given."""
