"""What earlier denylists said, looked up where they were written: for a CA whose state is not there.

That is a CA from before there was state, one that somebody else keeps, or a new one after its place was emptied.
"""

from datetime import datetime

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.custody import Custody, Recovered
from bulkhead_certcontroller.denylist import read_denylist
from bulkhead_certcontroller.place import PlaceError, Places
from bulkhead_runtime.denylist import DENYLIST


async def recover(places: Places, custody: Custody | None, *, now: datetime) -> Recovered:
    """Look for the newest denylist that one of the CA's roots signed; without a CA there is none.

    Processes that have seen a list take no older version. If there are lists of unknown signers, whose versions prove
    nothing, the count goes on from the present time in seconds, which is beyond any of ours.
    """
    tokens = set()
    for place in places.leaves.values():
        try:
            token = (await place.read()).files.get(DENYLIST)
        except PlaceError:
            # It is read again, and named, when its certificate is looked after.
            continue
        if token is not None:
            tokens.add(token.reveal())
    roots = custody.rotation.authority.roots if custody is not None else ()
    found = [read_denylist(SecretValue(token), roots) for token in sorted(tokens)]
    ours = sorted((each for each in found if each is not None), key=lambda each: each.version)
    floor = int(now.timestamp()) if len(ours) < len(found) else 0
    if not ours:
        return Recovered(version=floor)
    return Recovered(version=max(floor, ours[-1].version), denials=ours[-1].denials)
