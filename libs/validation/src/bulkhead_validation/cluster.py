"""ClusterExternalSecret and ClusterPushSecret: the spec of their children, and which namespaces they mean. Pure.

ESO has no webhook for them. What its webhook refuses in a child is refused in every namespace, so it never works.

Source: ESO, clusterexternalsecret_controller.go, clusterpushsecret_controller.go.
"""

from bulkhead_validation.durations import duration_at
from bulkhead_validation.externalsecret.spec import check_spec as check_external_secret_spec
from bulkhead_validation.names import check_annotations, check_labels, check_namespace, check_object_name
from bulkhead_validation.node import Node
from bulkhead_validation.pushsecret.spec import check_spec as check_push_secret_spec
from bulkhead_validation.selectors import check_selector


def check_cluster_external_secret(root: Node) -> None:
    """Note the faults of a ClusterExternalSecret."""
    spec = _spec(root, "externalSecretSpec")
    if spec is None:
        return
    check_external_secret_spec(spec.at("externalSecretSpec"))
    _check_children(spec, "externalSecret")
    check_selector(spec.at("namespaceSelector"))
    for each in spec.at("namespaces").items():
        check_namespace(each)
    _check_namespaces(spec, "namespaceSelector", "namespaceSelectors", "namespaces")


def check_cluster_push_secret(root: Node) -> None:
    """Note the faults of a ClusterPushSecret."""
    spec = _spec(root, "pushSecretSpec")
    if spec is None:
        return
    check_push_secret_spec(spec.at("pushSecretSpec"))
    _check_children(spec, "pushSecret")
    _check_namespaces(spec, "namespaceSelectors")


def _spec(root: Node, child: str) -> Node | None:
    """Give the spec if it says what the children are; else that is all that is wrong."""
    spec = root.at("spec").unguarded()
    if not spec.present:
        spec.never_works("is missing: say what the children are, and where")
        return None
    if not spec.at(child).present:
        spec.at(child).refused_by_schema("is missing: say what the children are")
        return None
    return spec


def _check_children(spec: Node, child: str) -> None:
    check_object_name(spec.at(f"{child}Name"))
    check_labels(spec.at(f"{child}Metadata", "labels"), are_templates=False)
    check_annotations(spec.at(f"{child}Metadata", "annotations"))
    duration_at(spec.at("refreshTime"))
    for each in spec.at("namespaceSelectors").items():
        check_selector(each)


def _check_namespaces(spec: Node, *fields: str) -> None:
    found = [spec.at(name).value for name in fields]
    # An empty selector means all namespaces, and an empty list none.
    if all(value is None or value == [] for value in found):
        spec.doubtful(f"means no namespace: give {fields[-1] if len(fields) == 1 else 'namespaceSelectors'}")
