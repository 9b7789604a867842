"""Writes where an image is from, as an in-toto statement with SLSA's provenance. Pure; signing is the publisher's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from bulkhead_images.components import Component

_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "https://slsa.dev/provenance/v1"
_BUILD_TYPE: Final = "https://bulkhead.invalid/images/v1"
"""Of this builder; images/README.md says what it does with the parameters."""
_BUILDER: Final = "https://bulkhead.invalid/images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One finished image."""

    name: str
    """Such as `controller`."""
    digest: str
    """Of its manifest, with `sha256:` in front."""
    config_digest: str
    revision: str
    """The git commit of the checkout, or `unknown`."""
    source_date_epoch: int
    """Seconds since 1970 that all times in the image are."""
    components: Sequence[Component]


def provenance(built: Built) -> str:
    """Write the statement: what was built, from which inputs with which digests, and from which commit.

    No path, user, machine or hour of the build is in it, so that two builds write the same.

    Source: SLSA 1.0, "Provenance"; in-toto attestation framework 1.0, "Statement".
    """
    statement = {
        "_type": _STATEMENT,
        "subject": [
            {"name": built.name, "digest": {"sha256": built.digest.removeprefix("sha256:")}},
            {"name": f"{built.name}#config", "digest": {"sha256": built.config_digest.removeprefix("sha256:")}},
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD_TYPE,
                "externalParameters": {"image": built.name, "sourceDateEpoch": built.source_date_epoch},
                "resolvedDependencies": [
                    {"name": "source", "digest": {"gitCommit": built.revision}},
                    *(
                        {"uri": part.purl, "name": part.name, "digest": {"sha256": part.sha256}}
                        for part in sorted(built.components, key=lambda part: (part.origin, part.name))
                    ),
                ],
            },
            "runDetails": {"builder": {"id": _BUILDER}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(statement), indent=2).decode() + "\n"
