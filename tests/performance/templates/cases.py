"""The templates that `bench.py` measures, with their data: what people write, from a few lines to long files."""

import json
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A template and the values that it is rendered with."""

    name: str
    template: str
    data: dict[str, str]
    goal_us: float | None = None
    """How long a render may take; None where nothing was set."""


_SMALL: Final = """\
user: {{ .username }}
password: {{ .password | quote }}
host: {{ .host | lower }}
port: 5432
auth: {{ printf "%s:%s" .username .password | b64enc }}
sslmode: require
"""
_SECTION: Final = """\
[service-SECTION]
# the connection
url = {{ printf "postgres://%s@%s:%s/app" .username .host .port }}
password = {{ .password | quote }}
{{- if eq .mode "production" }}
sslmode = verify-full
pool = {{ .pool | default "10" }}
{{- else }}
sslmode = disable
{{- end }}
owner = {{ .owner | trim | lower }}
{{- range $i, $host := splitList "," .hosts }}
replica-{{ $i }} = {{ $host }}
{{- end }}
token = {{ .token | b64enc }}
timeout = 30
retries = 3
{{- with .comment }}
comment = {{ . | upper }}
{{- end }}
plain = some text that stays as it is

"""
_SECTIONS: Final = 10
_DOCUMENT: Final = """\
{{- $config := .document | fromJson }}
{{- range $config.services }}
{{ .name }}: {{ .url }} {{ len .labels }} {{ index .labels "team" }}
{{- range .ports }} {{ .name }}={{ .number | int }}{{ end }}
{{- end }}
services: {{ $config.services | toJson }}
{{ $config | toPrettyJson }}
"""
_KEYS: Final = """\
{{- range $key, $value := . }}
export {{ $key | upper }}={{ $value | quote }}
{{- end }}
"""
_VALUES: Final = {
    "username": "app",
    "password": 'pass"word',
    "host": "DB.example.com",
    "port": "5432",
    "mode": "production",
    "pool": "",
    "owner": " Team-A ",
    "hosts": "a.example.com,b.example.com,c.example.com",
    "token": "0123456789abcdef",
    "comment": "made by a template",
}
_SERVICES: Final = [
    {
        "name": f"service-{number}",
        "url": f"https://service-{number}.example.com/?a=1&b=2",
        "labels": {"team": "a", "tier": "backend", "zone": str(number)},
        "ports": [{"name": "http", "number": 8080}, {"name": "metrics", "number": 9090}],
    }
    for number in range(100)
]

CASES: Final = (
    Case(name="6 lines, 3 functions", template=_SMALL, data=_VALUES, goal_us=60),
    Case(
        name="200 lines",
        template="".join(_SECTION.replace("SECTION", str(number)) for number in range(_SECTIONS)),
        data=_VALUES,
        goal_us=3000,
    ),
    Case(name="JSON of 17 kB", template=_DOCUMENT, data={"document": json.dumps({"services": _SERVICES})}),
    Case(name="500 keys", template=_KEYS, data={f"key_{number}": f"value {number}" for number in range(500)}),
)
