"""What a thief gets from a stolen leaf under another identity's user, and from the certcontroller's token."""

from collections.abc import Iterator
from functools import partial

from bulkhead_demo.certs_drill.call import ANSWERED, outcome_of_call
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.scene import LOAD_KEY, Scene
from bulkhead_demo.thefts import Theft, steal_certcontroller, steal_controllers_leaf


def plays_of_thieves(scene: Scene) -> Iterator[Play]:
    """Give the thefts."""
    yield Play(
        name="stolen leaf of the controller used by the fake provider's user",
        expectation="never reaches the vault provider",
        act=partial(_leaf_of_another, scene),
    )
    yield Play(
        name="the certcontroller's token used for anything else",
        expectation="everything refused",
        act=partial(_token, scene),
    )


def _leaf_of_another(scene: Scene) -> str:
    own = scene.files("controller", "controller")
    expect(outcome_of_call(scene.target("vault"), "vault", own) == ANSWERED, "the leaf is good for nobody")
    return _judge(steal_controllers_leaf(scene.stack, secret=LOAD_KEY))


def _token(scene: Scene) -> str:
    return _judge(steal_certcontroller(scene.stack))


def _judge(theft: Theft) -> str:
    got = [attempt.what for attempt in theft.attempts if not attempt.refused]
    expect(bool(theft.attempts) and not got, f"the thief got: {', '.join(got) or 'no answer at all'}")
    return f"{len(theft.attempts)} attempts refused"
