"""Scalars that are put to the YAML decoder of Kubernetes, each as the value of a key, some as a key."""

_WORDS = """
y Y yes Yes YES yEs n N no No NO true True TRUE tRUE false False FALSE on On ON off Off OFF ~ null Null NULL nULL nil
none << = - -- -a ?a :a a:b a?b a#b
"""
_INTEGERS = """
0 -0 +0 1 -1 +1 00 01 007 08 0o7 0O17 -0o17 0x1F 0X1f -0xff +0x10 0x 0b101 -0b11 0B1 0b2 1_000 1__0 _1 1_ 0x_1 0_7
2147483648 4294967296 9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 18446744073709551615 18446744073709551616 +9223372036854775808 0xFFFFFFFFFFFFFFFF
0777777777777777777777 123456789012345678901234567890 1:30 190:20:30 12:30:45 -1:30 1,000 1% 1e 0123456789
"""
_FLOATS = """
0.0 -0.0 1.0 1. .5 -.5 +.5 . .. 1.10 1.50 3.14159265358979 0.1 0.30000000000000004 16777216.0 16777217.0 123456789.5
1234567.0 100000.0 1000000.0 20000000.0 21000000.0 999999999999.0 1e3 1E3 1e+3 1e-3 -1e3 1.5e300 1e20 1e21 1e22 1e38
3.4028235e38 3.5e38 1e39 1e308 1e309 -1e400 5e-324 1e-45 1e-46 1e-400 1e-4 1e-5 1e-7 0.0001 0.00001 0.000001 0.0000001
9223372036854775807.0 9223372036854774784.0 -9223372036854775808.0 4611686018427387904.0 1.0e18 1.0e19 1_0.5 1.5_0 ._5
1e1_0 0x1p4 0x1.8p1 1e1.5 190:20:30.15 .inf .Inf .INF +.inf -.inf -.Inf .iNF inf Infinity .nan .NaN .NAN NaN
"""
_TIMES = """
2001-12-14 2001-1-2 2001-12-14T21:59:43.10-05:00 2001-12-14t21:59:43Z 2001-12-32 2001-12 20011214
"""

_TAGGED = [
    "!!str 1",
    "!!str",
    "!!str yes",
    "!!str 2001-12-14",
    "!!int 1",
    '!!int "1"',
    "!!int 1.0",
    "!!int s3cr3t",
    "!!float 1",
    "!!float 1.5",
    "!!float s3cr3t",
    "!!bool yes",
    '!!bool "true"',
    "!!bool s3cr3t",
    "!!null ~",
    "!!null s3cr3t",
    "!!timestamp 2001-12-14",
    "!!timestamp s3cr3t",
    "!!binary aGVsbG8=",
    "!!binary /+8=",
    "!!binary 4oKs4g==",
    "!!binary s3cr3t",
    "!!binary aGV8=",
    "!!binary aGVsbG8==",
    "!!binary aGVsbG9=",
    "!!binary aGVs bG8=",
    "!!binary |\n    aGVs\n    bG8=",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!seq s3cr3t",
    "!!map s3cr3t",
    "!own 1",
    "! 1",
    '! "1"',
    "!<tag:yaml.org,2002:int> 1",
    "!e!x s3cr3t",
]

_QUOTED = [
    "''",
    '""',
    "'1'",
    '"1"',
    "'true'",
    "'null'",
    "'it''s'",
    r'"a\tb\n\\\"\x41\u00e9\U0001F511\0\a\e\N\_\L\P"',
    r'"a\/b"',
    r'"\ud83d\udd11"',
    r'"\ud800"',
    r'"s3cr3t\q"',
    '"s3cr3t',
    "'s3cr3t",
    '"a\n  b"',
    '"a\n\n  b"',
    '"a\\\n  b"',
    "'a\n\n  b'",
    "a\n  b\n  c",
    "a\n\n  b",
]

_BLOCKS = [
    "|\n  a\n  b\n",
    "|-\n  a\n  b\n",
    "|+\n  a\n\n",
    ">\n  a\n  b\n\n  c\n",
    ">-\n  a\n   b\n  c\n",
    "|2\n    a\n",
    "|\n\ta",
    "|0\n  a",
    "|\n",
    "|\n  a",
    "| # text\n  a\n",
]

_TEXTS = [
    "a b",
    "a #b",
    "a: s3cr3t",
    "@s3cr3t",
    "`s3cr3t`",
    "%s3cr3t",
    "*s3cr3t",
    "&s3cr3t",
    "&s3cr3t x",
    "!s3cr3t",
    "|s3cr3t",
    ">s3cr3t",
    "[s3cr3t",
    "{s3cr3t",
    "]s3cr3t",
    "}s3cr3t",
    ",s3cr3t",
    "? s3cr3t",
    "- s3cr3t",
    "s3cr3t\tx",
    "\ts3cr3t",
    "é",
    "€ \U0001f511",
    "a\u00a0b",
    "a\u2028b",
    "a\u0085b",
    '"a\u0085b"',
    "s3cr3t\u007f",
    "s3cr3t\u0001",
    "s3cr3t\u0000x",
    "s3cr3t\ufeffx",
    "s3cr3t\uffff",
    "https://user:s3cr3t@host:1/x?y#z",
    "<a>&",
]

_PLAIN = [*f"{_WORDS} {_INTEGERS} {_FLOATS} {_TIMES}".split(), "2001-12-14 21:59:43", "2001-12-14 21:59:43.5 -5"]
_KEYS = """
1 -1 0x10 010 1_0 1.0 1.5 1.10 16777217.0 1e3 1e21 1e39 .inf -.inf .nan true yes No off ~ null 9223372036854775807
9223372036854775808 18446744073709551615 2001-12-14 '1' "true" !!str\t1 !!binary\taGk= !!binary\t/w== !!int\t1 =
[1] {a:1} "" ''
"""

SCALARS: list[str | bytes] = [
    *(f"k: {text}" for text in (*_PLAIN, *_TAGGED, *_QUOTED, *_BLOCKS, *_TEXTS)),
    *(f"{key}: s3cr3t" for key in _KEYS.split()),
    *(f"? {key}\n: s3cr3t" for key in ("a", "1", "~", "|\n  a\n  b", "[s3cr3t]", "{s3cr3t: 1}", "")),
]
