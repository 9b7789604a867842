{{/* Alerts about the work itself, as a YAML list. Absence says something only where metrics are open. Takes the root. */}}
{{- define "bulkhead.operationAlerts" -}}
{{- $namespace := printf "namespace=%s" (quote .Release.Namespace) }}
{{- if include "bulkhead.metricsOpen" (list . "controller") }}
- alert: BulkheadControllerSilent
  expr: >-
    absent(workqueue_depth{ {{- $namespace -}} ,name="externalsecret"})
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: No controller works
    description: >-
      No controller shows its queue, so none leads or none can be read, and nothing is synced. See whether its Pods are ready, and who holds the Lease.
{{- end }}
{{- if and (include "bulkhead.metricsOpen" (list . "certcontroller")) (eq .Values.certificates.issuer "bulkhead") }}
- alert: BulkheadCertcontrollerSilent
  expr: >-
    absent(bulkhead_ca_expiry_timestamp_seconds{ {{- $namespace -}} })
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: The certcontroller cannot be read or has no CA
    description: >-
      Certificates go on until they end and are not renewed meanwhile. See whether its Pod is ready and what its log says.
{{- end }}
{{- if and (include "bulkhead.webhookEnabled" .) (include "bulkhead.metricsOpen" (list . "webhook")) }}
- alert: BulkheadWebhookSilent
  expr: >-
    absent(bulkhead_webhook_certificate_expiry_timestamp_seconds{ {{- $namespace -}} })
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: No webhook can be read
    description: >-
      If none answers, writes are refused where its failurePolicy is Fail. See whether its Pods are ready.
{{- end }}
- alert: BulkheadFenceInactive
  expr: >-
    bulkhead_fence_active{ {{- $namespace -}} } == 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: The admission policies do not refuse what they must
    description: >-
      The controller's token is good for more than it should be; a controller that runs goes on, one that starts does no work. See whether the policies and their bindings are as the chart made them, and the log of the controller.
- alert: BulkheadSyncsFail
  expr: >-
    max by (exported_namespace, name) (externalsecret_status_condition{ {{- $namespace -}} ,condition="Ready",status="False"}) == 1
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: An ExternalSecret is not synced
    description: >-
      {{ "{{ $labels.name }}" }} in namespace {{ "{{ $labels.exported_namespace }}" }} is not ready; its Secret, if there is one, is as it was. Its conditions and events say why.
- alert: BulkheadManySyncsFail
  expr: >-
    sum(externalsecret_status_condition{ {{- $namespace -}} ,condition="Ready",status="False"}) / count(externalsecret_status_condition{ {{- $namespace -}} ,condition="Ready",status="True"}) > 0.2
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: More than a fifth of the ExternalSecrets are not synced
    description: >-
      One cause is likely: a store, a provider server or a backend. See which stores are not ready, and which provider servers answer.
- alert: BulkheadSyncsOverdue
  expr: >-
    max by (name) (bulkhead_oldest_due_seconds{ {{- $namespace -}} }) > 300
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: Work waits too long for the controller
    description: >-
      What waits longest in the queue {{ "{{ $labels.name }}" }} has been due for more than five minutes. See whether a provider server is slow, and controller.concurrent.
- alert: BulkheadStoreNotReady
  expr: >-
    max by (exported_namespace, name) (secretstore_status_condition{ {{- $namespace -}} ,condition="Ready",status="False"} or clustersecretstore_status_condition{ {{- $namespace -}} ,condition="Ready",status="False"}) == 1
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: A store is not ready
    description: >-
      Nothing that uses {{ "{{ $labels.name }}" }} (namespace {{ "{{ $labels.exported_namespace }}" }}, empty for a ClusterSecretStore) is synced while controller.floodGate holds. Its condition says why.
- alert: BulkheadStorePaused
  expr: >-
    max by (kind, exported_namespace, name) (bulkhead_store_paused{ {{- $namespace -}} }) == 1
  for: 1m
  labels: {severity: warning}
  annotations:
    summary: A store is paused as too much of what it holds changed at once
    description: >-
      Nothing more is taken from {{ "{{ $labels.kind }}" }} {{ "{{ $labels.name }}" }} until somebody has looked; docs/brakes.md says how to let it go.
- alert: BulkheadDeletionsHeld
  expr: >-
    max(bulkhead_delete_budget_blocked{ {{- $namespace -}} }) > 0
  for: 1m
  labels: {severity: warning}
  annotations:
    summary: Deletions wait for the delete budget
    description: >-
      More Secrets would be deleted than the budget allows. See whether somebody meant it; docs/brakes.md says how to let them go.
- alert: BulkheadProviderUnreachable
  expr: >-
    sum by (provider) (increase(externalsecret_provider_api_calls_count{ {{- $namespace -}} ,status="error"}[10m])) / sum by (provider) (increase(externalsecret_provider_api_calls_count{ {{- $namespace -}} }[10m])) > 0.9
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: A provider server or its backend does not answer
    description: >-
      Nine of ten calls for {{ "{{ $labels.provider }}" }} fail. See whether its container is ready, what its log says, and whether its NetworkPolicy leads to the backend.
- alert: BulkheadProviderRepliesDropped
  expr: >-
    sum by (server) (increase(bulkhead_provider_replies_dropped_total{ {{- $namespace -}} }[15m])) > 0
  for: 0m
  labels: {severity: critical}
  annotations:
    summary: A provider server answers what it was not asked
    description: >-
      Replies of {{ "{{ $labels.server }}" }} were dropped. Unless it was just updated, take it for compromised: look at its image and its log.
- alert: BulkheadPolicyFileUnusable
  expr: >-
    increase(bulkhead_policy_reload_failures_total{ {{- $namespace -}} }[15m]) > 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: A provider server cannot use its policy
    description: >-
      {{ "{{ $labels.pod }}" }} goes on with the last good one; its log says what is wrong with the new one.
- alert: BulkheadObjectsUnreadable
  expr: >-
    increase(bulkhead_watch_undecodable_total{ {{- $namespace -}} }[1h]) > 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: An object of the cluster cannot be read
    description: >-
      It is left as it is. The log of the controller names it and says what is wrong with it.
- alert: BulkheadRenderWorkersEnd
  expr: >-
    increase(bulkhead_render_worker_restarts_total{ {{- $namespace -}} }[15m]) > 3
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: Templates take too long or too much memory
    description: >-
      Processes that render were ended. The log of the controller names the ExternalSecrets; see templates.timeout and the memory of the controller.
{{- end }}
