{{/* Name that all objects begin with; short enough for a Pod's name, which is cut at 63 characters, to keep its suffix. */}}
{{- define "bulkhead.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "bulkhead.controllerName" -}}
{{ include "bulkhead.fullname" . }}-controller
{{- end }}

{{/* The Lease that the working controller holds. */}}
{{- define "bulkhead.leaseName" -}}
{{ .Values.controller.leaderElection.leaseName | default (include "bulkhead.controllerName" .) }}
{{- end }}

{{- define "bulkhead.certcontrollerName" -}}
{{ include "bulkhead.fullname" . }}-certcontroller
{{- end }}

{{/* The user that the API server sees when the controller calls it. */}}
{{- define "bulkhead.controllerUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "bulkhead.controllerName" . }}
{{- end }}

{{/* Namespaces in which the controller writes no Secret and reads none, as a JSON list; not so in the profile eso-compat. */}}
{{- define "bulkhead.protectedNamespaces" -}}
{{ append .Values.secretPolicy.protectedNamespaces .Release.Namespace | uniq | toJson }}
{{- end }}

{{/* What the controller's token is good for, in words. */}}
{{- define "bulkhead.controllerHolds" -}}
{{- if eq .Values.profile "eso-compat" -}}
a token that reads and writes every Secret of the cluster, as ESO's
{{- else if eq .Values.profile "namespaced" -}}
a token that writes Secrets managed by ExternalSecrets and reads all Secrets of {{ join ", " .Values.profileNamespaces }}
{{- else -}}
a token that writes Secrets managed by ExternalSecrets and reads none
{{- end -}}
{{- end }}

{{- define "bulkhead.caSecretName" -}}
{{ include "bulkhead.fullname" . }}-ca
{{- end }}

{{- define "bulkhead.selectorLabels" -}}
app.kubernetes.io/name: bulkhead
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bulkhead.labels" -}}
{{ include "bulkhead.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/*
The mTLS identities, as the certcontroller's identities file has them; JSON of {"identities": [...]}.
Everything that names a TLS Secret is made from this list.
*/}}
{{- define "bulkhead.identities" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $identities := list (dict "name" "controller" "path" "controller" "usage" "client"
    "secret" (printf "%s-tls-controller" $full) "user" (int .Values.controller.runAsUser)) -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $identities = append $identities (dict "name" (printf "provider-%s" $name) "path" (printf "provider/%s" $name) "usage" "server"
    "secret" (printf "%s-tls-provider-%s" $full $name) "user" (int $provider.runAsUser)) -}}
{{- end -}}
{{- end -}}
{{- dict "identities" $identities | toJson -}}
{{- end }}

{{/*
The provider servers that have a Kubernetes identity of their own, as the certcontroller's tokens file has them, with the provider's
key in the values; JSON of {"tokens": [...]}.
*/}}
{{- define "bulkhead.tokens" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $tokens := list -}}
{{- range $name, $provider := .Values.providers -}}
{{- if and $provider.enabled ($provider.identity | default dict).enabled -}}
{{- $tokens = append $tokens (dict "provider" $name "name" (printf "provider-%s" $name)
    "serviceAccount" (printf "%s-provider-%s" $full $name) "secret" (printf "%s-token-%s" $full $name)) -}}
{{- end -}}
{{- end -}}
{{- dict "tokens" $tokens | toJson -}}
{{- end }}
