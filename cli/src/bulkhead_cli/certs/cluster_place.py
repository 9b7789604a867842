"""Both documents as ConfigMaps, which are read and written through the API server."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from bulkhead_api.certificates import REQUESTS_KEY, STATUS_KEY
from bulkhead_cli.certs.place import ChangedError, Kept
from bulkhead_cli.certs.requests import InCluster
from bulkhead_cli.kubeconfig import open_client
from bulkhead_cli.problems import InputError

if TYPE_CHECKING:
    from kubernetes.client import ApiException, CoreV1Api, V1ConfigMap

_TIMEOUT_S: Final = 15
_FIELD_MANAGER: Final = "bulkhead-cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlace:
    """The two ConfigMaps of one release."""

    api: "CoreV1Api" = field(repr=False)
    namespace: str
    release: str

    @property
    def requests_name(self) -> str:
        """See `Place`."""
        return f"ConfigMap {self.namespace}/{self._requests}"

    def read_status(self) -> Kept:
        """See `Place`."""
        return _kept(self._get(f"{self.release}-certificate-status"), STATUS_KEY)

    def read_requests(self) -> Kept:
        """See `Place`."""
        return _kept(self._get(self._requests), REQUESTS_KEY)

    def write_requests(self, text: str, seen: Kept) -> None:
        """See `Place`."""
        from kubernetes.client import ApiException

        held = self._get(self._requests)
        metadata = held.metadata
        if metadata is None or metadata.resource_version != seen.version:
            raise ChangedError
        # Its resourceVersion goes back with it, so a write between the two is a conflict.
        held.data = {**(held.data or {}), REQUESTS_KEY: text}
        try:
            self.api.replace_namespaced_config_map(
                self._requests, self.namespace, held, field_manager=_FIELD_MANAGER, _request_timeout=_TIMEOUT_S
            )
        except ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                raise ChangedError from None
            raise self._problem(error, self._requests, "update") from None

    def _get(self, name: str) -> "V1ConfigMap":
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return self.api.read_namespaced_config_map(name, self.namespace, _request_timeout=_TIMEOUT_S)
        except ApiException as error:
            raise self._problem(error, name, "get") from None
        except (HTTPError, OSError) as error:
            raise InputError(f"the API server is not reached: {type(error).__name__}; see your kubeconfig") from None

    def _problem(self, error: "ApiException", name: str, verb: str) -> InputError:
        where = f"ConfigMap {self.namespace}/{name}"
        match error.status:
            case HTTPStatus.NOT_FOUND:
                return InputError(
                    f"{where}: not found; --namespace and --release say where and what the release is, and"
                    " certificates.issuer of the chart must be bulkhead"
                )
            case HTTPStatus.FORBIDDEN:
                return InputError(f"{where}: access denied; you need the right to {verb} configmaps/{name} there")
            case HTTPStatus.UNAUTHORIZED:
                return InputError(
                    f"{where}: the API server does not know you; log in again, or choose another --context"
                )
            case _:
                return InputError(f"{where}: {verb}: {error.status} {error.reason}")

    @property
    def _requests(self) -> str:
        return f"{self.release}-certificate-requests"


def open_cluster(where: InCluster) -> ClusterPlace:
    """Read the kubeconfig; nothing is asked of the API server yet.

    Raises:
        InputError: there is none, or it cannot be used.
    """
    from kubernetes.client import CoreV1Api

    return ClusterPlace(
        api=CoreV1Api(open_client(where.kubeconfig, where.context)), namespace=where.namespace, release=where.release
    )


def _kept(found: "V1ConfigMap", key: str) -> Kept:
    version = found.metadata.resource_version if found.metadata is not None else None
    return Kept(text=(found.data or {}).get(key, ""), version=version or "")
