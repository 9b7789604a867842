{{/* Refuses what one provider's values cannot have together. Takes a list: the root, the provider, its values. */}}
{{- define "bulkhead.validateProvider" -}}
{{- $root := index . 0 -}}{{- $provider := index . 2 -}}
{{- $path := printf "providers.%s" (index . 1) -}}
{{- $isolated := include "bulkhead.isolated" $root -}}
{{- if and (not $isolated) (gt (int ($provider.replicas | default 1)) 1) -}}
{{- fail (printf "%s.replicas: only the isolated topology reads it, a sidecar has as many as controller.replicas; choose isolated or leave it at 1" $path) -}}
{{- end -}}
{{- $health := printf "%s-health" (include "bulkhead.providerName" (list $root (index . 1))) -}}
{{- if and $isolated (gt (len $health) 63) -}}
{{- fail (printf "%s: its Service would be called %s, and 63 characters are the most; shorten the provider's name or fullnameOverride" $path $health) -}}
{{- end -}}
{{- include "bulkhead.validateTokens" (list $root $path $provider) -}}
{{- include "bulkhead.validateEgress" (list $root $path $provider) -}}
{{- include "bulkhead.validateEnvironment" (list $path $provider.extraEnv) -}}
{{- end }}

{{/* Refuses a token for the backend that would be one for the Kubernetes API, or that no API server makes. Takes a list: the root, the path, the values. */}}
{{- define "bulkhead.validateTokens" -}}
{{- $audiences := (index . 0).Values.certificates.apiAudiences -}}{{- $path := index . 1 -}}{{- $provider := index . 2 -}}
{{- $token := $provider.token | default dict -}}
{{- if has $token.audience $audiences -}}
{{- fail (printf "%s.token.audience: %s is the API server's own, so the token would be one for the Kubernetes API; name the backend's" $path $token.audience) -}}
{{- end -}}
{{- $seconds := include "bulkhead.seconds" ($token.expiration | default "1h") | int -}}
{{- if or (lt $seconds 600) (gt $seconds 86400) -}}
{{- fail (printf "%s.token.expiration: %s is not from 10m, the shortest that Kubernetes makes, to 24h" $path $token.expiration) -}}
{{- end -}}
{{- range $volume := $provider.extraVolumes -}}
{{- range ($volume.source.projected | default dict).sources -}}
{{- if has (.serviceAccountToken | default dict).audience $audiences -}}
{{- fail (printf "%s.extraVolumes: %s has a token whose audience is the API server's own, so it would be one for the Kubernetes API" $path $volume.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Refuses egress rules that nothing reads or that leave no way to a host of the policy. Takes a list: the root, the path, the values. */}}
{{- define "bulkhead.validateEgress" -}}
{{- $enabled := (index . 0).Values.networkPolicy.enabled -}}{{- $path := index . 1 -}}{{- $provider := index . 2 -}}
{{- if and $provider.egress (not $enabled) -}}
{{- fail (printf "%s.egress: only read if networkPolicy.enabled; say true there or leave it empty" $path) -}}
{{- end -}}
{{- $ports := list -}}
{{- range $provider.egress -}}
{{- range .ports -}}
{{- $ports = append $ports (int .) -}}
{{- end -}}
{{- end -}}
{{- range $provider.policy.hosts -}}
{{- $port := splitList ":" . | last | int -}}
{{- if and $provider.egress (not (has $port $ports)) -}}
{{- fail (printf "%s.egress: no rule has port %d, so %s of policy.hosts could not be reached; add it" $path $port .) -}}
{{- end -}}
{{- if and $enabled (not $provider.egress) (regexMatch "://(169\\.254\\.|\\[(fe[89abAB]|fd00:ec2::254|fd20:ce::254))" .) -}}
{{- fail (printf "%s.policy.hosts: %s is an address at which clouds give credentials away, which no rule leads to by itself; name it in %s.egress, too" $path . $path) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Refuses environment variables that hold a credential, which every child and every core dump would have, and those that change which
code runs or what it gives away. Takes a list: the path, the variables.
*/}}
{{- define "bulkhead.validateEnvironment" -}}
{{- $path := printf "%s.extraEnv" (index . 0) -}}
{{- $seen := dict -}}
{{- range index . 1 -}}
{{- include "bulkhead.claim" (list $seen .name (printf "%s %s" $path .name) "a name") -}}
{{- $credential := regexMatch "(?i)(secret|token|passw|passphrase|pwd|credential|(api|access|account|private|auth|encryption|signing|shared)_?key|_key$|^key$|_auth$|_sas$|jwt|connection_?string|certificate$|_pem$)" .name -}}
{{- $place := regexMatch "(?i)_(file|files|path|paths|dir|directory|home|url|uri|endpoint|type|region|id_file|name)$" .name -}}
{{- if and $credential (not $place) -}}
{{- fail (printf "%s: %s looks like a credential; put it into a Secret that credential.existingSecret names, which becomes a file" $path .name) -}}
{{- end -}}
{{- if or (regexMatch "://[^/@]*:[^/@]*@" .value) (contains "-----BEGIN" .value) -}}
{{- fail (printf "%s: the value of %s holds a credential; put it into a Secret that credential.existingSecret names, which becomes a file" $path .name) -}}
{{- end -}}
{{- if regexMatch "(?i)^(LD_|PYTHON|GRPC_|OPENSSL_|KUBERNETES_|MALLOC_|GLIBC_|GCONV_PATH$|SSLKEYLOGFILE$|PATH$)" .name -}}
{{- fail (printf "%s: %s changes which code runs or what it gives away; leave it out" $path .name) -}}
{{- end -}}
{{- end -}}
{{- end }}
