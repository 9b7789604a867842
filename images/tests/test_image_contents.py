"""What is in the images that the chart installs, and what is not."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from opened_image import Opened
from packaging.utils import canonicalize_name

from bulkhead_images.base import SITE
from bulkhead_images.oci import layers_in
from bulkhead_images.tree import Kind
from bulkhead_testkit.cache import cache_dir
from bulkhead_testkit.distributions import closure, locked_requirements
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("images"), pytest.mark.timeout(300)]

BACKEND_SDK = re.compile(r"azure-.+|boto3|botocore|google-auth|google-cloud-.+|hvac|kubernetes|requests|urllib3")
LIMITS_MB = {"controller": 110}
PROVIDER_LIMIT_MB = 170
IMPORT_ALL = """
import importlib, json, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
mapped = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
uncompiled = [name for name, module in sorted(sys.modules.items())
              if (getattr(module, "__cached__", None) or "").endswith(".pyc")
              and not __import__("os").path.exists(module.__cached__)]
json.dump({"mapped": sorted(mapped), "uncompiled": uncompiled}, sys.stdout)
"""


def test_unpacked_size_is_within_its_limit(opened: Opened) -> None:
    assert opened.finished.unpacked_bytes <= LIMITS_MB.get(opened.program.name, PROVIDER_LIMIT_MB) * 1e6


def test_nothing_can_be_started_but_the_interpreter(opened: Opened) -> None:
    programs = {
        path for path, entry in opened.files.items()
        if path.split("/")[-2:-1] in (["bin"], ["sbin"]) and entry.kind is not Kind.FOLDER
    }  # fmt: skip
    assert programs == {"usr/bin/python3", "usr/bin/python3.11"}


def test_no_program_is_a_shell_a_compiler_or_a_package_manager(opened: Opened) -> None:
    started = {
        path.rpartition("/")[2]
        for path, entry in opened.files.items()
        if entry.kind is Kind.FILE and entry.mode & 0o111
    }
    assert not started & {
        "sh", "bash", "dash", "ash", "busybox", "perl", "apt", "apt-get", "dpkg", "gcc", "cc", "cc1", "ld", "as", "go",
        "tcc", "make", "curl", "wget", "nc", "su", "sudo", "mount", "pip", "uv", "easy_install.py",
    }  # fmt: skip
    assert not [path for path in opened.files if re.search(r"/(pip|ensurepip|setuptools|_distutils_hack)/", path)]


def test_no_file_gives_rights_or_takes_writes(opened: Opened) -> None:
    assert {path: oct(entry.mode) for path, entry in opened.files.items()
            if entry.kind is not Kind.LINK and entry.mode & 0o7022} == {}  # fmt: skip


def test_backend_sdks_are_in_no_image_but_their_own_provider_servers(opened: Opened) -> None:
    found = {name for name in installed(opened) if BACKEND_SDK.fullmatch(name)}
    assert found == {"provider-vault": {"hvac", "requests", "urllib3"}}.get(opened.program.name, set())


def test_only_the_distributions_of_the_closure_are_there(opened: Opened) -> None:
    lock = locked_requirements(opened.program.distribution).read_text()
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock, flags=re.MULTILINE))
    assert installed(opened) == {*locked, *closure(opened.program.distribution)}


def installed(opened: Opened) -> set[str]:
    found = (re.fullmatch(rf"{SITE}/(.+)-[^-/]+\.dist-info/METADATA", path) for path in opened.files)
    return {canonicalize_name(match[1]) for match in found if match}


def test_no_file_of_tests_or_of_the_build_is_there(opened: Opened) -> None:
    left = [path for path in opened.files if re.search(r"\.(pyi|pyx|c|h|a|o)$|/tests?/|direct_url\.json$", path)]
    assert left == []


def test_the_user_is_a_number_and_not_root_and_the_entry_point_needs_no_shell(opened: Opened) -> None:
    image = opened.finished.image
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user)
    assert list(image.entrypoint) == ["/usr/bin/python3", "-I", "-m", opened.program.module]


def test_labels_are_those_of_the_oci(opened: Opened) -> None:
    told = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in opened.finished.image.annotations.items()
    }
    assert set(told) == {"created", "licenses", "revision", "source", "title", "version"}
    assert (told["created"], told["revision"], told["licenses"]) == ("2026-01-02T03:04:05Z", "f" * 40, "Apache-2.0")


def test_an_update_of_the_server_is_one_small_layer(opened: Opened) -> None:
    last = opened.finished.image.layers[-1]
    assert last.title.startswith(f"{opened.program.distribution} ")
    assert len(last.blob) < 1e6
    *_, top = layers_in(opened.finished.archive.content)
    assert {name.split("/")[5].partition("-")[0] for name in top.getnames() if name.count("/") >= 5} == {
        opened.program.module
    }


def test_no_file_names_a_place_of_the_machine_that_built_it(opened: Opened) -> None:
    places = [f"{folder}/".encode() for folder in (CHECKOUT, cache_dir(), tempfile.gettempdir() + "/bulkhead")]
    assert [path for path, entry in opened.files.items() if any(place in entry.content for place in places)] == []


def test_every_module_loads_from_the_image_alone_and_was_compiled_before(opened: Opened, root: Path) -> None:
    # By the image's own loader, as a test has no right to change the root; the name of each mapped file tells the rest.
    library = next(root.glob("usr/lib/*-linux-gnu"))
    loader = next(library.glob("ld-linux*.so*"))
    python: list[str | Path] = [loader, "--inhibit-cache", "--library-path", library, root / "usr/bin/python3.11"]
    done = subprocess.run(
        [*python, "-I", "-B", "-c", IMPORT_ALL, opened.program.module],
        capture_output=True, text=True, check=False, timeout=60, env={"LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert [path for path in seen["mapped"] if not path.startswith(f"{root}/")] == []
    assert seen["uncompiled"] == []


def test_a_name_of_a_host_finds_the_roots_of_the_web(opened: Opened) -> None:
    bundle = opened.files["etc/ssl/certs/ca-certificates.crt"].content
    assert bundle.count(b"BEGIN CERTIFICATE") == bundle.count(b"END CERTIFICATE") > 100
    assert opened.files["usr/lib/ssl/cert.pem"].target == "/etc/ssl/certs/ca-certificates.crt"
