"""docs/flags.md has every flag of every process with its default and meaning, and none that no process has."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest

from bulkhead_certcontroller import flags as certcontroller
from bulkhead_certcontroller.settings import settings_from_arguments as certcontroller_settings
from bulkhead_controller.flags import FLAGS as CONTROLLER_FLAGS
from bulkhead_controller.ignored_flags import IGNORED_FLAGS as CONTROLLER_IGNORED
from bulkhead_controller.settings import settings_from_arguments as controller_settings
from bulkhead_provider_sdk.flags import FLAGS as PROVIDER_FLAGS
from bulkhead_provider_sdk.settings import settings_from_arguments as provider_settings
from bulkhead_runtime.flags.table import Flag, IgnoredFlag
from bulkhead_testkit.toolchain import CHECKOUT
from bulkhead_webhook import flags as webhook
from bulkhead_webhook.settings import settings_from_arguments as webhook_settings

PAGE: Final = CHECKOUT / "docs" / "flags.md"
ROW: Final = re.compile(r"^\| `(--[a-z0-9-]+)` \| (?:`([^`]*)`|(required)|) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    heading: str
    flags: Sequence[Flag]
    ignored: Sequence[IgnoredFlag]
    read: Callable[[Sequence[str]], object]


PROGRAMS: Final = (
    Program(heading="Controller", flags=CONTROLLER_FLAGS, ignored=CONTROLLER_IGNORED, read=controller_settings),
    Program(heading="Webhook", flags=webhook.FLAGS, ignored=webhook.IGNORED_FLAGS, read=webhook_settings),
    Program(
        heading="Certcontroller",
        flags=certcontroller.FLAGS,
        ignored=certcontroller.IGNORED_FLAGS,
        read=certcontroller_settings,
    ),
    Program(
        heading="Provider servers",
        flags=PROVIDER_FLAGS,
        ignored=(),
        read=partial(provider_settings, "bulkhead-provider-fake"),
    ),
)


def sections() -> dict[str, str]:
    """Give the page's chapters by their headings."""
    _, *chapters = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    return {heading: text for heading, _, text in (each.partition("\n") for each in chapters)}


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def meaning(flag: Flag) -> str:
    pending = f" **No effect yet:** {flag.pending}." if flag.pending else ""
    eso = f" ESO's default is `{flag.eso_default}`." if flag.eso_default else ""
    return f"{sentence(flag.help)}{eso}{pending}"


def no_meaning(flag: IgnoredFlag) -> str:
    return f"accepted, no effect: {flag.because}. {sentence(flag.instead)}"


def test_the_page_has_a_chapter_for_each_program_and_for_nothing_else() -> None:
    assert list(sections()) == [program.heading for program in PROGRAMS]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.heading)
def test_the_page_has_every_flag_with_its_default(program: Program) -> None:
    rows = ROW.findall(sections()[program.heading])
    described = {name: (default, required == "required", text) for name, default, required, text in rows}
    want = {flag.name: (flag.default or "", flag.default is None, meaning(flag)) for flag in program.flags}
    want |= {flag.name: (flag.default, False, no_meaning(flag)) for flag in program.ignored}
    assert described == want
    assert len(rows) == len(described)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.heading)
def test_the_program_takes_what_the_page_says_and_nothing_else(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        program.read(["--help"])
    taken = re.findall(r"^  (?:-h, )?(--[a-z0-9-]+)", capsys.readouterr().out, re.MULTILINE)
    described = [name for name, *_ in ROW.findall(sections()[program.heading])]
    assert sorted(taken) == sorted(["--help", "--version", *described])
