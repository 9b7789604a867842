"""The command line: ESO's starts, and what makes no sense is refused with what to do."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from bulkhead_webhook.answer import Profile
from bulkhead_webhook.settings import Settings, settings_from_arguments

ESO = (
    *("--port=10250", "--dns-name=external-secrets-webhook.default.svc", "--cert-dir=/tmp/certs"),
    *("--check-interval=5m", "--lookahead-interval=2160h", "--metrics-addr=:8080", "--healthz-addr=:8081"),
    *(
        "--tls-min-version=1.2",
        "--tls-ciphers=",
        "--enable-http2=false",
        "--loglevel=info",
        "--zap-time-encoding=epoch",
    ),
    *("--metrics-secure=false", "--metrics-auth=false", "--metrics-cert-dir=", "--metrics-cert-name=tls.crt"),
    "--metrics-key-name=tls.key",
)


def settings(*arguments: str) -> Settings:
    return settings_from_arguments(["--cert-dir=/certs", *arguments])


def test_a_command_line_of_esos_starts_and_says_what_has_no_effect() -> None:
    found = settings_from_arguments(ESO)
    assert (found.listen, found.dns_name) == (":10250", "external-secrets-webhook.default.svc")
    assert found.http_addresses == (":8080", ":8081")
    assert {notice.flag for notice in found.notices} == {
        *("--check-interval", "--lookahead-interval", "--enable-http2", "--metrics-secure", "--metrics-auth"),
        *("--metrics-cert-dir", "--metrics-cert-name", "--metrics-key-name"),
    }


def test_without_flags_the_door_is_strict_and_nobody_is_asked() -> None:
    found = settings()
    assert (found.profile, found.client, found.client_names, found.notices) == (Profile.STRICT, None, (), ())
    assert found.terms.minimum is ssl.TLSVersion.TLSv1_2
    assert found.http_addresses == ("127.0.0.1:8080",)


def test_an_address_of_ipv6_is_listened_on() -> None:
    assert settings("--bind-address=::", "--port=0").listen == "[::]:0"


def test_a_client_certificate_is_asked_for() -> None:
    found = settings("--client-ca-file=/ca", "--client-names=kube-apiserver, other")
    assert (found.terms.client_roots, found.client_names) == (Path("/ca"), ("kube-apiserver", "other"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "--cert-dir", id="no-certificates"),
        pytest.param(["--cert-dir=/c", "--tls-min-version=1.0"], "1.2 or 1.3", id="an-old-tls"),
        pytest.param(["--cert-dir=/c", "--port=65536"], "must be a port", id="a-port-too-high"),
        pytest.param(["--cert-dir=/c", "--client-names=a"], "needs --client-ca-file", id="names-without-roots"),
        pytest.param(["--cert-dir=/c", "--providers-file=/p"], "needs --tls-dir", id="providers-without-an-identity"),
        pytest.param(["--cert-dir=/c", "--template-left-delimiter="], "must not be empty", id="no-delimiter"),
        pytest.param(["--cert-dir=/c", "--profile=lax"], "invalid choice", id="an-unknown-profile"),
        pytest.param(
            ["--cert-dir=/c", "--metrics-auth", "--metrics-addr=:8080"], "no API token", id="metrics-that-nobody-guards"
        ),
    ],
)
def test_the_command_line_is_refused(arguments: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from_arguments(arguments)
    assert says in capsys.readouterr().err
