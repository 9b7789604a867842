{{/* Alerts about certificates, as a YAML list. Renewal comes at two thirds of a life, so what has a quarter left is late. Takes the root. */}}
{{- define "bulkhead.certificateAlerts" -}}
{{- $leaf := include "bulkhead.seconds" .Values.certificates.leafLifetime | int }}
{{- $authority := include "bulkhead.seconds" .Values.certificates.caLifetime | int }}
{{- $namespace := printf "namespace=%s" (quote .Release.Namespace) }}
- alert: BulkheadCertificateInUseExpires
  expr: bulkhead_tls_certificate_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div $leaf 4 }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: A process uses a certificate that should have been replaced
    description: >-
      {{ "{{ $labels.pod }}" }} will be refused by all others when it ends, and nothing is synced then. See whether the
      issuer makes new ones, and whether the files in the Pod change.
- alert: BulkheadTlsFilesUnusable
  expr: increase(bulkhead_tls_reload_failures_total{ {{- $namespace -}} }[15m]) > 0
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: A process cannot use the TLS files that it is given
    description: >-
      {{ "{{ $labels.pod }}" }} goes on with the last good ones until they end; its log says what is wrong with the new ones.
{{- if eq .Values.certificates.issuer "bulkhead" }}
- alert: BulkheadCertificateExpires
  expr: bulkhead_certificate_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div $leaf 4 }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: A certificate was not renewed in time
    description: >-
      Identity {{ "{{ $labels.identity }}" }} will be refused by all others when its certificate ends. The log of the
      certcontroller says why there is no new one.
- alert: BulkheadCertificateFails
  expr: increase(bulkhead_certificate_failures_total{ {{- $namespace -}} }[15m]) > 0
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: A certificate cannot be looked after
    description: >-
      Identity {{ "{{ $labels.identity }}" }} keeps what it has until that ends. The log of the certcontroller says what to do.
- alert: BulkheadCAUnusable
  expr: increase(bulkhead_ca_failures_total{ {{- $namespace -}} }[15m]) > 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: The CA cannot be used, so no certificate is renewed
    description: The log of the certcontroller says what is wrong with the CA and how to put it right.
- alert: BulkheadDenylistOld
  expr: bulkhead_denylist_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div $leaf 4 }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: The list of the revoked was not made anew in time
    description: Without a list that is in date nobody is trusted, so all calls stop when it ends. See the certcontroller's log.
- alert: BulkheadDenylistRejected
  expr: increase(bulkhead_denylist_rejected_total{ {{- $namespace -}} }[15m]) > 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: A process was given a list of the revoked that it cannot trust
    description: >-
      {{ "{{ $labels.pod }}" }} goes on with its last good one until that ends. Unless a CA was just replaced, somebody changed the
      Secret; the process's log says what is wrong with the list.
- alert: BulkheadCARotationStuck
  expr: bulkhead_ca_rotation_phase{ {{- $namespace -}} ,phase!="Stable"} == 1
  for: 2h
  labels: {severity: warning}
  annotations:
    summary: A rotation of the CA does not go on
    description: >-
      It stands at {{ "{{ $labels.phase }}" }}. `bulkhead certs status` says which identities are waited for, and what they answer.
- alert: BulkheadCARenewalStuck
  expr: bulkhead_ca_renewal_due{ {{- $namespace -}} } == 1
  for: 6h
  labels: {severity: warning}
  annotations:
    summary: The CA is due and was not replaced
    description: "`bulkhead certs status` says which identities are waited for; a Pod that does not answer holds it up."
- alert: BulkheadCAExpires
  expr: bulkhead_ca_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div $authority 6 }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: The CA ends soon and was not replaced
    description: Nothing can call anything when it has ended. See `bulkhead certs status`; `bulkhead certs rotate-ca` replaces it.
{{- end }}
{{- if include "bulkhead.webhookEnabled" . }}
- alert: BulkheadWebhookCertificateExpires
  expr: bulkhead_webhook_certificate_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div $leaf 4 }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: The webhook serves with a certificate that should have been replaced
    description: Writes that it judges are refused when it ends. See whether the issuer makes new ones, and the webhook's log.
- alert: BulkheadWebhookFails
  expr: increase(controller_runtime_webhook_requests_total{ {{- $namespace -}} ,code!="200"}[10m]) > 0
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: The webhook cannot answer some questions
    description: Where its failurePolicy is Fail, such writes are refused. The webhook's log says what was asked and why it failed.
- alert: BulkheadWebhookNotTrusted
  expr: increase(bulkhead_webhook_handshakes_failed_total{ {{- $namespace -}} }[10m]) > 5
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: Connections to the webhook fail before a question is asked
    description: The API server may not trust its certificate. See the caBundle of the webhook configuration.
- alert: BulkheadWebhookRefusesMuch
  expr: sum by (kind) (increase(bulkhead_webhook_faults_total{ {{- $namespace -}} ,refused="true"}[15m])) > 20
  for: 15m
  labels: {severity: info}
  annotations:
    summary: Somebody keeps writing objects that are refused
    description: >-
      Objects of kind {{ "{{ $labels.kind }}" }} are refused again and again, as by a deployment tool that tries without end.
{{- end }}
{{- if include "bulkhead.injectsBundle" . }}
- alert: BulkheadWebhookBundleWrong
  expr: bulkhead_ca_bundle_right{ {{- $namespace -}} } == 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: The API server does not trust the webhook
    description: >-
      Configuration {{ "{{ $labels.configuration }}" }} lacks the webhook's roots, so writes that it judges are refused. The log of
      the certcontroller says why it cannot put them there.
{{- end }}
{{- if (include "bulkhead.tokens" . | fromJson).tokens }}
- alert: BulkheadTokenExpires
  expr: bulkhead_token_expiry_timestamp_seconds{ {{- $namespace -}} } - time() < {{ div (include "bulkhead.seconds" .Values.certificates.tokenLifetime | int) 4 }}
  for: 1m
  labels: {severity: warning}
  annotations:
    summary: A provider server's token was not renewed in time
    description: >-
      {{ "{{ $labels.token }}" }} cannot read what stores refer to when it ends. The log of the certcontroller says why there is no new one.
{{- end }}
{{- end }}
