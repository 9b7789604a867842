"""Starts the Vault provider's server: `bulkhead-provider-vault --help`."""

from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.provider import Provider
from bulkhead_provider_sdk.serve import serve
from bulkhead_provider_vault.provider import VaultProvider


def build(context: Context) -> Provider:
    """Make the provider; it connects to nothing before the first call."""
    return VaultProvider(context)


def main() -> None:
    """Serve until told to stop."""
    serve(build)


if __name__ == "__main__":
    main()
