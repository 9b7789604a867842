"""The options and fixtures of the command; a provider's own tests define `target` themselves."""

from pathlib import Path

import pytest

from bulkhead_conformance.cases import CasesError, cases_from_file
from bulkhead_conformance.target import Target


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options that `__main__` hands over."""
    group = parser.getgroup("conformance")
    group.addoption("--conformance-address", required=True)
    group.addoption("--conformance-server-id", required=True)
    group.addoption("--conformance-tls-dir", required=True, type=Path)
    group.addoption("--conformance-cases", required=True, type=Path)
    group.addoption("--conformance-bad-tls-dir", action="append", default=[], type=Path)
    group.addoption("--conformance-revoked-tls-dir", action="append", default=[], type=Path)
    group.addoption("--conformance-live-address", default="")


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Target:
    """The server that the options name."""
    try:
        cases = cases_from_file(pytestconfig.getoption("conformance_cases"))
    except CasesError as error:
        raise pytest.UsageError(str(error)) from error
    return Target(
        address=pytestconfig.getoption("conformance_address"),
        server_id=pytestconfig.getoption("conformance_server_id"),
        tls_dir=pytestconfig.getoption("conformance_tls_dir"),
        cases=cases,
        refused_tls_dirs=tuple(pytestconfig.getoption("conformance_bad_tls_dir")),
        revoked_tls_dirs=tuple(pytestconfig.getoption("conformance_revoked_tls_dir")),
        live_address=pytestconfig.getoption("conformance_live_address"),
    )
