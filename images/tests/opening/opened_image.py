"""Images that tests build and look into."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bulkhead_images.build import Finished, Naming, build_program
from bulkhead_images.catalogue import Program, programs
from bulkhead_images.oci import layers_in
from bulkhead_images.parts import Parts
from bulkhead_images.source import Source
from bulkhead_images.tree import Entry, entries_of
from bulkhead_testkit.cache import locked
from bulkhead_testkit.toolchain import CHECKOUT

SOURCE = Source(revision="f" * 40, epoch=1767323045)
PROGRAMS = programs(CHECKOUT)


@dataclass(frozen=True)
class Opened:
    """One image and all files in it."""

    program: Program
    finished: Finished

    @cached_property
    def files(self) -> Mapping[str, Entry]:
        layers = layers_in(self.finished.archive.content)
        return {entry.path: entry for tar in layers for entry in entries_of(tar)}


def build(program: Program) -> Finished:
    with locked("images"), Parts() as parts:
        return build_program(program, parts, SOURCE, Naming())
