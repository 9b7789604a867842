"""spec.provider.webhook, of which ESO checks nothing but what it decodes. Pure."""

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.durations import duration_at
from bulkhead_validation.node import Node
from bulkhead_validation.store.place import StorePlace
from bulkhead_validation.store.references import check_ca_provider
from bulkhead_validation.templates import check_template


def check_webhook(provider: Node, place: StorePlace) -> None:
    """Note templates that are none, and Secrets that are in no namespace."""
    duration_at(provider.at("timeout"))
    templates = provider.with_delimiters(Delimiters())
    for node in (templates.at("url"), templates.at("body"), templates.at("result", "jsonPath")):
        check_template(node)
    for _, node in templates.at("headers").entries():
        check_template(node)
    check_ca_provider(provider, place, is_refused=False)
    for secret in provider.at("secrets").items():
        if place.is_cluster and not secret.at("secretRef", "namespace").text():
            secret.never_works("secretRef needs a namespace in a ClusterSecretStore")
