{{/* Plurals of the generators, as a JSON list. */}}
{{- define "bulkhead.generators" -}}
{{- list "acraccesstokens" "beyondtrustworkloadcredentialsdynamicsecrets" "cloudsmithaccesstokens" "clustergenerators"
    "ecrauthorizationtokens" "fakes" "gcraccesstokens" "generatorstates" "githubaccesstokens" "gitlabdeploytokens" "grafanas" "mfas"
    "passwords" "quayaccesstokens" "sshkeys" "stssessiontokens" "uuids" "vaultdynamicsecrets" "webhooks" | toJson -}}
{{- end }}

{{/* How the API server reaches the webhook. Takes the root. */}}
{{- define "bulkhead.webhookCall" -}}
clientConfig:
  service: {name: {{ include "bulkhead.webhookName" . }}, namespace: {{ .Release.Namespace }}, path: /validate, port: 443}
  {{- with .Values.webhook.caBundle }}
  caBundle: {{ . }}
  {{- end }}
admissionReviewVersions: [v1, v1beta1]
sideEffects: None
matchPolicy: Equivalent
{{- end }}

{{/* One rule of a webhook. Takes a list: group, versions and resources, and the operations. */}}
{{- define "bulkhead.webhookRule" -}}
{{- $kinds := index . 0 -}}
{{- dict "apiGroups" (list $kinds.group) "apiVersions" $kinds.versions "resources" $kinds.resources "operations" (index . 1) "scope" "*" | toJson -}}
{{- end }}

{{/*
One webhook that judges what is written. Status has a path of its own, which no rule names; of the rest nothing waits that does not change
the spec, that is being deleted, or that the controller writes itself. Takes a list: the root, the name, the failure policy, the kinds.
*/}}
{{- define "bulkhead.validatingWebhook" -}}
{{- $root := index . 0 -}}
- name: {{ index . 1 }}.external-secrets.io
  {{- include "bulkhead.webhookCall" $root | nindent 2 }}
  failurePolicy: {{ index . 2 }}
  timeoutSeconds: {{ int $root.Values.webhook.timeoutSeconds }}
  matchConditions:
    - name: changes-the-spec
      expression: >-
        request.operation != 'UPDATE' || has(object.spec) != has(oldObject.spec) ||
        (has(object.spec) && object.spec != oldObject.spec)
    - name: is-not-being-deleted
      expression: "!has(object.metadata.deletionTimestamp)"
    - name: is-not-written-by-the-controller
      expression: "request.userInfo.username != '{{ include "bulkhead.controllerUser" $root }}'"
    {{- with $root.Values.webhook.matchConditions }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  rules:
    {{- range index . 3 }}
    - {{ include "bulkhead.webhookRule" (list . (list "CREATE" "UPDATE")) }}
    {{- end }}
{{- end }}

{{/*
Where the webhook asks each provider server, by the provider's name; JSON of {name: port}, empty if none is asked. In a Pod of its own a
provider server answers it where it answers the controller. Takes the root.
*/}}
{{- define "bulkhead.askedProviders" -}}
{{- $ports := dict -}}
{{- if and (include "bulkhead.webhookEnabled" .) .Values.webhook.askProviders.enabled -}}
{{- $next := int .Values.webhook.askProviders.firstPort -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $_ := set $ports $name (ternary (include "bulkhead.providerPort" $provider | int) $next (eq $.Values.topology "isolated")) -}}
{{- $next = add $next 1 | int -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $ports | toJson -}}
{{- end }}
