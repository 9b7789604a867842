"""Provider servers in Pods of their own: the same syncs, and one can go without the others."""

import pytest
from installation import Shop, container_ids, upgraded, with_fake
from watching import failed_syncs, seconds_until_synced

from bulkhead_demo.shop import DEMO_NAMESPACE
from bulkhead_testkit.admin import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600), pytest.mark.xdist_group("drill")]
TOPOLOGY = "isolated"


def test_an_update_of_one_provider_restarts_it_alone_and_fails_no_sync(shop: Shop) -> None:
    before = container_ids(shop.admin)
    with failed_syncs(shop.admin) as seen, upgraded(shop, with_fake(shop.release, logLevel="debug")):
        shop.release.wait_ready()
        seconds_until_synced(shop.admin, shop.bao)
        changed = {name for name, now in container_ids(shop.admin).items() if before.get(name) != now}

    assert changed == {"provider-fake"}
    assert seen.failures == set()


def test_a_new_credential_is_used_without_a_restart(shop: Shop) -> None:
    before = container_ids(shop.admin)
    shop.release.give_credential({"token": "no-token-at-all", "ca.crt": shop.bao.roots})
    wait_for(
        lambda: shop.admin.wait_ready(DEMO_NAMESPACE, "database", reason="SecretSyncedError"),
        what="the provider server uses the credential that is wrong",
        timeout_s=90,
    )
    shop.release.give_credential_of(shop.bao)

    shop.admin.wait_ready(DEMO_NAMESPACE, "database", reason="SecretSynced", timeout_s=90)
    assert container_ids(shop.admin) == before


def test_the_ca_rotates_without_a_failed_sync(shop: Shop) -> None:
    with failed_syncs(shop.admin) as seen:
        shop.release.certs("rotate-ca")
        shop.release.certs("status", "--wait", "--timeout", "5m")
        seconds_until_synced(shop.admin, shop.bao)

    assert seen.failures == set()
