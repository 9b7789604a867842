"""Keeps the table of sizes and digests beside the archives. Pure but for `record`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bulkhead_images.oci import Archive, Image

_COLUMNS: Final = ("image", "layers", "unpacked_bytes", "archive_bytes", "digest", "config_digest")


def row_of(name: str, image: Image, archive: Archive) -> str:
    """Write the line of one image, with tabs."""
    unpacked = sum(layer.unpacked_bytes for layer in image.layers)
    values = (name, len(image.layers), unpacked, len(archive.content), archive.digest, archive.config_digest)
    return "\t".join(map(str, values))


def merged(table: str, rows: Iterable[str]) -> str:
    """Put new lines into a table in place of those of the same image; sorted by name, header first."""
    kept: Mapping[str, str] = {line.partition("\t")[0]: line for line in [*table.splitlines()[1:], *rows]}
    return "".join(f"{line}\n" for line in ["\t".join(_COLUMNS), *(kept[name] for name in sorted(kept))])


def record(folder: Path, rows: Iterable[str]) -> None:
    """Bring `sizes.tsv` of a folder up to date."""
    path = folder / "sizes.tsv"
    path.write_text(merged(path.read_text() if path.exists() else "", rows))
