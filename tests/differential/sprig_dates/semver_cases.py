"""Versions and constraints that are put to sprig."""

import json

from original import Question

_VERSIONS = [
    r"1.2.3",
    r"v1.2.3",
    r"1.2",
    r"1",
    r"v1",
    r"0",
    r"0.0.0",
    r"01.2.3",
    r"1.02.3",
    r"1.2.3-alpha",
    r"1.2.3-alpha.1",
    r"1.2.3-01",
    r"1.2.3-0",
    r"1.2.3-a.01.b",
    r"1.2.3+build.5",
    r"1.2.3-a+b",
    r"1.2-a+b",
    r"1-a",
    r"1+b",
    r"1.2.3.4",
    r"V1.2.3",
    r"vv1",
    r"1.",
    r".1",
    r"1..2",
    r"a",
    r"1.a",
    r"1.2.3-",
    r"1.2.3+",
    r"1.2.3-+",
    r"1.2.3-a..b",
    r"1.2.3-é",
    r"1.2.3+01",
    r"18446744073709551615.0.0",
    r"18446744073709551616.0.0",
    r"1.18446744073709551616.0",
    r"1.2.99999999999999999999999",
    r"000000000000000000000001.2",
    r"-1",
    r"1.2.3--a",
    r"1.2.3-a-b+c-d",
    r"~1.2",
    r"1.2.x",
]
_CHECKED = [
    "1.2.3",
    "1.2.4",
    "1.3.0",
    "2.0.0",
    "0.2.3",
    "0.0.3",
    "0",
    "1.2.3-beta.2",
    "1.2.3-beta.10",
    "1.3.0-alpha",
    "0.2.9-x",
    "3",
    "11.1.1",
]
_CONSTRAINTS = [
    "1.2.3",
    "=1.2.3",
    "!=1.2.3",
    ">1.2.3",
    "<1.2.3",
    ">=1.2.3",
    "=>1.2.3",
    "<=1.2.3",
    "=<1.2.3",
    "~1.2.3",
    "~>1.2.3",
    "^1.2.3",
    "^1.2",
    "^1",
    "^0.2.3",
    "^0.2",
    "^0.0.3",
    "^0.0",
    "^0",
    "~1",
    "~1.2",
    "~0",
    "~0.0.0",
    "~0.0",
    "*",
    "x",
    "X",
    "~*",
    "^*",
    ">*",
    "<*",
    "!=*",
    ">=x",
    "<=x",
    "1.x",
    "1.2.x",
    "1.*",
    "!=1.x",
    "!=1.2.x",
    ">1.x",
    ">1.2.x",
    "<1.x",
    "<=1.x",
    "<=1.2",
    ">11",
    ">11.1",
    ">=1.2",
    ">= 1.2, < 2",
    ">=1.2 <2",
    ">=1.2,<2",
    "1.2.3 || 2.0.0",
    "^1 || ^0.2",
    "1 - 2",
    "1.2.3 - 1.3",
    "1.2.3 - 2.0.0 || 0.2.x",
    " 1.2 - 2 ",
    "1.2.3-beta - 1.3.0-beta",
    "^1.2.3-beta.1",
    ">=1.2.3-beta.5",
    "~1.2.3-alpha",
    ">1.2.3-beta.2",
    "!=1.2.3-beta.2",
    "1.2.3-beta.2",
    ">=1.0.0-0",
    "<1.3.0-0",
    "*-0",
    "1.x-0",
    "1.2.x-a",
    "!=1.2.x-beta.2",
    "=1.2.3+build",
    "v1.2.3",
    "^v1.2",
    "> 1",
    ">  1.2.3  ",
    ">1.2.3-a,<2 || >=3",
]
_ODD = [
    "",
    " ",
    "||",
    "1||",
    "||1",
    "1 || ",
    "1 | 2",
    "1|2",
    "1 && 2",
    "a",
    ">",
    ">>1",
    "> >1",
    "1,2",
    "1 2",
    "1,,2",
    ",1",
    "1,",
    "1 , 2",
    "1.2.3.4",
    "1.2.3-",
    "1.2.3-01",
    "1.01",
    "01",
    "^1.2.3-é",
    "1.x.3",
    "x.1",
    "xx",
    "1xx",
    "1.2|3",
    "1-2",
    "1 -2",
    "1- 2",
    "1 - 2 - 3",
    "1 - 2 3 - 4",
    "1 - a",
    "=>=1",
    "~^1",
    "!1",
    "<>1",
    "99999999999999999999",
    "\t1.2\n",
    "1\u00a0",
    "^1.2.3.x",
    "1.2.3 - 1.2.3 || 1.2.3 - 1.2.3",
    "v",
    "*.*.*",
    "1.*.*",
    "^x.x.x",
]
_METHODS = r"""
.
.String
.Major
.Minor
.Patch
.Prerelease
.Metadata
.Original
.IncPatch
.IncMinor
.IncMajor
.IncPatch.Original
.IncMajor.Major
.IncMajor.IncMinor
.SetPrerelease "rc.1"
.SetPrerelease ""
.SetPrerelease "01"
.SetPrerelease "a..b"
.SetMetadata "x"
.SetMetadata "é"
.SetMetadata 1
.Compare (semver "1.2.4")
.Equal .
.LessThan (semver "2")
.GreaterThan (semver "2")
.LessThanEqual .
.GreaterThanEqual .
.Compare .IncMajor
.Compare "1"
.IncMajor.Compare .
.Nope
.major
printf "%T %s %v" . . .
.Major | printf "%T"
printf "%q" .
(.SetPrerelease "x").String
.MarshalText | printf "%s"
len .
.Value
eq .Major 1
toYaml .
if . }}y{{ end
"""

SEMVER: list[Question] = [
    *(
        {"template": f"{{{{ semver {json.dumps(version, ensure_ascii=False)} }}}}"}
        for version in [*_VERSIONS, "", " 1", "1 "]
    ),
    *(
        {
            "template": f"{{{{ with semver {json.dumps(version)} }}}}{{{{ .Major }}}}|{{{{ .Minor }}}}|{{{{ .Patch }}}}"
            "|{{ .Prerelease }}|{{ .Metadata }}|{{ .Original }}{{ end }}"
        }
        for version in _VERSIONS[:24]
    ),
    *(
        {
            "template": "".join(
                f"{{{{ semverCompare {json.dumps(constraint)} {json.dumps(version)} }}}} " for version in _CHECKED
            )
        }
        for constraint in _CONSTRAINTS
    ),
    *(
        {"template": f"{{{{ semverCompare {json.dumps(constraint, ensure_ascii=False)} {json.dumps(version)} }}}}"}
        for constraint in _ODD
        for version in ("1.2.3", "2")
    ),
    *(
        {"template": f"{{{{ semverCompare {json.dumps('^1')} {json.dumps(version, ensure_ascii=False)} }}}}"}
        for version in _VERSIONS
    ),
    *(
        {"template": f"{{{{ with semver {json.dumps(version)} }}}}{{{{ {method} }}}}{{{{ end }}}}"}
        for method in _METHODS.strip().splitlines()
        for version in ("v1.2.3-beta+x.y", "1.2")
    ),
    *(
        {"template": f"{{{{ {call} }}}}"}
        for call in (
            "semver",
            "semver 1",
            "semver nil",
            'semver "1" "2"',
            "semverCompare",
            'semverCompare "1"',
            'semverCompare 1 "1"',
            'semverCompare "1" 1',
            'semverCompare "1" nil',
            'semverCompare "1" "1" "1"',
        )
    ),
    {"template": '{{ (semver "18446744073709551615.18446744073709551615.18446744073709551615").IncPatch }}'},
    {"template": '{{ (semver "18446744073709551615.18446744073709551615.18446744073709551615").IncMajor }}'},
]
