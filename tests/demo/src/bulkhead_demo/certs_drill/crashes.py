"""The certcontroller killed at every step of a rotation of the CA: it goes on where it stood."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

from bulkhead_demo.certs_drill.call import ANSWERED, outcome_of_call, seconds_until
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.scene import CA_SECRET, PROVIDERS, Scene

_STEPS: Final = ("Distributing", "Moving", "Withdrawing")
_STEP_S: Final = 60.0
_ROTATION_S: Final = 120.0
_LATER_S: Final = 1.0


def plays_of_crashes(scene: Scene) -> Iterator[Play]:
    """Give a play for each step, killed as it begins and a second later."""
    for step in _STEPS:
        for when, delay_s in (("as it begins", 0.0), ("a second later", _LATER_S)):
            yield Play(
                name=f"certcontroller killed in {step}, {when}",
                expectation="the rotation ends well, calls are answered",
                act=partial(_killed_in, scene, step, delay_s),
            )
    yield Play(
        name="certcontroller killed as the rotation is asked for",
        expectation="the rotation ends well, calls are answered",
        act=partial(_killed_at_once, scene),
    )


def _killed_in(scene: Scene, step: str, delay_s: float) -> str:
    before = scene.secret(CA_SECRET)["ca.crt"]
    scene.certs("rotate-ca")
    seconds_until(lambda: scene.phase() == step, within_s=_STEP_S, what=f"the rotation is in {step}")
    time.sleep(delay_s)
    return _kill_and_finish(scene, before)


def _killed_at_once(scene: Scene) -> str:
    before = scene.secret(CA_SECRET)["ca.crt"]
    scene.certs("rotate-ca")
    return _kill_and_finish(scene, before)


def _kill_and_finish(scene: Scene, before: bytes) -> str:
    scene.stack.container("certcontroller").kill()
    for provider in PROVIDERS:
        said = outcome_of_call(scene.target(provider), provider, scene.files("controller", "controller"))
        expect(said == ANSWERED, f"provider {provider} refuses the controller: {said}")
    scene.stack.start_container("certcontroller")
    seconds = seconds_until(lambda: scene.is_stable_on_another_root(before), within_s=_ROTATION_S, what="stable again")
    return f"stable {seconds:.0f} s after it came back"
