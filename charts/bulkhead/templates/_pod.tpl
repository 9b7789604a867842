{{/* Reference of an image. Takes a list: the root, and the image's values. */}}
{{- define "bulkhead.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- $reference := printf "%s/%s" $root.Values.image.registry $image.name -}}
{{- if $image.digest -}}
{{ $reference }}@{{ $image.digest }}
{{- else -}}
{{ $reference }}:{{ $image.tag | default $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* What every Pod has. Takes a list: the root, the component. */}}
{{- define "bulkhead.podSpec" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}
{{- $pod := include "bulkhead.podValues" . | fromJson -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ int $pod.terminationGracePeriodSeconds }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- range $name := list "priorityClassName" "runtimeClassName" "dnsPolicy" }}
{{- with get $pod $name }}
{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- range $name := list "nodeSelector" "tolerations" "affinity" "hostAliases" "dnsConfig" }}
{{- with get $pod $name }}
{{ $name }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with (include "bulkhead.spread" (list $root $component (get (include "bulkhead.replicas" $root | fromJson) $component)) | fromJson).constraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  fsGroup: {{ int $pod.fsGroup }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/*
What every container has: image, user, resources, probes. Only that of a main container gets a startup probe: a sidecar's would keep
the others of its Pod from starting. Takes a list: the root, the process's values, and, for a sidecar, "sidecar".
*/}}
{{- define "bulkhead.container" -}}
{{- $root := index . 0 -}}{{- $process := index . 1 -}}
image: {{ include "bulkhead.image" (list $root $process.image) }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: {{ int $process.runAsUser }}
  runAsGroup: {{ int $process.runAsUser }}
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
resources: {{- toYaml $process.resources | nindent 2 }}
{{- if lt (len .) 3 }}
# Two minutes to come up on a busy node; it asks only whether the process is there, which waits for no other process.
startupProbe:
  httpGet: {path: /healthz, port: {{ int $process.healthPort }}}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
{{- end }}
livenessProbe:
  httpGet: {path: /healthz, port: {{ int $process.healthPort }}}
  initialDelaySeconds: 10
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: {{ int $process.healthPort }}}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* The flags that every process has. Takes a list: the root, the process's values, and, if it can serve metrics over TLS, true. */}}
{{- define "bulkhead.flags" -}}
{{- $root := index . 0 -}}{{- $process := index . 1 -}}
{{- $loopback := and $root.Values.metrics.secure (eq (len .) 2) -}}
- --loglevel={{ $process.logLevel }}
- --trust-domain={{ $root.Values.trustDomain }}
- --live-addr={{ $root.Values.health.bindAddress }}:{{ int $process.healthPort }}
{{- if $root.Values.metrics.bindAddress }}
- --metrics-addr={{ ternary "127.0.0.1" $root.Values.metrics.bindAddress $loopback }}:{{ int $process.metricsPort }}
{{- else }}
- --metrics-addr=
{{- end }}
{{- end }}

{{/*
Volume of the API token, in the layout that in-cluster clients expect. It is projected by hand, because the automatic one
would appear in every container of the Pod. Takes the volume's name.
*/}}
{{- define "bulkhead.apiTokenVolume" -}}
- name: {{ . }}
  projected:
    # The kubelet gives files to the Pod's group, so 0400 would become 0440 anyway.
    defaultMode: 0440
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 600}
      - configMap:
          name: kube-root-ca.crt
          items: [{key: ca.crt, path: ca.crt}]
      - downwardAPI:
          items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]
{{- end }}

{{- define "bulkhead.apiTokenMount" -}}
- {name: api-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
{{- end }}

{{/*
Volume of one identity's certificate. Naming the keys makes the kubelet wait for them: no container starts before they are there.
With SPIRE it is a directory in memory that a helper fills. Takes a list: the volume's name, the Secret's, and the root.
*/}}
{{- define "bulkhead.tlsVolume" -}}
{{- $issuer := (index . 2).Values.certificates.issuer -}}
- name: {{ index . 0 }}
  {{- if eq $issuer "spire" }}
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
  {{- else }}
  secret:
    secretName: {{ index . 1 }}
    defaultMode: 0440
    items:
      - {key: tls.crt, path: tls.crt}
      - {key: tls.key, path: tls.key}
      - {key: ca.crt, path: ca.crt}
      {{- if eq $issuer "bulkhead" }}
      - {key: denylist.jws, path: denylist.jws}
      {{- end }}
  {{- end }}
{{- end }}

{{/* Flags of a process that has an identity. Takes the root. Other issuers sign no list of the revoked, so none can be waited for. */}}
{{- define "bulkhead.tlsFlags" -}}
- --tls-dir=/var/run/bulkhead/tls
{{- if ne .Values.certificates.issuer "bulkhead" }}
- --require-denylist=false
{{- end }}
{{- end }}

{{/*
With SPIRE, the helper of one process: a container that keeps its certificate current in a directory that only these two mount. It has
the process's user, as it holds the same key, and a name that SPIRE's entries can select. Takes a list: the root, the identity's name,
the process's values.
*/}}
{{- define "bulkhead.spireHelper" -}}
{{- $root := index . 0 -}}{{- $identity := index . 1 -}}{{- $process := index . 2 -}}
{{- $spire := $root.Values.certificates.spire -}}
- name: spire-{{ $identity }}
  restartPolicy: Always
  image: {{ $spire.helperImage }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args: [-config, /etc/spiffe-helper/helper.conf]
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    runAsNonRoot: true
    runAsUser: {{ int $process.runAsUser }}
    runAsGroup: {{ int $process.runAsUser }}
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}
  resources: {{- toYaml $spire.resources | nindent 4 }}
  volumeMounts:
    - {name: tls-{{ $identity }}, mountPath: /var/run/bulkhead/tls}
    - {name: spire-agent, mountPath: /run/spire, readOnly: true}
    - {name: spire-helper, mountPath: /etc/spiffe-helper, readOnly: true}
{{- end }}

{{/* With SPIRE, the volumes of a Pod's helpers. Takes the root. */}}
{{- define "bulkhead.spireVolumes" -}}
{{- if eq .Values.certificates.issuer "spire" -}}
- name: spire-agent
  csi: {driver: {{ .Values.certificates.spire.csiDriver }}, readOnly: true}
- name: spire-helper
  configMap: {name: {{ include "bulkhead.fullname" . }}-spire-helper, defaultMode: 0440}
{{- end -}}
{{- end }}
