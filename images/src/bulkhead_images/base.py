"""What the lowest layer of our images holds: CPython, the libraries that it and our wheels load, and roots of the web.

Pure: files of Debian packages in, entries out. There is no shell, no package manager and no script of a package is run:
what those would do (the bundle of roots, the links of the merged /usr) is done here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Final

from bulkhead_images.tree import Entry, Kind, link

INTERPRETER: Final = "/usr/bin/python3"
SITE: Final = "usr/local/lib/python3.11/dist-packages"
"""Where Debian's CPython looks for what is not of Debian."""
USER: Final = 65532
_LIBRARIES: Final = "usr/lib/*-linux-gnu"
_STDLIB: Final = "usr/lib/python3.11"

_KEPT: Final = (
    "usr/bin/python3.11", f"{_STDLIB}/*", "usr/lib/os-release", "etc/debian_version", "usr/share/common-licenses/*",
    f"{_LIBRARIES}/lib*.so*", f"{_LIBRARIES}/ld-linux*.so*", "usr/lib64/ld-linux*.so*", "usr/lib/ld-linux*.so*",
    f"{_LIBRARIES}/ossl-modules/*", "usr/share/doc/*/copyright", "usr/share/doc/libgcc-s1",
    "usr/share/doc/libstdc++6", "usr/share/doc/libpython3.11-stdlib",
)  # fmt: skip
_DROPPED: Final = (
    # Tests, tools for people at a terminal, and modules whose libraries are not here.
    *(f"{_STDLIB}/{name}/*" for name in (
        "curses", "dbm", "distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "sqlite3", "test", "tkinter",
        "turtledemo", "venv", "ctypes/test", "unittest",
    )),
    *(f"{_STDLIB}/{name}" for name in (
        "antigravity.py", "doctest.py", "pdb.py", "pydoc.py", "sitecustomize.py", "this.py", "turtle.py",
    )),
    *(f"{_STDLIB}/lib-dynload/{name}.*" for name in (
        "_crypt", "_ctypes_test", "_curses", "_curses_panel", "_dbm", "_sqlite3", "_test*", "_xx*", "audioop", "nis",
        "ossaudiodev", "readline", "xx*",
    )),
    *(f"{_LIBRARIES}/{name}" for name in (
        "libBrokenLocale.*", "libc_malloc_debug.*", "libexpatw.*", "libmemusage.*", "libmvec.*", "libnsl.*",
        "libnss_compat.*", "libnss_hesiod.*", "libpcprofile.*", "libthread_db.*",
    )),
)  # fmt: skip
_CERTIFICATES: Final = "usr/share/ca-certificates/mozilla/"
_BUNDLE: Final = "etc/ssl/certs/ca-certificates.crt"
_NAME_SERVICES: Final = Entry(path="etc/nsswitch.conf", content=b"passwd: files\ngroup: files\nhosts: files dns\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """One Debian package, opened."""

    name: str
    control: str
    """Its control fields, as `dpkg-deb --field` prints them."""
    entries: Sequence[Entry]


def base_entries(packages: Sequence[Contents]) -> list[Entry]:
    """Build the lowest layer from opened packages; the same packages give the same entries."""
    files = {entry.path: entry for package in packages for entry in map(_merged, package.entries)}
    kept = [entry for entry in files.values() if _is_kept(entry)]
    status = [
        Entry(path=f"var/lib/dpkg/status.d/{package.name}", content=f"{package.control.strip()}\n".encode())
        for package in packages
    ]
    return [*kept, *status, *user_entries(), _NAME_SERVICES, _roots(files), *_links(files)]


def copyright_of(package: str, entries: Mapping[str, Entry]) -> str:
    """Give the text of a package's copyright file, through the links that Debian makes; empty if there is none."""
    folder = entries.get(f"usr/share/doc/{package}")
    if folder is not None and folder.kind is Kind.LINK:
        package = folder.target
    found = entries.get(f"usr/share/doc/{package}/copyright")
    return found.content.decode(errors="replace") if found else ""


def user_entries() -> list[Entry]:
    """Give the files that name the users of an image; the chart gives each container a number of its own."""
    return [
        Entry(path="etc/passwd", content=f"root:x:0:0:root:/:/\nbulkhead:x:{USER}:{USER}:bulkhead:/:/\n".encode()),
        Entry(path="etc/group", content=f"root:x:0:\nbulkhead:x:{USER}:\n".encode()),
    ]


def _merged(entry: Entry) -> Entry:
    """Put what a package ships for the old folders where the merged /usr has it."""
    path = re.sub(r"^(lib|lib64|bin|sbin)/", r"usr/\1/", entry.path)
    # Debian's own bits, such as setuid, are for programs that are not here.
    return replace(entry, path=path, mode=entry.mode & 0o755)


def _is_kept(entry: Entry) -> bool:
    if entry.kind is Kind.FOLDER:
        return False
    return _matches(entry.path, _KEPT) and not _matches(entry.path, _DROPPED)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def _roots(files: Mapping[str, Entry]) -> Entry:
    certificates = [files[path].content.strip() + b"\n" for path in sorted(files) if path.startswith(_CERTIFICATES)]
    return Entry(path=_BUNDLE, content=b"".join(certificates))


def _links(files: Mapping[str, Entry]) -> list[Entry]:
    links = [
        link(INTERPRETER.removeprefix("/"), "python3.11"),
        link("lib", "usr/lib"),
        link("etc/os-release", "../usr/lib/os-release"),
        link("usr/lib/ssl/cert.pem", f"/{_BUNDLE}"),
        link("usr/lib/ssl/certs", "/etc/ssl/certs"),
    ]
    # Where the loader is called by a path below /lib64, as on amd64.
    return [*links, link("lib64", "usr/lib64")] if any(path.startswith("usr/lib64/") for path in files) else links
