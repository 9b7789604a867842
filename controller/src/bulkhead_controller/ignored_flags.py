"""ESO's flags that have no meaning here: accepted, so that a command line of ESO's starts, and named in the log."""

from typing import Final

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.table import IgnoredFlag, ignored_switch

_NO_SECRET_COPIES: Final = "this process keeps no copies of Secrets"
_PROFILE: Final = "nothing; what the controller reads is chosen by the profile"
_IN_PROVIDER: Final = "logins to backends are made and kept by provider servers, not by this process"
_CHART: Final = "nothing; tokens are kept by the vault provider server, within bounds"
_NO_SUCH_PROVIDER: Final = "there is no provider server for this backend"


def _size(name: str, default: int, because: str, instead: str) -> IgnoredFlag:
    return IgnoredFlag(name=name, read=read.whole, default=str(default), because=because, instead=instead)


IGNORED_FLAGS: Final = (
    IgnoredFlag(
        name="--client-qps",
        read=read.number,
        default="50",
        because="the API server's own fairness limits requests, not this process",
        instead="set --concurrent, or a FlowSchema for the controller's ServiceAccount",
    ),
    _size(
        "--client-burst",
        100,
        "the API server's own fairness limits requests, not this process",
        "set --concurrent, or a FlowSchema for the controller's ServiceAccount",
    ),
    ignored_switch("--enable-http2", "/metrics is served by HTTP/1.1 only", "nothing; every scraper speaks it"),
    ignored_switch("--enable-secrets-caching", _NO_SECRET_COPIES, _PROFILE),
    ignored_switch("--enable-configmaps-caching", "this process keeps no copies of ConfigMaps", _PROFILE),
    ignored_switch("--enable-managed-secrets-caching", _NO_SECRET_COPIES, _PROFILE, default=True),
    ignored_switch("--enable-secret-api-read-on-cache-mismatch", _NO_SECRET_COPIES, _PROFILE, default=True),
    ignored_switch("--enable-vault-token-cache", _IN_PROVIDER, _CHART),
    _size("--vault-token-cache-size", 262144, _IN_PROVIDER, _CHART),
    ignored_switch("--experimental-enable-vault-token-cache", _IN_PROVIDER, _CHART),
    _size("--experimental-vault-token-cache-size", 262144, _IN_PROVIDER, _CHART),
    ignored_switch("--experimental-enable-doppler-oidc-cache", _NO_SUCH_PROVIDER, "leave it out"),
    _size("--experimental-doppler-oidc-cache-size", 262144, _NO_SUCH_PROVIDER, "leave it out"),
    _size("--doppler-etag-cache-size", 16384, _NO_SUCH_PROVIDER, "leave it out"),
    _size("--mysterybox-tokens-cache-size", 4096, _NO_SUCH_PROVIDER, "leave it out"),
    _size("--mysterybox-connections-cache-size", 128, _NO_SUCH_PROVIDER, "leave it out"),
)
