"""Files that are damaged under running programs, clocks that are wrong, and two certcontrollers in one place."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from bulkhead_demo.certs_drill.call import ANSWERED, seconds_until
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.workshop import Workshop

Damage = Callable[[Path], None]

_REPAIR_S: Final = 20.0
_GOES_ON: Final = "the server goes on, and is repaired"


def plays_of_damage(shop: Workshop) -> Iterator[Play]:
    """Give the plays with files, clocks and two writers."""
    for name in ("tls.crt", "tls.key", "ca.crt", "denylist.jws"):
        yield Play(name=f"file half written: {name}", expectation=_GOES_ON, act=partial(_damaged, shop, name, _halve))
        yield Play(name=f"file deleted: {name}", expectation=_GOES_ON, act=partial(_damaged, shop, name, _remove))
    yield Play(
        name="directory of a server unreadable",
        expectation="the server goes on with what it has",
        act=partial(_unreadable, shop),
    )
    yield Play(
        name="disk full",
        expectation="the old files stay, the new ones come when there is room",
        act=partial(_disk_full, shop),
    )
    for offset in ("-1h", "+1h"):
        yield Play(
            name=f"clock of the certcontroller {offset}",
            expectation="nobody is refused",
            act=partial(_issuer_clock, shop, offset),
        )
        yield Play(
            name=f"clock of a server {offset}",
            expectation="nobody is refused",
            act=partial(_server_clock, shop, offset),
        )
    yield Play(
        name="two certcontrollers at once", expectation="one CA, nobody is refused", act=partial(_two_writers, shop)
    )


def _halve(file: Path) -> None:
    # A new file in the place of the old one, as whoever writes without care makes it.
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[: len(content) // 2])
    shutil.chown(file, file.parent.stat().st_uid)


def _remove(file: Path) -> None:
    file.unlink()


def _damaged(shop: Workshop, name: str, damage: Damage) -> str:
    with shop.unattended():
        damage((shop.files / name).resolve())
        expect(shop.call() == ANSWERED, "the server stopped to answer")
    seconds = seconds_until(lambda: _is_whole(shop.files / name), within_s=_REPAIR_S, what="the file is whole again")
    expect(shop.call() == ANSWERED, "the server does not answer with the repaired files")
    return f"answered all the while, whole {seconds:.1f} s after a certcontroller looked"


def _is_whole(file: Path) -> bool:
    if not file.exists():
        return False
    text = file.read_bytes()
    return text.rstrip().endswith(b"-----") or (
        file.name == "denylist.jws" and text.count(b".") == 2 and len(text) > 150
    )


def _unreadable(shop: Workshop) -> str:
    with shop.unattended():
        with _mode(shop.files, 0o000):
            expect(shop.call() == ANSWERED, "the server stopped to answer")
            shop.provider.stop()
            shop.provider.start()
            seconds_until(shop.is_alive, within_s=_REPAIR_S, what="a server that cannot read its files lives and waits")
            expect(not shop.is_ready(), "a server without files says that it is ready")
        seconds = seconds_until(shop.is_ready, within_s=_REPAIR_S, what="it is ready once it can read")
    return f"answered; started again it waited, ready {seconds:.1f} s after it could read"


@contextmanager
def _mode(folder: Path, mode: int) -> Iterator[None]:
    before = folder.stat().st_mode
    folder.chmod(mode)
    try:
        yield
    finally:
        folder.chmod(before)


def _disk_full(shop: Workshop) -> str:
    disk = shop.folder / "disk"
    disk.mkdir()
    process = shop.new_certcontroller(output=disk / "certs", name="full-disk", within=_with_small_disk(disk))
    with shop.unattended(), process:
        # As the process sees it, in a mount namespace of its own.
        seen = Path(f"/proc/{process.pid}/root") / disk.relative_to("/")
        file = seen / "certs" / "controller" / "tls.crt"
        seconds_until(file.exists, within_s=_REPAIR_S, what="certificates are on the small disk")
        before, filler = file.read_bytes(), seen / "filler"
        filler.write_bytes(bytes(_room(seen)))
        (seen / "certs" / "controller" / "tls.key").unlink()
        seconds_until(lambda: "No space left" in process.log_tail(200), within_s=_REPAIR_S, what="the log says why")
        expect(file.read_bytes() == before, "the old certificate is gone")
        filler.unlink()
        seconds = seconds_until(lambda: file.read_bytes() != before, within_s=_REPAIR_S, what="a new one comes")
    return f"the old one stayed, the new one came {seconds:.1f} s after there was room"


def _with_small_disk(folder: Path) -> Sequence[str]:
    """Give what goes before a command so that it sees a disk of half a megabyte there; needs no root."""
    flags = ["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]
    script = 'mount -t tmpfs -o size=512k,mode=0755 tmpfs "$0" && exec "$@"'
    return ["unshare", *flags, "sh", "-c", script, str(folder)]


def _room(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def _issuer_clock(shop: Workshop, offset: str) -> str:
    wrong, before = shop.new_certcontroller(clock=offset, name=f"certcontroller{offset}"), shop.leaf()
    with shop.unattended(), wrong:
        # One that it has to make, so that its clock stands in it.
        (shop.files / "tls.key").resolve().unlink()
        seconds = seconds_until(
            lambda: shop.leaf() != before and (shop.files / "tls.key").exists(), within_s=_REPAIR_S, what="it issued"
        )
        said = shop.wait_served()
    return f"issued after {seconds:.1f} s, answered {said:.1f} s later"


def _server_clock(shop: Workshop, offset: str) -> str:
    shop.provider.stop()
    with shop.new_provider(clock=offset):
        seconds = shop.wait_served()
    shop.provider.start()
    shop.wait_served()
    return f"answered {seconds:.1f} s after its start"


def _two_writers(shop: Workshop) -> str:
    before = (shop.folder / "ca" / "ca.crt").read_bytes()
    second = shop.new_certcontroller(name="second")
    with second:
        for name in ("controller", "provider-fake"):
            (shop.output / name / "tls.key").resolve().unlink()
        seconds = seconds_until(
            lambda: all((shop.output / name / "tls.key").exists() for name in ("controller", "provider-fake")),
            within_s=_REPAIR_S,
            what="both keys are there again",
        )
        shop.wait_served()
        expect((shop.folder / "ca" / "ca.crt").read_bytes() == before, "there is another CA")
    return f"both repaired after {seconds:.1f} s, the CA is the same"
