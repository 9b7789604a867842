"""What `helm test` runs in a Pod: asks every process whether it is ready, and ends with 0 or 1.

It has no token and no certificate, and needs none: what it asks is open inside of the release.
"""

import argparse
import asyncio
import base64
import binascii
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

import aiohttp
import yarl

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.health import AddressError, address_from_text
from bulkhead_runtime.probe_report import Check, Finding, Question, passed, table_of

_ANSWER_S: Final = 5.0

Resolve: TypeAlias = Callable[[Check], Awaitable[Sequence[str]]]
"""Gives the addresses of a check's host, each once and in order; raises OSError if there are none."""


async def resolve_name(check: Check) -> Sequence[str]:
    """Look the host of a check up as the system does; see `Resolve`."""
    found = await asyncio.get_running_loop().getaddrinfo(check.host, check.port, type=socket.SOCK_STREAM)
    return sorted({str(each[4][0]) for each in found})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """What is asked, and for how long."""

    checks: Sequence[Check]
    timeout: timedelta
    """How long a process that says no is asked again."""
    roots: str
    """PEM, which the certificates of all `tls` questions must come from; empty where there is none."""
    pause: timedelta = timedelta(seconds=2)
    """Before everything is asked again."""


def settings_from_arguments(arguments: Sequence[str] | None = None) -> ProbeSettings:
    """Read the command line; None means the process's own. Ends the process with 2 if it is wrong."""
    parser = argparse.ArgumentParser(prog="bulkhead-probe", description="Ask the processes of a release how they are.")
    parser.add_argument("--ready", type=_ready, action="append", default=[], metavar="PROCESS=URL")
    parser.add_argument("--tls", type=_tls, action="append", default=[], metavar="PROCESS=HOST:PORT")
    parser.add_argument("--timeout", type=read.duration, default="60s", help="how long to go on asking")
    parser.add_argument("--roots-file", type=Path, help="PEM with what the certificates must come from")
    parser.add_argument("--roots-base64", type=_roots, default="", help="the same as base64")
    parsed = parser.parse_args(arguments)
    roots = _roots_from_file(parser, parsed.roots_file) if parsed.roots_file else parsed.roots_base64
    if not (parsed.ready or parsed.tls):
        parser.error("nothing to ask: give --ready or --tls")
    if parsed.tls and not roots:
        parser.error("--tls: needs --roots-file or --roots-base64, or any certificate would do")
    return ProbeSettings(checks=[*parsed.ready, *parsed.tls], timeout=parsed.timeout, roots=roots)


async def ask_until_well(settings: ProbeSettings, resolve: Resolve = resolve_name) -> list[Finding]:
    """Ask until every answer is good or the time is over, and give the last answers in the order of the checks."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(settings.timeout.total_seconds()):
            while not passed(findings):
                if findings:
                    await asyncio.sleep(settings.pause.total_seconds())
                findings = await ask_once(settings, resolve)
    except TimeoutError:
        # Time may be over before the first answers are in, and then there is nothing to show but that.
        return findings or [_silent(check) for check in settings.checks]
    return findings


async def ask_once(settings: ProbeSettings, resolve: Resolve = resolve_name) -> list[Finding]:
    """Ask everything once, all at the same time; what cannot be asked is a finding that is not good."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_S)) as session:
        asked = [_ask(session, check, settings.roots, resolve) for check in settings.checks]
        return [finding for findings in await asyncio.gather(*asked) for finding in findings]


async def _ask(session: aiohttp.ClientSession, check: Check, roots: str, resolve: Resolve) -> list[Finding]:
    try:
        hosts = await resolve(check)
    except OSError:
        address = f"{check.host}:{check.port}"
        return [Finding(check=check, address=address, good=False, detail="the name leads to no Pod")]
    return [await _ask_address(session, check, host, roots) for host in hosts]


async def _ask_address(session: aiohttp.ClientSession, check: Check, host: str, roots: str) -> Finding:
    address = f"[{host}]:{check.port}" if ":" in host else f"{host}:{check.port}"
    try:
        async with asyncio.timeout(_ANSWER_S):
            if check.question is Question.READY:
                good, detail = await _readiness(session, yarl.URL(f"http://{address}{check.path}"))
            else:
                good, detail = True, await _certificate(check, host, roots)
    except TimeoutError:
        good, detail = False, f"no answer within {_ANSWER_S:.0f} s"
    except ssl.SSLError as error:
        good, detail = False, f"no TLS: {getattr(error, 'verify_message', '') or error.reason or 'handshake failed'}"
    except (OSError, aiohttp.ClientError) as error:
        good, detail = False, f"no connection: {type(error).__name__}"
    return Finding(check=check, address=address, good=good, detail=detail)


async def _readiness(session: aiohttp.ClientSession, url: yarl.URL) -> tuple[bool, str]:
    async with session.get(url, allow_redirects=False) as answer:
        return answer.status == 200, "ready" if answer.status == 200 else f"not ready, status {answer.status}"


async def _certificate(check: Check, host: str, roots: str) -> str:
    context = ssl.create_default_context(cadata=roots)
    # The API server, for which the certificate is made, asks for no more than that it is signed and in date.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    _, writer = await asyncio.open_connection(host, check.port, ssl=context, server_hostname=check.host)
    peer: Mapping[str, object] = writer.get_extra_info("peercert")
    writer.close()
    return f"a certificate that holds until {peer['notAfter']}"


def _silent(check: Check) -> Finding:
    return Finding(check=check, address=f"{check.host}:{check.port}", good=False, detail="no answer in time")


def _ready(text: str) -> Check:
    process, _, rest = text.partition("=")
    url = yarl.URL(rest)
    if not process or url.scheme != "http" or not url.host or not url.explicit_port:
        raise argparse.ArgumentTypeError("must be PROCESS=http://HOST:PORT/PATH")
    return Check(process=process, question=Question.READY, host=url.host, port=url.explicit_port, path=url.path)


def _tls(text: str) -> Check:
    process, _, rest = text.partition("=")
    try:
        address = address_from_text(rest)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not process or not address.host:
        raise argparse.ArgumentTypeError("must be PROCESS=HOST:PORT")
    return Check(process=process, question=Question.TLS, host=address.host, port=address.port)


def _roots(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError("must be base64 of PEM") from error


def _roots_from_file(parser: argparse.ArgumentParser, path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"--roots-file: {path} cannot be read: {type(error).__name__}")


def main() -> None:
    """Ask, print the table, and end with 0 if all is well, else with 1."""
    findings = asyncio.run(ask_until_well(settings_from_arguments()))
    sys.stdout.write(f"{table_of(findings)}\n")
    sys.exit(0 if passed(findings) else 1)


if __name__ == "__main__":
    main()
