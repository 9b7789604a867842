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

{{/* Something if each provider server has a Pod of its own. */}}
{{- define "bulkhead.isolated" -}}
{{- if eq .Values.topology "isolated" -}}true{{- end -}}
{{- end }}

{{/* What the objects of one provider server are called: its ServiceAccount, and in a Pod of its own Deployment and Service. Takes a list: the root, the provider. */}}
{{- define "bulkhead.providerName" -}}
{{ include "bulkhead.fullname" (index . 0) }}-provider-{{ index . 1 }}
{{- end }}

{{/* Port on which a provider server in a Pod of its own is called. Takes its values. */}}
{{- define "bulkhead.providerPort" -}}
{{ int (.port | default 8443) }}
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

{{/* What the certcontroller holds, in words. */}}
{{- define "bulkhead.certcontrollerHolds" -}}
{{- if ne .Values.certificates.issuer "bulkhead" -}}
the right to make tokens of the provider servers with an identity; no CA key, as {{ .Values.certificates.issuer }} makes the certificates
{{- else if .Values.certificates.caKey.volume -}}
the CA key, in a volume of its own
{{- else -}}
the CA key, in Secret {{ include "bulkhead.caSecretName" . }}
{{- end -}}
{{- end }}

{{/* The Secret of the CA; nothing if the CA is kept in a volume, or somebody else is the issuer. */}}
{{- define "bulkhead.caSecretName" -}}
{{- if and (eq .Values.certificates.issuer "bulkhead") (not .Values.certificates.caKey.volume) -}}
{{ .Values.certificates.caKey.existingSecret | default (printf "%s-ca" (include "bulkhead.fullname" .)) }}
{{- end -}}
{{- end }}

{{/* Something if the webhook is on. */}}
{{- define "bulkhead.webhookEnabled" -}}
{{- if (.Values.webhook | default dict).enabled -}}true{{- end -}}
{{- end }}

{{/* The webhook's Service, which the API server calls. */}}
{{- define "bulkhead.webhookName" -}}
{{ include "bulkhead.fullname" . }}-webhook
{{- end }}

{{/* The ValidatingWebhookConfiguration. */}}
{{- define "bulkhead.webhookConfigurationName" -}}
{{ include "bulkhead.fullname" . }}-validate
{{- end }}

{{/* Something if the certcontroller fills the caBundle: the webhook is on, and nobody else does. */}}
{{- define "bulkhead.injectsBundle" -}}
{{- if and (include "bulkhead.webhookEnabled" .) (eq .Values.certificates.issuer "bulkhead") (not .Values.webhook.caBundle) -}}true{{- end -}}
{{- end }}

{{/* Annotations of the ValidatingWebhookConfiguration; nothing, or what makes cert-manager fill the caBundle. Takes the root. */}}
{{- define "bulkhead.webhookConfigurationAnnotations" -}}
{{- if and (eq .Values.certificates.issuer "cert-manager") (not (.Values.webhook | default dict).caBundle) -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "bulkhead.fullname" . }}-tls-webhook-server
{{- end -}}
{{- end }}

{{/* Something if there is anything for the certcontroller to do: certificates, or tokens of provider servers. */}}
{{- define "bulkhead.certcontrollerEnabled" -}}
{{- if or (eq .Values.certificates.issuer "bulkhead") (include "bulkhead.tokens" . | fromJson).tokens -}}true{{- end -}}
{{- end }}

{{/* Where the process answers what certificate it uses; JSON of {"addresses": [...]}. Takes a list: the root, the component, the port. */}}
{{- define "bulkhead.acknowledge" -}}
{{- $root := index . 0 -}}
{{- $host := printf "%s-%s-health.%s.svc" (include "bulkhead.fullname" $root) (index . 1) $root.Release.Namespace -}}
{{- dict "addresses" (list (printf "%s:%d" $host (int (index . 2)))) | toJson -}}
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
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
The mTLS identities, as the certcontroller's identities file has them; JSON of {"identities": [...]}.
Everything that names a TLS Secret is made from this list.
*/}}
{{- define "bulkhead.identities" -}}
{{- $identities := (include "bulkhead.controllerPodIdentities" . | fromJson).identities -}}
{{- if include "bulkhead.isolated" . -}}
{{- $identities = concat $identities (include "bulkhead.providerIdentities" . | fromJson).identities -}}
{{- end -}}
{{- dict "identities" (concat $identities (include "bulkhead.webhookIdentities" . | fromJson).identities) | toJson -}}
{{- end }}

{{/* Those of the Pod of the controller, and of the provider servers if they share it, in the form of bulkhead.identities. */}}
{{- define "bulkhead.controllerPodIdentities" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $identities := list (dict "name" "controller" "path" "controller" "usage" "client"
    "secret" (printf "%s-tls-controller" $full) "user" (int .Values.controller.runAsUser)
    "acknowledge" (include "bulkhead.acknowledge" (list . "controller" .Values.controller.healthPort) | fromJson).addresses) -}}
{{- if not (include "bulkhead.isolated" .) -}}
{{- $identities = concat $identities (include "bulkhead.providerIdentities" . | fromJson).identities -}}
{{- end -}}
{{- dict "identities" $identities | toJson -}}
{{- end }}

{{/* Those of the provider servers, in the form of bulkhead.identities. */}}
{{- define "bulkhead.providerIdentities" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $identities := list -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $identity := printf "provider-%s" $name -}}
{{- $component := ternary $identity "controller" (eq $.Values.topology "isolated") -}}
{{- $identities = append $identities (dict "name" $identity "path" (printf "provider/%s" $name) "usage" "server"
    "secret" (printf "%s-tls-%s" $full $identity) "user" (int $provider.runAsUser)
    "acknowledge" (include "bulkhead.acknowledge" (list $ $component $provider.healthPort) | fromJson).addresses) -}}
{{- end -}}
{{- end -}}
{{- dict "identities" $identities | toJson -}}
{{- end }}

{{/*
Those of the webhook: one with which it calls the provider servers, one under which the API server finds it. They are apart so that
neither is good for the other's side of a connection.
*/}}
{{- define "bulkhead.webhookIdentities" -}}
{{- $identities := list -}}
{{- if include "bulkhead.webhookEnabled" . -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $acknowledge := (include "bulkhead.acknowledge" (list . "webhook" .Values.webhook.healthPort) | fromJson).addresses -}}
{{- $user := int .Values.webhook.runAsUser -}}
{{- $identities = list
    (dict "name" "webhook" "path" "webhook" "usage" "client" "secret" (printf "%s-tls-webhook" $full) "user" $user "acknowledge" $acknowledge)
    (dict "name" "webhook-server" "path" "webhook/server" "usage" "server" "secret" (printf "%s-tls-webhook-server" $full) "user" $user
      "dnsNames" (concat (list (printf "%s.%s.svc" (include "bulkhead.webhookName" .) .Release.Namespace)) .Values.webhook.dnsNames | uniq)
      "acknowledge" $acknowledge) -}}
{{- end -}}
{{- dict "identities" $identities | toJson -}}
{{- end }}

{{/* The provider servers with a Kubernetes identity of their own; JSON of {"providers": [...]}. */}}
{{- define "bulkhead.identified" -}}
{{- $names := list -}}
{{- range $name, $provider := .Values.providers -}}
{{- if and $provider.enabled ($provider.identity | default dict).enabled -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- dict "providers" $names | toJson -}}
{{- end }}

{{/*
Those of them whose token the certcontroller makes, as its tokens file has them, with the provider's key in the values; JSON of
{"tokens": [...]}. In a Pod of its own a provider server has the Pod's ServiceAccount, whose token the kubelet makes.
*/}}
{{- define "bulkhead.tokens" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $tokens := list -}}
{{- if not (include "bulkhead.isolated" .) -}}
{{- range $name := (include "bulkhead.identified" . | fromJson).providers -}}
{{- $tokens = append $tokens (dict "provider" $name "name" (printf "provider-%s" $name)
    "serviceAccount" (include "bulkhead.providerName" (list $ $name)) "secret" (printf "%s-token-%s" $full $name)) -}}
{{- end -}}
{{- end -}}
{{- dict "tokens" $tokens | toJson -}}
{{- end }}

{{/*
The provider servers, as the controller's providers file has them; JSON of {"providers": [...]}. A provider server that is a sidecar is
reached by a socket, one in a Pod of its own by its Service.
*/}}
{{- define "bulkhead.routes" -}}
{{- $routes := list -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $address := printf "unix:///run/bulkhead/providers/%s/server/provider.sock" $name -}}
{{- if include "bulkhead.isolated" $ -}}
{{- $address = printf "%s.%s.svc:%s" (include "bulkhead.providerName" (list $ $name)) $.Release.Namespace (include "bulkhead.providerPort" $provider) -}}
{{- end -}}
{{- $routes = append $routes (dict "name" $name "stores" $provider.stores "address" $address) -}}
{{- end -}}
{{- end -}}
{{- dict "providers" $routes | toJson -}}
{{- end }}

{{/* A Go duration in whole seconds. Takes the text. */}}
{{- define "bulkhead.seconds" -}}
{{- $units := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9.]+(ms|s|m|h)" . -1 -}}
{{- $seconds = addf $seconds (mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexFind "[a-z]+$" .))) -}}
{{- end -}}
{{ int $seconds }}
{{- end }}
