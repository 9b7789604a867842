"""The lowest layer: what comes in of a package, where it goes, and what no image ever holds."""

import pytest

from bulkhead_images.base import Contents, base_entries, copyright_of
from bulkhead_images.base_lock import PACKAGES, LockError, Package, lock_from_packages, packages_from_lock
from bulkhead_images.tree import Entry, link

LOCKED = [Package(name=name, version="1:2.0-1~deb12u1", architecture="amd64", sha256="a" * 64) for name in PACKAGES]


def base_of(*entries: Entry, name: str = "some") -> dict[str, Entry]:
    return {
        entry.path: entry for entry in base_entries([Contents(name=name, control="Package: some", entries=entries)])
    }


@pytest.mark.parametrize(
    ("shipped", "installed"),
    [
        pytest.param("usr/bin/python3.11", "usr/bin/python3.11", id="interpreter"),
        pytest.param(
            "lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6", id="library-of-old-folder"
        ),
        pytest.param("lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2", id="loader"),
        pytest.param(
            "usr/lib/python3.11/asyncio/tasks.py", "usr/lib/python3.11/asyncio/tasks.py", id="standard-library"
        ),
        pytest.param("usr/share/doc/libc6/copyright", "usr/share/doc/libc6/copyright", id="licence"),
        pytest.param("usr/lib/os-release", "usr/lib/os-release", id="release-for-scanners"),
    ],
)
def test_base_holds_what_programs_and_scanners_read(shipped: str, installed: str) -> None:
    assert base_of(Entry(path=shipped, content=b"x"))[installed].content == b"x"


@pytest.mark.parametrize(
    "path",
    ["bin/sh", "bin/bash", "usr/bin/perl", "usr/sbin/update-ca-certificates", "sbin/ldconfig", "usr/bin/dpkg",
     "usr/lib/python3.11/ensurepip/__init__.py", "usr/lib/python3.11/test/support.py", "usr/lib/python3.11/pdb.py",
     "usr/lib/python3.11/sitecustomize.py", "usr/lib/python3.11/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so",
     "usr/share/man/man1/python3.11.1.gz", "etc/shadow", "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so"],
)  # fmt: skip
def test_base_leaves_out_what_only_people_and_thieves_use(path: str) -> None:
    assert not any(found.endswith(path.rpartition("/")[2]) for found in base_of(Entry(path=path, content=b"x")))


def test_roots_are_one_bundle_sorted_by_name() -> None:
    folder = "usr/share/ca-certificates/mozilla"
    files = base_of(Entry(path=f"{folder}/B.crt", content=b"two"), Entry(path=f"{folder}/A.crt", content=b"one\n"))
    assert files["etc/ssl/certs/ca-certificates.crt"].content == b"one\ntwo\n"
    assert f"{folder}/A.crt" not in files


def test_a_program_of_a_package_loses_the_right_to_become_another_user() -> None:
    assert base_of(Entry(path="usr/bin/python3.11", mode=0o6777))["usr/bin/python3.11"].mode == 0o755


def test_scanners_find_each_package_where_they_look_for_it() -> None:
    assert base_of(name="libc6")["var/lib/dpkg/status.d/libc6"].content == b"Package: some\n"


def test_copyright_is_found_through_the_link_that_debian_makes() -> None:
    files = {
        "usr/share/doc/libgcc-s1": link("usr/share/doc/libgcc-s1", "gcc-12-base"),
        "usr/share/doc/gcc-12-base/copyright": Entry(path="usr/share/doc/gcc-12-base/copyright", content=b"GPL"),
    }
    assert (copyright_of("libgcc-s1", files), copyright_of("gcc-12-base", files), copyright_of("libc6", files)) == (
        "GPL", "GPL", "",
    )  # fmt: skip


def test_a_lock_is_read_as_it_was_written() -> None:
    assert packages_from_lock(lock_from_packages(reversed(LOCKED))) == LOCKED


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("libc6 2.36 amd64 abc\n", "is not name, version", id="no-tabs"),
        pytest.param(lock_from_packages(LOCKED[1:]), "other packages", id="one-is-missing"),
        pytest.param(lock_from_packages(LOCKED).replace("a" * 64, "a" * 63), "is not name, version", id="short-hash"),
    ],
)
def test_a_lock_that_is_not_whole_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(LockError, match=complaint):
        packages_from_lock(text)
