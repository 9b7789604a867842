"""Kubernetes' garbage collector, as far as Secrets and their ExternalSecrets go, for the cluster in memory."""

from bulkhead_testkit.fake_cluster import FakeCluster


def collect_garbage(cluster: FakeCluster) -> None:
    """Delete each Secret whose owners are all gone.

    Source: Kubernetes, garbage collection: an owner of the same name with another uid is gone as well.
    """
    alive = {each.metadata.uid for each in cluster.external_secrets.values()}
    for key, secret in list(cluster.secrets.items()):
        owners = secret.metadata.owner_references
        if owners and not any(owner.uid in alive for owner in owners):
            cluster.remove_secret(key)
