"""The client of an API server, as kubectl would find it."""

from typing import TYPE_CHECKING

from bulkhead_cli.problems import InputError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


def open_client(kubeconfig: str | None, context: str | None) -> "ApiClient":
    """Read a kubeconfig; nothing is asked of the API server yet.

    Args:
        kubeconfig: its file; None means as kubectl finds it.
        context: of it; None means its current one.

    Raises:
        InputError: there is none, or it cannot be used.
    """
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import ConfigException, load_kube_config

    settings = Configuration()
    try:
        load_kube_config(  # type: ignore[no-untyped-call]  # the package's loader has no types
            kubeconfig, context=context, client_configuration=settings, persist_config=False
        )
    except (ConfigException, OSError, ValueError) as error:
        # Its words name files and contexts; what a plugin printed is not among them.
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise InputError(f"kubeconfig: {reason}") from None
    settings.retries = 0
    return ApiClient(settings)
