"""Which images there are: the processes by name, a provider server for each `provider.yaml`, and what tests need."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import yaml

REGISTRY: Final = "localhost/bulkhead"
"""The chart's own default of `image.registry`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One image that the chart installs."""

    name: str
    """The image's name below the registry, such as `provider-vault`."""
    distribution: str
    """Whose locked closure the image holds."""
    title: str
    """What it is, for the labels."""

    @property
    def module(self) -> str:
        """The Python module that is run."""
        return self.distribution.replace("-", "_")


PROCESSES: Final = (
    Program(name="controller", distribution="bulkhead-controller", title="Bulkhead controller"),
    Program(name="certcontroller", distribution="bulkhead-certcontroller", title="Bulkhead certcontroller"),
    Program(name="webhook", distribution="bulkhead-webhook", title="Bulkhead webhook"),
)
TEST_IMAGES: Final = ("openbao", "probe")
"""Made only when somebody names them."""


class _Provider(msgspec.Struct):
    name: str
    title: str
    distribution: str


def programs(checkout: Path) -> tuple[Program, ...]:
    """Give what the chart can install, by reading `provider.yaml` of every provider server.

    Raises:
        msgspec.ValidationError: a `provider.yaml` lacks its name, title or distribution.
    """
    described = sorted((checkout / "provider-servers").glob("*/provider.yaml"))
    providers = [msgspec.convert(yaml.safe_load(path.read_text()), _Provider) for path in described]
    return (
        *PROCESSES,
        *(
            Program(
                name=f"provider-{provider.name}",
                distribution=provider.distribution,
                title=f"Bulkhead provider server for {provider.title}",
            )
            for provider in providers
        ),
    )
