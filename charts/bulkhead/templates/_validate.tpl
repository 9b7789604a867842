{{/* Refuses values that the schema cannot judge, because they are wrong only together. Takes the root. */}}
{{- define "bulkhead.validate" -}}
{{- $users := dict (toString .Values.controller.runAsUser) "controller" -}}
{{- $ports := dict (toString .Values.controller.healthPort) "controller.healthPort" -}}
{{- include "bulkhead.claim" (list $ports .Values.controller.metricsPort "controller.metricsPort" "a port") -}}
{{- include "bulkhead.claim" (list $users .Values.certcontroller.runAsUser "certcontroller" "a user ID") -}}
{{- include "bulkhead.claim" (list $users .Values.helmTest.runAsUser "helmTest" "a user ID") -}}
{{- $certPorts := dict (toString .Values.certcontroller.healthPort) "certcontroller.healthPort" -}}
{{- include "bulkhead.claim" (list $certPorts .Values.certcontroller.metricsPort "certcontroller.metricsPort" "a port") -}}
{{- if include "bulkhead.webhookEnabled" . -}}
{{- include "bulkhead.claim" (list $users .Values.webhook.runAsUser "webhook" "a user ID") -}}
{{- $webhookPorts := dict (toString .Values.webhook.healthPort) "webhook.healthPort" -}}
{{- include "bulkhead.claim" (list $webhookPorts .Values.webhook.metricsPort "webhook.metricsPort" "a port") -}}
{{- include "bulkhead.claim" (list $webhookPorts .Values.webhook.port "webhook.port" "a port") -}}
{{- if and .Values.webhook.clientCertificate.names (not .Values.webhook.clientCertificate.configMap) -}}
{{- fail "webhook.clientCertificate.names: only read with clientCertificate.configMap; without it nobody shows a certificate" -}}
{{- end -}}
{{- end -}}
{{- $stores := dict -}}
{{- range $name, $provider := .Values.providers -}}
{{- if $provider.enabled -}}
{{- $path := printf "providers.%s" $name -}}
{{- include "bulkhead.claim" (list $users $provider.runAsUser $path "a user ID") -}}
{{- $podPorts := ternary dict $ports (eq $.Values.topology "isolated") -}}
{{- include "bulkhead.claim" (list $podPorts $provider.healthPort (printf "%s.healthPort" $path) "a port") -}}
{{- include "bulkhead.claim" (list $podPorts $provider.metricsPort (printf "%s.metricsPort" $path) "a port") -}}
{{- if include "bulkhead.isolated" $ -}}
{{- include "bulkhead.claim" (list $podPorts (include "bulkhead.providerPort" $provider) (printf "%s.port" $path) "a port") -}}
{{- end -}}
{{- range $provider.stores -}}
{{- include "bulkhead.claim" (list $stores . $path "a store key") -}}
{{- end -}}
{{- include "bulkhead.validateProvider" (list $ $name $provider) -}}
{{- end -}}
{{- end -}}
{{- if not (include "bulkhead.isolated" .) -}}
{{- range $name, $port := include "bulkhead.askedProviders" . | fromJson -}}
{{- include "bulkhead.claim" (list $ports (int $port) (printf "webhook.askProviders.firstPort, by which provider %s gets its port," $name) "a port") -}}
{{- end -}}
{{- end -}}
{{- include "bulkhead.validateProfile" . -}}
{{- include "bulkhead.validateGenericTargets" . -}}
{{- if and (gt (int .Values.controller.replicas) 1) (not .Values.controller.leaderElection.enabled) -}}
{{- fail "controller.replicas: more than one needs controller.leaderElection.enabled, or all of them would write" -}}
{{- end -}}
{{- if and .Values.metrics.auth (not .Values.metrics.secure) -}}
{{- fail "metrics.auth needs metrics.secure: a token must not cross the network in the clear" -}}
{{- end -}}
{{- include "bulkhead.validateCertificates" . -}}
{{- include "bulkhead.validateOperator" . -}}
{{- $own := list -}}
{{- with include "bulkhead.caSecretName" . -}}
{{- $own = append $own . -}}
{{- end -}}
{{- range concat (include "bulkhead.identities" . | fromJson).identities (include "bulkhead.tokens" . | fromJson).tokens -}}
{{- $own = append $own .secret -}}
{{- end -}}
{{- range $name, $provider := .Values.providers -}}
{{- range ($provider.identity | default dict).secrets -}}
{{- range $secret := (eq .namespace $.Release.Namespace | ternary .names list) -}}
{{- if has $secret $own -}}
{{- fail (printf "providers.%s.identity.secrets names %s, a Secret of Bulkhead's own; leave it out" $name $secret) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $stores -}}
{{- fail "providers: none is enabled, so nothing could be synced; enable one" -}}
{{- end -}}
{{- end }}

{{/* Notes that a name takes a value, and refuses the value if another has it. Takes a list: the notes, the value, the name, what the value is. */}}
{{- define "bulkhead.claim" -}}
{{- $notes := index . 0 -}}{{- $value := toString (index . 1) -}}{{- $name := index . 2 -}}
{{- if hasKey $notes $value -}}
{{- fail (printf "%s and %s share %s, %s; give each its own" (get $notes $value) $name (index . 3) $value) -}}
{{- end -}}
{{- $_ := set $notes $value $name -}}
{{- end }}

{{/* Refuses an issuer without what it needs, and what only another issuer reads. Takes the root. */}}
{{- define "bulkhead.validateCertificates" -}}
{{- $certificates := .Values.certificates -}}
{{- $issuer := $certificates.issuer -}}
{{- if and $certificates.caKey.existingSecret $certificates.caKey.volume -}}
{{- fail "certificates.caKey: existingSecret and volume are both given; the CA is kept in one place" -}}
{{- end -}}
{{- if and (or $certificates.caKey.existingSecret $certificates.caKey.volume) (ne $issuer "bulkhead") -}}
{{- fail (printf "certificates.caKey: only read if certificates.issuer is bulkhead, and it is %s, which has its own CA" $issuer) -}}
{{- end -}}
{{- if and (eq $issuer "cert-manager") (not $certificates.certManager.issuerRef.name) -}}
{{- fail "certificates.certManager.issuerRef.name: empty; name the Issuer or ClusterIssuer that signs the certificates" -}}
{{- end -}}
{{- if and (eq $issuer "spire") (not $certificates.spire.helperImage) -}}
{{- fail "certificates.spire.helperImage: empty; name an image of spiffe-helper, which writes the certificates as files" -}}
{{- end -}}
{{- if and (eq $issuer "spire") (include "bulkhead.webhookEnabled" .) (not .Values.webhook.caBundle) -}}
{{- fail "webhook.caBundle: empty, and with certificates.issuer spire nobody fills it; give SPIRE's roots as base64 of PEM, or switch the webhook off" -}}
{{- end -}}
{{- end }}

{{/* Refuses a list of namespaces that does not fit to the profile. Takes the root. */}}
{{- define "bulkhead.validateProfile" -}}
{{- if eq .Values.profile "namespaced" -}}
{{- if not .Values.profileNamespaces -}}
{{- fail "profileNamespaces: empty, so the profile namespaced would be strict; name the namespaces whose Secrets may be read" -}}
{{- end -}}
{{- $protected := include "bulkhead.protectedNamespaces" . | fromJsonArray -}}
{{- range .Values.profileNamespaces -}}
{{- if has . $protected -}}
{{- fail (printf "profileNamespaces: %s is a protected namespace, in which no Secret may be written; take it off one of the lists" .) -}}
{{- end -}}
{{- end -}}
{{- else if .Values.profileNamespaces -}}
{{- fail (printf "profileNamespaces: only the profile namespaced reads it, and the profile is %s; choose namespaced or leave it empty" .Values.profile) -}}
{{- end -}}
{{- end }}

{{/* Refuses rights on kinds that would lead around the fence: to Secrets, to more rights or to the kinds that say what is synced. Takes the root. */}}
{{- define "bulkhead.validateGenericTargets" -}}
{{- $targets := .Values.genericTargets -}}
{{- if and $targets.enabled (not $targets.resources) -}}
{{- fail "genericTargets.resources: empty, so no kind could be written; list the kinds, ConfigMaps among them" -}}
{{- end -}}
{{- if and $targets.resources (not $targets.enabled) -}}
{{- fail "genericTargets.resources: only read if genericTargets.enabled; say true there or leave it empty" -}}
{{- end -}}
{{- $closed := list "rbac.authorization.k8s.io" "external-secrets.io" "generators.external-secrets.io" "admissionregistration.k8s.io" "apiextensions.k8s.io" "apiregistration.k8s.io" "authentication.k8s.io" "authorization.k8s.io" "certificates.k8s.io" "coordination.k8s.io" "events.k8s.io" -}}
{{- $closedCore := list "secrets" "serviceaccounts" "pods" "namespaces" "nodes" "events" -}}
{{- range $index, $rule := $targets.resources -}}
{{- $path := printf "genericTargets.resources[%d]" $index -}}
{{- if not (regexMatch "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$" $rule.apiGroup) -}}
{{- fail (printf "%s.apiGroup: %s is no name of a group; name one, a wildcard would give rights on Secrets and roles" $path (quote $rule.apiGroup)) -}}
{{- end -}}
{{- if has $rule.apiGroup $closed -}}
{{- fail (printf "%s.apiGroup: %s is never given, as whoever writes there takes more rights or says what is synced" $path $rule.apiGroup) -}}
{{- end -}}
{{- range $rule.resources -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" .) -}}
{{- fail (printf "%s.resources: %s is no plural of a kind; wildcards and subresources are never given" $path (quote .)) -}}
{{- end -}}
{{- if and (eq $rule.apiGroup "") (has . $closedCore) -}}
{{- fail (printf "%s.resources: %s is never given; a Secret is the ordinary target, and the others lead to Secrets and tokens" $path .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
