"""References of stores to Secrets and ConfigMaps, resolved in one place under the provider server's own identity.

`selectors` has what a store writes, `scope` decides which object that means, `objects` reads it, `resolver` is what
providers use. Nothing else in a provider server talks to the API server.
"""
