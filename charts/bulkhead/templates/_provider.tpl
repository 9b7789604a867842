{{/* A provider server's container, but for its name. Takes a list: the root, the provider, its values. */}}
{{- define "bulkhead.providerContainer" -}}
{{- $root := index . 0 -}}{{- $provider := index . 1 -}}{{- $values := index . 2 -}}
{{- $identified := ($values.identity | default dict).enabled -}}
{{- include "bulkhead.container" (ternary (list $root $values) (list $root $values "sidecar") (ne (include "bulkhead.isolated" $root) "")) }}
args:
  {{- include "bulkhead.flags" (list $root $values) | nindent 2 }}
  {{- if include "bulkhead.isolated" $root }}
  - --listen={{ $root.Values.health.bindAddress }}:{{ include "bulkhead.providerPort" $values }}
  {{- else }}
  - --listen=unix:///run/bulkhead/providers/{{ $provider }}/server/provider.sock
  {{- with get (include "bulkhead.askedProviders" $root | fromJson) $provider }}
  - --listen={{ $root.Values.health.bindAddress }}:{{ int . }}
  {{- end }}
  {{- end }}
  {{- include "bulkhead.tlsFlags" $root | nindent 2 }}
  - --policy-file=/etc/bulkhead/policy.yaml
  - --credentials-dir=/var/run/bulkhead/credentials
  - --grace-period={{ $values.gracePeriod }}
  {{- if $identified }}
  - --kube-api-server=https://kubernetes.default.svc
  - --kube-credentials=/var/run/bulkhead/kubernetes
  {{- end }}
{{- with $values.extraEnv }}
env:
  {{- range . }}
  - {name: {{ .name }}, value: {{ .value | quote }}}
  {{- end }}
{{- end }}
volumeMounts:
  {{- if not (include "bulkhead.isolated" $root) }}
  - {name: socket-{{ $provider }}, mountPath: /run/bulkhead/providers/{{ $provider }}}
  {{- end }}
  - {name: tls-provider-{{ $provider }}, mountPath: /var/run/bulkhead/tls, readOnly: true}
  - {name: policy-{{ $provider }}, mountPath: /etc/bulkhead, readOnly: true}
  {{- if or $values.credential.existingSecret ($values.caBundle | default dict).configMap }}
  - {name: credential-{{ $provider }}, mountPath: /var/run/bulkhead/credentials, readOnly: true}
  {{- end }}
  {{- if ($values.token | default dict).audience }}
  - {name: backend-token-{{ $provider }}, mountPath: /var/run/bulkhead/token, readOnly: true}
  {{- end }}
  {{- if $identified }}
  - {name: token-{{ $provider }}, mountPath: /var/run/bulkhead/kubernetes, readOnly: true}
  {{- end }}
  {{- range $values.extraVolumes }}
  - {name: extra-{{ $provider }}-{{ .name }}, mountPath: {{ .mountPath | quote }}, readOnly: true}
  {{- end }}
{{- end }}

{{/* The volumes that are its alone, but for its certificate. Takes a list: the root, the provider, its values. */}}
{{- define "bulkhead.providerVolumes" -}}
{{- $root := index . 0 -}}{{- $provider := index . 1 -}}{{- $values := index . 2 -}}
- name: policy-{{ $provider }}
  configMap: {name: {{ include "bulkhead.fullname" $root }}-policy-{{ $provider }}, defaultMode: 0440}
{{- include "bulkhead.credentialVolume" (list $provider $values) }}
{{- with ($values.token | default dict).audience }}
# For the backend alone: no audience of the API server's is taken for it.
- name: backend-token-{{ $provider }}
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ . | quote }}
          expirationSeconds: {{ include "bulkhead.seconds" ($values.token.expiration | default "1h") }}
{{- end }}
{{- if ($values.identity | default dict).enabled }}
{{- if include "bulkhead.isolated" $root }}
{{ include "bulkhead.apiTokenVolume" (printf "token-%s" $provider) }}
{{- else }}
# Optional, so that a token that cannot be made holds up no store that needs none; the kubelet adds it when it comes.
- name: token-{{ $provider }}
  secret:
    secretName: {{ include "bulkhead.fullname" $root }}-token-{{ $provider }}
    optional: true
    defaultMode: 0440
    items: [{key: token, path: token}, {key: ca.crt, path: ca.crt}, {key: namespace, path: namespace}]
{{- end }}
{{- end }}
{{- range $values.extraVolumes }}
- name: extra-{{ $provider }}-{{ .name }}
  {{- toYaml .source | nindent 2 }}
{{- end }}
{{- end }}

{{/* The credential's files, and the backend's roots among them; nothing if there are neither. Takes a list: the provider, its values. */}}
{{- define "bulkhead.credentialVolume" -}}
{{- $values := index . 1 -}}
{{- $roots := $values.caBundle | default dict }}
{{- if $roots.configMap }}
- name: credential-{{ index . 0 }}
  projected:
    defaultMode: 0440
    sources:
      {{- with $values.credential.existingSecret }}
      - secret: {name: {{ . }}}
      {{- end }}
      # The last one, so that these roots count if the Secret has some, too.
      - configMap: {name: {{ $roots.configMap }}, items: [{key: {{ $roots.key | default "ca.crt" }}, path: ca.crt}]}
{{- else if $values.credential.existingSecret }}
- name: credential-{{ index . 0 }}
  secret: {secretName: {{ $values.credential.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}
