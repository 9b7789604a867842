"""Measures what hostile templates cost under the default limits: how long each takes, and how much memory at most.

Each is rendered by a child process of its own, which may take 4 GB and a minute. Run by hand after a change of what
functions charge: `.venv/bin/python tests/performance/hostile_costs.py [part of a name]`; all of them take a quarter of
an hour. What takes more than five seconds or half a gigabyte is charged too little, and marked.
"""

import json
import resource
import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

_TESTS: Final = Path(__file__).parents[2] / "libs/templating/tests"
_TEMPLATES: Final = runpy.run_path(str(_TESTS / "hostile/hostile_templates.py"))["HOSTILE"]
_ALLOWED_S: Final = 5
_ALLOWED_MB: Final = 512
_MOST_BYTES: Final = 4_000_000_000
_MOST_CPU_S: Final = 60
_CHILD: Final = "--child"


def main() -> None:
    """Measure all templates whose name contains the argument and print a line for each; exit 1 if any is marked."""
    if sys.argv[1:2] == [_CHILD]:
        _measure(sys.argv[2])
        return
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    marked = 0
    for name in (row.name for row in _TEMPLATES if wanted in row.name):
        child = [sys.executable, __file__, _CHILD, name]
        line = _line(name, subprocess.run(child, capture_output=True, text=True, check=False).stdout)
        marked += line.startswith("!")
        print(line, flush=True)
    sys.exit(f"{marked} of them take too much" if marked else None)


def _line(name: str, answer: str) -> str:
    if not answer:
        return f"!  killed                {name}"
    seconds, megabytes, end = json.loads(answer)
    mark = "!" if seconds > _ALLOWED_S or megabytes > _ALLOWED_MB else " "
    return f"{mark} {seconds:6.2f} s {megabytes:5.0f} MB  {end[:60]:60}  {name[:90]}"


def _measure(name: str) -> None:
    """Render one of them and print seconds, megabytes and how it ended, as JSON."""
    text = next(row.text() for row in _TEMPLATES if row.name == name)
    rendering = runpy.run_path(str(_TESTS / "crypto/crypto_templates.py"))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    before_mb = _peak_mb()
    started = time.perf_counter()
    try:
        end = f"{len(rendering['render'](text, limits=rendering['Limits']()))} bytes"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
        end = f"{type(error).__name__}: {str(error)[:100]}"
    print(json.dumps([time.perf_counter() - started, _peak_mb() - before_mb, end]))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
