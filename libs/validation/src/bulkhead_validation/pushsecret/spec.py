"""What is wrong with a PushSecret. Pure.

ESO has no webhook for it, so beside the schema nothing is refused by ESO. Source: ESO, pushsecret_controller.go.
"""

from datetime import timedelta

from bulkhead_validation.durations import duration_at
from bulkhead_validation.externalsecret.template import check_template_sources
from bulkhead_validation.generator_refs import check_generator_ref
from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node
from bulkhead_validation.pushsecret.data import check_data
from bulkhead_validation.pushsecret.data_to import check_data_to
from bulkhead_validation.pushsecret.stores import check_stores
from bulkhead_validation.selectors import check_selector
from bulkhead_validation.templates import check_template


def check_push_secret(root: Node) -> None:
    """Note the faults of a PushSecret."""
    spec = root.at("spec").unguarded()
    if spec.present:
        check_spec(spec)
    else:
        spec.never_works("is missing: say what to push, and where")


def check_spec(spec: Node) -> None:
    """Note the faults of a spec, wherever it stands."""
    interval = duration_at(spec.at("refreshInterval"))
    if interval is not None and interval < timedelta(0):
        spec.at("refreshInterval").doubtful("is negative: write 0 if there is to be no push on a timer")
    check_stores(spec)
    _check_source(spec.at("selector"))
    if not spec.at("data").elements() and not spec.at("dataTo").elements():
        spec.doubtful("there is neither data nor dataTo, so nothing is pushed")
    check_data(spec)
    check_data_to(spec)
    _check_policies(spec)
    _check_template(spec.at("template"))


def _check_source(selector: Node) -> None:
    secret, generator = selector.at("secret"), selector.at("generatorRef")
    if secret.present == generator.present:
        selector.refused_by_schema("needs one of secret and generatorRef, and not both")
    if generator.present:
        check_generator_ref(generator)
    if not secret.present:
        return
    check_object_name(secret.at("name"))
    check_selector(secret.at("selector"))
    if not secret.at("name").text() and not secret.at("selector").present:
        secret.never_works("names no Secret: give its name, or a selector")
    if secret.at("name").text() and secret.at("selector").present:
        secret.at("selector").doubtful("has no effect beside a name: leave one of them out")


def _check_policies(spec: Node) -> None:
    if spec.at("deletionPolicy").text() == "Delete" and spec.at("updatePolicy").text() == "IfNotExists":
        spec.at("deletionPolicy").doubtful(
            "Delete also deletes what was there before, which IfNotExists leaves as it is"
        )


def _check_template(template: Node) -> None:
    check_template_sources(template)
    metadata = template.at("metadata")
    for place in (template.at("data"), metadata.at("labels"), metadata.at("annotations")):
        for _, value in place.entries():
            check_template(value)
