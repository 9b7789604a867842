"""spec.target.template of an ExternalSecret: what the target is made of instead of the fetched values alone.

Source: the CRD of ExternalSecret, external-secrets.io/v1.
"""

from enum import StrEnum
from typing import Final

import msgspec

from bulkhead_api.decoding_strategy import DecodingStrategy

DATA: Final = "Data"
"""Where a template's output goes if its entry does not say. Source: templateFrom[].target."""


class EngineVersion(StrEnum):
    """Which language templates are in. Source: template.engineVersion."""

    V2 = "v2"


class TemplateMergePolicy(StrEnum):
    """Whether the fetched values are there beside what the templates make. Source: template.mergePolicy."""

    REPLACE = "Replace"
    MERGE = "Merge"


class TemplateScope(StrEnum):
    """What of an entry is a template. Source: templateFrom[].configMap.items[].templateAs."""

    VALUES = "Values"
    """The value; the key is as it stands."""
    KEYS_AND_VALUES = "KeysAndValues"
    """The whole text, whose output is YAML."""


class _Spec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Settings of all structs here, as of those of the ExternalSecret."""


class TemplateItem(_Spec, frozen=True, kw_only=True):
    """One key of a ConfigMap or Secret whose value is a template."""

    key: str
    template_as: TemplateScope = TemplateScope.VALUES


class TemplateSource(_Spec, frozen=True, kw_only=True):
    """A ConfigMap or Secret of the same namespace that holds templates. Source: templateFrom[].configMap, .secret."""

    name: str
    items: list[TemplateItem]


class TemplateFrom(_Spec, frozen=True, kw_only=True):
    """Templates that stand elsewhere, or one whose output has keys of its own. Source: template.templateFrom[]."""

    config_map: TemplateSource | None = None
    secret: TemplateSource | None = None
    literal: str | None = None
    target: str = DATA
    """Data, Labels or Annotations in any case; with a target of another kind also a path."""
    values_decoding_strategy: DecodingStrategy = DecodingStrategy.NONE


class TemplateMetadata(_Spec, frozen=True, kw_only=True):
    """Metadata of the target; values are templates. Source: template.metadata."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: list[str] = []


class TargetTemplate(_Spec, frozen=True, kw_only=True):
    """What the target is made of. Source: ExternalSecret.spec.target.template."""

    type: str = ""
    """Of the Secret; empty leaves it as it is."""
    engine_version: EngineVersion = EngineVersion.V2
    merge_policy: TemplateMergePolicy = TemplateMergePolicy.REPLACE
    metadata: TemplateMetadata = TemplateMetadata()
    data: dict[str, str] = {}
    """Templates by key of the target."""
    template_from: list[TemplateFrom] = []
