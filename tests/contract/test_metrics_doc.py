"""docs/metrics.md names every metric that a process has, and none that none has."""

import re
from pathlib import Path
from typing import Final

from bulkhead_controller.brakes.limits import Brake
from bulkhead_testkit.toolchain import CHECKOUT

SOURCES: Final = [
    path
    for folder in ("libs/runtime", "controller", "certcontroller", "webhook", "provider-servers/sdk")
    for path in (CHECKOUT / folder / "src").rglob("*.py")
]
OURS: Final = re.compile(r'"(bulkhead_[a-z_]+|controller_runtime_webhook_[a-z_]+)"')


def names(path: Path) -> set[str]:
    return set(OURS.findall(path.read_text()))


def metric_names() -> set[str]:
    """Counters are written without their ending in some places; the page has it everywhere."""
    found = {name for path in SOURCES for name in names(path) if name != "bulkhead_fields"}
    return found | {f"bulkhead_{brake}_blocked" for brake in Brake}


def documented() -> set[str]:
    text = (CHECKOUT / "docs" / "metrics.md").read_text()
    return set(re.findall(r"`((?:bulkhead|controller_runtime_webhook)_[a-z_]+)`", text))


def test_every_metric_is_on_the_page() -> None:
    found = metric_names()
    assert len(found) > 50
    assert sorted(name for name in found if not {name, f"{name}_total"} & documented()) == []


def test_the_page_names_no_metric_that_is_not_there() -> None:
    found = metric_names()
    assert sorted(name for name in documented() if not {name, name.removesuffix("_total")} & found) == []
