"""Makes the layers that images are stacked of, each once for each content, and keeps them in the cache.

A layer is one distribution, so a provider server of a new version is a new layer of its own and nothing else.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from bulkhead_images.base import Contents, base_entries, copyright_of, user_entries
from bulkhead_images.base_lock import Package
from bulkhead_images.bytecode import Compiler
from bulkhead_images.components import Component, Origin, licence_from_copyright
from bulkhead_images.debian import locked_packages, package_control, package_entries
from bulkhead_images.elf import loadable
from bulkhead_images.fetching import wheels_of
from bulkhead_images.oci import Layer, layer
from bulkhead_images.tree import Entry
from bulkhead_images.wheels import Pin, wheel_component, wheel_entries
from bulkhead_testkit.cache import cache_dir
from bulkhead_testkit.distributions import build_wheel, source_files
from bulkhead_testkit.toolchain import CHECKOUT

_DECIDING: Final = ("base", "bytecode", "components", "elf", "oci", "parts", "tree", "wheels")
"""Modules of this builder that decide what a layer's bytes are, or what is told of it."""
_LOCK: Final = CHECKOUT / "images" / "base.lock"


class Part(msgspec.Struct, frozen=True):
    """One layer and what is in it."""

    layer: Layer
    components: tuple[Component, ...]


class Parts(AbstractContextManager["Parts"]):
    """Gives layers, from the cache or made now; a layer's inputs and this builder's sources decide its bytes."""

    def __init__(self) -> None:
        """Look up what the base is made of; nothing is built yet.

        Raises:
            LockError: `images/base.lock` does not fit this builder.
            DebianError: packages of the base are not to be had.
        """
        self._cache = cache_dir() / "images"
        self._cache.mkdir(exist_ok=True)
        self._packages = locked_packages(_LOCK.read_text(), self._cache)
        self._base_key = _digest(
            *_files([Path(__file__).with_name(f"{name}.py") for name in _DECIDING]), *map(repr, self._packages)
        )
        self._compiler = Compiler(lambda: base_entries(self._contents))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._compiler.__exit__(kind, error, traceback)

    @property
    def architecture(self) -> str:
        """What the images run on, in the words of Debian and Go alike."""
        return next(each.architecture for each in self._packages if each.name == "libc6")

    def base(self) -> Part:
        """Give the lowest layer."""
        return self._kept(self._base_key, self._make_base)

    def third_party(self, pins: Sequence[Pin]) -> list[Part]:
        """Give a layer for each pin of a lock, in its order."""
        keys = {pin.name: _digest(self._base_key, pin.name, pin.version, *sorted(pin.hashes)) for pin in pins}
        missing = [pin for pin in pins if not self._path(keys[pin.name]).exists()]
        wheels = wheels_of(missing, self.architecture, self._cache) if missing else {}
        return [self._kept(keys[pin.name], partial(self._pypi, wheels, pin.name)) for pin in pins]

    def ours(self, name: str, folder: Path) -> Part:
        """Give the layer of one of our own distributions."""
        key = _digest(self._base_key, name, *_files(source_files([folder])))
        return self._kept(key, lambda: self._make_ours(folder))

    def program(self, path: str, content: bytes) -> Part:
        """Give a layer of one static program, for images of tests."""
        key = _digest(self._base_key, path, hashlib.sha256(content).hexdigest())
        entries = [Entry(path=path, content=loadable(content), mode=0o755), *user_entries()]
        return self._kept(key, lambda: Part(layer(path, entries), ()))

    @cached_property
    def _contents(self) -> list[Contents]:
        return [
            Contents(
                name=package.name,
                control=package_control(package, self._cache),
                entries=package_entries(package, self._cache),
            )
            for package in self._packages
        ]

    def _make_base(self) -> Part:
        entries = base_entries(self._contents)
        files = {entry.path: entry for contents in self._contents for entry in contents.entries}
        components = [_debian_component(package, files) for package in self._packages]
        return Part(layer("CPython and its libraries", self._with_bytecode(entries)), tuple(components))

    def _make_ours(self, folder: Path) -> Part:
        with tempfile.TemporaryDirectory() as into:
            build_wheel(folder, Path(into))
            (wheel,) = Path(into).glob("*.whl")
            return self._wheel(wheel.read_bytes(), Origin.OURS)

    def _pypi(self, wheels: Mapping[str, bytes], name: str) -> Part:
        return self._wheel(wheels[name], Origin.PYPI)

    def _wheel(self, wheel: bytes, origin: Origin) -> Part:
        component = wheel_component(wheel, origin=origin)
        title = f"{component.name} {component.version}"
        return Part(layer(title, self._with_bytecode(wheel_entries(wheel))), (component,))

    def _with_bytecode(self, entries: list[Entry]) -> list[Entry]:
        return [*entries, *self._compiler.compiled(entries)]

    def _path(self, key: str) -> Path:
        return self._cache / "layers" / key

    def _kept(self, key: str, make: Callable[[], Part]) -> Part:
        path = self._path(key)
        if path.exists():
            return msgspec.msgpack.decode(path.read_bytes(), type=Part)
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        # By a rename, so that no other build sees half of it.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            file.write(msgspec.msgpack.encode(made))
        Path(file.name).rename(path)
        return made


def _debian_component(package: Package, files: Mapping[str, Entry]) -> Component:
    return Component(
        origin=Origin.DEBIAN,
        name=package.name,
        version=package.version,
        architecture=package.architecture,
        licence=licence_from_copyright(copyright_of(package.name, files)),
        sha256=package.sha256,
    )


def _files(paths: Sequence[Path]) -> list[str]:
    return [f"{path.relative_to(CHECKOUT)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
