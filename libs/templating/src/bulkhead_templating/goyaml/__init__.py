"""YAML as sigs.k8s.io/yaml reads and writes it: go-yaml 2 on the way to and from JSON."""
