"""What ESO's chart says of each of its three Pods, and ours of all Pods together. Pure."""

from dataclasses import dataclass
from typing import Final

from bulkhead_cli.chart_values.rules import Fit, Found, Look, Note, NoteKind, UnfitError

_OTHERS: Final = ("webhook", "certController")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Finds one setting of all Pods: the controller's, which ESO lets `global` give as well."""

    key: str
    """In ESO's chart, below each component."""
    to: str
    """Path in our chart."""
    fit: Fit
    has_global: bool = True

    def __call__(self, look: Look) -> Found:
        """Give the controller's, and say where the others differ."""
        ours = self._of("", look)
        notes = []
        if ours:
            try:
                ours = self.fit(ours)
            except UnfitError as error:
                place = self.key if look(self.key) else f"global.{self.key}"
                return Found(values={}, notes=(Note(kind=NoteKind.LOST, path=place, says=str(error)),))
        others = {each: self._of(f"{each}.", look) for each in _OTHERS if look(f"{each}.create") is True}
        for each, theirs in others.items():
            if theirs and theirs != ours:
                says = f"{self.to} is one for all Pods, and the controller's counts"
                notes.append(Note(kind=NoteKind.LOST, path=f"{each}.{self.key}", says=says))
        if ours and not all(others.values()):
            says = f"now {self.to}: for all Pods, not the controller's alone"
            notes.append(Note(kind=NoteKind.CHANGED, path=self.key, says=says))
        return Found(values={self.to: ours} if ours else {}, notes=tuple(notes))

    def _of(self, component: str, look: Look) -> object:
        own = look(component + self.key)
        if not self.has_global:
            return own
        shared = look(f"global.{self.key}")
        if isinstance(own, dict) and isinstance(shared, dict):
            return shared | own
        return own or shared
