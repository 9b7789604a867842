"""What functions take and give, as patterns of calls for the grammar of whole templates.

`{kind}` stands for an argument of a kind, `{kind*}` for up to three. A kind that is written in capitals is always a
constant: its size decides what a render costs, or another kind would let the clock show. What a function gives in an
order of chance is sorted by its pattern, and of what is drawn by chance its pattern tells the length.
"""

# ruff: noqa: E501 - a table is read best with few lines
import re
from dataclasses import dataclass
from typing import Final

_TABLE: Final = r"""
text: upper {text}; lower {text}; title {text}; untitle {text}; trim {text}; trimAll {text} {text}; trimall {text} {text}
text: trimSuffix {text} {text}; trimPrefix {text} {text}; nospace {text}; swapcase {text}; initials {text}
text: snakecase {text}; camelcase {text}; kebabcase {text}; abbrev {int} {text}; abbrevboth {int} {int} {text}
text: trunc {int} {text}; substr {int} {int} {text}; repeat {COUNT} {text}; replace {text} {text} {text}
text: quote {any*}; squote {any*}; cat {any*}; indent {COUNT} {text}; nindent {COUNT} {text}; wrap {WIDTH} {text}
text: wrapWith {WIDTH} {text} {text}; plural {text} {text} {int}; join {text} {list}; toString {any}; hello
text: b64enc {text}; b64dec {b64}; b32enc {text}; b32dec {b32}; hexdec {hex}; sha1sum {text}; sha256sum {text}
text: sha512sum {text}; adler32sum {text}; toYaml {any}; toJson {any}; toPrettyJson {any}; toRawJson {any}
text: mustToJson {any}; mustToPrettyJson {any}; mustToRawJson {any}; html {any*}; js {any*}; urlquery {any*}
text: print {any*}; println {any*}; printf "%v" {any}; printf "%s|%d" {any} {any}; printf "%q" {any}
text: printf {format} {any} {any}; base {path}; dir {path}; ext {path}; clean {path}; osBase {path}; osDir {path}
text: osExt {path}; osClean {path}; regexFind {regex} {text}; mustRegexFind {regex} {text}; regexQuoteMeta {text}
text: regexReplaceAll {regex} {text} {text}; mustRegexReplaceAll {regex} {text} {text}
text: regexReplaceAllLiteral {regex} {text} {text}; mustRegexReplaceAllLiteral {regex} {text} {text}
text: typeOf {any}; kindOf {any}; urlJoin {dict}; urlJoin (urlParse {url}); urlJoin (set (urlParse {url}) "query" {text})
text: date {layout} {MOMENT}; dateInZone {layout} {MOMENT} {zone}; date_in_zone {layout} {MOMENT} {zone}
text: htmlDate {MOMENT}; htmlDateInZone {MOMENT} {zone}; duration {number}; durationRound {duration}; unixEpoch {date}
text: htpasswd {text} {text} "sha"; derivePassword 1 "long" "p" "u" {text}; encryptAES "k" {text} | decryptAES "k"
text: decryptAES "key" {b64}; filterPEM {label} {pem}; filterCertChain {part} {pem}; filterPEM "certificate" {chain}
text: filterCertChain {part} {chain}; jwkPublicKeyPem {jwk}; jwkPrivateKeyPem {jwk}; pkcs12key {p12}; pkcs12cert {p12}
text: pkcs12keyPass {password} {p12}; pkcs12certPass {password} {p12}; rsaDecrypt "RSA-OAEP" {hash} {oaep} {rsa}
text: rsaDecrypt {scheme} {hash} {text} {pem}; fail {text}; seq {COUNT}; seq {COUNT} {COUNT}; seq {COUNT} {COUNT} {COUNT}
text: genPrivateKey "ecdsa" | trunc 27; genPrivateKey {curve} | trunc 27; index {dict} {key}; get {dict} {key} | toString
text: (semver {version}).String; (semver {version}).Prerelease; (semver {version}).Metadata; (semver {version}).Original
text: (genCAWithKey {text} 1 {pem}).Key; (genSelfSignedCertWithKey {text} nil (list {text}) 1 {pem}).Key
text: (buildCustomCert {certificate} {secret}).Key; pemToPkcs12 {chain} {pem} | pkcs12key | trunc 0
text: b64dec (pemToPkcs12 {chain} {pem}) | pkcs12cert; b64dec (fullPemToPkcs12 {chain} {pem}) | pkcs12cert
text: b64dec (fullPemToPkcs12Pass {chain} {pem} "p") | pkcs12keyPass {password}
text: b64dec (pemToPkcs12Pass {chain} {pem} "p") | pkcs12certPass {password}; or {text} {text}; and {text} {text}
text: (genSignedCertWithKey {text} nil (list {text}) 1 (genCAWithKey "ca" 1 {pem}) {pem}).Key
int: len {list}; len {dict}; len {text}; int {any}; atoi {text}; len (shuffle {text}); len (randAlphaNum {COUNT})
int: len (randAlpha {COUNT}); len (randAscii {COUNT}); len (randNumeric {COUNT}); len (b64dec (randBytes {COUNT}))
int: len (uuidv4); len (typeOf (randInt -9 {COUNT})); randInt 12 13
int: len (pemTruststoreToPKCS12 {chain}); len (pemTruststoreToPKCS12Pass {chain} {text})
number: add {number*}; add1 {number}; sub {number} {number}; div {number} {number}; mod {number} {number}
number: mul {number} {number*}; max {number} {number*}; min {number} {number*}; biggest {number} {number*}; int64 {any}
number: ceil {number}; floor {number}; round {number} {PLACES}; round {number} {PLACES} {number}; float64 {any}
number: add1f {number}; addf {number*}; subf {number} {number*}; divf {number} {number*}; mulf {number} {number*}
number: maxf {number} {number*}; minf {number} {number*}; toDecimal {any}; (semver {version}).Major
number: (semver {version}).Minor; (semver {version}).Compare (semver {version})
bool: contains {text} {text}; hasPrefix {text} {text}; hasSuffix {text} {text}; empty {any}; all {any*}; any {any*}
bool: has {any} {list}; mustHas {any} {list}; hasKey {dict} {key}; deepEqual {any} {any}; kindIs {kind} {any}
bool: typeIs {type} {any}; typeIsLike {type} {any}; regexMatch {regex} {text}; mustRegexMatch {regex} {text}
bool: semverCompare {constraint} {version}; isAbs {path}; osIsAbs {path}; not {any}; eq {any} {any*}; ne {any} {any}
bool: lt {number} {number}; le {number} {number}; gt {text} {text}; ge {int} {int}; and {bool} {bool}; or {bool} {bool}
any: index {list} 0; index {text} 0; default {any} {any*}; coalesce {any*}; ternary {any} {any} {bool}; first {list}; mustFirst {list}; last {list}
any: mustLast {list}; get {dict} {key}; index {dict} {key} {key}; dig {key} {any} {dict}
any: dig {key} {key} {any} {dict}; fromJson {json}; mustFromJson {json}; deepCopy {any}; mustDeepCopy {any}
any: or {any} {any*}; and {any} {any*}; slice {list} {int*}; mustSlice {list} {int*}; slice {text} {int} {int}
any: index (split {text} {text}) "_0"; (splitn {text} {COUNT} {text})._1; (urlParse {url}).host; nil | default {any}
list: list {any*}; tuple {any*}; rest {list}; mustRest {list}; initial {list}; mustInitial {list}; append {list} {any}
list: mustAppend {list} {any}; push {list} {any}; mustPush {list} {any}; prepend {list} {any}; mustPrepend {list} {any}
list: concat {list*}; reverse {list}; mustReverse {list}; uniq {list}; mustUniq {list}; without {list} {any*}
list: mustWithout {list} {any*}; compact {list}; mustCompact {list}; chunk {COUNT} {list}; mustChunk {COUNT} {list}
list: until {COUNT}; untilStep {COUNT} {COUNT} {COUNT}; splitList {text} {text}; sortAlpha {list}; toStrings {any}
list: regexFindAll {regex} {text} {int}; mustRegexFindAll {regex} {text} {int}; regexSplit {regex} {text} {int}
list: mustRegexSplit {regex} {text} {int}; keys {dict} | sortAlpha; keys {dict} {dict} | uniq | sortAlpha
list: values {dict} | toStrings | sortAlpha; pluck {key} {dict} {dict*}; certSANs {chain}; certSANs {pem}
dict: dict {key} {any}; dict {key} {any} {key} {any}; dict {any*}; pick {dict} {key*}; omit {dict} {key*}
dict: set {dict} {key} {!any}; unset {dict} {key}; merge {dict} {!dict*}; mustMerge {dict} {!dict*}
dict: mergeOverwrite {dict} {!dict*}; mustMergeOverwrite {dict} {!dict*}; deepCopy {dict}; fromYaml {yaml}
dict: urlParse {url}
any: fromJson {json}; split {text} {text}; splitn {text} {COUNT} {text}
date: toDate {layout} {text}; mustToDate {layout} {text}; dateModify {duration} {date}; date_modify {duration} {date}
date: mustDateModify {duration} {date}; must_date_modify {duration} {date}; toDate {LAYOUT} {DAY}
json: toJson {any}; toRawJson {dict}; toPrettyJson {list}
yaml: toYaml {dict}; toJson {dict}; toYaml {any}
b64: b64enc {text}
b32: b32enc {text}
hex: printf "%x" {text}; sha1sum {text}
version: printf "%d.%d.%d" {int} {int} {int}; print {int} "." {int}
"""

LEFT_OUT: Final = {
    "now": "shows the clock",
    "ago": "shows the clock",
    "bcrypt": "takes long, and each result is another",
    "genCA": "takes long, and each result is another",
    "genSelfSignedCert": "takes long, and each result is another",
    "genSignedCert": "takes long, and each result is another",
    "call": "there is no function to call in what templates get",
}
"""Functions that no pattern calls, with the reason; the tests of what one makes and the other opens do."""

_ARGUMENT: Final = re.compile(r"\{(!?)(\w+)(\*?)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A place in a pattern."""

    kind: str
    is_repeated: bool
    """There may be none to three."""
    is_apart: bool
    """It must not hold a value that the template has already: a map that holds itself has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A call with places for arguments."""

    pieces: tuple[str | Argument, ...]

    @property
    def takes_a_pipe(self) -> bool:
        """Whether the last argument can as well come through a pipe."""
        last = self.pieces[-1] if self.pieces else ""
        words = "".join(piece for piece in self.pieces if isinstance(piece, str))
        return isinstance(last, Argument) and not last.is_repeated and "(" not in words and "|" not in words


def _pattern(text: str) -> Pattern:
    pieces: list[str | Argument] = []
    end = 0
    for found in _ARGUMENT.finditer(text):
        pieces.append(text[end : found.start()])
        apart, kind, repeated = found.groups()
        pieces.append(Argument(kind=kind, is_repeated=bool(repeated), is_apart=bool(apart)))
        end = found.end()
    return Pattern(pieces=tuple(piece for piece in (*pieces, text[end:]) if piece != ""))


def _patterns() -> dict[str, list[Pattern]]:
    found: dict[str, list[Pattern]] = {}
    for line in _TABLE.strip().splitlines():
        kind, _, calls = line.partition(": ")
        found.setdefault(kind, []).extend(map(_pattern, calls.split("; ")))
    return found


PATTERNS: Final = _patterns()
"""Calls, by the kind of what they give."""

CALLED: Final = frozenset(re.findall(r"[A-Za-z]\w*", re.sub(r"\{[^}]*\}|\"[^\"]*\"", " ", _TABLE)))
"""Every name in a pattern."""
