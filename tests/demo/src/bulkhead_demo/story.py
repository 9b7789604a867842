"""The chapters that every demo tells, of processes or Pods: three syncs, a refresh, a refusal, and how thefts end."""

import hmac
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from bulkhead_demo.shop import DEMO_NAMESPACE, Shelves, Shop, open_shop, put_database
from bulkhead_demo.table import external_secrets_table, table
from bulkhead_demo.thefts import Theft
from bulkhead_testkit.admin import Admin, AdminError, LiveSecret, wait_for

PAYROLL: Final = b"salaries-of-everybody"
"""What a Secret holds that no ExternalSecret manages; thieves want it."""
NEW_PASSWORD: Final = "a-new-password-for-the-shop"
"""What OpenBao has once `tell_refresh` is told; thieves want it, too."""
_LAST_PASSWORD: Final = "the-password-after-the-theft"
_REFRESH_S: Final = 30
_MISTAKEN: Final = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "mistaken", "namespace": DEMO_NAMESPACE},
    "spec": {
        "secretStoreRef": {"name": "vault"},
        "dataFrom": [{"find": {"name": {"regexp": "shop-(db"}}}],
        "target": {"template": {"data": {"url": "postgres://{{ .user | uper }}@{{ .host }"}}},
        "syncWindows": {"kind": "deny", "windows": [{"schedule": "0 25 * * *", "duration": "1h"}]},
    },
}


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    message: str


class DemoError(Exception):
    """Something did not go as the demo says it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledShop:
    """An installation in Pods, as far as the chapters look at it."""

    admin: Admin
    bao: Shelves | None
    providers: Sequence[str] = ("vault", "fake")


def tell_syncs(shop: Shop) -> None:
    """Sync the examples and show them.

    Raises:
        AdminError: one did not become ready.
    """
    say("Three ExternalSecrets from examples/ are applied and synced:")
    names = open_shop(shop)
    objects = [seen for name in names if (seen := shop.admin.external_secret(DEMO_NAMESPACE, name))]
    print(external_secrets_table(objects, now=datetime.now(UTC)))
    say("The Secret of the first one, by the lengths of its values:")
    secret = shop.admin.secret(DEMO_NAMESPACE, "database")
    data = secret.data if secret else {}
    print(table(["KEY", "BYTES"], [[key, str(len(value))] for key, value in sorted(data.items())]))


def tell_refresh(admin: Admin, bao: Shelves) -> None:
    """Change a password and wait until the Secret follows; raises AdminError if it does not."""
    say("The password changes in OpenBao; the ExternalSecret refreshes every 3 s:")
    put_database(bao, password=NEW_PASSWORD)
    changed = time.monotonic()
    wait_for(lambda: _has_password(admin, NEW_PASSWORD), what="the Secret follows", timeout_s=_REFRESH_S)
    print(f"the Secret has the new password after {time.monotonic() - changed:.1f} s")


def tell_refusal(admin: Admin) -> None:
    """Apply what cannot work.

    Raises:
        DemoError: it was taken.
    """
    say("Somebody applies an ExternalSecret with three mistakes, and the webhook names all of them:")
    try:
        admin.apply(_MISTAKEN)
    except AdminError as error:
        reply = str(error)
        print(msgspec.json.decode(reply[reply.index("{") :], type=_Refusal).message)
    else:
        raise DemoError("an ExternalSecret that cannot work was taken")


def hide_payroll(admin: Admin) -> LiveSecret | None:
    """Make the Secret that the thieves want and give it as it stands."""
    name = {"name": "payroll", "namespace": DEMO_NAMESPACE}
    admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": name, "stringData": {"list": PAYROLL.decode()}})
    return admin.secret(DEMO_NAMESPACE, "payroll")


def check_payroll(admin: Admin, before: LiveSecret | None) -> None:
    """Raise DemoError if the Secret is not as `hide_payroll` gave it."""
    if admin.secret(DEMO_NAMESPACE, "payroll") != before:
        raise DemoError("the thief changed the Secret demo/payroll")


def tell_that_syncs_go_on(admin: Admin, bao: Shelves, *, timeout_s: float = 20) -> None:
    """Change the password once more and wait for it; raises AdminError if it does not come."""
    put_database(bao, password=_LAST_PASSWORD)
    wait_for(
        lambda: _has_password(admin, _LAST_PASSWORD), what="syncs go on with the new certificate", timeout_s=timeout_s
    )
    print("syncs go on")


def judge(theft: Theft, wanted: bytes) -> None:
    """Show what a thief tried.

    Raises:
        DemoError: something was not refused, or an answer holds the wanted value.
    """
    print("it had: " + ", ".join(theft.had))
    rows = [[each.what, "refused" if each.refused else "SUCCEEDED", each.answer] for each in theft.attempts]
    print(table(["IT TRIED TO", "AND WAS", "ANSWER"], rows))
    got = [each.what for each in theft.attempts if not each.refused or each.holds(wanted)]
    if got or not theft.attempts:
        raise DemoError(f"the thief with the {theft.stolen}'s files got: {', '.join(got) or 'no answer at all'}")


def say(text: str) -> None:
    """Print the title of a chapter."""
    print(f"\n== {text}", flush=True)
    sys.stderr.flush()


def _has_password(admin: Admin, password: str) -> bool | None:
    secret = admin.secret(DEMO_NAMESPACE, "database")
    same = secret is not None and hmac.compare_digest(secret.data["password"], password.encode())
    return True if same else None
