"""What is wrong with an ExternalSecret. Pure.

Source: ESO, externalsecret_validator.go, and what was measured of its webhook.
"""

from datetime import timedelta

from bulkhead_validation.durations import duration_at
from bulkhead_validation.externalsecret.data import check_data
from bulkhead_validation.externalsecret.data_from import check_data_from
from bulkhead_validation.externalsecret.target import check_target
from bulkhead_validation.externalsecret.windows import check_windows
from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node


def check_external_secret(root: Node) -> None:
    """Note the faults of an ExternalSecret."""
    check_spec(root.at("spec"))


def check_spec(spec: Node) -> None:
    """Note the faults of a spec, wherever it stands."""
    if not spec.at("data").elements() and not spec.at("dataFrom").elements():
        spec.refused_by_eso("there is neither data nor dataFrom: name at least one secret")
    check_object_name(spec.at("secretStoreRef", "name"))
    interval = duration_at(spec.at("refreshInterval"))
    if interval is not None and interval < timedelta(0):
        spec.at("refreshInterval").doubtful("is negative, so there is no refresh on a timer; write 0 if that is meant")
    check_windows(spec)
    check_target(spec)
    check_data(spec)
    check_data_from(spec)
