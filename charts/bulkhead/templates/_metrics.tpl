{{/* The values of every process that runs; JSON of {process: values}. Takes the root. */}}
{{- define "bulkhead.processes" -}}
{{- $processes := dict "controller" .Values.controller -}}
{{- if include "bulkhead.certcontrollerEnabled" . -}}
{{- $_ := set $processes "certcontroller" .Values.certcontroller -}}
{{- end -}}
{{- if include "bulkhead.webhookEnabled" . -}}
{{- $_ := set $processes "webhook" .Values.webhook -}}
{{- end -}}
{{- range $name, $values := .Values.providers -}}
{{- if $values.enabled -}}
{{- $_ := set $processes (printf "provider-%s" $name) $values -}}
{{- end -}}
{{- end -}}
{{- $processes | toJson -}}
{{- end }}

{{/*
The metrics ports that are open outside of their Pods, by component; JSON of {component: [{"process", "port", "tls"}, ...]}. Takes the
root.
*/}}
{{- define "bulkhead.metricsTargets" -}}
{{- $targets := dict -}}
{{- range $process, $values := include "bulkhead.processes" . | fromJson -}}
{{- if include "bulkhead.metricsOpen" (list $ $process) -}}
{{- $component := include "bulkhead.componentOf" (list $ $process) -}}
{{- $target := dict "process" $process "port" (int $values.metricsPort) "tls" (and $.Values.metrics.secure (eq $process "controller")) -}}
{{- $_ := set $targets $component (append (get $targets $component | default list) $target) -}}
{{- end -}}
{{- end -}}
{{- $targets | toJson -}}
{{- end }}
