{{/* Refuses what an operator's values cannot have together. Takes the root. */}}
{{- define "bulkhead.validateOperator" -}}
{{- include "bulkhead.validateComponents" . -}}
{{- include "bulkhead.validateCloudIdentity" . -}}
{{- include "bulkhead.validateGrace" . -}}
{{- include "bulkhead.validateScraping" . -}}
{{- if and (gt (len .Values.service.ipFamilies) 1) (eq .Values.service.ipFamilyPolicy "SingleStack") -}}
{{- fail "service.ipFamilies: two, and service.ipFamilyPolicy is SingleStack; choose PreferDualStack or RequireDualStack, or leave one" -}}
{{- end -}}
{{- end }}

{{/* Refuses settings of Pods that are not there. Takes the root. */}}
{{- define "bulkhead.validateComponents" -}}
{{- $known := include "bulkhead.replicas" . | fromJson | keys | sortAlpha -}}
{{- range $value := list "pods" "serviceAccounts" -}}
{{- range $component := get $.Values $value | keys | sortAlpha -}}
{{- if not (has $component $known) -}}
{{- $why := "" -}}
{{- if and (hasPrefix "provider-" $component) (not (include "bulkhead.isolated" $)) -}}
{{- $why = "; in the sidecar topology provider servers are in the controller's Pod" -}}
{{- end -}}
{{- fail (printf "%s.%s: there is no such Pod, but %s%s" $value $component (join ", " $known) $why) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Refuses marks by which a cloud's webhook would give its identity to every container of a Pod. Only a provider server in a Pod of its own
may have one: it talks to the cloud, and shares the Pod with nobody. Takes the root.
*/}}
{{- define "bulkhead.validateCloudIdentity" -}}
{{- $marks := "^(eks\\.amazonaws\\.com/(role-arn|audience)|azure\\.workload\\.identity/(client-id|tenant-id|use)|iam\\.gke\\.io/gcp-service-account)$" -}}
{{- $given := dict "commonAnnotations" .Values.commonAnnotations "commonLabels" .Values.commonLabels "pod.labels" .Values.pod.labels "pod.annotations" .Values.pod.annotations -}}
{{- range $component, $_ := include "bulkhead.replicas" . | fromJson -}}
{{- if not (hasPrefix "provider-" $component) -}}
{{- range $value := list "serviceAccounts" "pods" -}}
{{- range $what := list "annotations" "labels" -}}
{{- $_ := set $given (printf "%s.%s.%s" $value $component $what) (get (get (get $.Values $value) $component | default dict) $what | default dict) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $path, $entries := $given -}}
{{- range $name, $_ := $entries -}}
{{- if regexMatch $marks $name -}}
{{- fail (printf "%s: %s would give a cloud identity to every container of the Pod, not to one provider server; use providers.NAME.token with the cloud's audience, or topology isolated with serviceAccounts.provider-NAME" $path $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Refuses a Pod that is killed before its provider servers have let their calls end. Takes the root. */}}
{{- define "bulkhead.validateGrace" -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $component := include "bulkhead.componentOf" (list $ (printf "provider-%s" $name)) -}}
{{- $grace := (include "bulkhead.podValues" (list $ $component) | fromJson).terminationGracePeriodSeconds | int -}}
{{- $needed := include "bulkhead.seconds" $provider.gracePeriod | int | add 10 | int -}}
{{- if lt $grace $needed -}}
{{- fail (printf "pod.terminationGracePeriodSeconds: %d, but providers.%s.gracePeriod is %s and the Pod needs 10 s beside it; say at least %d" $grace $name $provider.gracePeriod $needed) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Refuses to have metrics read that nobody can reach. Takes the root. */}}
{{- define "bulkhead.validateScraping" -}}
{{- $metrics := .Values.metrics -}}
{{- $monitor := $metrics.serviceMonitor -}}
{{- $asked := ternary "serviceMonitor" "service" $monitor.enabled -}}
{{- if and (or $metrics.service.enabled $monitor.enabled) (not (include "bulkhead.metricsOpen" (list . "controller"))) -}}
{{- fail (printf "metrics.%s.enabled: metrics.bindAddress is %s, which is reachable only from inside the Pod; say 0.0.0.0 or [::] there" $asked (quote $metrics.bindAddress)) -}}
{{- end -}}
{{- if and $monitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.metricsFrom) -}}
{{- fail "metrics.serviceMonitor.enabled: networkPolicy.metricsFrom is empty, so nobody may read metrics; name your Prometheus there" -}}
{{- end -}}
{{- if and $monitor.enabled (gt (include "bulkhead.seconds" $monitor.scrapeTimeout | int) (include "bulkhead.seconds" $monitor.interval | int)) -}}
{{- fail (printf "metrics.serviceMonitor.scrapeTimeout: %s is more than interval, %s, which Prometheus refuses" $monitor.scrapeTimeout $monitor.interval) -}}
{{- end -}}
{{- if and $monitor.enabled $metrics.secure (not $monitor.tlsConfig) -}}
{{- fail "metrics.serviceMonitor.tlsConfig: empty, and with metrics.secure Prometheus must know whom to trust; give ca and serverName" -}}
{{- end -}}
{{- if and $monitor.enabled $metrics.auth (not $monitor.authorization) -}}
{{- fail "metrics.serviceMonitor.authorization: empty, and with metrics.auth nobody reads without a token; name the Secret with Prometheus' token" -}}
{{- end -}}
{{- end }}
