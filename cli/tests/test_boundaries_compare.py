"""What differs between two installations, and in which words."""

import functools
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_cli.boundaries.compare import compare
from bulkhead_cli.boundaries.document import json_of_report, report_from_json
from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_cli.boundaries.report import Report
from bulkhead_cli.boundaries.sentences import EQUAL, sentences_of, text_of_comparison
from bulkhead_testkit.installations import INSTALLATION, added, loosened


def report(text: str = INSTALLATION) -> Report:
    return report_from(installation_from(manifests_of("x.yaml", text.encode()), namespace="system"))


READER: Final = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: team-y}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [x], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: team-y}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: b-certcontroller, namespace: system}]
"""
NEW_POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: system}
spec: {automountServiceAccountToken: false, containers: [{name: provider-aws}]}
"""
ALL: Final = "certcontroller, controller and provider-vault"
REWRITTEN: Final = "this change rewrites a fence around controller, which nothing can compare, so what"
FENCE: Final = "policy b-secrets: "


@pytest.mark.parametrize(
    ("text", "widened", "narrowed"),
    [
        pytest.param(INSTALLATION, [], [], id="nothing"),
        pytest.param(
            added(READER),
            ["this change gives certcontroller the right to get and list Secret x in namespace team-y"],
            [],
            id="a-right-on-one-secret",
        ),
        pytest.param(
            loosened("resourceNames: [b-ca], ", ""),
            [
                "this change gives certcontroller the right to get and update secrets in namespace system",
                "this change gives certcontroller the credential in Secret system/vault-credential, by the API server",
            ],
            None,
            id="a-right-on-all-secrets",
        ),
        pytest.param(
            loosened("verbs: [get, update]", "verbs: [get]"),
            [],
            ["this change takes from certcontroller the right to update Secret b-ca in namespace system"],
            id="a-right-that-goes",
        ),
        pytest.param(
            loosened("hosts: [", 'hosts: ["https://other:443", '),
            ["this change gives provider-vault the backend https://other:443 in its policy"],
            [],
            id="a-further-backend",
        ),
        pytest.param(
            loosened("namespaces: [team-a]", 'namespaces: ["*"]'),
            ["this change gives provider-vault a rule of its policy to read: every namespace, every store, key app/*"],
            [],
            id="a-wider-rule",
        ),
        pytest.param(
            loosened("{cidr: 0.0.0.0/0, except: [169.254.0.0/16]}", "{cidr: 10.0.0.0/8}"),
            [],
            [f"this change takes from {ALL} a way to 0.0.0.0/0 but 169.254.0.0/16 on ports 443 and 8200"],
            id="a-narrower-way",
        ),
        pytest.param(
            loosened(
                "ports: [{port: 443}, {port: 8200}]", "ports: [{port: 443}, {port: 8200}, {port: 53, protocol: UDP}]"
            ),
            [f"this change gives {ALL} a way to 0.0.0.0/0 but 169.254.0.0/16 on UDP port 53"],
            [],
            id="a-further-port",
        ),
        pytest.param(
            loosened("mountPath: /run/vault, readOnly: true", "mountPath: /run/vault"),
            ["this change gives controller the volume socket in common with provider-vault, which it may write to"],
            [],
            id="a-volume-that-it-may-write-to",
        ),
        pytest.param(
            loosened("runAsUser: 1000", "privileged: true, runAsUser: 1000"),
            ["this change gives controller privileged mode, so all of the node"],
            [],
            id="privileged-mode",
        ),
        pytest.param(loosened("runAsUser: 1000", "runAsUser: 1003"), [], [], id="another-user-of-its-own"),
        pytest.param(
            loosened('    - {expression: "request.namespace != \'kube-system\'", message: "not in kube-system"}\n', ""),
            [f"this change takes away a fence from controller: {FENCE}not in kube-system"],
            [],
            id="a-fence-that-goes",
        ),
        pytest.param(
            loosened("!= 'kube-system'", "!= 'kube-public'"),
            [f"{REWRITTEN} it refused counts: {FENCE}not in kube-system"],
            [f"{REWRITTEN} it refuses now counts: {FENCE}not in kube-system"],
            id="a-fence-that-is-rewritten",
        ),
        pytest.param(
            loosened("verbs: [create, update, delete]", "verbs: []"),
            [],
            ["this change takes from controller the right to create, delete and update secrets in every namespace"],
            id="a-right-that-goes-with-its-fence",
        ),
        pytest.param(
            loosened("- {name: credential, mountPath: /credentials}", ""),
            [],
            ["this change takes from provider-vault the credential in Secret system/vault-credential"],
            id="a-credential-that-goes",
        ),
        pytest.param(
            added(NEW_POD),
            [
                "this change adds the process provider-aws",
                "this change gives provider-aws a way to any address on every port",
            ],
            None,
            id="a-process-that-comes",
        ),
    ],
)
def test_a_change_is_said(text: str, widened: Sequence[str], narrowed: Sequence[str] | None) -> None:
    comparison = compare(report(), report(text))
    said = sentences_of(comparison.widened, widens=True)
    assert set(widened) <= set(said)
    assert bool(widened) == bool(said)
    if narrowed is not None:
        assert sentences_of(comparison.narrowed, widens=False) == narrowed


def test_nothing_is_said_to_differ_where_nothing_does() -> None:
    assert text_of_comparison(compare(report(), report())) == f"{EQUAL}\n"


def test_the_text_counts_what_is_wider_and_what_is_narrower() -> None:
    text = text_of_comparison(compare(report(added(READER)), report(loosened("hosts: [", 'hosts: ["https://o:1", '))))
    assert [line for line in text.splitlines() if not line.startswith(" ")] == ["Wider (1):", "Narrower (1):"]


CHANGES: Final = (
    ("verbs: [get, update]", "verbs: ['*']"),
    ("resourceNames: [b-ca], ", ""),
    ("hosts: [", 'hosts: ["https://other:443", '),
    ("namespaces: [team-a]", 'namespaces: ["*"]'),
    ("except: [169.254.0.0/16]", "except: []"),
    ("kind: NetworkPolicy", "kind: Ignored"),
    ("validationActions: [Deny]", "validationActions: [Warn]"),
    ("!= 'kube-system'", "!= 'kube-public'"),
    ("automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    ("runAsUser: 1000", "runAsUser: 1001"),
    ("secretName: b-tls-vault", "secretName: b-token-vault"),
    ("- {name: credential, mountPath: /credentials}", ""),
    ("emptyDir: {medium: Memory}", "hostPath: {path: /x}"),
    ("name: certcontroller\n", "name: another\n"),
)


@functools.cache
def changed(chosen: frozenset[tuple[str, str]]) -> Report:
    text = INSTALLATION
    for old, new in sorted(chosen):
        text = text.replace(old, new)
    return report(text)


INSTALLATIONS: Final = st.frozensets(st.sampled_from(CHANGES), max_size=3).map(changed)
FEW: Final = settings(max_examples=12, deadline=None)
"""Each example reads two installations, so that a hundred would take a second."""


@FEW
@given(INSTALLATIONS)
def test_an_installation_does_not_differ_from_itself(one: Report) -> None:
    assert compare(one, one).widened == compare(one, one).narrowed == ()


@FEW
@given(INSTALLATIONS, INSTALLATIONS)
def test_what_widens_one_way_narrows_the_other(one: Report, two: Report) -> None:
    there, back = compare(one, two), compare(two, one)
    assert (there.widened, there.narrowed) == (back.narrowed, back.widened)


@FEW
@given(INSTALLATIONS, INSTALLATIONS)
def test_installations_that_differ_in_neither_way_allow_the_same(one: Report, two: Report) -> None:
    comparison = compare(one, two)
    if not comparison.widened and not comparison.narrowed:
        names = [{each.grant_id(g) for each in which.processes for g in each.grants} for which in (one, two)]
        assert names[0] == names[1]


@FEW
@given(INSTALLATIONS)
def test_a_report_survives_being_written_and_read(one: Report) -> None:
    assert report_from_json("x.json", json_of_report(one)) == one
