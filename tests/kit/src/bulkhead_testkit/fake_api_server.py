"""An API server in this process, for tests of what talks to one: over TLS, with tokens, versions, watches and faults.

It holds objects of any resource without a schema. What it does it does as the real one: the runtime's tests run the
same cases against both. RBAC, admission and server-side apply are the real one's business alone.
"""

import asyncio
import ssl
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias
from uuid import uuid4

import msgspec
from aiohttp import web

from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit.planecerts import Authority

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]

_MAX_BODY_BYTES: Final = 3 * 1024 * 1024
# What a client may leave out or send back as it was: the server owns it.
_SERVER_OWNED: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A refusal to be sent instead of an answer."""

    status: int
    reason: str
    message: str = "injected"
    retry_after_s: int | None = None
    body: bytes | None = None
    """Sent instead of a Status object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, as the API server understands it."""

    verb: str
    """get, list, watch, create, update, patch or delete."""
    resource: str
    """Group, version and plural, such as `v1/secrets`."""
    namespace: str
    name: str
    subresource: str


class _RefusedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(slots=True, kw_only=True)
class _Watcher:
    call: Call
    labels: dict[str, str]
    lines: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    """An empty line ends the watch properly."""
    transport: asyncio.BaseTransport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logged:
    version: int
    kind: str
    resource: str
    value: Object


class FakeApiServer:
    """An API server with the token `config` leads to. Use as an async context manager."""

    def __init__(self, directory: Path) -> None:
        """Keep the credential in `directory`, which is made; nothing listens before `async with`."""
        directory.mkdir(parents=True, exist_ok=True)
        authority = Authority("fake-api-server", directory)
        self._certificate = authority.issue_server("fake-api-server")
        authority.ca_file.replace(directory / "ca.crt")
        (directory / "namespace").write_text("default")
        self.directory = directory
        self.set_token("token-1")
        self.has_watch_list = True
        """Whether it knows `sendInitialEvents`, as it does with a current etcd."""
        self.calls: list[Call] = []
        self.metadata_lists: list[str] = []
        """Resources that were listed by their metadata alone."""
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._version = 100
        self._oldest = 0
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._log: list[_Logged] = []
        self._watchers: list[_Watcher] = []
        self._failures: list[tuple[str, Failure]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def config(self) -> KubeConfig:
        """Leads a client here."""
        return KubeConfig(server=f"https://127.0.0.1:{self._port}", directory=self.directory)

    @property
    def watches(self) -> int:
        """How many watches are open."""
        return len(self._watchers)

    async def start(self) -> None:
        """Listen: the first time on a free port, later on the same."""
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate.certificate, self._certificate.key)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=context, reuse_address=True).start()
        self._runner, self._port = runner, runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and cut every connection; the objects stay."""
        self.cut_watches()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def set_token(self, token: str) -> None:
        """Accept this token from now on, and write it where clients find it."""
        self.token = token
        (self.directory / "token").write_text(token)

    def fail(self, verb: str, failure: Failure, *, times: int = 1) -> None:
        """Refuse the next calls of this verb."""
        self._failures += [(verb, failure)] * times

    def cut_watches(self, *, after: bytes = b"") -> None:
        """Break the connections of all watches, after a last piece of data."""
        for watcher in self._watchers:
            if isinstance(watcher.transport, asyncio.WriteTransport):
                if after:
                    watcher.transport.write(b"%x\r\n%s\r\n" % (len(after), after))
                    watcher.transport.close()
                else:
                    watcher.transport.abort()
        self._watchers.clear()

    def end_watches(self) -> None:
        """End all watches properly, as the server does after `timeoutSeconds`."""
        self.send(b"")

    def send(self, line: bytes) -> None:
        """Send a line of any content on every watch."""
        for watcher in self._watchers:
            watcher.lines.put_nowait(line)

    def bookmark(self) -> None:
        """Send a bookmark on every watch."""
        self.send(_event("BOOKMARK", {"metadata": {"resourceVersion": str(self._version)}}))

    def compact(self) -> None:
        """Forget the past: every older resourceVersion is Gone."""
        self._version += 1
        self._oldest = self._version
        self._log.clear()

    def put(self, resource: str, value: Object) -> None:
        """Create or replace an object from behind; `resource` as in `Call`."""
        metadata = _metadata(value)
        key = (resource, str(metadata.get("namespace", "")), str(metadata["name"]))
        self._store(key, value, self._objects.get(key))

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object from behind."""
        self._drop((resource, namespace, name))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise _refused(401, "Unauthorized", "Unauthorized")
            call = _call_of(request)
            self.calls.append(call)
            self._fail_if_asked(call.verb)
            if call.verb == "watch":
                return await self._watch(call, request)
            if call.verb == "list":
                return self._list(call, request)
            return self._object(call, request, await request.read())
        except _RefusedError as error:
            return _refusal(error.failure)
        except web.HTTPRequestEntityTooLarge:
            return _refusal(Failure(status=413, reason="RequestEntityTooLarge", message="limit is 3145728"))

    def _fail_if_asked(self, verb: str) -> None:
        for index, (wanted, failure) in enumerate(self._failures):
            if wanted == verb:
                del self._failures[index]
                raise _RefusedError(failure)

    def _object(self, call: Call, request: web.Request, body: bytes) -> web.Response:
        sent: Object = msgspec.json.decode(body) if body else {}
        name = call.name or str(_metadata(sent).get("name", ""))
        key = (call.resource, call.namespace, name)
        old = self._objects.get(key)
        _check_existence(call, name, old)
        dry_run = request.query.get("dryRun") == "All"
        if call.verb == "delete" and old is not None:
            _check_uid(sent.get("preconditions"), old)
            new = old if dry_run else self._delete(key, old)
        elif call.verb == "get" and old is not None:
            new = old
        else:
            new = self._store(key, _wanted(call, sent, old), old, dry_run=dry_run)
        if "PartialObjectMetadata" in request.headers.get("Accept", ""):
            new = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": new["metadata"]}
        return _json(new, 201 if call.verb == "create" else 200)

    def _store(self, key: tuple[str, str, str], sent: Object, old: Object | None, *, dry_run: bool = False) -> Object:
        new = deepcopy(sent)
        metadata = _metadata(new)
        metadata["name"] = key[2]
        if key[1]:
            metadata["namespace"] = key[1]
        if old is None:
            metadata["uid"] = str(uuid4())
            metadata["creationTimestamp"] = _now()
            if "spec" in new:
                metadata["generation"] = 1
        else:
            was = _metadata(old)
            metadata.update({name: was[name] for name in _SERVER_OWNED if name in was})
            if new == old:
                return old
            if new.get("spec") != old.get("spec"):
                metadata["generation"] = int(str(was.get("generation", 0))) + 1
        if dry_run:
            return new
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            return self._drop(key)
        self._objects[key] = new
        self._tell("ADDED" if old is None else "MODIFIED", key[0], new)
        return new

    def _delete(self, key: tuple[str, str, str], old: Object) -> Object:
        if not _metadata(old).get("finalizers"):
            return self._drop(key)
        new = deepcopy(old)
        _metadata(new).setdefault("deletionTimestamp", _now())
        if new != old:
            self._objects[key] = new
            self._tell("MODIFIED", key[0], new)
        return new

    def _drop(self, key: tuple[str, str, str]) -> Object:
        gone = deepcopy(self._objects.pop(key))
        self._tell("DELETED", key[0], gone)
        return gone

    def _tell(self, kind: str, resource: str, value: Object) -> None:
        self._version += 1
        _metadata(value)["resourceVersion"] = str(self._version)
        logged = _Logged(version=self._version, kind=kind, resource=resource, value=value)
        self._log.append(logged)
        for watcher in self._watchers:
            if _selects(watcher.call, watcher.labels, resource, value):
                watcher.lines.put_nowait(_event(kind, value))

    def _list(self, call: Call, request: web.Request) -> web.Response:
        version, _, start = request.query.get("continue", f"{self._version}:0").partition(":")
        if int(version) < self._oldest:
            raise _refused(410, "Expired", "the provided continue parameter is too old")
        found = self._selected(call, _labels_of(request))
        end = int(start) + (int(request.query.get("limit", "0")) or len(found) or 1)
        more: Object = {"continue": f"{version}:{end}"} if end < len(found) else {}
        items: list[Json] = list(found[int(start) : end])
        if "PartialObjectMetadataList" in request.headers.get("Accept", ""):
            self.metadata_lists.append(call.resource)
            items = [{"metadata": value["metadata"]} for value in found[int(start) : end]]
        return _json({"kind": "List", "metadata": {"resourceVersion": version, **more}, "items": items}, 200)

    def _selected(self, call: Call, labels: dict[str, str]) -> list[Object]:
        return [value for (resource, _, _), value in self._objects.items() if _selects(call, labels, resource, value)]

    async def _watch(self, call: Call, request: web.Request) -> web.StreamResponse:
        initial = request.query.get("sendInitialEvents") == "true"
        if initial and not self.has_watch_list:
            raise _refused(422, "Invalid", "sendInitialEvents: Forbidden: not supported by the storage")
        watcher = _Watcher(call=call, labels=_labels_of(request), transport=request.transport)
        for line in self._first_lines(watcher, initial=initial, since=int(request.query.get("resourceVersion") or 0)):
            watcher.lines.put_nowait(line)
        self._watchers.append(watcher)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        try:
            await response.prepare(request)
            while line := await watcher.lines.get():
                await response.write(line + b"\n")
            await response.write_eof()
        except ConnectionError:
            pass
        finally:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
        return response

    def _first_lines(self, watcher: _Watcher, *, initial: bool, since: int) -> list[bytes]:
        if initial:
            end: Object = {
                "resourceVersion": str(self._version),
                "annotations": {"k8s.io/initial-events-end": "true"},
            }
            found = self._selected(watcher.call, watcher.labels)
            return [*(_event("ADDED", value) for value in found), _event("BOOKMARK", {"metadata": end})]
        if since < self._oldest:
            return [_event("ERROR", _status(410, "Expired", "too old resource version")), b""]
        return [
            _event(each.kind, each.value)
            for each in self._log
            if each.version > since and _selects(watcher.call, watcher.labels, each.resource, each.value)
        ]


def _call_of(request: web.Request) -> Call:
    parts = request.path.strip("/").split("/")
    group, rest = ("/".join(parts[1:3]), parts[3:]) if parts[0] == "apis" else (parts[1], parts[2:])
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    verb = verbs.get(request.method) or ("get" if name else "watch" if request.query.get("watch") else "list")
    return Call(verb=verb, resource=f"{group}/{plural}", namespace=namespace, name=name, subresource=subresource)


def _labels_of(request: web.Request) -> dict[str, str]:
    text = request.query.get("labelSelector", "")
    return dict(term.split("=", 1) for term in text.split(",") if term)


def _selects(call: Call, labels: dict[str, str], resource: str, value: Object) -> bool:
    metadata = _metadata(value)
    has = metadata.get("labels")
    return (
        call.resource == resource
        and call.namespace in {"", metadata.get("namespace", "")}
        and all(isinstance(has, dict) and has.get(name) == wanted for name, wanted in labels.items())
    )


def _metadata(value: Object) -> Object:
    metadata = value.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        raise _refused(400, "BadRequest", "metadata is no object")
    return metadata


def _check_existence(call: Call, name: str, old: Object | None) -> None:
    if call.verb != "create":
        if old is None:
            raise _refused(404, "NotFound", f'"{name}" not found')
    elif not name:
        raise _refused(422, "Invalid", "metadata.name: Required value: name or generateName is required")
    elif old is not None:
        raise _refused(409, "AlreadyExists", f'"{name}" already exists')


def _wanted(call: Call, sent: Object, old: Object | None) -> Object:
    if old is None:
        return _without_status(sent)
    _check_version(sent, old)
    if call.verb == "update":
        _check_uid(sent.get("metadata"), old)
        return _with_status_of(sent, old)
    merged = _merged(old, sent)
    return {**old, "status": merged.get("status")} if call.subresource == "status" else merged


def _check_uid(guard: Json, old: Object) -> None:
    uid = _metadata(old)["uid"]
    if isinstance(guard, dict) and guard.get("uid", uid) != uid:
        raise _refused(409, "Conflict", "Precondition failed: UID in precondition is another")


def _check_version(sent: Object, old: Object) -> None:
    metadata, was = _metadata(sent), _metadata(old)
    if metadata.get("resourceVersion", was["resourceVersion"]) != was["resourceVersion"]:
        raise _refused(409, "Conflict", "the object has been modified; apply your changes to the latest version")


def _without_status(value: Object) -> Object:
    return {name: each for name, each in value.items() if name != "status"}


def _with_status_of(value: Object, old: Object) -> Object:
    return {**_without_status(value), **({"status": old["status"]} if "status" in old else {})}


def _merged(target: Json, patch: Json) -> Object:
    # RFC 7396.
    result: Object = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items() if isinstance(patch, dict) else ():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value) if isinstance(value, dict) else value
    return result


def _status(code: int, reason: str, message: str) -> Object:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": message}


def _refused(status: int, reason: str, message: str) -> _RefusedError:
    return _RefusedError(Failure(status=status, reason=reason, message=message))


def _refusal(failure: Failure) -> web.Response:
    headers = {} if failure.retry_after_s is None else {"Retry-After": str(failure.retry_after_s)}
    body = failure.body or msgspec.json.encode(_status(failure.status, failure.reason, failure.message))
    return web.Response(status=failure.status, body=body, headers=headers, content_type="application/json")


def _json(value: Object, status: int) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


def _event(kind: str, value: Object) -> bytes:
    return msgspec.json.encode({"type": kind, "object": value})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
