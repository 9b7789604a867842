"""Tables as kubectl prints them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bulkhead_api.external_secret import ExternalSecret


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns, three blanks apart."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [header, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def external_secrets_table(objects: Sequence[ExternalSecret], *, now: datetime) -> str:
    """Show ExternalSecrets with the columns that their definition gives to kubectl; `now` is UTC."""
    header = ["NAME", "STORETYPE", "STORE", "REFRESH INTERVAL", "STATUS", "READY", "LAST SYNC"]
    return table(header, [_row(each, now) for each in objects])


def _row(seen: ExternalSecret, now: datetime) -> Sequence[str]:
    ready = next(each for each in seen.status.conditions if each.type == "Ready")
    store = seen.spec.secret_store_ref
    refreshed = seen.status.refresh_time
    age = "" if refreshed is None else f"{max(0, int((now - refreshed.astimezone(UTC)).total_seconds()))}s"
    return [seen.metadata.name, store.kind, store.name, seen.spec.refresh_interval, ready.reason, ready.status, age]
