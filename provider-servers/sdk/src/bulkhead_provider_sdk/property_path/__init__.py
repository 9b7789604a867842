"""Reading a property out of a JSON secret, as the External Secrets Operator does it.

The path language is that of tidwall/gjson 1.18, evaluated over the document's own text: an object or array comes back
as the slice of the document that it is, with its whitespace and the order of its keys. Everything here is pure.

Errors are `InvalidValueError` for documents and `InvalidRefError` for paths. Their messages are fragments such as
"the value is not valid JSON": they hold nothing of document or path, and the caller puts store and key in front.

Where this differs from gjson on purpose:

- The document must be valid JSON in UTF-8; gjson reads on in a broken one and returns what it happens to find.
- A malformed query, literal, multipath or modifier argument is refused; gjson guesses.
- Text inside a string is never taken for structure; gjson looks for brackets in it.
- What `@fromstr` takes out of a string must be JSON, and no modifier writes JSON that is none.
- Half a surrogate pair becomes U+FFFD and takes nothing after it along, as in Go's encoding/json.
- Length, nesting and work are limited, so that no path or document can keep a server busy.
"""

from bulkhead_provider_sdk.property_path.fields import decoded_fields, go_json, raw_fields
from bulkhead_provider_sdk.property_path.lookup import MAX_PATH_BYTES, literal_or_path, property_from_json
from bulkhead_provider_sdk.property_path.scan import MAX_DEPTH

__all__ = [
    "MAX_DEPTH",
    "MAX_PATH_BYTES",
    "decoded_fields",
    "go_json",
    "literal_or_path",
    "property_from_json",
    "raw_fields",
]
