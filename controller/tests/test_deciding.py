"""Costly decisions about targets are made aside, and give what the others give."""

import asyncio
from collections.abc import Sequence

import pytest

from bulkhead_api.external_secret import (
    DataFromItem,
    ExternalSecret,
    ExternalSecretSpec,
    RemoteRef,
    Rewrite,
    RewriteRegexp,
    SecretStoreRef,
)
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Fields
from bulkhead_controller.externalsecret.contents import decide_target
from bulkhead_controller.externalsecret.deciding import Deciding, is_costly
from bulkhead_controller.externalsecret.plan import WriteTarget
from bulkhead_controller.externalsecret.rewrite import Transform
from bulkhead_controller.externalsecret.sources import sources_from_spec
from bulkhead_testkit.asking import settled

RENAME = Rewrite(regexp=RewriteRegexp(source="^k", target="key"))


def wanting(*steps: Rewrite) -> ExternalSecret:
    extract = DataFromItem(extract=RemoteRef(key="all"), rewrite=list(steps))
    spec = ExternalSecretSpec(secret_store_ref=SecretStoreRef(name="vault"), data_from=[extract])
    return ExternalSecret(metadata=ObjectMeta(name="app", namespace="team-a", uid="u"), spec=spec)


async def no_names(_namespace: str, _transform: Transform) -> Sequence[str]:
    raise AssertionError("nobody asked for names")


def fields(count: int, value: bytes = b"v") -> Fields:
    return Fields({f"k{number}": SecretValue(value) for number in range(count)})


@pytest.mark.parametrize(
    ("steps", "answer", "want"),
    [
        pytest.param((), fields(20, b"v" * 100), False, id="a-usual-secret"),
        pytest.param((RENAME,), fields(20, b"v" * 100), False, id="a-usual-rewrite"),
        pytest.param((), fields(10_000), True, id="many-fields"),
        pytest.param((), fields(2, b"v" * 100_000), True, id="large-fields"),
        pytest.param((RENAME,), fields(2, b"v" * 5_000), True, id="a-rewrite-of-large-fields"),
        pytest.param((RENAME,) * 100, fields(20), True, id="many-rewrites"),
    ],
)
def test_a_decision_is_costly_or_not(steps: tuple[Rewrite, ...], answer: Fields, want: bool) -> None:
    assert is_costly(sources_from_spec(wanting(*steps).spec), [answer]) is want


@pytest.mark.parametrize("count", [1, 10_000], ids=["at-once", "aside"])
async def test_what_is_decided_does_not_depend_on_where(count: int) -> None:
    external_secret, answers = wanting(RENAME), [fields(count)]
    sources = sources_from_spec(external_secret.spec)
    decided = await Deciding(no_names).decide_target(external_secret, sources, answers)
    assert isinstance(decided, WriteTarget)
    assert decided == settled(decide_target(external_secret, sources, answers))


@pytest.mark.parametrize(("count", "others_had_a_turn"), [(1, False), (10_000, True)], ids=["at-once", "aside"])
async def test_others_have_their_turn_during_a_costly_decision(count: int, others_had_a_turn: bool) -> None:
    external_secret, answers = wanting(RENAME), [fields(count)]
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    await Deciding(no_names).decide_target(external_secret, sources_from_spec(external_secret.spec), answers)
    assert turn.is_set() is others_had_a_turn
