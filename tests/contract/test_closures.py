"""What may be installed beside each process: its closure is committed, locked, and enough."""

import re
import subprocess
from pathlib import Path

import pytest

from bulkhead_testkit.images import image
from bulkhead_testkit.toolchain import CHECKOUT

CLOSURES = sorted((Path(__file__).parent / "closures").glob("*.txt"))
BACKEND_SDKS = {"boto3", "botocore", "hvac", "azure-identity", "azure-core", "google-auth", "kubernetes"}
HTTP_CLIENTS = {"aiohttp", "httpx", "requests", "urllib3"}
CREDENTIAL_FREE = [
    "bulkhead-controller",
    "bulkhead-certcontroller",
    "bulkhead-webhook",
    "bulkhead-runtime",
    "bulkhead-regexp",
    "bulkhead-templating",
    "bulkhead-target",
    "bulkhead-validation",
    "bulkhead-provider-sdk",
]
IMPORT_EVERYTHING = """
import importlib, importlib.util, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*(name for name in sys.argv[2:] if importlib.util.find_spec(name)))
"""


def locked(distribution: str) -> set[str]:
    lock = CHECKOUT / "requirements" / f"{distribution.removeprefix('bulkhead-')}.txt"
    return set(re.findall(r"^([a-z0-9._-]+)==", lock.read_text(), flags=re.MULTILINE))


def test_every_distribution_that_is_deployed_has_a_closure() -> None:
    assert {path.stem for path in CLOSURES} >= {
        *CREDENTIAL_FREE,
        "bulkhead-cli",
        "bulkhead-provider-fake",
        "bulkhead-provider-vault",
    }


@pytest.mark.parametrize("closure", CLOSURES, ids=lambda path: path.stem)
def test_lock_installs_exactly_the_committed_closure(closure: Path) -> None:
    assert locked(closure.stem) == set(closure.read_text().split())


@pytest.mark.parametrize("distribution", CREDENTIAL_FREE)
def test_closure_has_no_backend_sdk_and_one_http_client(distribution: str) -> None:
    assert not locked(distribution) & BACKEND_SDKS
    assert locked(distribution) & HTTP_CLIENTS <= {"aiohttp"}


def test_closure_of_the_command_line_has_the_kubernetes_client_and_no_other_backend_sdk() -> None:
    # It reads kubeconfigs, with all their ways to log in, and runs where a person is.
    assert locked("bulkhead-cli") & BACKEND_SDKS == {"kubernetes"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "distribution",
    ["bulkhead-controller", "bulkhead-certcontroller", "bulkhead-provider-fake", "bulkhead-provider-vault"],
)
def test_process_imports_whole_in_an_environment_of_its_closure_alone(distribution: str) -> None:
    python = image(distribution) / "bin" / "python"
    package = distribution.replace("-", "_")
    foreign = ["boto3", "kubernetes", "pytest", *([] if distribution.endswith("vault") else ["hvac", "requests"])]
    done = subprocess.run(
        [python, "-I", "-c", IMPORT_EVERYTHING, package, *foreign], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
