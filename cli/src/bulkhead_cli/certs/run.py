"""Carries `bulkhead certs` out: read, decide, write, and again if somebody else wrote meanwhile."""

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bulkhead_api.certificates import CertificateStatus, document_data
from bulkhead_cli.certs.cluster_place import open_cluster
from bulkhead_cli.certs.decide import Ask, Seen, decide_restore, decide_revoke, decide_rotation, pending_rotation
from bulkhead_cli.certs.documents import requests_from, status_from, text_of_document
from bulkhead_cli.certs.file_place import FilePlace
from bulkhead_cli.certs.place import ChangedError, Place
from bulkhead_cli.certs.requests import CertsRequest, InCluster, InFiles, Restore, Revoke, RotateCa, ShowStatus, Where
from bulkhead_cli.certs.show import progress_of, table_of
from bulkhead_cli.problems import FailedError
from bulkhead_cli.requests import OutputFormat

_TRIES: Final = 5
_LOOK_AGAIN_S: Final = 2.0

Tell = Callable[[str], None]
"""Tells a person, while the command still runs, how far it is."""


def run_certs(request: CertsRequest, tell: Tell) -> bytes:
    """Do what is asked and give what is to be printed.

    Raises:
        FailedError: it makes no sense as things are, or a wait was too long.
        InputError: the documents cannot be reached; the message says what is missing.
    """
    place = open_place(request.where)
    if isinstance(request, ShowStatus):
        return show_status(request, place, tell)
    return ask(request, place)


def open_place(where: Where) -> Place:
    """Give the place of the two documents. Raises: InputError."""
    match where:
        case InCluster():
            return open_cluster(where)
        case InFiles():
            return FilePlace(status=where.status, requests=where.requests)


def ask(request: Revoke | Restore | RotateCa, place: Place) -> bytes:
    """Write what is asked for and say what happens next."""
    for _ in range(_TRIES):
        kept = place.read_requests()
        seen = Seen(
            status=status_from(place.read_status().text), requests=requests_from(kept.text, place.requests_name)
        )
        decision = _decision(request, seen)
        try:
            place.write_requests(text_of_document(decision.requests), kept)
        except ChangedError:
            continue
        return "".join(f"{line}\n" for line in decision.told).encode()
    raise FailedError(f"{place.requests_name}: somebody else writes to it all the time; nothing was asked, try again")


def show_status(
    request: ShowStatus,
    place: Place,
    tell: Tell,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Give the status, after a rotation if it is waited for."""
    if request.wait is None:
        return _printed(_status(place), request.output)
    deadline, told = monotonic() + request.wait.total_seconds(), ""
    while pending := _pending(place):
        if pending != told:
            tell(pending)
            told = pending
        if monotonic() > deadline:
            raise FailedError(f"not over after {_text(request.wait)}: {pending}")
        sleep(_LOOK_AGAIN_S)
    return _printed(_status(place), request.output)


def _decision(request: Revoke | Restore | RotateCa, seen: Seen) -> Ask:
    now = datetime.now(UTC).replace(microsecond=0)
    match request:
        case Revoke(what=what, reissue=reissue, reason=reason):
            return decide_revoke(seen, what, reissue=reissue, reason=reason, now=now)
        case Restore(identity=identity, reason=reason):
            return decide_restore(seen, identity, reason=reason, now=now)
        case RotateCa(now=at_once, reason=reason):
            return decide_rotation(seen, request_id=secrets.token_hex(8), now_at_once=at_once, reason=reason, now=now)


def _pending(place: Place) -> str:
    status = status_from(place.read_status().text)
    requests = requests_from(place.read_requests().text, place.requests_name)
    pending = pending_rotation(Seen(status=status, requests=requests))
    return progress_of(status) if pending and status is not None and status.rotation is not None else pending


def _status(place: Place) -> CertificateStatus:
    status = status_from(place.read_status().text)
    if status is None:
        raise FailedError("the certcontroller has said nothing yet; see whether it runs")
    return status


def _printed(status: CertificateStatus, output: OutputFormat | None) -> bytes:
    match output:
        case None:
            return table_of(status).encode()
        case OutputFormat.JSON:
            return (json.dumps(document_data(status), indent=4, sort_keys=True) + "\n").encode()
        case OutputFormat.YAML:
            return text_of_document(status).encode()


def _text(wait: timedelta) -> str:
    return f"{wait.total_seconds():g} s"
