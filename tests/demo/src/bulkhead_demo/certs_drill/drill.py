"""The whole drill in its order, and its last line."""

import sys

from bulkhead_demo.certs_drill.crashes import plays_of_crashes
from bulkhead_demo.certs_drill.damage import plays_of_damage
from bulkhead_demo.certs_drill.play import Outcome, run_plays, summary
from bulkhead_demo.certs_drill.revocations import plays_of_revocations
from bulkhead_demo.certs_drill.rotations import plays_of_rotations
from bulkhead_demo.certs_drill.scene import Scene, stack_options
from bulkhead_demo.certs_drill.strangers import plays_of_strangers
from bulkhead_demo.certs_drill.tampering import plays_of_tampering
from bulkhead_demo.certs_drill.thieves import plays_of_thieves
from bulkhead_demo.certs_drill.workshop import Workshop
from bulkhead_testkit.stack import Stack


def run_drill() -> bool:
    """Play everything and tell it; says whether all of it went as expected."""
    outcomes: list[Outcome] = []
    with Workshop() as shop:
        outcomes += run_plays(plays_of_damage(shop))
    with Stack(stack_options()) as stack:
        scene = Scene(stack)
        for plays in (
            plays_of_rotations,
            plays_of_strangers,
            plays_of_revocations,
            plays_of_tampering,
            plays_of_thieves,
            plays_of_crashes,
        ):
            outcomes += run_plays(plays(scene))
    print(summary(outcomes), flush=True)
    sys.stderr.flush()
    return all(outcome.as_expected for outcome in outcomes)
