"""Constants for arguments of each kind, in the grammar of whole templates."""

# ruff: noqa: E501, RUF001 - a table is read best with few lines, and strange letters are what it is for
import json
from typing import Final

from worlds import KEYS

CONSTANTS: Final[dict[str, list[str]]] = {
    "text": [
        '""', '"a"', '"a,b,,c"', '"Hello World_fooBar"', '"é\\n\\t<&>"', "`$1\\d%d`", '" x "', '"\\xff\\x00"', '"12"', '"ǆ ſ İ ß"', '","',
        '"foo  bar\\nbaz"', '"-"', '"true"', '"\U0001f511"', '"0x1F"', '"1.50"', '"null"', '"HTTPServer2Go"', '"a-b_c d"',
    ],
    "int": ["0", "1", "2", "3", "-1", "7", "-3", "12", "100", "0x10", "'x'"],
    "number": [
        "0", "1", "-3", "2.5", "1e3", "-0.1", '"4"', '"1.5"', '"x"', '"0x10"', '"010"', "9223372036854775807", "-9223372036854775808", "1e21",
        "1e-7", "nil", "true", '""', "0.30000000000000004", "123456789.125",
    ],
    "bool": ["true", "false"],
    "any": ["nil", "1", '"a"', "true", '""', "0", "2.5", "(list)", "(dict)", '(dict "a" (list 1 "b" nil))', "1i", "'x'"],
    "list": ["(list)", '(list 1 "a" nil true 2.5)', '(list "b" "a" "b")', "(list (list 1) (dict))", "(until 3)", "nil", '(splitList "," "a,b")'],
    "dict": [
        "(dict)", '(dict "a" 1 "b" (dict "a" nil))', '(dict "a" (list 1 2) "b" "x")', '(dict "" "e" "é" 1.5)',
        '(dict "scheme" "https" "host" "h:1" "path" "/p q" "query" "a=b" "fragment" "f" "userinfo" "u:p")',
    ],
    "date": ['(toDate "2006-01-02" "2024-02-29")', '(toDate "2006-01-02T15:04:05Z07:00" "1999-12-31T23:59:59.5+02:00")'],
    "MOMENT": ['(toDate "2006-01-02" "2024-02-29")', "0", "1700000000", "-1", '(toDate "2006-01-02 15:04:05.999 MST" "2021-07-04 01:02:03.004 CET")',
               '(int64 "1600000000")', "253402300800", '(dateModify "-1.5h" (toDate "2006" "2000"))'],
    "LAYOUT": ['"2006-01-02"'],
    "DAY": ['"2024-02-29"', '"1970-01-01"', '"0000-01-01"', "$.day"],
    "layout": [
        '"2006-01-02"', '"Mon Jan _2 15:04:05.000 MST 2006"', '"02.01.06 3:4:5PM -0700"', '"Monday January 002 .999999999"', '"x2006Z07:00"',
        '"2006-01-02T15:04:05Z07:00"', '""', '"January Janx 1 01 pm"',
    ],
    "zone": ['"UTC"', '"Europe/Zurich"', '"America/New_York"', '"Nope/Zone"', '"Local"', '""'],
    "duration": ['"1h"', '"-90m"', '"1.5s"', '"2h45m3.5s"', '"x"', '""', '"1d"', '"100000h"', '"0"', '"9000000h"'],
    "regex": [
        '"[a-z]+"', '"(\\\\w)(\\\\d*)"', '"^a|b$"', '"(?i)A(?P<n>.)"', '""', '"("', '"\\\\s*,\\\\s*"', '"é|."', '"a{2,3}?"', '"[^[:alpha:]]"', '"(?s).*?"',
        '"\\\\bx"', '"(?m)^.*$"', '"\\\\pL"', '"*"', '"(?=a)"',
    ],
    "format": ['"%5v|%-8v"', '"%05d %x"', '"%+v %T"', '"%q %s"', '"%.2f %e"', '"%t %c"', '"%6.1f %U"', '"%[2]v %[1]v"', '"%v"', '"%%%v %v %v"', '"%x %X"',
               '"% x %#x"', '"%g %o"', '"%#q %+q"', '"%08b %-5t|"', '"%!"', '"%s %s"'],
    "key": [*map(json.dumps, KEYS), '"db"', '"list"', '"_0"', '"host"', '"name"'],
    "kind": ['"string"', '"map"', '"slice"', '"int"', '"float64"', '"ptr"', '"invalid"'],
    "type": ['"string"', '"map[string]interface {}"', '"[]interface {}"', '"int"', '"*semver.Version"', '"[]string"'],
    "path": ['"/a/b.tar.gz"', '"a//b/../c"', '""', '"/"', '"."', '"é/ü.x"', '"../a/."', '"a/"', '".hidden"'],
    "url": ["$.url", '"https://u@h:1/p?q#f"', '"//h/p"', '"mailto:a@b"', '"a b"', '"http://[::1]:8/%zz"', '""', '"http://h/%2f?a=%zz"', '"x://h:p/"'],
    "version": ['"1.2.3"', '"v1.2"', '"1.2.3-rc.1+b"', '"x"', '""', "$.version", '"01.2.3"', '"1"', '"1.2.3-"', '"99999999999999999999.0.0"'],
    "constraint": ['"^1.2"', '">= 1.0, < 2 || ~3"', '"*"', '"1.x"', '"!=1.2.3"', '"1.2 - 2.3.4"', '"nope"', '""', '"~1.2.3-0"', '">1.2.3-alpha"', '"=v1"'],
    "json": ["$.config", "$.items", "$.odd_json", "$.broken_json", "$.any_json", "$.any_json", "$.any_json", '"1"', '"\\"x\\""', '"[1.0,1e400]"', "$.any_text"],
    "yaml": ["$.yaml", "$.list_yaml", "$.config", "$.any_yaml", "$.any_yaml", "$.any_yaml", "$.any_json", '"a: 1"', '""', "$.lines", "$.any_text"],
    "b64": ["$.b64", '"YQ=="', '"YQ"', '"Y Q="', '"!"', "$.binary_b64", "$.aes_text", '"YWI\\n="'],
    "b32": ["$.b32", '"ME======"', '"ME"', '"1"'],
    "hex": ["$.hex", '"6g"', '"abc"', '"C3a9"'],
    "pem": ["$.leaf_key", "$.rsa_key", "$.p256_key", "$.ed25519_key", "$.chain", "$.leaf", "$.headed", "$.p384_key", "$.rsa_pkcs8_key", "$.x25519_key", "$.lines"],
    "chain": ["$.chain", "$.mixed_chain", "$.no_root", "$.disjunct", "$.cycle", "$.root", "$.leaf", "$.chain_and_key", "$.odd", "$.tailed_cycle"],
    "rsa": ["$.rsa_key", "$.rsa_pkcs8_key", "$.p256_key"],
    "oaep": ["$.oaep_sha1", "$.oaep_sha256", "$.oaep_sha512", "$.oaep_sha1_b64"],
    "hash": ['"SHA1"', '"SHA256"', '"SHA512"', '"None"', '""'],
    "scheme": ['"None"', '"RSA-OAEP"', '"odd"'],
    "label": ['"certificate"', '"PRIVATE KEY"', '"x"', '"rsa private key"', '"NOTE"'],
    "part": ['"leaf"', '"intermediate"', '"root"', '"x"'],
    "jwk": ["$.rsa_jwk", "$.p256_public_jwk", "$.ed25519_jwk", "$.p521_jwk", "$.rsa_public_jwk", "$.config", "$.any_json", '"{}"'],
    "p12": ["$.modern_p12", "$.modern_nopass_p12", "$.des_p12", "$.rc2_nopass_p12", "$.store_p12", "$.plain_p12", "$.disjunct_p12", "$.leaf", "$.modern_p12_b64"],
    "password": ['"pässword"', '"secret"', '"p"', '""'],
    "curve": ['"ed25519"', '"ecdsa"', '"x"'],
    "certificate": ["$.rsa_cert_b64pem", "$.p256_cert_b64pem", "$.b64"],
    "secret": ["$.rsa_key_b64pem", "$.b64", "(b64enc $.p256_key)"],
    "COUNT": ["0", "1", "2", "3", "5", "12", "-1", "-4"],
    "WIDTH": ["0", "1", "5", "20", "-1"],
    "PLACES": ["0", "1", "2", "-1", "5"],
}  # fmt: skip
"""Operands by kind; a kind whose name is in capitals has no others."""

NARROWER: Final[dict[str, list[str]]] = {
    "text": [
        "json",
        "yaml",
        "b64",
        "version",
        "path",
        "url",
        "pem",
        "regex",
        "hex",
        "format",
        "duration",
        "int",
        "any",
    ],
    "number": ["int", "int", "text", "bool"],
    "any": ["text", "text", "number", "int", "bool", "list", "dict", "dict", "date"],
    "json": ["text"],
    "yaml": ["json", "text"],
    "regex": ["text"],
    "key": ["text"],
    "list": ["any"],
    "dict": ["any"],
    "b64": ["text"],
    "path": ["text"],
    "layout": ["text"],
    "pem": ["text"],
}
"""What may stand for a kind as well: kinds that are of it, and a few that may turn out to be."""
