"""Compiles the Python files of layers with the very interpreter that will run them, taken out of the base layer.

The root of a container is read-only, so an interpreter could never keep what it compiled, and each start would cost
seconds of CPU. The files carry the hash of their source and are never checked against it, so that no time gets into
them.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bulkhead_images.tree import Entry, Kind

_COMPILE_S: Final = 300
_COMPILER: Final = """
import json, py_compile, sys
from importlib.util import cache_from_source
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
made = []
for path in json.load(sys.stdin):
    try:
        py_compile.compile(path, dfile="/" + path, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        continue
    made.append(cache_from_source(path))
json.dump(made, sys.stdout)
"""


class BytecodeError(Exception):
    """The interpreter of the base layer does not run here; the message says what it said."""


class Compiler(AbstractContextManager["Compiler"]):
    """The interpreter of a base layer; unpacked when it is first needed, and gone when the context ends."""

    def __init__(self, base: Callable[[], Iterable[Entry]]) -> None:
        """Take what gives the entries of a base layer; nothing is read or written yet."""
        self._base = base
        self._scratch = tempfile.TemporaryDirectory(prefix="bulkhead-images-")
        self._root = Path(self._scratch.name) / "base"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    def compiled(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give the bytecode of all Python files among the entries; what is no Python of this version gets none.

        Raises:
            BytecodeError: the interpreter could not be run.
        """
        sources = sorted((entry for entry in entries if _is_python(entry)), key=lambda entry: entry.path)
        if not sources:
            return []
        with tempfile.TemporaryDirectory(prefix="layer-", dir=self._scratch.name) as folder:
            _write(sources, Path(folder))
            made = self._run([entry.path for entry in sources], Path(folder))
            return [Entry(path=path, content=(Path(folder) / path).read_bytes()) for path in made]

    def _run(self, paths: list[str], folder: Path) -> list[str]:
        if not self._root.exists():
            _write(self._base(), self._root)
        # By its own loader and with its own libraries: the machine's may be older.
        loader = next(self._root.glob("usr/lib/*-linux-gnu/ld-linux*.so*"))
        command = [str(loader), "--library-path", str(loader.parent), str(self._root / "usr" / "bin" / "python3.11"),
                   "-s", "-S", "-B", "-c", _COMPILER]  # fmt: skip
        # Sets of constants are written in the order of their hashes, which is chance without a seed.
        environment = {
            "PYTHONHASHSEED": "0",
            "LC_ALL": "C.UTF-8",
            "TMPDIR": os.environ.get("TMPDIR", tempfile.gettempdir()),
        }
        done = subprocess.run(
            command, cwd=folder, input=json.dumps(paths), capture_output=True, text=True, check=False,
            env=environment, timeout=_COMPILE_S,
        )  # fmt: skip
        if done.returncode != 0:
            raise BytecodeError(f"the interpreter of the images does not run here: {done.stderr.strip()[-1000:]}")
        return [str(path) for path in json.loads(done.stdout)]


def _is_python(entry: Entry) -> bool:
    return entry.kind is Kind.FILE and entry.path.endswith(".py")


def _write(entries: Iterable[Entry], root: Path) -> None:
    for entry in entries:
        path = root / entry.path
        if entry.kind is Kind.FOLDER:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind is Kind.LINK:
            path.symlink_to(entry.target)
        else:
            path.write_bytes(entry.content)
            path.chmod(0o755 if entry.mode & 0o111 else 0o644)
