"""spec.target.template of an ExternalSecret. Pure. Source: ESO, ValidateSecretTemplate."""

from typing import Final

from bulkhead_api.external_secret import ManifestRef
from bulkhead_target.template.places import place_from
from bulkhead_target.template.problems import BOOTSTRAP_TOKEN, SERVICE_ACCOUNT_TOKEN
from bulkhead_validation.names import check_annotations, check_finalizers, check_key, check_labels
from bulkhead_validation.node import Node
from bulkhead_validation.templates import check_template

_SERVICE_ACCOUNT: Final = "kubernetes.io/service-account.name"
_SOURCES: Final = ("configMap", "secret", "literal")


def check_template_of_target(template: Node, manifest: ManifestRef | None, *, has_secret_keys: bool) -> None:
    """Note the faults of the template.

    Args:
        template: where it stands.
        manifest: the kind of a target that is no Secret.
        has_secret_keys: whether the keys must be those of a Secret.
    """
    if template.at("engineVersion").text("v2") != "v2":
        template.at("engineVersion").refused_by_schema("must be v2: there is no other engine")
    _check_type(template)
    _check_sources(template, is_secret=manifest is None)
    for key, value in template.at("data").entries():
        if has_secret_keys:
            check_key(value, key)
        check_template(value)
    metadata = template.at("metadata")
    check_labels(metadata.at("labels"), are_templates=True)
    check_annotations(metadata.at("annotations"))
    check_finalizers(metadata.at("finalizers"))
    for part in ("labels", "annotations"):
        for _, value in metadata.at(part).entries():
            check_template(value)


def check_template_sources(template: Node) -> None:
    """Note texts of templateFrom that are no templates, and entries without any."""
    for entry in template.at("templateFrom").items():
        if not entry.keys_present(_SOURCES):
            entry.doubtful("has no effect: it has none of configMap, secret and literal")
        check_template(entry.at("literal"))


def _check_type(template: Node) -> None:
    kind = template.at("type")
    if kind.text() == BOOTSTRAP_TOKEN:
        kind.refused_by_eso(
            "bootstrap tokens are credentials of the cluster and are never written: choose another type"
        )
    if kind.text() != SERVICE_ACCOUNT_TOKEN:
        return
    message = "tokens of ServiceAccounts are credentials of the cluster and are never written: choose another type"
    if _SERVICE_ACCOUNT in template.at("metadata", "annotations").fields() or _makes_annotations(template):
        kind.refused_by_eso(message)
    else:
        kind.never_works(message)


def _makes_annotations(template: Node) -> bool:
    return any(each.at("target").text().lower() == "annotations" for each in template.at("templateFrom").items())


def _check_sources(template: Node, *, is_secret: bool) -> None:
    check_template_sources(template)
    for entry in template.at("templateFrom").items():
        target = entry.at("target")
        try:
            place_from(target.text(), is_secret=is_secret)
        except ValueError as error:
            if is_secret:
                target.refused_by_eso(str(error))
            else:
                target.never_works(str(error))
