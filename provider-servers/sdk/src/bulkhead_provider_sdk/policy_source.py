"""The policy file on disk: read at the start, and again whenever it changes."""

from pathlib import Path
from typing import Final, TypeAlias

from bulkhead_api.errors import PolicyDeniedError
from bulkhead_provider_sdk.policy import (
    Access,
    Operation,
    Policy,
    PolicyError,
    allows_host,
    host_from_url,
    policy_from_yaml,
    refusing_field,
)
from bulkhead_provider_sdk.provider import Call
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter

_MAX_BYTES: Final = 1024 * 1024
_WHO: Final = "ask whoever deploys Bulkhead"
_LOG: Final = get_logger("policy")
_FAILURES: Final = counter("bulkhead_policy_reload_failures_total", "Policy files that could not be used.")

_Snapshot: TypeAlias = tuple[int, int, int, int]


class PolicySource:
    """The policy as the file has it now."""

    def __init__(self, file: Path) -> None:
        """Read the file for the first time.

        Raises:
            PolicyError: it is missing or cannot be used. There is no policy that would be safe to assume.
        """
        self._file = file
        self._reported = ""
        self._snapshot, self._policy = self._load()

    def current(self) -> Policy:
        """Give the policy; it costs one stat call while the file stays the same.

        A new file that cannot be used is reported once and leaves the last good policy in force.
        """
        try:
            if self._stat() != self._snapshot:
                self._snapshot, self._policy = self._load()
                _LOG.info("policy file read again", file=self._file)
            self._reported = ""
        except PolicyError as error:
            self._report(error)
        return self._policy

    def require(self, call: Call, operation: Operation, key: str | None = None) -> None:
        """Refuse what the policy does not allow.

        Args:
            call: names the store and the consumer.
            operation: what is wanted.
            key: the key as the backend knows it; None asks only for what does not depend on the key.

        Raises:
            PolicyDeniedError: the policy does not allow it.
        """
        access = Access(operation=operation, store=call.store.ref, namespace=call.consumer.namespace, key=key)
        field = refusing_field(self.current(), access)
        if field is not None:
            where = (
                call.store.ref
                if key is None
                else f'{call.store.ref}: {"path" if operation is Operation.FIND else "key"} "{key}"'
            )
            raise PolicyDeniedError(f"{where}: not allowed by the policy of this provider server ({field}); {_WHO}")

    def require_host(self, url: str) -> None:
        """Refuse a backend that the policy does not name, before anything is sent there.

        To be asked with every address that comes from a store, and again if the backend sends us elsewhere.

        Raises:
            PolicyDeniedError: the policy does not name it, or the address is no plain `scheme://host:port/...`.
        """
        if not allows_host(self.current(), url):
            host = host_from_url(url)
            name = f'backend "{host}"' if host else "the backend's address is not a plain URL and so"
            raise PolicyDeniedError(f"{name}: not allowed by the policy of this provider server (hosts); {_WHO}")

    def _load(self) -> tuple[_Snapshot, Policy]:
        snapshot = self._stat()
        try:
            with self._file.open("rb") as stream:
                return snapshot, policy_from_yaml(stream.read(_MAX_BYTES))
        except OSError as error:
            raise PolicyError(f"policy file {self._file}: {error.strerror}") from error
        except PolicyError as error:
            raise PolicyError(f"policy file {self._file}: {error}") from error

    def _stat(self) -> _Snapshot:
        try:
            stat = self._file.stat()
        except OSError as error:
            raise PolicyError(f"policy file {self._file}: {error.strerror}") from error
        if stat.st_size > _MAX_BYTES:
            raise PolicyError(f"policy file {self._file}: is larger than {_MAX_BYTES} bytes")
        return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _report(self, error: PolicyError) -> None:
        if str(error) != self._reported:
            self._reported = str(error)
            _FAILURES.inc()
            _LOG.error("new policy file cannot be used, the old policy stays in force", error=error)
