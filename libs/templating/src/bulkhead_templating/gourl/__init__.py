"""Go's net/url, as far as sprig needs it."""
