"""A small Kubernetes client: only what a hot path needs, with typed objects in and out.

It knows tokens, paths, errors, lists and watches. It knows no resource of ours and takes no decision.
"""
