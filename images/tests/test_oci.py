"""The archives are what containerd and registries read, and depend on what goes in alone."""

import io
import json
import random
import tarfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_images.oci import Image, archive, digest_of, layer, layers_in
from bulkhead_images.tree import Entry, Kind, entries_of, folder, link, tar_of

NAMES = st.text(alphabet="abc.é", min_size=1, max_size=5).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
FILES = st.builds(lambda path, content: Entry(path=f"files/{path}.f", content=content), PATHS, st.binary(max_size=50))
PAUSE = Image(
    reference="localhost/bulkhead/pause:0.1.0",
    layers=[layer("pause", [Entry(path="pause", content=b"ELF", mode=0o755)])],
    entrypoint=["/pause"],
    created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    user="65535",
    environment={"B": "2", "A": "1"},
    annotations={"org.opencontainers.image.title": "pause"},
)


def files_of(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {entry.path: entry.content for entry in entries_of(tar) if entry.kind is Kind.FILE}


@settings(max_examples=30)
@given(st.lists(FILES, unique_by=lambda entry: entry.path, max_size=8), st.randoms())
def test_order_of_entries_does_not_change_a_layer(entries: list[Entry], chance: random.Random) -> None:
    shuffled = entries.copy()
    chance.shuffle(shuffled)
    assert tar_of(shuffled) == tar_of(entries)


@settings(max_examples=30)
@given(st.lists(FILES, unique_by=lambda entry: entry.path, max_size=8))
def test_a_layer_holds_what_was_put_into_it(entries: list[Entry]) -> None:
    assert files_of(tar_of(entries)) == {entry.path: entry.content for entry in entries}


def test_entries_belong_to_root_and_to_the_epoch() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_of([Entry(path="a/b", content=b"x"), link("a/c", "b")]))) as tar:
        members = tar.getmembers()
    assert [(each.name, each.uid, each.gid, each.mtime, each.uname) for each in members] == [
        (name, 0, 0, 0, "") for name in ("a", "a/b", "a/c")
    ]


def test_a_folder_keeps_the_mode_that_it_was_given() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_of([Entry(path="a/b"), folder("a", mode=0o700)]))) as tar:
        assert tar.getmember("a").mode == 0o700


@pytest.mark.parametrize("path", ["/etc/passwd", "../out", "a/../../out", "a//b", ".", "", "a/"])
def test_a_path_that_is_not_plain_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a plain path"):
        tar_of([Entry(path=path)])


def test_a_hard_link_is_read_as_a_copy() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        first = tarfile.TarInfo("./perl")
        first.size = 3
        tar.addfile(first, io.BytesIO(b"ELF"))
        second = tarfile.TarInfo("./perl5")
        second.type, second.linkname = tarfile.LNKTYPE, "./perl"
        tar.addfile(second)
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as tar:
        assert [(entry.path, entry.content) for entry in entries_of(tar)] == [("perl", b"ELF"), ("perl5", b"ELF")]


def test_a_device_is_refused() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        device = tarfile.TarInfo("dev/mem")
        device.type = tarfile.CHRTYPE
        tar.addfile(device)
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as tar, pytest.raises(ValueError, match="dev/mem"):
        list(entries_of(tar))


def test_every_blob_is_stored_under_its_digest_and_described_with_its_size() -> None:
    made = archive(PAUSE)
    files = files_of(made.content)
    index = json.loads(files["index.json"])
    manifest = json.loads(files[f"blobs/{made.digest.replace(':', '/')}"])
    for named in [*index["manifests"], manifest["config"], *manifest["layers"]]:
        blob = files[f"blobs/{named['digest'].replace(':', '/')}"]
        assert (digest_of(blob), len(blob)) == (named["digest"], named["size"])
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    assert index["manifests"][0]["annotations"] == {
        "io.containerd.image.name": "localhost/bulkhead/pause:0.1.0",
        "org.opencontainers.image.ref.name": "0.1.0",
    }
    assert manifest["annotations"] == {"org.opencontainers.image.title": "pause"}


def test_configuration_says_who_runs_what() -> None:
    made = archive(PAUSE)
    config = json.loads(files_of(made.content)[f"blobs/{made.config_digest.replace(':', '/')}"])
    assert config["config"] == {
        "User": "65535",
        "Env": ["A=1", "B=2"],
        "Entrypoint": ["/pause"],
        "WorkingDir": "/",
        "Labels": {"org.opencontainers.image.title": "pause"},
    }
    assert (config["created"], config["architecture"], config["os"]) == ("2026-01-02T03:04:05Z", "amd64", "linux")
    assert config["rootfs"]["diff_ids"] == [PAUSE.layers[0].diff_id]


def test_the_same_image_is_the_same_bytes_and_another_reference_keeps_its_digest() -> None:
    other = archive(replace(PAUSE, reference="localhost/elsewhere/pause:9"))
    assert archive(PAUSE) == archive(PAUSE)
    assert (other.digest, other.content == archive(PAUSE).content) == (archive(PAUSE).digest, False)


def test_layers_can_be_opened_again() -> None:
    (only,) = layers_in(archive(PAUSE).content)
    assert [(entry.path, entry.content, entry.mode) for entry in entries_of(only)] == [("pause", b"ELF", 0o755)]
