"""Webhook configurations of the API server, of which this program may read and fill the ones that its Role names."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_certcontroller.bundle_decide import Inject, SeenWebhook
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ConflictError, ForbiddenError, NotFoundError
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import watch

FIELD_MANAGER: Final = "bulkhead-certcontroller"
"""The name under which the API server notes that the bundles are this program's."""
_GROUP_VERSION: Final = "admissionregistration.k8s.io/v1"
_PLURAL: Final = "validatingwebhookconfigurations"


class ConfigurationError(Exception):
    """A webhook configuration cannot be read or filled; one line that says what to do."""


class ConfigurationChangedError(ConfigurationError):
    """Somebody else wrote to it after it was read: read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenConfiguration:
    """A configuration as it is now."""

    name: str
    version: str
    """Its resourceVersion."""
    webhooks: tuple[SeenWebhook, ...]


class Configurations(Protocol):
    """Where webhook configurations are kept."""

    async def read(self, name: str) -> SeenConfiguration | None:
        """See `WebhookConfigurations`."""

    async def inject(self, seen: SeenConfiguration, wanted: Inject) -> None:
        """See `WebhookConfigurations`."""

    def changes(self, name: str) -> AsyncGenerator[None, None]:
        """See `WebhookConfigurations`."""


class _ClientConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    ca_bundle: bytes | None = None


class _Webhook(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    client_config: _ClientConfig = _ClientConfig()


class _Configuration(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    webhooks: list[_Webhook] | None = None


class _Version(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    resource_version: str


class _Applied(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is sent: these fields and no other become this program's."""

    metadata: _Version
    webhooks: list[_Webhook]
    api_version: str = _GROUP_VERSION
    kind: str = "ValidatingWebhookConfiguration"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfigurations:
    """The ValidatingWebhookConfigurations of one API server."""

    api: KubeClient = field(repr=False)

    async def read(self, name: str) -> SeenConfiguration | None:
        """Return the configuration; None if there is none.

        Raises:
            ConfigurationError: it cannot be read.
        """
        try:
            found = await self.api.get(_path(name), _Configuration)
        except NotFoundError:
            return None
        except (ApiError, KubeConfigError) as error:
            raise _failure(name, error) from error
        webhooks = (
            SeenWebhook(name=each.name, bundle=each.client_config.ca_bundle or b"") for each in found.webhooks or ()
        )
        return SeenConfiguration(name=name, version=found.metadata.resource_version, webhooks=tuple(webhooks))

    async def inject(self, seen: SeenConfiguration, wanted: Inject) -> None:
        """Set the bundle of the named webhooks, and nothing else, if the configuration is still as `seen`.

        Raises:
            ConfigurationChangedError: it is not; one that was deleted is not made anew.
            ConfigurationError: it cannot be written.
        """
        webhooks = [_Webhook(name=name, client_config=_ClientConfig(ca_bundle=wanted.bundle)) for name in wanted.names]
        body = _Applied(metadata=_Version(name=seen.name, resource_version=seen.version), webhooks=webhooks)
        try:
            await self.api.apply(_path(seen.name), msgspec.json.encode(body), _Configuration, manager=FIELD_MANAGER)
        except (ConflictError, NotFoundError) as error:
            raise ConfigurationChangedError(f"webhook configuration {seen.name}: somebody else wrote to it") from error
        except (ApiError, KubeConfigError) as error:
            raise _failure(seen.name, error) from error

    async def changes(self, name: str) -> AsyncGenerator[None, None]:
        """Tell, for ever, that the configuration may have changed; failures are logged and outlived."""
        # The Role names the object, and the API server holds a watch to that name by this selector.
        found = watch(self.api, _path(""), _Configuration, field_selector=f"metadata.name={name}")
        async with aclosing(found) as changes:
            async for _ in changes:
                yield


def _path(name: str) -> str:
    return resource_path(_GROUP_VERSION, _PLURAL, name=name)


def _failure(name: str, error: ApiError | KubeConfigError) -> ConfigurationError:
    if isinstance(error, ForbiddenError):
        return ConfigurationError(
            f"webhook configuration {name}: access denied: the chart's ClusterRole must name it; apply the chart again,"
            " or set webhook.caBundle and leave the flag --webhook-configuration out"
        )
    return ConfigurationError(f"webhook configuration {name}: {error}")
