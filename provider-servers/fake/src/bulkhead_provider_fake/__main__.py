"""Starts the fake provider's server: `bulkhead-provider-fake --help`."""

from bulkhead_provider_fake.provider import FakeProvider
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.provider import Provider
from bulkhead_provider_sdk.serve import serve


def build(_: Context) -> Provider:
    """Make the provider; it needs no credential and no backend."""
    return FakeProvider()


def main() -> None:
    """Serve until told to stop."""
    serve(build)


if __name__ == "__main__":
    main()
