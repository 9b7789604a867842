"""The suite's classes and the fixtures that they need; `target` is the user's own."""

from bulkhead_conformance.suite.finding import TestFinding
from bulkhead_conformance.suite.fixtures import conversation
from bulkhead_conformance.suite.identity import TestIdentity
from bulkhead_conformance.suite.limits import TestLimits
from bulkhead_conformance.suite.reading import TestReading
from bulkhead_conformance.suite.requests import TestRequests
from bulkhead_conformance.suite.self_description import TestSelfDescription
from bulkhead_conformance.suite.standing import TestStanding
from bulkhead_conformance.suite.validating import TestValidating

__all__ = [
    "TestFinding",
    "TestIdentity",
    "TestLimits",
    "TestReading",
    "TestRequests",
    "TestSelfDescription",
    "TestStanding",
    "TestValidating",
    "conversation",
]
