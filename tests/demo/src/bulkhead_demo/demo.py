"""The demo's story: three syncs, one refresh, one refusal, three thefts. Exit 0 only if all of it went as told."""

import time

from bulkhead_demo.revoked import use_revoked_certificate
from bulkhead_demo.shop import DATABASE_KEY
from bulkhead_demo.story import (
    NEW_PASSWORD,
    PAYROLL,
    check_payroll,
    hide_payroll,
    judge,
    say,
    tell_refresh,
    tell_refusal,
    tell_syncs,
    tell_that_syncs_go_on,
)
from bulkhead_demo.thefts import steal_controller, steal_fake_provider
from bulkhead_testkit.stack import Stack, StackOptions


def run_demo() -> None:
    """Tell the whole story on a stack of its own.

    Raises:
        DemoError: a theft succeeded, a value was found where it must not be, or a mistake was let in.
        NotAsExpectedError: a revoked certificate was not refused in time.
        AdminError: something that was waited for did not come.
    """
    started = time.monotonic()
    with Stack(StackOptions(webhook=True)) as stack:
        say(f"Bulkhead runs: {_processes(stack)}")
        tell_syncs(stack)
        tell_refresh(stack.admin, stack.backend)
        tell_refusal(stack.admin)
        _steal(stack)
        _revoke(stack)
    say(f"All of it went as it should, in {time.monotonic() - started:.0f} s.")
    print(
        "Where to go next:\n"
        "  make up                      the same, left running, with a kubeconfig in .run/kubeconfig\n"
        "  make cluster-demo            the same in containers on a real node\n"
        "  docs/architecture.md         what runs where and why\n"
        "  docs/security                what each process is worth to a thief\n"
        "  make drill-certs             everything that can go wrong with certificates\n"
        "  provider-servers/sdk         write a provider server of your own"
    )


def _steal(stack: Stack) -> None:
    before = hide_payroll(stack.admin)
    say("A thief has taken over the controller and wants the Secret demo/payroll, which no ExternalSecret manages:")
    judge(steal_controller(stack), PAYROLL)
    check_payroll(stack.admin, before)
    say("A thief has taken over the fake provider and wants what the vault provider may read:")
    judge(steal_fake_provider(stack, secret=DATABASE_KEY), NEW_PASSWORD.encode())


def _revoke(stack: Stack) -> None:
    say("A thief has a copy of the controller's certificate, and calls with it; `bulkhead certs revoke` takes it back:")
    seconds, theft = use_revoked_certificate(stack)
    print(f"every provider server refuses it after {seconds:.1f} s, and the controller has a new one")
    judge(theft, NEW_PASSWORD.encode())
    tell_that_syncs_go_on(stack.admin, stack.backend)


def _processes(stack: Stack) -> str:
    names = [name for pod in stack.pods.values() for name in pod.containers]
    users = {process.user.uid for pod in stack.pods.values() for process in pod.containers.values() if process.user}
    return ", ".join(names) + (f", each under a Unix user of its own ({len(users)})" if users else "")
