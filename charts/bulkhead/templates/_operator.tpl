{{/*
What is set for the Pods of one component: `pod`, with what `pods` says of this component in its place. A list of labels or annotations
adds to the others, anything else replaces; JSON. Takes a list: the root, the component.
*/}}
{{- define "bulkhead.podValues" -}}
{{- $root := index . 0 -}}
{{- $own := get $root.Values.pods (index . 1) | default dict -}}
{{- $values := merge (deepCopy $own) (pick $root.Values.pod "labels" "annotations") -}}
{{- range $name, $value := $root.Values.pod -}}
{{- if not (hasKey $values $name) -}}
{{- $_ := set $values $name $value -}}
{{- end -}}
{{- end -}}
{{- $values | toJson -}}
{{- end }}

{{/* Labels of the Pods of one component. Takes a list: the root, the component. */}}
{{- define "bulkhead.podLabels" -}}
{{- $own := (include "bulkhead.podValues" . | fromJson).labels -}}
{{- $labels := merge (include "bulkhead.labels" (index . 0) | fromYaml) (dict "app.kubernetes.io/component" (index . 1)) -}}
{{- mergeOverwrite $labels $own | toYaml -}}
{{- end }}

{{/* Further annotations of the Pods of one component; nothing if there are none. Takes a list: the root, the component. */}}
{{- define "bulkhead.podAnnotations" -}}
{{- $own := (include "bulkhead.podValues" . | fromJson).annotations -}}
{{- with mergeOverwrite (deepCopy (index . 0).Values.commonAnnotations) $own -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}

{{/* The annotations of an object that has none of its own, as lines below its metadata; nothing if there are none. Takes the root. */}}
{{- define "bulkhead.annotations" -}}
{{- with .Values.commonAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}

{{/* The families of addresses of a Service, as lines below its spec; nothing if the cluster chooses. Takes the root. */}}
{{- define "bulkhead.serviceFamilies" -}}
{{- with .Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end -}}
{{- with .Values.service.ipFamilies }}
ipFamilies: {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}

{{/*
How the Pods of one component are spread: as the values say, else over nodes as far as that goes. A constraint that selects nothing
counts the Pods of this component; JSON of {"constraints": [...]}. Takes a list: the root, the component, how many Pods there are.
*/}}
{{- define "bulkhead.spread" -}}
{{- $root := index . 0 -}}
{{- $selector := dict "matchLabels" (merge (include "bulkhead.selectorLabels" $root | fromYaml) (dict "app.kubernetes.io/component" (index . 1))) -}}
{{- $given := (include "bulkhead.podValues" (list $root (index . 1)) | fromJson).topologySpreadConstraints -}}
{{- $constraints := list -}}
{{- range $given -}}
{{- $constraints = append $constraints (merge (deepCopy .) (dict "labelSelector" $selector)) -}}
{{- end -}}
{{- if and (not $given) (gt (int (index . 2)) 1) -}}
{{- $constraints = append $constraints (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway"
    "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- dict "constraints" $constraints | toJson -}}
{{- end }}

{{/* How many Pods each component has; JSON of {component: number}. Takes the root. */}}
{{- define "bulkhead.replicas" -}}
{{- $replicas := dict "controller" (int .Values.controller.replicas) -}}
{{- if include "bulkhead.certcontrollerEnabled" . -}}
{{- $_ := set $replicas "certcontroller" 1 -}}
{{- end -}}
{{- if include "bulkhead.webhookEnabled" . -}}
{{- $_ := set $replicas "webhook" (int .Values.webhook.replicas) -}}
{{- end -}}
{{- if include "bulkhead.isolated" . -}}
{{- range $name, $values := .Values.providers -}}
{{- if $values.enabled -}}
{{- $_ := set $replicas (printf "provider-%s" $name) (int ($values.replicas | default 1)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $replicas | toJson -}}
{{- end }}
