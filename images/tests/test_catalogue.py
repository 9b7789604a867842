"""The images are those that the chart installs."""

from pathlib import Path

import pytest
import yaml

from bulkhead_images.catalogue import REGISTRY, TEST_IMAGES, programs
from bulkhead_testkit.distributions import distributions, locked_requirements
from bulkhead_testkit.toolchain import CHECKOUT

VALUES = yaml.safe_load((CHECKOUT / "charts" / "bulkhead" / "values.yaml").read_text())


def test_every_image_that_the_chart_names_is_built_under_that_name() -> None:
    named = [VALUES[process]["image"]["name"] for process in ("controller", "certcontroller", "webhook")]
    named += [provider["image"]["name"] for provider in VALUES["providers"].values()]
    assert sorted(named) == sorted(program.name for program in programs(CHECKOUT))
    assert VALUES["image"]["registry"] == REGISTRY


def test_tag_is_the_one_that_the_chart_takes_by_default() -> None:
    chart = yaml.safe_load((CHECKOUT / "charts" / "bulkhead" / "Chart.yaml").read_text())
    versions = {program.name: _version(program.distribution) for program in programs(CHECKOUT)}
    assert set(versions.values()) == {chart["appVersion"]}


def test_every_program_has_a_lock_and_a_module_to_start() -> None:
    for program in programs(CHECKOUT):
        folder = distributions()[program.distribution]
        assert (folder / "src" / program.module / "__main__.py").is_file()
        assert locked_requirements(program.distribution).is_file()


def test_a_new_provider_server_needs_its_description_alone(tmp_path: Path) -> None:
    described = tmp_path / "provider-servers" / "aws" / "provider.yaml"
    described.parent.mkdir(parents=True)
    described.write_text("name: aws\ntitle: AWS\ndistribution: bulkhead-provider-aws\nstores: [aws]\n")
    *_, aws = programs(tmp_path)
    assert (aws.name, aws.distribution, aws.module) == (
        "provider-aws",
        "bulkhead-provider-aws",
        "bulkhead_provider_aws",
    )


@pytest.mark.parametrize("name", TEST_IMAGES)
def test_images_for_tests_are_none_of_the_charts(name: str) -> None:
    assert name not in {program.name for program in programs(CHECKOUT)}


def _version(distribution: str) -> str:
    text = (distributions()[distribution] / "pyproject.toml").read_text()
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version = "))
