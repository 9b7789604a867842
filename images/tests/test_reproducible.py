"""Two builds of one commit give one digest, wherever and whenever they are made."""

import shutil
from pathlib import Path

import pytest
from opened_image import PROGRAMS, SOURCE, build

from bulkhead_images.build import write
from bulkhead_testkit.cache import cache_dir

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("images"), pytest.mark.timeout(300)]
FAKE = next(program for program in PROGRAMS if program.name == "provider-fake")


def test_an_image_built_anew_elsewhere_is_the_same_to_the_last_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(FAKE)
    elsewhere = tmp_path / "another" / "cache"
    # What was fetched stays the same by its hashes; every layer is made again.
    for fetched in ("debs", "wheels"):
        shutil.copytree(cache_dir() / "images" / fetched, elsewhere / "images" / fetched)
    for lock in (cache_dir() / "images").glob("*.lock"):
        shutil.copy(lock, elsewhere / "images" / lock.name)
    monkeypatch.setenv("BULKHEAD_CACHE", str(elsewhere))
    monkeypatch.setenv("PYTHONHASHSEED", "4")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    second = build(FAKE)
    assert list((elsewhere / "images" / "layers").iterdir())
    assert (second.archive.digest, second.archive.config_digest) == (first.archive.digest, first.archive.config_digest)
    for folder, finished in (("first", first), ("second", second)):
        write(finished, tmp_path / folder, SOURCE)
    written = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    assert set(written) == {
        f"provider-fake.{ending}" for ending in ("oci.tar", "spdx.json", "cdx.json", "provenance.json", "licences.tsv")
    }
