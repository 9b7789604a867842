"""Go's encoding/json for the values of templates."""
