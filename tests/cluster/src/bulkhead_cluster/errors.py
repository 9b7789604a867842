"""What goes wrong with a cluster."""


class ClusterError(Exception):
    """The cluster did not start, stop or do as asked; the message says what and where to look, its note the log's end."""
