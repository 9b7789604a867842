"""Webhook configurations on a test API server, which reaches no Service: processes are called by the name localhost."""

from collections.abc import Mapping

import msgspec

from bulkhead_testkit.admin import Admin, Manifest, path_of, wait_for


class ClientConfig(msgspec.Struct, rename="camel"):
    """How the API server reaches a webhook."""

    ca_bundle: str = ""


class Webhook(msgspec.Struct, rename="camel"):
    """One webhook of a configuration."""

    name: str
    client_config: ClientConfig


class Configuration(msgspec.Struct):
    """A configuration as it stands."""

    webhooks: list[Webhook]


def reached_on_loopback(manifest: Manifest, port: int) -> Manifest:
    """Give the configuration with URLs on this machine in the place of the Service."""
    found = manifest["webhooks"]
    webhooks = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return {**manifest, "webhooks": [_reached(each, port) for each in webhooks]}


def wait_until_trusted(admin: Admin, manifest: Manifest) -> None:
    """Wait until each webhook of the configuration has roots; raises as `wait_for`."""

    def look() -> Configuration | None:
        found = admin.get(path_of(manifest), Configuration)
        has_all = found is not None and all(each.client_config.ca_bundle for each in found.webhooks)
        return found if has_all else None

    wait_for(look, what="the webhook configuration has roots")


def _reached(webhook: Mapping[str, object], port: int) -> Mapping[str, object]:
    client = webhook["clientConfig"]
    kept = {"caBundle": client["caBundle"]} if isinstance(client, Mapping) and "caBundle" in client else {}
    return {**webhook, "clientConfig": {"url": f"https://localhost:{port}/validate", **kept}}
