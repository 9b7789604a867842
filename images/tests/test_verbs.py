"""What the command line says when something cannot be done, and how scanners are asked."""

import sys
from pathlib import Path

import pytest

from bulkhead_images.__main__ import main
from bulkhead_images.scan import scan
from bulkhead_images.source import source

NOTE = "import sys; open(sys.argv[2], 'a').write(sys.argv[1] + '\\n'); sys.exit('bad' in sys.argv[1])"


def test_every_archive_is_scanned_and_the_refused_ones_are_told(tmp_path: Path) -> None:
    archives = [tmp_path / name for name in ("bad.oci.tar", "good one.oci.tar", "worse-bad.oci.tar")]
    noted = tmp_path / "noted"
    refused = scan(f'{sys.executable} -c "{NOTE}" oci-archive:{{archive}} {noted}', archives)
    assert refused == [archives[0], archives[2]]
    assert noted.read_text().splitlines() == [f"oci-archive:{archive}" for archive in archives]


def test_an_image_that_nobody_knows_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="controler: there is no such image; there are controller, certcontroller"):
        main(["build", "controler", "--output", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_time_of_the_sources_is_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert (source().epoch, source().created.isoformat()) == (86400, "1970-01-02T00:00:00+00:00")


@pytest.mark.slow
@pytest.mark.xdist_group("images")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("test -s {archive}", None, id="passes-what-the-scanner-passes"),
        pytest.param("test -d {archive}", "the scanner refused probe.oci.tar", id="fails-where-the-scanner-refuses"),
        pytest.param("no-such-scanner {archive}", "there is no program no-such-scanner", id="fails-without-a-scanner"),
    ],
)
def test_a_build_with_a_scanner(tmp_path: Path, command: str, status: str | None) -> None:
    arguments = ["build", "probe", "--output", str(tmp_path), "--scan", command]
    if status is None:
        main(arguments)
    else:
        with pytest.raises(SystemExit, match=status):
            main(arguments)
    assert (tmp_path / "sizes.tsv").read_text().splitlines()[1].startswith("probe\t1\t")
