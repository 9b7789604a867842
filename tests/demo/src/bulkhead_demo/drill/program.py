"""The thief's program: the sources of `thief`, as one text for an interpreter that has none of this project's files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_SOURCES: Final = Path(__file__).parent / "thief"
_PACKAGE: Final = "bulkhead_demo.drill.thief"
# In the order in which they import each other.
_MODULES: Final = ("verdict", "api", "files", "network", "processes", "kernel", "calls", "main")

_LOADER: Final = """\
import sys, types
for name, source in SOURCES:
    module = types.ModuleType(name)
    sys.modules[name] = module
    parent, _, own = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], own, module)
    exec(compile(source, name, "exec"), module.__dict__)
sys.modules["bulkhead_demo.drill.thief.main"].run_as_program(PLAN)
"""


def thief_program(plan: Sequence[Mapping[str, object]]) -> str:
    """Write the program that tries the plan, for `python3 -I -`.

    Args:
        plan: as `thief.main` takes it.
    """
    sources = [(f"{_PACKAGE}.{name}", (_SOURCES / f"{name}.py").read_text()) for name in _MODULES]
    return f"SOURCES = {[(_PACKAGE, ''), *sources]!r}\nPLAN = {json.dumps(plan)!r}\n{_LOADER}"
