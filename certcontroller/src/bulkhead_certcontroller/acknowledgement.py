"""Asks processes which certificate they use: `GET /tls` at every address of every identity, all at once.

The replies hold public facts only and are read over plain HTTP on the health port: whoever can forge one can make a
rotation go on too early or wait, which cuts connections and lets nobody in.
"""

import asyncio
import errno
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
import msgspec

from bulkhead_certcontroller.answers import Asked, Silence, TlsAnswer
from bulkhead_certcontroller.identities import Identity
from bulkhead_runtime.health import Address, address_from_text

_DEADLINE_S: Final = 2.0
_MAX_BYTES: Final = 64 * 1024
_MAX_PROCESSES: Final = 256
_AT_ONCE: Final = 64
_NO_CERTIFICATE_YET: Final = 503
_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Acknowledgements(Protocol):
    """Where it is known what processes use."""

    async def ask(self, identities: Sequence[Identity]) -> Mapping[str, Asked]:
        """Give what each identity's processes say, by the identity's name. Raises nothing."""


class HttpAcknowledgements:
    """Asks over HTTP, at the addresses of the identities file; all of it takes two seconds at most."""

    async def ask(self, identities: Sequence[Identity]) -> Mapping[str, Asked]:
        """See `Acknowledgements`."""
        connector = aiohttp.TCPConnector(limit=_AT_ONCE, force_close=True)
        timeout = aiohttp.ClientTimeout(total=None)
        jar = aiohttp.DummyCookieJar()
        until = asyncio.get_running_loop().time() + _DEADLINE_S
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as session:
            asking = _Asking(session=session, until=until)
            async with asyncio.TaskGroup() as group:
                tasks = {each.name: group.create_task(asking.identity(each)) for each in identities}
        return {name: task.result() for name, task in tasks.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    session: aiohttp.ClientSession
    until: float
    """On the loop's clock; who has not answered by then has not answered."""

    async def identity(self, identity: Identity) -> Asked:
        replies = await asyncio.gather(*(self._host(address_from_text(each)) for each in identity.acknowledge))
        answers: list[TlsAnswer] = []
        silences: set[Silence] = set()
        for reply in (each for of_host in replies for each in of_host):
            if isinstance(reply, Silence):
                silences.add(reply)
                continue
            own = [each for each in reply if each.identity == str(identity.spiffe_id)]
            answers.extend(own)
            if not own:
                # Somebody else runs there, or the process has not loaded this identity: it may yet.
                silences.add(Silence.NO_ANSWER)
        return Asked(answers=tuple(answers), silences=frozenset(silences))

    async def _host(self, address: Address) -> Sequence[Sequence[TlsAnswer] | Silence]:
        resolved = await self._resolved(address)
        if isinstance(resolved, Silence):
            return [resolved]
        return await asyncio.gather(*(self._process(each) for each in resolved))

    async def _resolved(self, address: Address) -> Sequence[Address] | Silence:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(self.until):
                found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            return Silence.NOBODY_THERE if error.errno in _NO_SUCH_NAME else Silence.NO_ANSWER
        except (OSError, UnicodeError):  # TimeoutError among them
            return Silence.NO_ANSWER
        hosts = list(dict.fromkeys(str(each[4][0]) for each in found))
        # More than that is no installation of ours, and one that is left out must not count as one that has answered.
        return [Address(each, address.port) for each in hosts] if len(hosts) <= _MAX_PROCESSES else Silence.NO_ANSWER

    async def _process(self, address: Address) -> Sequence[TlsAnswer] | Silence:
        try:
            async with asyncio.timeout_at(self.until):
                async with self.session.get(f"http://{address}/tls", allow_redirects=False) as response:
                    if response.status == _NO_CERTIFICATE_YET:
                        return Silence.NOTHING_LOADED
                    return answers_from_body(await _bounded(response)) if response.status == 200 else Silence.NO_ANSWER
        except aiohttp.ClientConnectorError as error:
            refused = error.os_error.errno == errno.ECONNREFUSED
            return Silence.NOBODY_THERE if refused else Silence.NO_ANSWER
        except (aiohttp.ClientError, OSError):
            return Silence.NO_ANSWER


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    while len(body) <= _MAX_BYTES and (chunk := await response.content.read(_MAX_BYTES)):
        body += chunk
    # What is longer is no answer of ours: cut off, it is no JSON either.
    return body[:_MAX_BYTES]


def answers_from_body(body: bytes) -> Sequence[TlsAnswer] | Silence:
    """Read a reply: one object, or a list where a process has more than one identity."""
    try:
        decoded = msgspec.json.decode(body, type=TlsAnswer | list[TlsAnswer])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Silence.NO_ANSWER
    return decoded if isinstance(decoded, list) else [decoded]
