"""Whole rotations in memory: killed at every write, and on random walks with processes that load late."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rotation_world import CONTROLLER, DAY, IDENTITIES, SETTLE, VAULT, World, identity

from bulkhead_api.certificates import CertificateStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.identities import Usage
from bulkhead_certcontroller.reconcile import PassResult

ROTATE = "rotation: {id: r1}"
NOW = "rotation: {id: r1, now: true}"


@pytest.fixture
def world() -> World:
    made = World()
    made.run_pass()
    made.reload_all()
    return made


def status(world: World) -> CertificateStatus:
    return msgspec.yaml.decode(world.status.text, type=CertificateStatus)


def phase(world: World) -> str:
    return status(world).phase


def pass_(world: World) -> PassResult:
    result = world.run_pass()
    assert result is not None
    return result


def test_a_rotation_goes_through_its_phases_as_processes_acknowledge_them(world: World) -> None:
    old = world.roots()
    world.requests.text = ROTATE
    seen = []
    for _ in range(4):
        pass_(world)
        world.reload_all()
        world.check_that_nobody_is_cut_off()
        seen.append((phase(world), len(world.roots())))
        world.now += SETTLE
        pass_(world)
    world.now += SETTLE

    assert seen == [("Distributing", 2), ("Moving", 2), ("Withdrawing", 1), ("Stable", 1)]
    assert world.roots() != old
    assert status(world).handled_rotation == "r1"
    assert not pass_(world).rotating


def test_a_process_that_has_not_loaded_the_new_root_holds_the_rotation_up_and_is_named(world: World) -> None:
    world.requests.text = ROTATE
    pass_(world)
    world.reload("controller")
    for _ in range(100):
        world.now += SETTLE
        pass_(world)
    held_up = status(world)
    world.reload("provider-vault")
    pass_(world)

    assert held_up.rotation is not None
    assert (held_up.phase, held_up.rotation.answers) == ("Distributing", {"provider-vault": "OldState"})
    assert phase(world) == "Moving"


def test_an_identity_that_cannot_be_asked_is_given_time_to_settle(world: World) -> None:
    world.requests.text = ROTATE
    pass_(world)
    world.reload_all()
    world.now += SETTLE / 2
    pass_(world)
    early = status(world).rotation
    world.now += SETTLE / 2
    pass_(world)

    assert early is not None
    assert early.answers == {"silent": "Settling"}
    assert phase(world) == "Moving"


def test_an_emergency_waits_for_nobody(world: World) -> None:
    old = world.roots()
    world.requests.text = NOW
    result = pass_(world)

    assert result.issued == tuple(each.name for each in IDENTITIES)
    assert not set(old) & set(world.roots())
    assert all(each.files["ca.crt"] == world.authority.files["ca.crt"] for each in world.leaves.values())


def test_an_emergency_overtakes_a_rotation_that_hangs(world: World) -> None:
    world.requests.text = ROTATE
    pass_(world)
    hanging = world.roots()
    world.requests.text = "rotation: {id: r2, now: true}"
    pass_(world)
    world.settle_down()

    assert not set(hanging) & set(world.roots())
    assert (phase(world), status(world).handled_rotation) == ("Stable", "r2")


def test_a_ca_is_replaced_by_itself_at_two_thirds_of_its_life(world: World) -> None:
    old = world.roots()
    world.now += 365 * DAY * 2 / 3
    world.settle_down()

    assert world.roots() != old
    assert world.registry.get_sample_value("bulkhead_ca_rotations_total", {"reason": "RenewalDue"}) == 1
    world.check_that_nobody_is_cut_off()


def test_an_expired_ca_is_replaced_when_a_person_says_that_the_clock_is_right(world: World) -> None:
    world.now += 366 * DAY
    refused = pass_(world)
    world.requests.text = NOW
    replaced = pass_(world)

    assert len(refused.failed) == len(replaced.issued) == len(IDENTITIES)


@pytest.mark.parametrize("jump", [DAY / 24, DAY / 8, 300 * DAY], ids=["an-hour", "three-hours", "most-of-a-year"])
def test_a_clock_that_goes_forward_and_back_leaves_a_ca_that_works(world: World, jump: timedelta) -> None:
    world.now += jump
    world.run_pass()
    world.now -= jump
    world.settle_down()
    world.reload_all()

    result = pass_(world)
    assert (result.failed, phase(world)) == ((), "Stable")
    world.check_that_nobody_is_cut_off()
    assert all(each.leaf.not_valid_before_utc <= world.now for each in world.processes.values())


def test_a_damaged_ca_is_replaced_when_a_person_says_so_and_what_was_denied_stays_denied(world: World) -> None:
    world.requests.text = "revocations: [{identity: controller}]"
    world.run_pass()
    world.authority.files = {**world.authority.files, "ca.key": SecretValue(b"damaged")}
    world.requests.text = ""
    refused = pass_(world)
    world.requests.text = NOW
    replaced = pass_(world)

    assert len(refused.failed) == len(IDENTITIES)
    assert (replaced.issued, replaced.withheld) == (("provider-vault", "silent"), ("controller",))


def test_an_emergency_that_was_handled_before_does_not_replace_a_ca_that_is_damaged_later(world: World) -> None:
    world.requests.text = NOW
    world.run_pass()
    world.authority.files = {**world.authority.files, "ca.key": SecretValue(b"damaged")}
    before = world.authority.version
    result = pass_(world)

    assert len(result.failed) == len(IDENTITIES)
    assert world.authority.version == before


def test_a_name_that_the_ca_does_not_permit_brings_a_new_ca(world: World) -> None:
    webhook = identity("webhook-server", "webhook/server", Usage.SERVER, dns_names=("hook.system.svc",))
    wider = World([*IDENTITIES, webhook])
    wider.authority.files, wider.authority.version = world.authority.files, 1
    for name, place in world.leaves.items():
        wider.leaves[name].files = place.files
    wider.reload_all()
    first = pass_(wider)
    reasons = {each.type: each.reason for each in status(wider).conditions}
    wider.settle_down()

    assert (first.failed, first.withheld) == ((), ("webhook-server",))
    assert reasons["IdentitiesReady"] == "NotAllIssued"
    assert "tls.crt" in wider.leaves["webhook-server"].files
    assert phase(wider) == "Stable"
    wider.check_that_nobody_is_cut_off()


def writes_of_a_rotation() -> int:
    world = World()
    world.settle_down()
    before = world.fuse.writes
    world.requests.text = ROTATE
    world.settle_down()
    return world.fuse.writes - before


WRITES = writes_of_a_rotation()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(WRITES))
def test_a_rotation_ends_well_that_was_killed_at_write(number: int, after: bool) -> None:
    world = World()
    world.settle_down()
    old = world.roots()
    world.requests.text = ROTATE
    world.fuse.light(number, after=after)
    for _ in range(12):
        world.run_pass()
        world.check_that_nobody_is_cut_off()
        world.reload_all()
        world.check_that_nobody_is_cut_off()
        world.now += SETTLE
    world.run_pass()

    assert world.fuse.is_spent, "the rotation had fewer writes than expected"
    assert (phase(world), len(world.roots())) == ("Stable", 1)
    assert world.roots() != old


def test_nothing_is_written_while_nothing_happens(world: World) -> None:
    world.settle_down()
    before = world.fuse.writes, world.status.writes
    for _ in range(10):
        world.now += SETTLE / 10
        assert pass_(world).issued == ()

    assert (world.fuse.writes, world.status.writes) == before


class Walk(RuleBasedStateMachine):
    """Anything in any order; `silent` loads at once, as it cannot be asked and is given time instead."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.asked = 0

    @initialize()
    def begin(self) -> None:
        self.world.settle_down()

    @rule(left=st.none() | st.integers(min_value=0, max_value=4), after=st.booleans())
    def run_pass(self, left: int | None, after: bool) -> None:
        self.world.fuse.light(left, after=after)
        self.world.run_pass()
        self.world.fuse.light(None)

    @rule(name=st.sampled_from([CONTROLLER.name, VAULT.name]))
    def reload(self, name: str) -> None:
        self.world.reload(name)

    @rule(share=st.sampled_from([0.01, 0.5, 1.0, 30.0]))
    def let_time_pass(self, share: float) -> None:
        self.world.reload("silent")
        self.world.now += SETTLE * share

    @precondition(lambda self: self.asked < 3)
    @rule()
    def ask_for_a_new_ca(self) -> None:
        self.asked += 1
        self.world.requests.text = f"rotation: {{id: r{self.asked}}}"

    @invariant()
    def nobody_is_cut_off(self) -> None:
        self.world.check_that_nobody_is_cut_off()

    def teardown(self) -> None:
        self.world.settle_down()
        self.world.settle_down()
        assert phase(self.world) == "Stable"
        assert len(self.world.roots()) == 1


Walk.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_no_order_of_events_cuts_anybody_off = pytest.mark.slow(Walk.TestCase)
