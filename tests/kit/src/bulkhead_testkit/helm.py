"""Helm on the project's chart: tests and the demo use what an operator would install, and no second copy of it."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml

from bulkhead_testkit.binaries import helm_binary
from bulkhead_testkit.toolchain import CHECKOUT

CHART: Final = CHECKOUT / "charts" / "bulkhead"
"""The chart, as it stands in this checkout."""

_TIMEOUT_S: Final = 120.0


class HelmError(Exception):
    """Helm refused; the text is Helm's own, and says which value or object it is about."""


def render(
    values: Mapping[str, object], *, release: str = "bulkhead", namespace: str = "bulkhead-system"
) -> list[dict[str, object]]:
    """Return the objects that an installation with these values would consist of, in the order of the chart's files.

    Args:
        values: what an operator would put into a values file; empty means the chart's defaults.
        release: the release's name, which the objects' names begin with.
        namespace: where the release would be installed; the objects carry it, but it is not among them.

    Raises:
        HelmError: the values do not fit together, or to the schema.
        BuildError, ToolchainError: see `binaries.kube_binaries`.
    """
    documents = run_helm(["template", release, str(CHART), "--namespace", namespace], values=values)
    # The CRDs are most of the text; the loader in Python takes seconds for them.
    return [document for document in yaml.load_all(documents, yaml.CSafeLoader) if document]


def install(
    values: Mapping[str, object],
    *,
    kubeconfig: Path,
    release: str = "bulkhead",
    namespace: str = "bulkhead-system",
    flags: Sequence[str] = (),
    chart: Path = CHART,
) -> None:
    """Install the chart into a cluster, or upgrade what is installed; makes the namespace and waits for nothing.

    Args:
        values: as for `render`, but the webhook is off unless they say something of it: there are no Pods in such a
            cluster, and it would refuse whatever nobody judges. So are the policies that only help people, which
            would keep other tests of the same cluster from storing what they want to look at.
        kubeconfig: of the cluster.
        release: as for `render`.
        namespace: as for `render`.
        flags: further flags of `helm upgrade`.
        chart: another chart than this checkout's, such as an older one.

    Raises:
        HelmError: the values are wrong, or the API server refused an object.
        BuildError, ToolchainError: see `binaries.kube_binaries`.
    """
    place = ["--namespace", namespace, "--create-namespace", "--kubeconfig", str(kubeconfig)]
    run_helm(
        ["upgrade", "--install", release, str(chart), *place, *flags],
        values={"webhook": {"enabled": False}, "validationPolicies": {"enabled": False}} | dict(values),
    )


def uninstall(release: str, *, kubeconfig: Path, namespace: str) -> None:
    """Take a release away; raises as `install`."""
    _run(["uninstall", release, "--namespace", namespace, "--kubeconfig", str(kubeconfig)])


def roll_back(release: str, *, kubeconfig: Path, namespace: str) -> None:
    """Bring a release back to the revision before; raises as `install`."""
    _run(["rollback", release, "--namespace", namespace, "--kubeconfig", str(kubeconfig)])


def ask_tests(release: str, *, kubeconfig: Path, namespace: str) -> str:
    """Run the tests of a release, as `helm test` does, and return what they printed; raises as `install`."""
    return _run(["test", release, "--logs", "--namespace", namespace, "--kubeconfig", str(kubeconfig)])


def run_helm(arguments: Sequence[str], *, values: Mapping[str, object]) -> str:
    """Run a helm command that takes values and return what it printed; raises as `install`."""
    return _run([*arguments, "--values", "-"], stdin=yaml.safe_dump(dict(values)))


def _run(arguments: Sequence[str], *, stdin: str = "") -> str:
    done = subprocess.run(
        [str(helm_binary()), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise HelmError(done.stderr.strip())
    return done.stdout
