"""What a stack asks of the chart for each profile; what it starts, the integration tests show."""

from pathlib import Path

import pytest

from bulkhead_testkit.helm import render
from bulkhead_testkit.stack import Stack, StackOptions, _called_services


def values(folder: Path, profile: str) -> dict[str, object]:
    options = StackOptions(providers=("fake",), profile=profile, profile_namespaces=("a", "b"))
    return dict(Stack(options, folder=folder)._values())


def test_the_profile_namespaced_names_its_namespaces(tmp_path: Path) -> None:
    found = values(tmp_path / "stack", "namespaced")
    assert (found["profile"], found["profileNamespaces"]) == ("namespaced", ["a", "b"])


@pytest.mark.parametrize("profile", ["strict", "eso-compat"])
def test_no_namespaces_are_named_for_the_profile(tmp_path: Path, profile: str) -> None:
    found = values(tmp_path / "stack", profile)
    assert found["profile"] == profile
    assert "profileNamespaces" not in found


def test_a_stack_without_the_vault_provider_has_no_openbao(tmp_path: Path) -> None:
    stack = Stack(StackOptions(providers=("fake",)), folder=tmp_path / "stack")
    with pytest.raises(LookupError, match="no vault provider"):
        _ = stack.backend


def test_only_services_that_our_processes_call_are_looked_for_on_this_machine(tmp_path: Path) -> None:
    stack = Stack(StackOptions(providers=("fake",), webhook=True), folder=tmp_path / "stack")
    assert _called_services(render(stack._values())) == [
        "bulkhead-certcontroller-health.bulkhead-system.svc",
        "bulkhead-controller-health.bulkhead-system.svc",
        "bulkhead-webhook-health.bulkhead-system.svc",
    ]
