"""spec.target of an ExternalSecret. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bulkhead_api.external_secret import ManifestRef, Target
from bulkhead_target.checks import missing_keys
from bulkhead_target.keys import quoted
from bulkhead_target.manifest import CONFIG_MAP, manifest_of, problem_of_kind
from bulkhead_validation.externalsecret.template import check_template_of_target
from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node

_NEVER_OWNED: Final = ("Merge", "None", "CreateOrMerge")
_MERGES: Final = ("Merge", "CreateOrMerge")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What decides which rules hold for keys and templates."""

    manifest: ManifestRef | None
    """The kind of a target that is no Secret."""
    is_written: bool
    """Whether there is a target at all."""
    has_fetched_keys: bool
    """Whether the target has the fetched keys, beside what templates make or without any."""

    @property
    def is_secret(self) -> bool:
        """Whether the target is a Secret."""
        return self.manifest is None

    @property
    def has_secret_keys(self) -> bool:
        """Whether keys must be those of a Secret, which are those of a ConfigMap."""
        return self.manifest is None or self.manifest.kind == CONFIG_MAP

    @property
    def writes_fetched_keys(self) -> bool:
        """Whether the names of fetched keys must be good ones."""
        return self.has_fetched_keys and self.has_secret_keys


def target_facts(spec: Node) -> TargetFacts:
    """Read what the rules need to know of a target."""
    target = spec.at("target")
    template = target.at("template")
    replaces = template.at("mergePolicy").text("Replace") == "Replace"
    makes_keys = bool(template.at("data").fields() or template.at("templateFrom").elements())
    return TargetFacts(
        manifest=_manifest(target.at("manifest")),
        is_written=target.at("creationPolicy").text() != "None",
        has_fetched_keys=not (template.present and replaces and makes_keys),
    )


def check_target(spec: Node) -> None:
    """Note the faults of the target and its template."""
    target, facts = spec.at("target"), target_facts(spec)
    check_object_name(target.at("name"))
    _check_policies(target)
    if facts.manifest is not None:
        problem = problem_of_kind(facts.manifest)
        if problem is not None:
            target.at("manifest").never_works(f"{problem}: choose another kind")
    template = target.at("template").used(is_used=facts.is_written)
    if template.present:
        check_template_of_target(template, facts.manifest, has_secret_keys=facts.has_secret_keys)
        _check_type(spec, template, facts)


def _check_policies(target: Node) -> None:
    deletion, creation = target.at("deletionPolicy"), target.at("creationPolicy").text("Owner")
    if deletion.text() == "Delete" and creation in _NEVER_OWNED:
        deletion.refused_by_eso(f"Delete needs creationPolicy Owner, not {creation}")
    if deletion.text() == "Delete" and creation == "Orphan":
        deletion.doubtful("Delete deletes nothing with creationPolicy Orphan: use Owner")
    if deletion.text() == "Merge" and creation == "None":
        deletion.refused_by_eso("Merge needs a target, and creationPolicy None makes none")


def _check_type(spec: Node, template: Node, facts: TargetFacts) -> None:
    """Note a type whose keys are never there; what is merged may find them in the Secret that is there."""
    secret_type = template.at("type").text()
    merges = spec.at("target", "creationPolicy").text() in _MERGES
    if not secret_type or not facts.is_secret or merges or template.at("templateFrom").elements():
        return
    if facts.has_fetched_keys and spec.at("dataFrom").elements():
        return
    missing = missing_keys(secret_type, set(_keys(spec, template, facts)))
    if missing:
        template.at("type").never_works(
            f"a Secret of type {quoted(secret_type)} needs the key {missing}: name it in data or template.data"
        )


def _keys(spec: Node, template: Node, facts: TargetFacts) -> Iterator[str]:
    yield from template.at("data").fields()
    if facts.has_fetched_keys:
        for entry in spec.at("data").items():
            yield entry.at("secretKey").text()


def _manifest(node: Node) -> ManifestRef | None:
    if not node.present:
        return None
    ref = ManifestRef(api_version=node.at("apiVersion").text(), kind=node.at("kind").text())
    return manifest_of(Target(manifest=ref))
