from pathlib import Path

import pytest

from bulkhead_runtime.provider_routes import ProviderServer, RoutesError, read_provider_servers, routes_from

VAULT = ProviderServer(name="vault", address="unix:///run/vault.sock", stores=["vault", "openBao"])


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "providers.yaml"
    file.write_text(text)
    return file


def test_the_providers_file_routes_every_store_that_it_names(tmp_path: Path) -> None:
    text = "providers: [{name: vault, address: 'unix:///run/vault.sock', stores: [vault, openBao]}]"
    servers = read_provider_servers(write(tmp_path, text))
    assert list(servers) == [VAULT]
    assert routes_from(servers) == {"vault": VAULT, "openBao": VAULT}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("providers: 1", "Expected `array`", id="no-list"),
        pytest.param("providers: [{name: a, address: b, stores: [c], port: 1}]", "unknown field `port`", id="unknown"),
        pytest.param("providers: [{name: a, stores: [c]}]", "missing required field `address`", id="no-address"),
        pytest.param(
            "providers: [{name: a, address: x, stores: [c]}, {name: a, address: y, stores: [d]}]",
            "name: a stands twice",
            id="a-name-twice",
        ),
        pytest.param(
            "providers: [{name: a, address: x, stores: [c]}, {name: b, address: y, stores: [c]}]",
            "stores: c stands twice",
            id="a-store-twice",
        ),
        pytest.param("{", "providers file", id="no-yaml"),
    ],
)
def test_a_providers_file_that_cannot_work_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(RoutesError) as refusal:
        read_provider_servers(file)
    assert says in str(refusal.value)
    assert str(file) in str(refusal.value)


def test_a_missing_providers_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match=r"nowhere\.yaml: No such file"):
        read_provider_servers(tmp_path / "nowhere.yaml")
