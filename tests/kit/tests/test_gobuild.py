"""Go programs are built once for each set of inputs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bulkhead_testkit.gobuild import BuildError, Recipe, built, cache_key

MAIN = 'package main\n\nvar greeting = "unstamped"\n\nfunc main() { println(greeting) }\n'


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path / "cache"))
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module hello\n\ngo 1.26.0\n")
    (module / "main.go").write_text(MAIN)
    return Recipe(
        name="hello",
        module=module,
        package=".",
        programs=("hello", "greet"),
        stamps=(("main.greeting", "stamped"),),
        cost="seconds",
    )


def say(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stderr


def test_another_source_makes_another_key(recipe: Recipe) -> None:
    before = cache_key(recipe)
    (recipe.module / "main.go").write_text(MAIN.replace("println", "print"))
    assert cache_key(recipe) != before


def test_other_dependencies_make_another_key(recipe: Recipe) -> None:
    before = cache_key(recipe)
    (recipe.module / "go.sum").write_text("example.com/x v1.0.0 h1:0=\n")
    assert cache_key(recipe) != before


def test_another_stamp_makes_another_key(recipe: Recipe) -> None:
    assert cache_key(replace(recipe, stamps=(("main.greeting", "other"),))) != cache_key(recipe)


def test_a_package_in_a_folder_is_decided_by_that_folder_and_not_by_what_is_beside(recipe: Recipe) -> None:
    inner = recipe.module / "inner"
    inner.mkdir()
    (inner / "main.go").write_text(MAIN)
    package = replace(recipe, package="./inner")
    before = cache_key(package)
    (recipe.module / "main.go").write_text(MAIN.replace("println", "print"))
    assert cache_key(package) == before
    (inner / "main.go").write_text(MAIN.replace("println", "print"))
    assert cache_key(package) != before


def test_a_file_that_is_no_input_changes_no_key(recipe: Recipe) -> None:
    before = cache_key(recipe)
    (recipe.module / "README.md").write_text("Not compiled.\n")
    assert cache_key(recipe) == before


@pytest.mark.slow
def test_a_program_is_stamped_and_runs_under_all_its_names(recipe: Recipe) -> None:
    folder = built(recipe)
    assert say(folder / "hello") == say(folder / "greet") == "stamped\n"


@pytest.mark.slow
def test_a_program_is_built_once(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    first = built(recipe)
    assert "hello: building it, once" in capsys.readouterr().err
    assert built(recipe) == first
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_build_that_fails_shows_the_end_of_its_log_and_leaves_nothing(recipe: Recipe) -> None:
    (recipe.module / "main.go").write_text(MAIN.replace("println", "undefined"))
    with pytest.raises(BuildError, match="go build ended with status 1") as failure:
        built(recipe)

    assert "undefined: undefined" in failure.value.__notes__[0]
    assert list((recipe.module.parent / "cache" / "bin").iterdir()) == []


@pytest.mark.slow
def test_two_builds_at_a_time_make_one_program(recipe: Recipe) -> None:
    program = f"""
from pathlib import Path
from bulkhead_testkit.gobuild import Recipe, built
print(built(Recipe(name="hello", module=Path({str(recipe.module)!r}), package=".", programs={recipe.programs},
    stamps={recipe.stamps}, cost="seconds")))
"""
    builders = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [builder.communicate(timeout=60) for builder in builders]

    assert {path.strip() for path, _ in answers} == {str(built(recipe))}
    assert sorted(log.count("hello: built after") for _, log in answers) == [0, 1]
