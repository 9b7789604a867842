{{/*
Addresses at which clouds give credentials away to whoever is on a node, by family: no rule leads there unless a value names them. Each
with the number that its first 32 bits (IPv4) or 16 bits (IPv6) are, and how many bits of that count; JSON.
*/}}
{{- define "bulkhead.metadataAddresses" -}}
{{- dict "v4" (list (dict "cidr" "169.254.0.0/16" "first" 2851995648 "bits" 16))
    "v6" (list (dict "cidr" "fe80::/10" "first" 65152 "bits" 10) (dict "cidr" "fd00:ec2::254/128" "first" 64768 "bits" 17)
      (dict "cidr" "fd20:ce::254/128" "first" 64800 "bits" 17)) | toJson -}}
{{- end }}

{{/*
One peer by addresses, without those that only a value may name: they are excepted from every range that is wider than they are. Takes a
list: the CIDR, what else is excepted; JSON.
*/}}
{{- define "bulkhead.addresses" -}}
{{- $cidr := index . 0 -}}
{{- $except := index . 1 | default list -}}
{{- $address := splitList "/" $cidr | first -}}
{{- $bits := splitList "/" $cidr | last | int -}}
{{- $family := ternary "v6" "v4" (contains ":" $address) -}}
{{- $width := ternary 16 32 (eq $family "v6") -}}
{{- $value := 0 -}}
{{- if eq $family "v6" -}}
{{- $value = printf "0x%s" (splitList ":" $address | first | default "0") | int64 -}}
{{- else -}}
{{- range splitList "." $address -}}
{{- $value = add (mul $value 256) (int64 .) -}}
{{- end -}}
{{- end -}}
{{- $size := 1 -}}
{{- range until (sub $width $bits | int) -}}
{{- $size = mul $size 2 -}}
{{- end -}}
{{- range get (include "bulkhead.metadataAddresses" "" | fromJson) $family -}}
{{- if and (lt $bits (int .bits)) (eq (div $value $size) (div (int64 .first) $size)) -}}
{{- $except = append $except .cidr -}}
{{- end -}}
{{- end -}}
{{- $block := dict "cidr" $cidr -}}
{{- if $except -}}
{{- $_ := set $block "except" (uniq $except) -}}
{{- end -}}
{{- dict "ipBlock" $block | toJson -}}
{{- end }}

{{/* All addresses but those; JSON of {"peers": [...]}. */}}
{{- define "bulkhead.anyAddress" -}}
{{- dict "peers" (list (include "bulkhead.addresses" (list "0.0.0.0/0" list) | fromJson) (include "bulkhead.addresses" (list "::/0" list) | fromJson)) | toJson -}}
{{- end }}

{{/* TCP ports of a rule; JSON of {"ports": [...]}. Takes the numbers. */}}
{{- define "bulkhead.tcpPorts" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $ports = append $ports (dict "protocol" "TCP" "port" (int .)) -}}
{{- end -}}
{{- dict "ports" (uniq $ports) | toJson -}}
{{- end }}

{{/* The Pods of one component as a peer; JSON. Takes a list: the root, the component. */}}
{{- define "bulkhead.componentPeer" -}}
{{- $labels := include "bulkhead.selectorLabels" (index . 0) | fromYaml | merge (dict "app.kubernetes.io/component" (index . 1)) -}}
{{- dict "podSelector" (dict "matchLabels" $labels) | toJson -}}
{{- end }}

{{/* The rule by which names are looked up; JSON. Takes the root. */}}
{{- define "bulkhead.dnsRule" -}}
{{- $dns := .Values.networkPolicy.dns -}}
{{- $peer := dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" $dns.namespace)) "podSelector" (dict "matchLabels" $dns.podLabels) -}}
{{- $ports := list -}}
{{- range $dns.ports -}}
{{- $ports = concat $ports (list (dict "protocol" "UDP" "port" (int .)) (dict "protocol" "TCP" "port" (int .))) -}}
{{- end -}}
{{- dict "to" (list $peer) "ports" $ports | toJson -}}
{{- end }}

{{/* The rule by which the API server is called. No selector can name it, so it is addresses and ports; JSON. Takes the root. */}}
{{- define "bulkhead.apiServerRule" -}}
{{- $server := .Values.networkPolicy.apiServer -}}
{{- $peers := list -}}
{{- range $server.cidrs -}}
{{- $peers = append $peers (include "bulkhead.addresses" (list . list) | fromJson) -}}
{{- end -}}
{{- dict "to" ($peers | default (include "bulkhead.anyAddress" . | fromJson).peers) "ports" (include "bulkhead.tcpPorts" $server.ports | fromJson).ports | toJson -}}
{{- end }}

{{/* The rules by which one provider server reaches its backends; JSON of {"rules": [...]}. Takes its values. */}}
{{- define "bulkhead.backendRules" -}}
{{- $rules := list -}}
{{- $ports := list -}}
{{- range .policy.hosts -}}
{{- $ports = append $ports (splitList ":" . | last | int) -}}
{{- end -}}
{{- if .egress -}}
{{- range .egress -}}
{{- $peers := list -}}
{{- range .to -}}
{{- $peer := . -}}
{{- if hasKey . "cidr" -}}
{{- $peer = include "bulkhead.addresses" (list .cidr .except) | fromJson -}}
{{- end -}}
{{- $peers = append $peers $peer -}}
{{- end -}}
{{- $rules = append $rules (dict "to" $peers "ports" (include "bulkhead.tcpPorts" .ports | fromJson).ports) -}}
{{- end -}}
{{- else if $ports -}}
{{- $rules = append $rules (dict "to" (include "bulkhead.anyAddress" . | fromJson).peers "ports" (include "bulkhead.tcpPorts" $ports | fromJson).ports) -}}
{{- end -}}
{{- dict "rules" $rules | toJson -}}
{{- end }}

{{/* Something if a process shows its metrics outside of its Pod. Takes a list: the root, the process. */}}
{{- define "bulkhead.metricsOpen" -}}
{{- $metrics := (index . 0).Values.metrics -}}
{{- $address := trimAll "[]" $metrics.bindAddress -}}
{{- $loopback := or (eq $address "") (eq $address "::1") (hasPrefix "127." $address) -}}
{{- /* Only the controller can serve them over TLS; the others then keep theirs to themselves. */ -}}
{{- if and (not $loopback) (or (not $metrics.secure) (eq (index . 1) "controller")) -}}true{{- end -}}
{{- end }}

{{/*
The ports of each kind of Pod, by component; JSON of {component: {"health": [...], "metrics": [...]}}, metrics only where they are open.
Takes the root.
*/}}
{{- define "bulkhead.components" -}}
{{- $components := dict -}}
{{- range $name, $values := include "bulkhead.processes" . | fromJson -}}
{{- $pod := include "bulkhead.componentOf" (list $ $name) -}}
{{- $ports := get $components $pod | default (dict "health" (list) "metrics" (list)) -}}
{{- $_ := set $ports "health" (append $ports.health (int $values.healthPort)) -}}
{{- if include "bulkhead.metricsOpen" (list $ $name) -}}
{{- $_ := set $ports "metrics" (append $ports.metrics (int $values.metricsPort)) -}}
{{- end -}}
{{- $_ := set $components $pod $ports -}}
{{- end -}}
{{- $components | toJson -}}
{{- end }}

{{/* The component of the Pod that a process is in. Takes a list: the root, the process. */}}
{{- define "bulkhead.componentOf" -}}
{{- $shared := and (hasPrefix "provider-" (index . 1)) (not (include "bulkhead.isolated" (index . 0))) -}}
{{- ternary "controller" (index . 1) $shared -}}
{{- end }}

{{/*
Who of the release calls whom; JSON of {"flows": [{"from", "to", "ports"}, ...]}. Both sides of each are made from this list. Takes the
root.
*/}}
{{- define "bulkhead.flows" -}}
{{- $flows := list -}}
{{- range $component, $ports := include "bulkhead.components" . | fromJson -}}
{{- $flows = append $flows (dict "from" "helm-test" "to" $component "ports" $ports.health) -}}
{{- if and (eq $.Values.certificates.issuer "bulkhead") (ne $component "certcontroller") -}}
{{- $flows = append $flows (dict "from" "certcontroller" "to" $component "ports" $ports.health) -}}
{{- end -}}
{{- end -}}
{{- if include "bulkhead.webhookEnabled" . -}}
{{- $flows = append $flows (dict "from" "helm-test" "to" "webhook" "ports" (list .Values.webhook.port)) -}}
{{- end -}}
{{- if include "bulkhead.isolated" . -}}
{{- range $route := (include "bulkhead.routes" . | fromJson).providers -}}
{{- $port := splitList ":" $route.address | last -}}
{{- $flows = append $flows (dict "from" "controller" "to" (printf "provider-%s" $route.name) "ports" (list $port)) -}}
{{- end -}}
{{- end -}}
{{- range $provider, $port := include "bulkhead.askedProviders" . | fromJson -}}
{{- $to := include "bulkhead.componentOf" (list $ (printf "provider-%s" $provider)) -}}
{{- $flows = append $flows (dict "from" "webhook" "to" $to "ports" (list $port)) -}}
{{- end -}}
{{- dict "flows" $flows | toJson -}}
{{- end }}

{{/* The rules of what comes in to one kind of Pod; JSON of {"rules": [...]}. Takes a list: the root, the component, its ports. */}}
{{- define "bulkhead.ingress" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}{{- $metrics := (index . 2).metrics -}}
{{- $rules := list -}}
{{- if eq $component "webhook" -}}
{{- $rules = append $rules (include "bulkhead.doorRule" $root | fromJson) -}}
{{- end -}}
{{- range (include "bulkhead.flows" $root | fromJson).flows -}}
{{- if eq .to $component -}}
{{- $peer := include "bulkhead.componentPeer" (list $root .from) | fromJson -}}
{{- $rules = append $rules (dict "from" (list $peer) "ports" (include "bulkhead.tcpPorts" .ports | fromJson).ports) -}}
{{- end -}}
{{- end -}}
{{- if and $metrics $root.Values.networkPolicy.metricsFrom -}}
{{- $rules = append $rules (dict "from" $root.Values.networkPolicy.metricsFrom "ports" (include "bulkhead.tcpPorts" $metrics | fromJson).ports) -}}
{{- end -}}
{{- dict "rules" $rules | toJson -}}
{{- end }}

{{/* The rule by which the API server reaches the webhook, from anywhere if no value says from where; JSON. Takes the root. */}}
{{- define "bulkhead.doorRule" -}}
{{- $rule := include "bulkhead.tcpPorts" (list .Values.webhook.port) | fromJson -}}
{{- $peers := list -}}
{{- range .Values.networkPolicy.webhookFrom -}}
{{- $peers = append $peers (dict "ipBlock" (dict "cidr" .)) -}}
{{- end -}}
{{- if $peers -}}
{{- $_ := set $rule "from" $peers -}}
{{- end -}}
{{- $rule | toJson -}}
{{- end }}

{{/* The rules of what gets out of one kind of Pod; JSON of {"rules": [...]}. Takes a list: the root, the component. */}}
{{- define "bulkhead.egress" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}
{{- $rules := list -}}
{{- if has $component (list "controller" "certcontroller") -}}
{{- $rules = append $rules (include "bulkhead.apiServerRule" $root | fromJson) -}}
{{- end -}}
{{- range $provider, $values := $root.Values.providers -}}
{{- if and $values.enabled (eq $component (include "bulkhead.componentOf" (list $root (printf "provider-%s" $provider)))) -}}
{{- if ($values.identity | default dict).enabled -}}
{{- $rules = append $rules (include "bulkhead.apiServerRule" $root | fromJson) -}}
{{- end -}}
{{- $rules = concat $rules (include "bulkhead.backendRules" $values | fromJson).rules -}}
{{- end -}}
{{- end -}}
{{- range (include "bulkhead.flows" $root | fromJson).flows -}}
{{- if eq .from $component -}}
{{- $peer := include "bulkhead.componentPeer" (list $root .to) | fromJson -}}
{{- $rules = append $rules (dict "to" (list $peer) "ports" (include "bulkhead.tcpPorts" .ports | fromJson).ports) -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}
{{- $rules = prepend $rules (include "bulkhead.dnsRule" $root | fromJson) -}}
{{- end -}}
{{- dict "rules" (uniq $rules) | toJson -}}
{{- end }}
