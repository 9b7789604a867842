"""A small installation as manifests, and ways to loosen it, for tests of what tells boundaries from objects."""

from typing import Final

INSTALLATION: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: b-controller, namespace: system}
spec:
  template:
    metadata: {labels: {app: b, part: controller}}
    spec:
      serviceAccountName: b-controller
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      initContainers:
        - name: provider-vault
          restartPolicy: Always
          args: [--trust-domain=example.org, --policy-file=/etc/bulkhead/policy.yaml]
          resources: {limits: {memory: 64Mi}}
          securityContext: &wall
            runAsUser: 1001
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: socket, mountPath: /run/vault}
            - {name: tls-vault, mountPath: /tls}
            - {name: policy, mountPath: /etc/bulkhead}
            - {name: credential, mountPath: /credentials}
      containers:
        - name: controller
          args: [--trust-domain=example.org]
          resources: {limits: {memory: 64Mi}}
          securityContext: {<<: *wall, runAsUser: 1000}
          volumeMounts:
            - {name: socket, mountPath: /run/vault, readOnly: true}
            - {name: tls-controller, mountPath: /tls}
            - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}
      volumes:
        - {name: socket, emptyDir: {medium: Memory}}
        - {name: tls-vault, secret: {secretName: b-tls-vault}}
        - {name: tls-controller, secret: {secretName: b-tls-controller}}
        - {name: policy, configMap: {name: b-policy}}
        - {name: credential, secret: {secretName: vault-credential}}
        - name: token
          projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b-certcontroller, namespace: system}
spec:
  template:
    metadata: {labels: {app: b, part: certcontroller}}
    spec:
      serviceAccountName: b-certcontroller
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: certcontroller
          args: [--trust-domain=example.org, --ca-secret=b-ca]
          resources: {limits: {memory: 64Mi}}
          securityContext:
            runAsUser: 1002
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}
      volumes:
        - name: token
          projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b-identities, namespace: system}
data:
  identities.yaml: |
    identities:
      - {name: controller, path: controller, secret: b-tls-controller, usage: client}
      - {name: provider-vault, path: provider/vault, secret: b-tls-vault, usage: server}
  tokens.yaml: |
    tokens:
      - {name: provider-vault, secret: b-token-vault, serviceAccount: b-provider-vault}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b-policy, namespace: system}
data:
  policy.yaml: |
    hosts: ["https://vault.example.org:8200"]
    rules: [{namespaces: [team-a], keys: [app/*], operations: [read]}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: b-provider-vault, namespace: system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: b-controller}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [create, update, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b-controller}
roleRef: {kind: ClusterRole, name: b-controller}
subjects: [{kind: ServiceAccount, name: b-controller, namespace: system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: b-certcontroller, namespace: system}
rules:
  - {apiGroups: [""], resources: [secrets], resourceNames: [b-ca], verbs: [get, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b-certcontroller, namespace: system}
roleRef: {kind: Role, name: b-certcontroller}
subjects: [{kind: ServiceAccount, name: b-certcontroller, namespace: system}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: b-secrets}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: ["*"], resources: [secrets], operations: [CREATE, UPDATE, DELETE]}
  matchConditions:
    - name: sent-by-the-controller
      expression: request.userInfo.username == 'system:serviceaccount:system:b-controller'
  variables: [{name: managed, expression: "object.metadata.labels['managed'] == 'true'"}]
  validations:
    - {expression: variables.managed, message: "only managed Secrets may be written"}
    - {expression: "request.namespace != 'kube-system'", message: "not in kube-system"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b-secrets}
spec: {policyName: b-secrets, validationActions: [Deny]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: b-all, namespace: system}
spec:
  podSelector: {matchLabels: {app: b}}
  policyTypes: [Ingress, Egress]
  egress:
    - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}]
      ports: [{port: 443}, {port: 8200}]
"""
"""A controller with a provider server in its Pod, and a certcontroller: rights, fences and network that hold."""


def loosened(old: str, new: str) -> str:
    """Give the installation with a text of its manifests replaced, wherever it stands.

    Raises:
        AssertionError: there is no such text, so that a test would not try what it says.
    """
    assert old in INSTALLATION, old
    return INSTALLATION.replace(old, new)


def added(more: str) -> str:
    """Give the installation with further manifests."""
    return f"{INSTALLATION}---\n{more}"
