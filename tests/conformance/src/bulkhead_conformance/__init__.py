"""The conformance suite for provider servers in any language.

It talks to a running server as the controller does: `bulkhead-conformance --help`, or, in a provider's own tests,
`from bulkhead_conformance.suite import *` beside a fixture named `target`.
"""

import pytest

# Before anybody imports these: their assertions then say what was expected and what came.
pytest.register_assert_rewrite("bulkhead_conformance.suite", "bulkhead_conformance.conversation")
