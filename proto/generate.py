"""Generate the Python code beside the .proto files, or check that it is current.

Runs in the code generator's own environment (requirements/codegen.txt), so that its versions of protobuf never
meet the ones that run.
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).parent
SOURCE = HERE / "src"
BIN = Path(sys.executable).parent


def generate(target: Path) -> None:
    """Write messages, stubs and their types for every .proto file below `target`."""
    protos = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.proto"))
    outcome = protoc.main(
        [
            "protoc",
            f"--proto_path={SOURCE}",
            f"--proto_path={files('grpc_tools') / '_proto'}",
            f"--plugin=protoc-gen-mypy={BIN / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={BIN / 'protoc-gen-mypy_grpc'}",
            f"--python_out={target}",
            f"--grpc_python_out={target}",
            f"--mypy_out=quiet:{target}",
            f"--mypy_grpc_out=quiet:{target}",
            *protos,
        ]
    )
    if outcome != 0:
        sys.exit(outcome)
    for empty in target.rglob("*_pb2_grpc.py"):
        if "class " not in empty.read_text():
            empty.unlink()
            empty.with_suffix(".pyi").unlink(missing_ok=True)


def lint() -> None:
    """Hold the .proto files to buf's STANDARD rules and format."""
    for verb in (["lint"], ["format", "--diff", "--exit-code"]):
        subprocess.run([BIN / "buf", *verb], cwd=HERE, check=True)


def check() -> None:
    """Say which generated file differs from what the .proto files give, and exit 1 if any does."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        fresh = {path.relative_to(scratch) for path in Path(scratch).rglob("*_pb2*")}
        kept = {path.relative_to(SOURCE) for path in SOURCE.rglob("*_pb2*") if path.suffix != ".pyc"}
        stale = [
            path
            for path in sorted(fresh | kept)
            if path not in fresh & kept or not filecmp.cmp(Path(scratch) / path, SOURCE / path, shallow=False)
        ]
    if stale:
        sys.exit("generated code is not current, run `make generate`: " + ", ".join(map(str, stale)))


def breaking(against: str) -> None:
    """Refuse a change that old callers or servers could not live with."""
    subprocess.run([BIN / "buf", "breaking", "--against", against], cwd=HERE, check=True)


def main() -> None:
    """Run the verb of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if anything would change")
    parser.add_argument(
        "--breaking",
        metavar="AGAINST",
        help="compare with this buf input, such as '../.git#ref=v1,subdir=proto'",
    )
    options = parser.parse_args()
    lint()
    if options.breaking:
        breaking(options.breaking)
    elif options.check:
        check()
    else:
        for old in SOURCE.rglob("*_pb2*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        generate(SOURCE)


if __name__ == "__main__":
    main()
