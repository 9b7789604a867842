"""The certcontroller as the chart runs it, beside an API server that knows no Pods."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import write_service_account_files
from bulkhead_testkit.pod import pods_from
from bulkhead_testkit.process import Process

_REPLACED = ("--identities-file=", "--tokens-file=", "--live-addr=", "--metrics-addr=")


def certcontroller_process(
    plane: ControlPlane,
    manifests: Sequence[Mapping[str, object]],
    folder: Path,
    *,
    namespace: str = "bulkhead-system",
) -> Process:
    """Describe the process with the chart's flags, files and ServiceAccount; it makes no tokens.

    Args:
        plane: where the chart is installed.
        manifests: what the chart rendered, of release `bulkhead`.
        folder: gets its files and its log.
        namespace: of the release.
    """
    (container,) = dict(pods_from(manifests))["bulkhead-certcontroller"].containers
    (config,) = (each for each in manifests if "bulkhead-identities" in str(each["metadata"]) and "data" in each)
    identities = folder / "identities.yaml"
    identities.write_text(msgspec.convert(config["data"], dict[str, str])["identities.yaml"])
    files = write_service_account_files(
        folder / "token",
        server=plane.server,
        ca_file=plane.ca_file,
        admin_kubeconfig=plane.admin_kubeconfig,
        namespace=namespace,
        name="bulkhead-certcontroller",
    )
    flags = [
        *(arg for arg in container.args if not arg.startswith(_REPLACED)),
        f"--identities-file={identities}",
        "--metrics-addr=",
        f"--kube-api-server={plane.server}",
        f"--kube-credentials={files.folder}",
    ]
    argv = [sys.executable, "-m", "bulkhead_certcontroller", *flags]
    return Process("certcontroller", argv, log=folder / "log", cwd=folder)
