"""Templates that make much of little, one or more for each way that there is; whoever writes a template may be hostile.

`test_hostile_templates.py` holds them to small bounds, `tests/performance/hostile_templates.py` measures what they cost
under the default ones. They are rendered with the files of `crypto/fixtures.json` as data.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Ending(StrEnum):
    """How a render may end."""

    LIMIT = "limit"
    """A `LimitError`, whatever the bounds are."""
    WELL = "well"
    """It costs little enough to be rendered under the default bounds."""
    ERROR = "error"
    """The error that Go has for it as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """How a template begins: with something large."""

    text: str
    """With `SIZE` for how large it is."""
    size: int
    """Under the default bounds, and far below them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileTemplate:
    """A template and how it ends."""

    name: str
    body: str
    begin: Begin | None = None
    ending: Ending = Ending.LIMIT

    def text(self, *, divisor: int = 1) -> str:
        """Give the template, with a beginning that is so many times smaller."""
        if self.begin is None:
            return self.body
        return self.begin.text.replace("SIZE", str(self.begin.size // divisor)) + self.body


LONG: Final = Begin(text='{{$s := repeat SIZE "a"}}', size=3_000_000)
WIDE: Final = Begin(text='{{$s := repeat SIZE "Ω"}}', size=1_000_000)
_LINES: Final = Begin(text='{{$s := repeat SIZE "a\\n"}}', size=1_000_000)
_SHORTER: Final = Begin(text='{{$s := repeat SIZE "a"}}', size=100_000)
_VERSION: Final = Begin(text="{{$v := semver (print `1.0.0-` (repeat SIZE `a.`) `a`)}}", size=500)
_LAYOUT: Final = Begin(text="{{$s := repeat SIZE `2006`}}", size=100_000)
LIST: Final = Begin(text="{{$l := until SIZE}}", size=100_000)
_TEXTS: Final = Begin(text='{{$l := splitList "" (repeat SIZE "ab")}}', size=300_000)
MAP: Final = Begin(text="{{$m := dict}}{{range $i := until SIZE}}{{$_ := set $m (print $i) $i}}{{end}}", size=20_000)
_NAMES: Final = Begin(text='{{$l := fromJson (print `[` (repeat SIZE `"a",`) `1]`) | initial}}', size=10_000)
_CERTIFICATES: Final = Begin(text="{{$s := repeat SIZE .root}}", size=500)
_BLOCKS: Final = Begin(text='{{$s := repeat SIZE "-----BEGIN A-----\\n-----END A-----\\n"}}', size=10_000)
_CIRCLES: Final = Begin(text='{{$d := dict}}{{$_ := set $d "x" $d}}{{$e := dict}}{{$_ := set $e "x" $e}}', size=1)
_BOMB: Final = Begin(text="{{$d := list 1}}{{range 40}}{{$d = list $d $d}}{{end}}", size=1)
_MAP_BOMB: Final = Begin(text='{{$d := dict "x" 1}}{{range 40}}{{$d = dict "x" $d "y" $d}}{{end}}', size=1)


def _loop(call: str) -> str:
    return f"{{{{range 1000000}}}}{{{{$x := {call}}}}}{{{{end}}}}"


def _doubled(call: str) -> str:
    """Make a text longer and longer; the call has it as `$t`."""
    return f'{{{{$t := "a<&\\"\U0001f511"}}}}{{{{range 60}}}}{{{{$t = {call}}}}}{{{{end}}}}'


def _rows(group: str, *bodies: str, begin: Begin | None = None, ending: Ending = Ending.LIMIT) -> list[HostileTemplate]:
    return [
        HostileTemplate(name=f"{group} {number}", body=body, begin=begin, ending=ending)
        for number, body in enumerate(bodies, start=1)
    ]


def _calls(group: str, begin: Begin | None, *calls: str) -> list[HostileTemplate]:
    """Call functions in a loop that is longer than any render may be."""
    return [HostileTemplate(name=f"{group}, loop: {call}", body=_loop(call), begin=begin) for call in calls]


def _once(group: str, begin: Begin | None, *calls: str, ending: Ending = Ending.LIMIT) -> list[HostileTemplate]:
    return [
        HostileTemplate(name=f"{group}: {call}", body=f"{{{{{call}}}}}", begin=begin, ending=ending) for call in calls
    ]


_LANGUAGE: Final = [
    *_rows(
        "loops",
        "{{range 1000000000000}}{{end}}",
        "{{range 1000}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}",
        "{{range 100000000}}x{{end}}",
    ),
    *_rows("loops over a list", "{{range 1000000}}{{range $l}}{{break}}{{end}}{{end}}", begin=LIST),
    *_rows("loops over a map", "{{range 1000000}}{{range $m}}{{break}}{{end}}{{end}}", begin=MAP),
    *_rows(
        "templates",
        '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',
        '{{define "a"}}{{template "b" .}}{{end}}{{define "b"}}{{template "a" .}}{{end}}{{template "a" .}}',
        '{{block "a" .}}{{template "a" .}}{{end}}',
        "".join(
            f'{{{{define "{n}"}}}}{{{{template "{n + 1}"}}}}{{{{template "{n + 1}"}}}}{{{{end}}}}' for n in range(60)
        )
        + '{{define "60"}}{{end}}{{template "0"}}',
    ),
    *_calls("long text", LONG, "eq $s (print $s)", "len $s", "lt $s $s", "index $s 7", "not $s"),
    *_calls("wide text", WIDE, "len $s", "eq $s $s", "index $s 7", "lt $s $s"),
    *_calls("long list", LIST, "len $l", "index $l 7", "and $l 1", "slice $l 1 2"),
]

_PARSING: Final = [
    *_rows(
        "texts",
        "{{" + "(" * 100_000 + "1" + ")" * 100_000 + "}}",
        "{{if 1}}" * 50_000 + "{{end}}" * 50_000,
        "{{if 1}}" + "{{else if 1}}" * 50_000 + "{{end}}",
        "{{1}}" * 400_000,
        "{{- 1 -}} " * 200_000,
        "{{print" + " 1" * 600_000 + "}}",
        "{{/* */}}" * 200_000 + "{{range 1000000000}}{{end}}",
        "{{$x := 1}}" * 100_000 + "{{range 1000000000}}{{end}}",
        "".join(f"{{{{$x{n} := 1}}}}" for n in range(50_000)) + "{{$x0}}" * 50_000,
        "".join(f'{{{{define "{n}"}}}}{{{{end}}}}' for n in range(50_000)) + "{{range 1000000000}}{{end}}",
    ),
    *_rows(
        "long texts",
        "{{`" + "a" * 1_000_000 + "`}}",
        '{{"' + "\\t" * 500_000 + '" | len}}',
        "{{." + "a" * 1_000_000 + "}}",
        "{{$" + "a" * 1_000_000 + "}}",
        "{{" + "a" * 1_000_000 + "}}",
        "{{" + "1" * 1_000_000 + "}}",
        "{{1." + "1" * 1_000_000 + "}}",
        "{{0x" + "f" * 1_000_000 + "p1}}",
        "{{1" + "+1" * 500_000 + "i}}",
        "{{" + " " * 1_000_000 + "1}}",
        "\n" * 1_000_000 + "{{nope}}",
        "{{/*" + "*" * 1_000_000,
        "{{" * 500_000,
        "-" * 1_000_000 + "{{- 1}}",
        " " * 1_000_000 + "{{- 1}}",
        ending=Ending.WELL,
    ),
    HostileTemplate(
        name="a long chain of fields", body='{{$d := dict}}{{$_ := set $d "x" $d}}' + _loop("$d" + ".x" * 5_000)
    ),
    HostileTemplate(name="many arguments of and", body=_loop("and" + " 1" * 5_000)),
    HostileTemplate(name="many arguments of add", body=_loop("add" + " 1" * 5_000)),
    HostileTemplate(name="many commands", body=_loop("1" + " | print" * 5_000)),
    HostileTemplate(
        name="many variables",
        body="".join(f"{{{{$x{number} := 1}}}}" for number in range(5_000)) + _loop("$x0"),
    ),
    HostileTemplate(name="one text in many places", body="{{$s := repeat 9000000 `a`}}{{print" + " $s" * 1_000 + "}}"),
    HostileTemplate(
        name="one text in many places of a list",
        body="{{$s := repeat 9000000 `a`}}{{$l := list" + " $s" * 1_000 + "}}{{print $l}}",
    ),
    HostileTemplate(
        name="one text in many places of a document",
        body="{{$s := repeat 9000000 `a`}}{{$l := list" + " $s" * 1_000 + "}}{{toYaml $l}}",
    ),
    HostileTemplate(
        name="an error that quotes a long text", body="{{fail (repeat 60000000 `a`)}}", ending=Ending.ERROR
    ),
    HostileTemplate(
        name="an error of a type that quotes a long text",
        body="{{range (repeat 20000000 `a`)}}{{end}}",
        ending=Ending.ERROR,
    ),
]

_PRINTING: Final = [
    *_once(
        "widths",
        None,
        'printf "%999999d" 1 | len | until | len',
        'range 1000000}}{{$x := printf "%999999d" 1}}{{end',
        'range 1000000}}{{$x := printf "%*d" 999999 1}}{{end',
        'range 1000000}}{{$x := printf "%-999999s" `x`}}{{end',
        'range 1000000}}{{$x := printf "%.999999f" 1.5}}{{end',
        'range 1000000}}{{$x := printf "%.*e" 999999 1.5}}{{end',
        'range 1000000}}{{$x := printf "%.999999x" 1.5}}{{end',
        'range 1000000}}{{$x := printf "%[3]*.[2]*[1]f" 1.5 900000 999999}}{{end',
        'range 1000000}}{{$x := printf "%.999999d" 7}}{{end',
        'range 1000000}}{{$x := printf "%0999999.999999x" `x`}}{{end',
        'range 1000000}}{{$x := printf "%999999v" (until 1000)}}{{end',
        'range 1000000}}{{$x := printf "%999999q" 120}}{{end',
        'range 1000000}}{{$x := printf "%999999U" 120}}{{end',
        'range 1000000}}{{$x := printf "%999999t" true}}{{end',
        'range 1000000}}{{$x := printf "%999999T" true}}{{end',
        'range 1000000}}{{$x := printf "%999999v" 1i}}{{end',
        'range 1000000}}{{$x := printf (repeat 9999 "%999999d") 1}}{{end',
        'range 1000000}}{{$x := printf (repeat 1000000 "%d") 1}}{{end',
        'range 1000000}}{{$x := printf (repeat 1000000 "%") 1}}{{end',
        'range 1000000}}{{$x := printf (repeat 1000000 "%[1]d") 1}}{{end',
        'range 1000000}}{{$x := printf (print "%" (repeat 1000000 "9") "d") 1}}{{end',
        'range 1000000}}{{$x := printf (print "%" (repeat 1000000 "#") "d") 1}}{{end',
    ),
    *_calls(
        "long text", LONG, 'printf "%q" $s', 'printf "%x" $s', 'printf "% #X" $s', 'printf "%.1s" $s', "print $s",
        'printf "%+q" $s', 'printf "%#q" $s', "println $s", "html $s", "js $s", "urlquery $s", 'printf "%d" $s',
    ),
    *_calls("wide text", WIDE, 'printf "%q" $s', 'printf "%+q" $s', "html $s", "js $s", "urlquery $s", "print $s 1"),
    *_calls("long list", LIST, "print $l", 'printf "%#v" $l', 'printf "%x" $l', 'printf "%q" $l'),
    *_calls("large map", MAP, "print $m", 'printf "%#v" $m'),
    *_once("circle", _CIRCLES, "print $d", 'printf "%#v" $d', 'printf "%d" $d', "html $d", "js $d", "urlquery $d"),
    *_once("bomb", _BOMB, "print $d", 'printf "%#v" $d', 'printf "%d" $d', 'printf "%.1s" $d | len', "html $d"),
    *_once("map bomb", _MAP_BOMB, "print $d", 'printf "%#v" $d'),
    *_rows(
        "printed doubling",
        *map(
            _doubled,
            ("print $t $t", "html $t $t", "js $t $t", "urlquery $t $t", 'printf "%q%q" $t $t', 'printf "%x" $t'),
        ),
    ),
]  # fmt: skip

_TEXTS_AND_LISTS: Final = [
    *_once(
        "huge",
        None,
        'repeat 9223372036854775807 "a"',
        "until 9223372036854775807 | len",
        "untilStep -9223372036854775808 9223372036854775807 1 | len",
        "seq 9223372036854775806 | len",
        "seq 1 1 9223372036854775806 | len",
        'indent 9223372036854775807 "a"',
        'nindent 100000 (repeat 100000 "\\n")',
        'replace "a" (repeat 9999 "b") (repeat 99999 "a")',
        'replace "" (repeat 9999 "b") (repeat 99999 "a")',
        'wrapWith 1 (repeat 9999 "b") (repeat 99999 "a")',
        'join (repeat 9999 "b") (until 99999)',
    ),
    *_once(
        "extremes",
        None,
        'trunc -9223372036854775808 "a"',
        'trunc 9223372036854775807 "a"',
        'substr 0 9223372036854775807 "a"',
        'abbrev 9223372036854775807 "a"',
        'abbrevboth 9223372036854775807 9223372036854775807 "abc"',
        'abbrevboth -9223372036854775808 7 "abcdefghijkl"',
        'plural "a" "b" 9223372036854775807',
        'wrap 9223372036854775807 "a b"',
        'wrapWith -9223372036854775808 "x" "a b"',
        'splitn "a" 9223372036854775807 "bab"',
        "slice (list 1 2) 0 2",
        "chunk 9223372036854775807 (list 1 2)",
        "chunk -9223372036854775808 (list 1 2)",
        "untilStep 1 9223372036854775807 9223372036854775807",
        ending=Ending.WELL,
    ),
    *_once(
        "extremes",
        None,
        'repeat -9223372036854775808 "a"',
        'substr 9223372036854775807 -9223372036854775808 "a"',
        'substr -1 -9223372036854775808 "a"',
        "slice (list 1 2) 0 9223372036854775807",
        "index (list 1) 9223372036854775807",
        ending=Ending.ERROR,
    ),
    *_calls("small", None, 'repeat 1000000 "a"', "until 10000", "untilStep 0 100000 7", "seq 10000", "uuidv4"),
    *_calls(
        "long text", LONG, 'contains "b" $s', 'hasPrefix "b" $s', 'hasSuffix "b" $s', "trim $s", 'trimAll "a" $s',
        "trimAll $s $s", 'trimPrefix "a" $s', 'trimSuffix "a" $s', 'replace "b" "c" $s', "repeat 1 $s", "trunc 1 $s",
        "trunc -1 $s", "substr 1 2 $s", 'plural $s "b" 2', "abbrev 9 $s", "abbrevboth 5 9 $s", "wrap 1 $s",
        'wrapWith 9999 "b" $s', "indent 1 $s", "splitList $s $s", 'split "b" $s', 'splitn "a" 2 $s', 'splitn "" 2 $s',
        "cat $s", "quote $s", "squote $s", "toString $s", "toStrings $s", "sortAlpha $s", "upper $s", "lower $s",
        "title $s", "untitle $s", "swapcase $s", "initials $s", "nospace $s", "camelcase $s", "snakecase $s",
        "kebabcase $s", "b64enc $s", "b64dec $s", "b32enc $s", "b32dec $s", "hexdec $s", "sha1sum $s", "sha256sum $s",
        "sha512sum $s", "adler32sum $s", "shuffle $s", 'contains (print $s "b") $s', 'join "" $s', "list $s $s",
        "base $s", "clean $s", "dir $s", "ext $s", "isAbs $s", "osBase $s", "empty $s", 'default "x" $s', "coalesce $s",
        "all $s", 'ternary $s "" true', "kindOf $s", "typeOf $s", "typeIs $s $s",
    ),
    *_calls(
        "wide text", WIDE, 'contains "b" $s', "trim $s", "trimAll $s $s", 'replace "b" "c" $s', "trunc 2 $s",
        "substr 0 2 $s", "abbrev 9 $s", "wrap 1 $s", "upper $s", "lower $s", "title $s", "untitle $s", "swapcase $s",
        "initials $s", "nospace $s", "camelcase $s", "snakecase $s", "kebabcase $s", "shuffle $s", 'splitList "" $s',
        "b64dec $s", "b32dec $s", "hexdec $s", "sha256sum $s", "quote $s", 'hasPrefix "b" $s', "list $s",
    ),
    *_calls("lines", _LINES, "indent 1 $s", 'splitList "\\n" $s', 'split "\\n" $s', "wrap 3 $s", "nospace $s"),
    *_calls(
        "list", LIST, "append $l 1", "prepend $l 1", "first $l", "last $l", "rest $l", "initial $l", "reverse $l",
        "compact $l", "uniq $l", "without $l -1", "without $l $l", "has -1 $l", "slice $l 1 2", "concat $l $l",
        "chunk 1 $l", "chunk 100000 $l", 'join "" $l', "toStrings $l", "sortAlpha $l", "deepCopy $l",
        "deepEqual $l (reverse $l | reverse)", "toJson $l", "toYaml $l", "toPrettyJson $l", "list $l", "empty $l",
        "quote $l", "squote $l", "cat $l", 'default "" $l',
    ),
    *_calls(
        "list of texts", _TEXTS, "uniq $l", 'has "c" $l', 'without $l "c"', "sortAlpha $l", 'join "" $l', "compact $l",
        "deepEqual $l (reverse $l)", "deepCopy $l", "first $l", "toJson $l", "toYaml $l", "toStrings $l",
    ),
    *_calls(
        "large map", MAP, 'get $m "1"', 'set $m "1" 2', 'unset $m "z"', 'hasKey $m "1"', 'pluck "1" $m $m',
        "keys $m", "values $m", 'pick $m "1"', 'omit $m "1"', 'dig "1" 2 $m', "merge $m $m", "mergeOverwrite $m $m",
        "deepCopy $m", "deepEqual $m (deepCopy $m)", "toJson $m", "toYaml $m", "dict $m $m", "index $m `1`", "len $m",
        'urlJoin (set $m "path" "x")',
    ),
    *_once(
        "circle", _CIRCLES, "toJson $d", "toPrettyJson $d", "toRawJson $d", "toYaml $d", "deepCopy $d",
        'merge $d (dict "x" $d)', "merge $d $e", "mergeOverwrite $d $e", "deepEqual $d $e", "has $d (list $e)",
        "uniq (list $d $e)", "without (list $d) $e", "quote $d", "squote $d", "cat $d", "toString $d", "toStrings $d",
        "join `` (list $d)", "sortAlpha (list $d)", "add $d 1 | print $d", "toDecimal $d", "dict $d 1",
        "fail (print $d)",
    ),
    *_once(
        "bomb", _BOMB, "toJson $d", "toPrettyJson $d", "toRawJson $d", "toYaml $d", "deepCopy $d", "quote $d", "cat $d",
        "toString $d", "toStrings $d", "join `` $d", "sortAlpha $d", "deepEqual $d (deepCopy $d)", "dict $d 1",
    ),
    *_once("map bomb", _MAP_BOMB, "toJson $d", "toYaml $d", "deepCopy $d", "merge (dict) (deepCopy $d)", "quote $d"),
    *_rows(
        "doubling",
        *map(
            _doubled,
            (
                "cat $t $t", "join $t (list 1 2 3)", 'replace "a" $t $t', "b64enc $t", "b32enc $t", "quote $t",
                "squote $t $t", "repeat 2 $t", "toJson $t", "regexQuoteMeta (print $t $t)",
                "indent 1 (print $t $t `\n`)",
                "wrapWith 1 $t $t", "printf `%s%s` $t $t", "toYaml (list $t $t)", "encryptAES `k` $t",
                "regexReplaceAll `a` $t $t", "regexReplaceAllLiteral `a` $t $t", "upper (print $t $t)",
                'replace "" $t $t', "urlJoin (dict `path` (print $t $t))",
            ),
        ),
    ),
    *_rows(
        "doubling of lists",
        "{{$l := list 1}}{{range 60}}{{$l = concat $l $l}}{{end}}",
        "{{$l := list 1 2}}{{range 60}}{{$l = list (chunk 1 $l) (chunk 1 $l)}}{{end}}{{print $l}}",
        "{{$l := list 1}}{{range 1000000}}{{$l = append $l $l}}{{end}}",
        "{{$l := list 1}}{{range 1000000}}{{$l = prepend $l 1}}{{end}}",
        "{{$l := list 1}}{{range 1000000}}{{$l = list $l}}{{end}}",
        "{{$m := dict}}{{range $i := until 100000}}{{$_ := set $m (print $i) (until 1000)}}{{end}}",
        "{{$m := dict}}{{range 1000000}}{{$m = dict `a` $m `b` (deepCopy $m)}}{{end}}",
    ),
    *_rows("doubling of maps", "{{range 1000000}}{{$m = merge (dict) $m}}{{end}}", begin=MAP),
]  # fmt: skip

_READING: Final = [
    *_once(
        "deep",
        None,
        'fromJson (repeat 100000 "[")',
        'fromJson (print (repeat 100000 "[") (repeat 100000 "]")) | toJson',
        'fromJson (print (repeat 9000 "[") (repeat 9000 "]")) | toJson',
        'fromJson (print (repeat 500000 `{"a":`) 1 (repeat 500000 "}")) | toJson',
        'fromYaml (print (repeat 100000 "[") (repeat 100000 "]")) | len',
        'fromYaml (print `a: ` (repeat 100000 "{a: ")) | len',
        'fromYaml (repeat 9000 "- ") | len',
    ),
    *_once(
        "deep",
        None,
        'fromYaml (print `a: ` (repeat 9000 "- ")) | len',
        'fromYaml (print `a: ` (repeat 9000 "? ")) | len',
        ending=Ending.WELL,
    ),
    *_once(
        "numbers",
        None,
        "fromJson `1e999999999`",
        "fromJson (repeat 100000 `9`)",
        "fromJson (print 1 `e` (repeat 100000 `9`))",
        "fromJson (print `0.` (repeat 1000000 `1`))",
        "fromJson (print `[` (repeat 100000 `1,`) `1]`) | len",
        "fromYaml (print `a: ` (repeat 1000000 `9`)) | len",
        "fromYaml (print `a: 1e` (repeat 1000000 `9`)) | len",
        "fromYaml (print `a: 0x` (repeat 1000000 `f`)) | len",
        "fromYaml (print `a: 0b` (repeat 1000000 `1`)) | len",
        "fromYaml (print `a: 1` (repeat 300000 `:59`)) | len",
        "atoi (repeat 1000000 `9`)",
        "toDecimal (repeat 1000000 `7`)",
        "int (repeat 1000000 `9`)",
        "int64 (print `0x` (repeat 1000000 `f`))",
        "float64 (repeat 1000000 `9`)",
        "float64 (print `0x1p` (repeat 1000000 `9`))",
        "round 1.5 9223372036854775807",
        "round 1.5 -9223372036854775808",
        "duration (repeat 1000000 `9`)",
        "durationRound (repeat 1000000 `9h`)",
        "randInt -9223372036854775808 -1 | kindOf",
        "semverCompare `>1.0.0` (print `1.` (repeat 1000 `9`) `.0`) | not | print",
        ending=Ending.WELL,
    ),
    *_once(
        "versions",
        None,
        "semver (print `1.` (repeat 100000 `9`) `.0`)",
        "semver (repeat 100000 `1.`)",
        "semver (print `1.0.0-` (repeat 300000 `a.`) `a`)",
        "(semver `1.0.0`).SetPrerelease (print (repeat 300000 `a.`) `a`)",
        "(semver `1.0.0`).SetMetadata (print (repeat 300000 `a.`) `a`)",
        "semverCompare `>1.0.0` (print `1.` (repeat 2000 `9`) `.0`)",
    ),
    *_calls("version", _VERSION, "$v.Major", "$v.Compare $v", "$v.IncPatch", "$v.SetPrerelease `a`"),
    *_calls("layout", _LAYOUT, "date $s 1", "now.Format $s", "toDate $s $s", "dateInZone $s 1 `UTC`"),
    *_once("constraints", None,
        "semverCompare (repeat 100000 `>1,`) `1.2.3`", "semverCompare (repeat 9999 `1 - 2 `) `1`"),
    *_rows(
        "arithmetic",
        "{{$x := 3}}{{range 1000000}}{{$x = mul $x $x}}{{end}}",
        "{{$x := 3.5}}{{range 1000000}}{{$x = mulf $x 1.5}}{{$x = divf $x 1.25}}{{end}}",
        "{{$x := 3.5}}{{range 1000000}}{{$x = round (addf $x 1.5) 300}}{{end}}",
        f"{{{{range 1000000}}}}{{{{$x := mulf{' 1.7976931348623157e308' * 1000}}}}}{{{{end}}}}",
        f"{{{{range 1000000}}}}{{{{$x := divf{' 1.7976931348623157e-308' * 1000}}}}}{{{{end}}}}",
        f"{{{{range 1000000}}}}{{{{$x := addf{' 1.7976931348623157e308 4.9e-324' * 500}}}}}{{{{end}}}}",
        f"{{{{range 1000000}}}}{{{{$x := add{' 9223372036854775807' * 1000}}}}}{{{{end}}}}",
    ),
    HostileTemplate(name="a product of many numbers", body=f"{{{{mulf{' 1.7e308' * 100_000}}}}}"),
    HostileTemplate(name="a quotient of many numbers", body=f"{{{{divf 1{' 1.7e-308' * 100_000}}}}}"),
    *_calls(
        "long text", LONG, "fromJson $s", 'mustFromJson (print `"` $s `"`)', "fromYaml $s", "toJson $s", "toYaml $s",
        "toYaml (dict $s $s)", "atoi $s", "toDecimal $s", "int $s", "float64 $s", "add $s", "addf $s", "max $s",
        "urlParse (print `http://h/` $s)", "urlParse (print $s `:` $s)",
        "urlJoin (dict `path` $s)", "urlJoin (dict `userinfo` $s)", "date $s 1", "toDate $s $s", "toDate `2006` $s",
        "dateInZone `2006` 1 $s", "dateModify $s now", "duration $s", "durationRound $s", "regexMatch `b$` $s",
        "regexQuoteMeta $s", "toRawJson $s", "toPrettyJson (list $s)",
        "derivePassword 1 `none` $s $s $s", "htpasswd `u` $s `sha`", "htpasswd (print $s `:`) `p` ``", "bcrypt $s",
        "encryptAES `k` $s", "decryptAES `k` ``", "hasKey (dict) $s", "get (dict) $s", "dict $s 1", "set (dict) $s 1",
        "pick (dict) $s", "omit (dict) $s", "pluck $s (dict)", "dig $s 1 (dict)",
    ),
    *_calls("wide text", WIDE, 'fromJson (print `"` $s `"`)', "fromYaml $s", "toJson $s", "toYaml $s", "dict $s 1"),
    *_once(
        "many", None,
        "fromJson (print `[` (repeat 2000000 `[],`) `1]`) | len",
        "fromJson (print `[` (repeat 2000000 `{},`) `1]`) | len",
        'fromJson (print `[` (repeat 1000000 `"Ω",`) `1]`) | len',
        'fromYaml (repeat 2000000 "a: 1\n") | len',
        "fromYaml (print `a: [` (repeat 2000000 `{},`) `]`) | len",
        "fromYaml (print `a: [` (repeat 1000000 `{a: b},`) `]`) | len",
        "fromYaml (print `a: ` (repeat 2000000 `!`)) | len",
        "fromYaml (repeat 1000000 `a\n`) | len",
        'fromYaml (repeat 1000000 "#\n") | len',
        'fromYaml (print `"` (repeat 1000000 `\\/`) `": 1`) | len',
        'fromYaml (print `a: [` (repeat 100000 `"\\/a",`) `1]`) | len',
        ending=Ending.WELL,
    ),
    *_rows(
        "aliases",
        "{{fromYaml `a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "`}}",
        "{{fromYaml `a: &a {x: 1, y: 2}\n"
        + "".join(
            f"{b}: &{b} {{<<: [{','.join([f'*{a}'] * 20)}]}}\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "`}}",
        '{{fromYaml (print "a: &a [*a]") | print}}',
        '{{fromYaml (print (repeat 10000 "- &a a\n")) | print}}',
        '{{fromYaml (print "a: &a [1,2,3]\nb: [" (repeat 100000 "*a,") "]") | len}}',
        ending=Ending.WELL,
    ),
    *_once(
        "dates", None, 'date (repeat 300000 "2006") 1 | len', 'date (repeat 300000 "MST-07:00 Monday ") 1 | len',
        'date (repeat 300000 "000000000.") 1 | len', 'toDate (repeat 100000 "2006") (repeat 100000 "2006")',
        'toDate (repeat 100000 " ") (repeat 100000 " ")', 'dateModify (repeat 100000 "1h") now',
        'toDate (repeat 100000 "Jan") (repeat 100000 "Jan")', "toDate `.000` (print `.` (repeat 1000000 `9`))",
        ending=Ending.WELL,
    ),
]  # fmt: skip

_EXPRESSIONS: Final = [
    *_calls(
        "expressions", _SHORTER, "regexMatch `(a|aa)+$` $s", "regexMatch `(a?){500}a{500}b` $s",
        "regexFind `(.*)(.*)(.*)(.*)b` $s", "regexFindAll `a` $s -1", "regexFindAll `.*b` $s -1",
        "regexReplaceAll `(a)` $s `$1$1`", "regexReplaceAll `(a)` $s `${1}${2}`", "regexSplit `` $s -1",
        "regexSplit `a` $s -1", "regexReplaceAllLiteral `a` $s `bb`", "regexMatch `((a{20}){20})` $s",
        "regexFindAll `a*?b|a` $s -1", "regexReplaceAll `(a*)*b` $s `x`", "regexMatch (trunc 900 $s) `x`",
        "regexMatch (repeat 400 `(a|b)*`) $s", r"regexMatch `\pL{900}` `x`", r"regexFindAll `[\pL\pN]*\pZ|.` $s -1",
    ),
    *_once(
        "expressions", LONG, "regexFindAll `` $s -1 | len", "regexFindAll `.*b|a` $s -1 | len",
        "regexReplaceAll `` $s (repeat 99 `b`) | len", "regexReplaceAll `a` $s (repeat 1000 `$0`) | len",
        "regexMatch (repeat 1000000 `(`) $s", "regexSplit `` $s -1 | len",
        "regexMatch $s $s", "regexReplaceAll `(?P<x>a)` $s `$x$x$x$x$x` | len",
    ),
    *_once(
        "expressions", None, "regexMatch `((((a{9}){9}){9}){9}){9}` `a`", "regexMatch (repeat 100000 `a|`) `a`",
        ending=Ending.WELL,
    ),
    HostileTemplate(
        name="many expressions",
        body=r"{{range $i := until 1000000}}{{$x := regexMatch (print `(\pL{100}|\pN{100})` $i) `x`}}{{end}}",
    ),
]  # fmt: skip

_CRYPTOGRAPHY: Final = [
    *_once(
        "chance", None,
        "randBytes 100000000", "randAscii 100000000", "randNumeric 50000000",
        "randAlphaNum 9223372036854775807", 'shuffle (repeat 10000000 "a")',
    ),
    *_calls(
        "loop", None, "randBytes 100000", "randAscii 100000", "randAlpha 9", "randInt 0 9", 'genPrivateKey "rsa"',
        'genPrivateKey "dsa"', 'genPrivateKey "ecdsa"', 'genPrivateKey "ed25519"', 'genCA "c" 1',
        'genCAWithKey "c" 1 $.p256_key', 'genSelfSignedCert "c" nil nil 1',
        'genSelfSignedCertWithKey "c" nil nil 1 $.p256_key',
        'derivePassword 1 "long" "p" "u" "s"', 'bcrypt "p"', 'htpasswd "u" "p" ""', 'encryptAES "k" "v"',
        "pemToPkcs12 $.leaf $.leaf_key", "fullPemToPkcs12 $.chain $.leaf_key", "pemTruststoreToPKCS12 $.chain",
        "pkcs12key $.modern_nopass_p12", "pkcs12cert $.rc2_nopass_p12", "jwkPrivateKeyPem $.rsa_jwk",
        "jwkPublicKeyPem $.rsa_public_jwk", 'rsaDecrypt "RSA-OAEP" "SHA1" $.oaep_sha1 $.rsa_key',
        'filterPEM "CERTIFICATE" $.chain', 'filterCertChain "leaf" $.chain', "certSANs $.leaf",
        "buildCustomCert $.rsa_cert_b64pem $.rsa_key_b64pem",
    ),
    *_calls(
        "many certificates", _CERTIFICATES, "pemTruststoreToPKCS12 $s",
        'filterPEM "CERTIFICATE" $s', "certSANs $s", "fullPemToPkcs12 (print $.leaf $s) $.leaf_key",
        "pemToPkcs12 $s $.leaf_key",
    ),
    *_once("many certificates", _CERTIFICATES, 'filterCertChain "leaf" $s', ending=Ending.ERROR),
    *_once("very many certificates", None, "pemTruststoreToPKCS12 (repeat 10000 .root) | len"),
    *_calls(
        "text", _SHORTER, 'jwkPublicKeyPem (print `{"kty":"RSA","e":"AQAB","n":"` $s `"}`)',
        "hexdec $s",
    ),
    *_calls("names", _NAMES, 'genSelfSignedCertWithKey "c" nil $l 1 $.p256_key'),
    *_calls(
        "blocks", _BLOCKS, 'filterPEM "A" $s', 'filterPEM "B" $s',
    ),
]  # fmt: skip

HOSTILE: Final = [*_LANGUAGE, *_PARSING, *_PRINTING, *_TEXTS_AND_LISTS, *_READING, *_EXPRESSIONS, *_CRYPTOGRAPHY]
