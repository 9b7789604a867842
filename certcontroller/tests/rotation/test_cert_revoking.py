"""Revocations through whole passes: what the places hold afterwards, and what is said of it."""

import msgspec
import pytest
from rotation_world import DAY, SETTLE, World

from bulkhead_api.certificates import CertificateStatus, DeniedStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import certificates_from_pem
from bulkhead_certcontroller.denylist import Denylist, read_denylist
from bulkhead_runtime.denylist import DENYLIST

ID = "spiffe://bulkhead.local/controller"


@pytest.fixture
def world() -> World:
    made = World()
    made.run_pass()
    made.reload_all()
    return made


def status(world: World) -> CertificateStatus:
    return msgspec.yaml.decode(world.status.text, type=CertificateStatus)


def reasons(world: World) -> dict[str, str]:
    return {each.type: each.reason for each in status(world).conditions}


def denylist(world: World, name: str) -> Denylist:
    files = world.leaves[name].files
    found = read_denylist(files[DENYLIST], certificates_from_pem(files["ca.crt"]))
    assert found is not None
    return found


def certificate(world: World, name: str) -> SecretValue:
    return world.leaves[name].files["tls.crt"]


def test_every_place_has_a_denylist_from_the_first_pass_on(world: World) -> None:
    assert {denylist(world, name).version for name in world.leaves} == {1}
    assert status(world).denylist is not None
    assert reasons(world) == {
        "AuthorityReady": "Usable",
        "RotationProgressing": "Stable",
        "IdentitiesReady": "AllIssued",
        "DenylistCurrent": "Signed",
    }


def test_a_revoked_serial_is_denied_everywhere_and_its_identity_gets_another(world: World) -> None:
    serial = f"{certificates_from_pem(certificate(world, 'controller'))[0].serial_number:x}"
    other = certificate(world, "provider-vault")
    world.requests.text = f"revocations: [{{serial: '{serial}'}}]"
    result = world.run_pass()
    assert result is not None
    again = world.run_pass()
    assert again is not None

    assert (result.issued, again.issued) == (("controller",), ())
    assert certificate(world, "provider-vault") == other
    assert {(denylist(world, name).version, denylist(world, name).denials[0].serial) for name in world.leaves} == {
        (2, serial)
    }
    assert world.registry.get_sample_value("bulkhead_revocations_total", {"kind": "serial"}) == 1


def test_a_banned_identity_keeps_its_old_files_and_gets_no_new_ones_until_it_is_restored(world: World) -> None:
    before = certificate(world, "controller")
    world.requests.text = "revocations:\n  - {identity: controller}"
    banned = world.run_pass()
    world.now += 2 * DAY
    later = world.run_pass()
    kept, list_then = certificate(world, "controller"), denylist(world, "controller")
    world.requests.text = (
        "revocations: [{identity: controller}, {identity: controller, issuedBefore: 2026-11-01T12:00:00Z}]"
    )
    restored = world.run_pass()
    assert banned is not None
    assert later is not None
    assert restored is not None

    assert (banned.failed, banned.withheld, banned.issued) == ((), ("controller",), ())
    assert "controller" not in later.issued
    assert kept == before
    assert list_then.denials[0].identity == ID
    assert (restored.withheld, restored.issued) == ((), ("controller",))
    assert not (world.run_pass() or banned).issued


def test_a_banned_identity_follows_a_rotation_without_holding_it_up(world: World) -> None:
    world.requests.text = "revocations: [{identity: controller}]\nrotation: {id: r1}"
    old = world.roots()
    for _ in range(7):
        world.run_pass()
        world.reload("provider-vault")
        world.reload("silent")
        world.now += SETTLE

    assert (status(world).phase, set(old) & set(world.roots())) == ("Stable", set())
    assert world.leaves["controller"].files["ca.crt"] == world.authority.files["ca.crt"]


def test_a_request_that_is_taken_away_lifts_nothing(world: World) -> None:
    world.requests.text = "revocations: [{identity: controller}]"
    world.run_pass()
    world.requests.text = ""
    world.run_pass()

    listed = status(world).denylist
    assert listed is not None
    assert listed.entries == [DeniedStatus(identity=ID)]


def test_what_is_denied_survives_the_loss_of_the_state(world: World) -> None:
    world.requests.text = "revocations: [{identity: controller}]"
    world.run_pass()
    world.requests.text = ""
    files = dict(world.authority.files)
    del files["state.json"], files[DENYLIST]
    world.authority.files = files
    world.run_pass()

    assert denylist(world, "controller").version > 2
    assert denylist(world, "controller").denials[0].identity == ID


def test_what_is_denied_survives_the_loss_of_the_ca(world: World) -> None:
    world.requests.text = "revocations: [{identity: controller}]"
    world.run_pass()
    world.requests.text = ""
    world.authority.files = {"state.json": world.authority.files["state.json"]}
    world.run_pass()

    assert denylist(world, "provider-vault").version > 2
    assert denylist(world, "provider-vault").denials[0].identity == ID


def test_versions_go_on_after_everything_of_the_ca_is_lost(world: World) -> None:
    world.authority.files = {}
    world.run_pass()

    assert denylist(world, "controller").version > 1


def test_a_denial_of_a_serial_ends_with_the_last_certificate_that_it_can_mean(world: World) -> None:
    world.requests.text = "revocations: [{serial: abc}]"
    world.run_pass()
    world.now += DAY
    world.run_pass()

    assert denylist(world, "controller").denials == ()


def test_a_new_list_is_made_when_a_third_of_its_life_is_over(world: World) -> None:
    before = certificate(world, "controller")
    world.now += DAY / 3
    result = world.run_pass()

    assert denylist(world, "controller").version == 2
    assert certificate(world, "controller") == before
    assert result is not None
    assert result.issued == ()


def test_a_request_that_means_nothing_is_a_condition_and_the_rest_counts(world: World) -> None:
    world.requests.text = "revocations: [{serial: xyz}, {identity: nobody}, {serial: abc}]"
    world.run_pass()

    assert reasons(world)["DenylistCurrent"] == "RequestNotUnderstood"
    assert status(world).problems == [
        "revocations[0]: serial 'xyz': not hex",
        "revocations[1]: identity 'nobody': unknown",
    ]
    assert denylist(world, "controller").denials[0].serial == "abc"


@pytest.mark.parametrize("text", ["[", "- a", "revocations: 7", "a: &a [*a]", "\x00", "revocations: [[[[[]]]]]"])
def test_a_document_of_requests_that_is_broken_stops_nothing(world: World, text: str) -> None:
    world.requests.text = text
    result = world.run_pass()

    assert result is not None
    assert result.failed == ()


def test_a_list_edited_by_hand_is_put_back(world: World) -> None:
    place = world.leaves["controller"]
    place.files = {**place.files, DENYLIST: SecretValue(b"nothing is denied")}
    world.run_pass()

    assert denylist(world, "controller").version == 1
