"""What goes wrong with a cluster."""


class ClusterError(Exception):
    """The cluster did not start, stop or do as asked; the message says where to look, its note is the log's end."""
