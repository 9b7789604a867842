"""The demo's story: three syncs, one refresh, one refusal, three thefts. Exit 0 only if all of it went as told."""

import hmac
import sys
import time
from datetime import UTC, datetime

import msgspec

from bulkhead_demo.revoked import use_revoked_certificate
from bulkhead_demo.shop import DATABASE_KEY, DEMO_NAMESPACE, open_shop, put_database
from bulkhead_demo.table import external_secrets_table, table
from bulkhead_demo.thefts import Theft, steal_controller, steal_fake_provider
from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.stack import Stack, StackOptions

_PAYROLL = b"salaries-of-everybody"
_NEW_PASSWORD = "a-new-password-for-the-shop"
_LAST_PASSWORD = "the-password-after-the-theft"
_MISTAKEN = {
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


def run_demo() -> None:
    """Tell the whole story on a stack of its own.

    Raises:
        DemoError: a theft succeeded, a value was found where it must not be, or a mistake was let in.
        NotAsExpectedError: a revoked certificate was not refused in time.
        AdminError: something that was waited for did not come.
    """
    started = time.monotonic()
    with Stack(StackOptions(webhook=True)) as stack:
        _say(f"Bulkhead runs: {_processes(stack)}")
        _sync(stack)
        _refresh(stack)
        _refuse(stack)
        _steal(stack)
        _revoke(stack)
    _say(f"All of it went as it should, in {time.monotonic() - started:.0f} s.")
    print(
        "Where to go next:\n"
        "  make up                      the same, left running, with a kubeconfig in .run/kubeconfig\n"
        "  docs/architecture.md         what runs where and why\n"
        "  docs/threat-model.md         what each process is worth to a thief\n"
        "  make drill-certs             everything that can go wrong with certificates\n"
        "  provider-servers/sdk         write a provider server of your own"
    )


def _sync(stack: Stack) -> None:
    _say("Three ExternalSecrets from examples/ are applied and synced:")
    names = open_shop(stack)
    objects = [seen for name in names if (seen := stack.admin.external_secret(DEMO_NAMESPACE, name))]
    print(external_secrets_table(objects, now=datetime.now(UTC)))
    _say("The Secret of the first one, by the lengths of its values:")
    secret = stack.admin.secret(DEMO_NAMESPACE, "database")
    data = secret.data if secret else {}
    print(table(["KEY", "BYTES"], [[key, str(len(value))] for key, value in sorted(data.items())]))


def _refresh(stack: Stack) -> None:
    _say("The password changes in OpenBao; the ExternalSecret refreshes every 3 s:")
    put_database(stack, password=_NEW_PASSWORD)
    changed = time.monotonic()
    wait_for(lambda: _has_password(stack.admin, _NEW_PASSWORD), what="the Secret follows")
    print(f"the Secret has the new password after {time.monotonic() - changed:.1f} s")


def _has_password(admin: Admin, password: str) -> bool | None:
    secret = admin.secret(DEMO_NAMESPACE, "database")
    same = secret is not None and hmac.compare_digest(secret.data["password"], password.encode())
    return True if same else None


def _refuse(stack: Stack) -> None:
    _say("Somebody applies an ExternalSecret with three mistakes, and the webhook names all of them:")
    try:
        stack.admin.apply(_MISTAKEN)
    except AdminError as error:
        reply = str(error)
        print(msgspec.json.decode(reply[reply.index("{") :], type=_Refusal).message)
    else:
        raise DemoError("an ExternalSecret that cannot work was taken")


def _steal(stack: Stack) -> None:
    payroll = {"name": "payroll", "namespace": DEMO_NAMESPACE}
    stack.admin.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": payroll, "stringData": {"list": _PAYROLL.decode()}}
    )
    before = stack.admin.secret(DEMO_NAMESPACE, "payroll")
    _say("A thief has taken over the controller and wants the Secret demo/payroll, which no ExternalSecret manages:")
    _judge(steal_controller(stack), _PAYROLL)
    if stack.admin.secret(DEMO_NAMESPACE, "payroll") != before:
        raise DemoError("the thief changed the Secret demo/payroll")
    _say("A thief has taken over the fake provider and wants what the vault provider may read:")
    _judge(steal_fake_provider(stack, secret=DATABASE_KEY), _NEW_PASSWORD.encode())


def _revoke(stack: Stack) -> None:
    _say(
        "A thief has a copy of the controller's certificate, and calls with it; `bulkhead certs revoke` takes it back:"
    )
    seconds, theft = use_revoked_certificate(stack)
    print(f"every provider server refuses it after {seconds:.1f} s, and the controller has a new one")
    _judge(theft, _NEW_PASSWORD.encode())
    put_database(stack, password=_LAST_PASSWORD)
    wait_for(lambda: _has_password(stack.admin, _LAST_PASSWORD), what="syncs go on with the new certificate")
    print("syncs go on")


def _judge(theft: Theft, wanted: bytes) -> None:
    print("it had: " + ", ".join(theft.had))
    rows = [[each.what, "refused" if each.refused else "SUCCEEDED", each.answer] for each in theft.attempts]
    print(table(["IT TRIED TO", "AND WAS", "ANSWER"], rows))
    got = [each.what for each in theft.attempts if not each.refused or each.holds(wanted)]
    if got or not theft.attempts:
        raise DemoError(f"the thief with the {theft.stolen}'s files got: {', '.join(got) or 'no answer at all'}")


def _processes(stack: Stack) -> str:
    names = [name for pod in stack.pods.values() for name in pod.containers]
    users = {process.user.uid for pod in stack.pods.values() for process in pod.containers.values() if process.user}
    return ", ".join(names) + (f", each under a Unix user of its own ({len(users)})" if users else "")


def _say(text: str) -> None:
    print(f"\n== {text}", flush=True)
    sys.stderr.flush()
