"""`bulkhead chart-values`: what it writes, where, and how it ends."""

import pytest
import yaml

from bulkhead_testkit.command import Command

CARRIED = "concurrent: 9\n"


def test_it_prints_our_values_and_ends_well_when_all_is_carried_over(run: Command) -> None:
    ended = run("chart-values", "eso.yaml", **{"eso.yaml": CARRIED})
    assert yaml.safe_load(ended.out) == {"profile": "eso-compat", "controller": {"concurrent": 9}}
    assert (ended.status, ended.err) == (0, "chart-values: all is carried over as it is\n")


def test_another_meaning_alone_is_a_good_end(run: Command) -> None:
    ended = run("chart-values", "eso.yaml", **{"eso.yaml": "replicaCount: 2"})
    assert ended.status == 0
    assert ended.err == "chart-values: 1 mapped with another meaning; the head of the output lists them\n"
    assert "# Mapped with another meaning:\n#   replicaCount: now controller.replicas: one works" in ended.out.decode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("hostNetwork: true", "# Without counterpart:\n#   hostNetwork: never", id="no-counterpart"),
        pytest.param("replicas: 3", "# Unknown to ESO's chart 2.9:\n#   replicas: no value", id="unknown"),
    ],
)
def test_it_ends_with_3_when_something_is_left_out_and_writes_all_the_same(run: Command, text: str, line: str) -> None:
    ended = run("chart-values", "eso.yaml", **{"eso.yaml": f"{CARRIED}{text}"})
    assert ended.status == 3
    assert line in ended.out.decode()
    assert yaml.safe_load(ended.out)["controller"] == {"concurrent": 9}


def test_it_writes_into_a_file(run: Command) -> None:
    ended = run("chart-values", "eso.yaml", "-o", "ours.yaml", **{"eso.yaml": CARRIED})
    assert (ended.status, ended.out) == (0, b"")
    assert yaml.safe_load((run.folder / "ours.yaml").read_text())["controller"] == {"concurrent": 9}


def test_the_profile_can_be_ours_from_the_start(run: Command) -> None:
    ended = run("chart-values", "--profile", "strict", "eso.yaml", **{"eso.yaml": ""})
    assert yaml.safe_load(ended.out) == {"profile": "strict"}


def test_a_name_cannot_become_a_value_of_ours(run: Command) -> None:
    ended = run("chart-values", "eso.yaml", **{"eso.yaml": '"a\\nprofile: strict\\u2028crds": 1\n'})
    assert yaml.safe_load(ended.out) == {"profile": "eso-compat"}
    assert ended.status == 3


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        pytest.param(["none.yaml"], "", "none.yaml: cannot be read: No such file", id="no-such-file"),
        pytest.param(["eso.yaml"], "[a]", "eso.yaml: it is no map; a file of values", id="list"),
        pytest.param(["eso.yaml"], "a: [geheim", "eso.yaml: ", id="no-yaml"),
        pytest.param(
            ["eso.yaml", "-o", "no/such/folder"], "", "no/such/folder: cannot be written", id="no-such-folder"
        ),
    ],
)
def test_it_says_what_cannot_be_read_or_written(run: Command, arguments: list[str], text: str, says: str) -> None:
    ended = run("chart-values", *arguments, **{"eso.yaml": text})
    assert (ended.status, ended.out) == (2, b"")
    assert says in ended.err
    assert "geheim" not in ended.err
