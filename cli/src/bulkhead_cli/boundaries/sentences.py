"""A comparison in sentences for people. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from bulkhead_cli.boundaries.compare import Change, Comparison
from bulkhead_cli.boundaries.grants import Admits, ApiRight, Fence, Reaches, Runs
from bulkhead_cli.boundaries.phrases import lines_of_flows, phrase_of, phrases_of_rights

EQUAL = "No boundary differs."
"""Said where nothing does."""


def text_of_comparison(comparison: Comparison) -> str:
    """Write it as text; a line break ends it."""
    if not comparison.widened and not comparison.narrowed:
        return f"{EQUAL}\n"
    parts = [
        *_part("Wider", sentences_of(comparison.widened, widens=True)),
        *_part("Narrower", sentences_of(comparison.narrowed, widens=False)),
    ]
    return "\n".join(parts) + "\n"


def sentences_of(changes: Sequence[Change], *, widens: bool) -> list[str]:
    """Give a sentence for each change; those of several processes that say the same are said once."""
    by_words: dict[str, list[str]] = {}
    for process in dict.fromkeys(change.process for change in changes):
        for words in _words([each for each in changes if each.process == process], widens=widens):
            by_words.setdefault(words, []).append(process)
    return [f"this change {words.replace(_WHO, _and(who))}" for words, who in by_words.items()]


def sentence_of(change: Change, *, widens: bool) -> str:
    """Give the sentence of one change by itself."""
    return sentences_of([change], widens=widens)[0]


_WHO = "\0"


def _words(changes: Iterable[Change], *, widens: bool) -> Iterator[str]:
    gives = f"gives {_WHO}" if widens else f"takes from {_WHO}"
    rights: list[ApiRight] = []
    goes: list[Reaches] = []
    comes: list[Admits] = []
    for change in changes:
        match change.what:
            case Runs():
                yield f"{'adds' if widens else 'removes'} the process {_WHO}"
            case ApiRight() as right:
                rights.append(right)
            case Reaches() as flow:
                goes.append(flow)
            case Admits() as flow:
                comes.append(flow)
            case Fence() as fence:
                yield _fence_words(fence, widens=widens, reads_differently=change.reads_differently)
            case grant:
                yield f"{gives} {phrase_of(grant)}"
    yield from (f"{gives} {phrase}" for phrase in phrases_of_rights(rights))
    yield from (f"{gives} a way to {flows}" for flows in lines_of_flows(goes))
    yield from (f"{gives} callers from {flows}" for flows in lines_of_flows(comes))


def _fence_words(fence: Fence, *, widens: bool, reads_differently: bool) -> str:
    if reads_differently:
        side = "what it refused" if widens else "what it refuses now"
        return (
            f"rewrites a fence around {_WHO}, which nothing can compare, so {side} counts:"
            f" policy {fence.policy}: {fence.says}"
        )
    return (
        f"{'takes away a fence from' if widens else 'puts a fence around'} {_WHO}: policy {fence.policy}: {fence.says}"
    )


def _part(title: str, sentences: Sequence[str]) -> list[str]:
    return [f"{title} ({len(sentences)}):", *(f"  {each}" for each in sentences)] if sentences else []


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
