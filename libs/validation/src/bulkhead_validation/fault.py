"""One thing that is wrong with an object, and who minds."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What comes of a fault. The profile decides only about `NEVER_WORKS`."""

    ESO_REFUSES = "EsoRefuses"
    """ESO 2.9's webhook refuses it: refused in every profile."""
    NEVER_WORKS = "NeverWorks"
    """ESO accepts it, and it cannot work whatever happens: refused, but in the profile eso-compat a warning."""
    DOUBTFUL = "Doubtful"
    """ESO accepts it, and it could work: a warning in every profile."""
    ESO_WARNS = "EsoWarns"
    """ESO answers with this warning; its words are ESO's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with an object."""

    path: str
    """Where, such as `spec.dataFrom[0].find.name.regexp`."""
    message: str
    """What is wrong and what to do, one line. Never quotes a value that may be secret."""
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"
