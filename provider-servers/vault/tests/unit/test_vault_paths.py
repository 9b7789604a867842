"""Where keys stand in Vault: as ESO builds paths, and never outside of a secrets engine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_vault.paths import data_path, list_path, metadata_path, searched_path, url_path
from bulkhead_provider_vault.spec import KvVersion

V1, V2 = KvVersion.V1, KvVersion.V2


@pytest.mark.parametrize(
    ("key", "mount", "version", "want"),
    [
        pytest.param("db/pass", "secret", V2, "secret/data/db/pass", id="v2-gets-data-behind-the-mount"),
        pytest.param("secret/db", "secret", V2, "secret/data/db", id="v2-mount-in-the-key-counts-once"),
        pytest.param("secret/data/db", "secret", V2, "secret/data/db", id="v2-mount-and-data-in-the-key-count-once"),
        pytest.param("data/db", "secret", V2, "secret/data/data/db", id="v2-data-alone-is-part-of-the-key"),
        pytest.param("secret/secret/db", "secret", V2, "secret/data/secret/db", id="v2-only-one-mount-is-dropped"),
        pytest.param("db", "team/kv", V2, "team/kv/data/db", id="v2-mount-of-two-segments"),
        pytest.param("team/kv/data/db", "team/kv", V2, "team/kv/data/db", id="v2-whole-path-of-such-a-mount"),
        pytest.param("secret/db", "", V2, "secret/data/db", id="v2-without-mount-data-goes-behind-the-first-segment"),
        pytest.param("secret/data/db", "", V2, "secret/data/db", id="v2-without-mount-data-stays"),
        pytest.param("team/kv/data/db", "", V2, "team/kv/data/db", id="v2-without-mount-data-may-stand-later"),
        pytest.param("db/pass", "secret", V1, "secret/db/pass", id="v1-has-no-data"),
        pytest.param("secret/db", "secret", V1, "secret/db", id="v1-mount-in-the-key-counts-once"),
        pytest.param("secret/data/db", "secret", V1, "secret/data/db", id="v1-data-is-part-of-the-key"),
        pytest.param("secret/db", "", V1, "secret/db", id="v1-without-mount-passes"),
        pytest.param("/a//b/", "secret", V2, "secret/data/a/b", id="empty-segments-do-not-count"),
    ],
)
def test_data_path(key: str, mount: str, version: KvVersion, want: str) -> None:
    assert data_path(key, mount=mount, version=version) == want


@pytest.mark.parametrize(
    ("folder", "mount", "version", "want"),
    [
        pytest.param("", "secret", V2, "secret/metadata", id="v2-top"),
        pytest.param("app/", "secret", V2, "secret/metadata/app", id="v2-folder"),
        pytest.param("secret/data/app/", "", V2, "secret/metadata/app", id="v2-without-mount-data-becomes-metadata"),
        pytest.param("secret/data", "", V2, "secret/metadata", id="v2-without-mount-at-the-top"),
        pytest.param("app/", "secret", V1, "secret/app", id="v1-folder"),
        pytest.param("", "secret", V1, "secret", id="v1-top"),
        pytest.param("secret/app/", "", V1, "secret/app", id="v1-without-mount"),
    ],
)
def test_list_path(folder: str, mount: str, version: KvVersion, want: str) -> None:
    assert list_path(folder, mount=mount, version=version) == want


@pytest.mark.parametrize(
    ("folder", "mount", "version", "want"),
    [
        pytest.param("", "secret", V2, "secret/data/", id="v2-top"),
        pytest.param("/app", "secret", V2, "secret/data/app/", id="v2-folder"),
        pytest.param("secret/data/app/", "", V2, "secret/data/app/", id="v2-without-mount"),
        pytest.param("app", "secret", V1, "secret/app/", id="v1-folder"),
    ],
)
def test_searched_path(folder: str, mount: str, version: KvVersion, want: str) -> None:
    assert searched_path(folder, mount=mount, version=version) == want


@pytest.mark.parametrize(
    ("key", "mount", "want"),
    [
        pytest.param("db/pass", "secret", "secret/metadata/db/pass", id="behind-the-mount"),
        pytest.param("secret/db", "secret", "secret/metadata/db", id="mount-in-the-key-counts-once"),
        pytest.param("secret/data/db", "secret", "secret/metadata/db", id="mount-and-data-in-the-key-count-once"),
        pytest.param("data/db", "secret", "secret/metadata/data/db", id="data-alone-is-part-of-the-key"),
        pytest.param("db", "team/kv", "team/kv/metadata/db", id="mount-of-two-segments"),
        pytest.param("db", "data/data", "data/data/metadata/db", id="mount-that-is-called-data"),
        pytest.param("db", "team//kv", "team/kv/metadata/db", id="empty-segment-in-the-mount"),
        pytest.param("secret/db", "", "secret/metadata/db", id="without-mount"),
        pytest.param("team/kv/data/db", "", "team/kv/metadata/db", id="without-mount-data-may-stand-later"),
        pytest.param("secret/data/data/db", "", "secret/metadata/data/db", id="without-mount-the-first-data-counts"),
    ],
)
def test_metadata_path(key: str, mount: str, want: str) -> None:
    assert metadata_path(key, mount=mount) == want


@given(st.text("ad/.", min_size=1), st.sampled_from(["", "secret", "data", "data/data", "a//d"]))
def test_metadata_is_of_the_secret_that_the_policy_was_asked_for(key: str, mount: str) -> None:
    try:
        metadata = metadata_path(key, mount=mount).split("/")
    except InvalidRefError:
        return
    data = data_path(key, mount=mount, version=V2).split("/")
    assert [pair for pair in zip(data, metadata, strict=True) if pair[0] != pair[1]] == [("data", "metadata")]


def test_a_key_without_a_mount_has_no_metadata() -> None:
    with pytest.raises(InvalidRefError, match="names no secret of KV version 2"):
        metadata_path("/data/db", mount="")


def test_a_folder_without_mount_and_data_cannot_be_listed() -> None:
    with pytest.raises(InvalidRefError, match="set path in the store"):
        list_path("secret/app", mount="", version=V2)


@pytest.mark.parametrize(
    ("key", "mount"),
    [
        pytest.param("../other/data/x", "secret", id="climbs-out"),
        pytest.param("a/./b", "secret", id="stays-where-it-is"),
        pytest.param("auth/token/lookup-self", "", id="names-the-own-token"),
        pytest.param("/sys/mounts", "", id="names-the-settings"),
        pytest.param("token/lookup-self", "auth", id="names-the-own-token-by-the-mount"),
        pytest.param("", "", id="is-empty"),
    ],
)
def test_a_key_is_refused_that(key: str, mount: str) -> None:
    with pytest.raises(InvalidRefError):
        data_path(key, mount=mount, version=V1)


@settings(max_examples=50)
@given(st.text(max_size=60), st.sampled_from([V1, V2]))
def test_no_key_leads_out_of_its_mount(key: str, version: KvVersion) -> None:
    try:
        path = data_path(key, mount="secret", version=version)
    except InvalidRefError:
        return
    segments = path.split("/")
    assert segments[0] == "secret"
    assert not {"", ".", ".."} & set(segments)


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_an_encoded_path_holds_nothing_that_a_request_line_gives_a_meaning(path: str) -> None:
    assert not set(url_path(path)) & set(" ?#&;\r\n\\")
