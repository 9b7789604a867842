"""The demo's story with Pods: Helm installs, three syncs, one refresh, one refusal, three thefts in real containers."""

import time
from typing import Final

from cryptography import x509

from bulkhead_demo.cluster_demo.images import OPENBAO, reference
from bulkhead_demo.cluster_demo.openbao_pod import OpenBaoPod
from bulkhead_demo.cluster_demo.place import demo_place
from bulkhead_demo.cluster_demo.release import NAMESPACE, Release, values_for
from bulkhead_demo.cluster_demo.thieves import steal_controller, steal_fake_provider, use_revoked_certificate
from bulkhead_demo.shop import DATABASE_KEY
from bulkhead_demo.story import (
    NEW_PASSWORD,
    PAYROLL,
    DemoError,
    InstalledShop,
    check_payroll,
    hide_payroll,
    judge,
    say,
    tell_refresh,
    tell_refusal,
    tell_syncs,
    tell_that_syncs_go_on,
)
from bulkhead_testkit.stack import VAULT_MOUNT

_FOLLOWS_S: Final = 180


def run_cluster_demo(*, topology: str = "sidecar") -> None:
    """Tell the whole story in containers.

    Args:
        topology: as the chart's value.

    Raises:
        DemoError: a theft succeeded, a mistake was let in, or the place does not suit.
        AdminError: something that was waited for did not come.
        HelmError: the chart was refused.
    """
    started = time.monotonic()
    with demo_place() as place:
        bao = OpenBaoPod(place.admin, image=reference(OPENBAO, registry=place.registry))
        values = values_for(bao_address=bao.address, registry=place.registry, topology=topology)
        release = Release(admin=place.admin, kubeconfig=place.kubeconfig, values=values)
        try:
            _tell(release, bao)
        finally:
            _clear(release, bao)
    say(f"All of it went as it should, in {time.monotonic() - started:.0f} s.")
    print(
        "Where to go next:\n"
        "  make cluster       the node alone, left running, with a kubeconfig in .run/cluster/kubeconfig\n"
        "  make drill         a thief in each of these containers, with everything that can be tried\n"
        "  docs/install.md    the same in a cluster of your own"
    )


def _tell(release: Release, bao: OpenBaoPod) -> None:
    say("OpenBao starts as a Pod, sealed, with TLS of its own")
    bao.start()
    bao.enable_kv(VAULT_MOUNT)
    _install(release, bao)
    shop = InstalledShop(admin=release.admin, bao=bao)
    tell_syncs(shop)
    tell_refresh(release.admin, bao)
    tell_refusal(release.admin)
    _steal(release, bao)
    _revoke(release, bao)


def _install(release: Release, bao: OpenBaoPod) -> None:
    say(f"helm install, topology {release.values['topology']}, in a namespace that enforces restricted Pod Security")
    release.prepare(bao)
    started = time.monotonic()
    release.install()
    release.wait_ready()
    print(f"every Pod is ready after {time.monotonic() - started:.1f} s: {', '.join(release.containers())}")


def _steal(release: Release, bao: OpenBaoPod) -> None:
    before = hide_payroll(release.admin)
    say("A thief is in the controller's container and wants the Secret demo/payroll, which no ExternalSecret manages:")
    judge(steal_controller(release), PAYROLL)
    check_payroll(release.admin, before)
    say("A thief is in the fake provider's container and wants what the vault provider may read:")
    url = f"{bao.address}/v1/{VAULT_MOUNT}/data/{DATABASE_KEY}"
    judge(steal_fake_provider(release, secret_url=url), NEW_PASSWORD.encode())


def _revoke(release: Release, bao: OpenBaoPod) -> None:
    say("A thief has a copy of the controller's certificate, and calls with it; `bulkhead certs revoke` takes it back:")
    started = time.monotonic()
    theft = use_revoked_certificate(release, lambda: _revoke_serial(release))
    print(f"every provider server refuses it after {time.monotonic() - started:.0f} s")
    judge(theft, NEW_PASSWORD.encode())
    tell_that_syncs_go_on(release.admin, bao, timeout_s=_FOLLOWS_S)


def _revoke_serial(release: Release) -> None:
    secret = release.admin.secret(NAMESPACE, f"{release.name}-tls-controller")
    if secret is None:
        raise DemoError("the controller has no certificate to be stolen")
    serial = x509.load_pem_x509_certificate(secret.data["tls.crt"]).serial_number
    release.certs("revoke", f"{serial:x}", "--reason", "a copy was stolen")


def _clear(release: Release, bao: OpenBaoPod) -> None:
    """Leave nothing behind but the definitions, which the chart keeps."""
    say("Everything is taken away again")
    release.remove_all()
    bao.remove()
