"""How an object is looked at as a whole: updates, deletions, bounds, and what is never said."""

import json
import re
from typing import Any

import pytest

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.allowance import MAX_FAULTS
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of, faults_of_deletion

MARK = "s3cr3t-hunter2"


def external_secret(**spec: object) -> dict[str, Any]:
    return {
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {
            "secretStoreRef": {"name": "vault"},
            "data": [{"secretKey": "a", "remoteRef": {"key": "k"}}],
            **spec,
        },
    }


def template(text: str) -> dict[str, Any]:
    return external_secret(target={"template": {"data": {"a": text}}})


def verdicts(faults: list[Fault]) -> list[Verdict]:
    return [fault.verdict for fault in faults]


NEVER_WORKS = template("{{ end }}")


def test_what_never_works_is_only_told_when_the_spec_stays_as_it_was() -> None:
    labelled = {**NEVER_WORKS, "metadata": {"name": "db", "namespace": "shop", "labels": {"a": "b"}}}
    assert verdicts(faults_of("ExternalSecret", labelled, NEVER_WORKS)) == [Verdict.DOUBTFUL]


def test_what_never_works_is_no_less_so_when_the_spec_changes() -> None:
    assert verdicts(faults_of("ExternalSecret", NEVER_WORKS, external_secret())) == [Verdict.NEVER_WORKS]


def test_what_eso_refuses_stays_refused_when_the_spec_stays_as_it_was() -> None:
    refused = external_secret(refreshInterval="1d")
    assert verdicts(faults_of("ExternalSecret", refused, refused)) == [Verdict.ESO_REFUSES]


@pytest.mark.parametrize("kind", ["SecretStore", "ClusterSecretStore"])
def test_the_deletion_of_a_store_is_warned_of(kind: str) -> None:
    (fault,) = faults_of_deletion(kind)
    assert fault.verdict is Verdict.DOUBTFUL
    assert "not refreshed any more" in fault.message


@pytest.mark.parametrize("kind", ["ExternalSecret", "PushSecret", "ClusterExternalSecret", "Deployment"])
def test_nothing_is_said_about_other_deletions(kind: str) -> None:
    assert faults_of_deletion(kind) == []


def test_delimiters_are_those_of_the_flags() -> None:
    delimiters = Delimiters(left="[[", right="]]")
    assert faults_of("ExternalSecret", template("{{ end }}"), delimiters=delimiters) == []
    assert verdicts(faults_of("ExternalSecret", template("[[ end ]]"), delimiters=delimiters)) == [Verdict.NEVER_WORKS]


def test_transforms_have_gos_delimiters_whatever_the_flags_say() -> None:
    entry = {"extract": {"key": "k"}, "rewrite": [{"transform": {"template": "{{ end }}"}}]}
    document = external_secret(dataFrom=[entry])
    assert verdicts(faults_of("ExternalSecret", document, delimiters=Delimiters(left="[[", right="]]"))) == [
        Verdict.NEVER_WORKS
    ]


def test_many_faults_do_not_hide_one_that_eso_refuses() -> None:
    data = [{"secretKey": f"k{number}", "remoteRef": {"key": ""}} for number in range(MAX_FAULTS + 100)]
    faults = faults_of("ExternalSecret", external_secret(data=data, refreshInterval="1d"))
    assert verdicts(faults).count(Verdict.DOUBTFUL) == MAX_FAULTS
    assert verdicts(faults).count(Verdict.ESO_REFUSES) == 1


def test_what_is_left_of_the_allowance_is_told_and_never_refused() -> None:
    faults = faults_of("ExternalSecret", template("{{ .a | upper }}" * 10_000 + "{{ end }}"))
    assert verdicts(faults) == [Verdict.DOUBTFUL]
    assert "was not checked" in faults[0].message


def test_a_large_text_with_few_actions_is_checked() -> None:
    assert (
        "line 20001, column" in faults_of("ExternalSecret", template("x" * 40 + "\n" * 20_000 + "{{ end }}"))[0].message
    )


def test_an_object_that_is_nested_deeply_is_looked_at() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"name": [deep], "auth": deep}
    store: dict[str, Any] = {
        "metadata": {"namespace": "shop"},
        "spec": {"provider": {"vault": {"server": "https://v", "auth": deep}}},
    }
    assert [fault for fault in faults_of("SecretStore", store, store) if fault.verdict is Verdict.ESO_REFUSES] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'{{{{ "{MARK}" "{MARK} }}}}', id="a-string-that-does-not-end"),
        pytest.param(f"{{{{ `{MARK} }}}}", id="a-raw-string-that-does-not-end"),
        pytest.param(f"{{{{ '{MARK}' }}}}", id="a-character-that-is-none"),
        pytest.param(f"{{{{ 1{MARK} }}}}", id="a-number-that-is-none"),
        pytest.param(f'{{{{ .a."{MARK}" }}}}', id="a-field-that-is-none"),
        pytest.param(f'{{{{ template 1 "{MARK}" }}}}', id="a-clause-that-is-none"),
        pytest.param(f'{{{{ define "{MARK}" }}}}x', id="a-block-that-does-not-end"),
        pytest.param(f'{{{{ if "{MARK}" }}}}', id="a-condition-that-does-not-end"),
        pytest.param(f'{{{{ "{MARK}" | 3 }}}}', id="a-value-that-is-called"),
        pytest.param(f"{{{{/* {MARK}", id="a-comment-that-does-not-end"),
        pytest.param(f"{MARK}{{{{ nope }}}}{MARK}", id="text-around"),
        pytest.param(f'{{{{ nope "{MARK}" }}}}', id="an-argument"),
    ],
)
def test_no_message_quotes_a_template(text: str) -> None:
    faults = faults_of("ExternalSecret", template(text))
    assert faults
    assert not any(MARK in fault.message or "hunter2" in fault.message for fault in faults)
    assert all(re.match(r"is no template: line 1(, column [1-9][0-9]*)?: ", fault.message) for fault in faults)


def test_no_message_quotes_a_value_of_a_fake_store() -> None:
    entry = {"key": "a", "value": MARK}
    store: dict[str, Any] = {
        "metadata": {},
        "spec": {"provider": {"fake": {"data": [entry, entry, {"key": "", "value": MARK}]}}},
    }
    faults = faults_of("SecretStore", store)
    assert len(faults) == 3
    assert MARK not in "".join(map(str, faults))


def test_a_store_in_a_file_without_a_namespace_is_not_blamed_for_one_that_it_names() -> None:
    ref: Json = {"name": "t", "key": "k", "namespace": "shop"}
    provider: Json = {"vault": {"server": "https://v", "auth": {"tokenSecretRef": ref}}}
    assert faults_of("SecretStore", {"metadata": {"name": "a"}, "spec": {"provider": provider}}) == []


def test_a_path_quotes_what_the_user_chose_on_one_line() -> None:
    document = external_secret(target={"template": {"data": {'a"\n': "{{ end }}"}}})
    faults = faults_of("ExternalSecret", document)
    assert {fault.path for fault in faults} == {f"spec.target.template.data[{json.dumps(chr(97) + chr(34) + chr(10))}]"}
    assert all("\n" not in str(fault) for fault in faults)
