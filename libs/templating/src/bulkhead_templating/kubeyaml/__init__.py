"""The output of a template as parts of a Kubernetes object: decoded as Kubernetes decodes YAML, set at a path."""
