"""Measures templates beside Go's own: `make bench-templates`.

For each case the time to parse it and to render it when it is warm, here and in Go in the same run, and their ratio;
every time is the mean of the best of five rounds. The outputs of both must be the same.
"""

import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cases import CASES, Case

from bulkhead_templating import Environment, FunctionMap, MissingKey, Template, parse
from bulkhead_templating.eso import crypto
from bulkhead_templating.kinds import STRING
from bulkhead_templating.sprig import every_function
from bulkhead_templating.values import TypedMap
from bulkhead_testkit.originals import ask_original

_FUNCTIONS: Final = FunctionMap(every_function.FUNCTIONS, crypto.FUNCTIONS)
_ROUNDS: Final = 5
_ROUND_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one side took, and what came out."""

    parse_us: float
    render_us: float
    output: str


def main() -> None:
    """Measure all cases and print a table of Markdown; exit 1 if Go renders one of them to something else."""
    questions = ({"template": case.template, "data": case.data, "round_s": _ROUND_S} for case in CASES)
    theirs = ask_original(Path(__file__).parent, questions)
    print("| template | lines | parse, µs | Go | ratio | render, µs | Go | ratio | goal |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case, answer in zip(CASES, theirs, strict=True):
        ours, original = _measured(case), Measured(**answer)
        if ours.output != original.output:
            sys.exit(f"{case.name}: Go renders it to something else")
        print(_row(case, ours, original), flush=True)


def _row(case: Case, ours: Measured, original: Measured) -> str:
    cells = [
        case.name,
        str(case.template.count("\n")),
        *_compared(ours.parse_us, original.parse_us),
        *_compared(ours.render_us, original.render_us),
        _verdict(case, ours),
    ]
    return f"| {' | '.join(cells)} |"


def _compared(ours_us: float, theirs_us: float) -> tuple[str, str, str]:
    return f"{ours_us:,.0f}", f"{theirs_us:,.1f}", f"{ours_us / theirs_us:.0f}"


def _verdict(case: Case, ours: Measured) -> str:
    if case.goal_us is None:
        return ""
    return f"<= {case.goal_us:,.0f}, {'met' if ours.render_us <= case.goal_us else 'missed'}"


def _measured(case: Case) -> Measured:
    template = _parsed(case)
    return Measured(
        parse_us=_shortest_us(lambda: _parsed(case)),
        render_us=_shortest_us(lambda: _rendered(template, case)),
        output=_rendered(template, case).decode(),
    )


def _parsed(case: Case) -> Template:
    return parse("t", case.template, functions=_FUNCTIONS)


def _rendered(template: Template, case: Case) -> bytes:
    """Render as the controller does: with a new environment and data of its own."""
    return template.execute(
        TypedMap(STRING, STRING, case.data),
        functions=_FUNCTIONS,
        environment=Environment(now_ns=0, random_bytes=secrets.token_bytes),
        missing_key=MissingKey.ERROR,
    )


def _shortest_us(call: Callable[[], object]) -> float:
    """Give the mean time of a call in the best of some rounds."""
    means = []
    for _ in range(_ROUNDS):
        calls = 0
        started = time.perf_counter()
        while (spent_s := time.perf_counter() - started) < _ROUND_S:
            call()
            calls += 1
        means.append(spent_s / calls * 1_000_000)
    return min(means)


if __name__ == "__main__":
    main()
