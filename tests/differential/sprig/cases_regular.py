"""Functions for regular expressions."""

from calls import calls, flattened, miscalled, quoted, shown

_BAD = (
    "(",
    ")",
    "a)",
    "[a",
    "*",
    "a**",
    "+",
    "a{1001}",
    "a{2,1}",
    "(?=x)",
    "(?!x)",
    "(?<=a)",
    "[z-a]",
    "\\\\q",
    "a\\\\",
    "(?P<1>a)",
    "[[:foo:]]",
    "\\\\pX",
    "\\\\p{Foo}",
    "(?i",
    "(?z)",
    "x{2}{3}",
    "[a-\\\\d]",
    "\\\\1",
    "(a",
    "((a)",
    "`(",
    "a`\\n(",
    "(?P<n>a)(?P<n>b)",
    "\\\\8",
    "[]",
    "[^",
    "(((a{100}){100}){100})",
    "\\\\C",
)
_GOOD = (
    "a",
    "",
    "a*",
    "[a-z]+",
    "(\\\\w+)@(\\\\w+)",
    "^",
    "$",
    "b|",
    "\\\\d{2,3}",
    "(?i)AB",
    "ä",
    ".",
    ",",
    "\\\\b",
    "\\\\B",
    "x*y?",
    "(a)(b)?",
)
_TEXTS = ("", "a", "abab", "foo@bar baz@qux", "12 345 6789", "äbä日", "a,b,,c,", "aXbXc", "xxyxy")

CASES = flattened(
    *(
        calls(
            name,
            *(f'"{expression}" "{text}"' for expression in _GOOD for text in _TEXTS),
            *(f'"{bad}" "a"' for bad in _BAD),
        )
        + miscalled(name, 2)
        for name in ("regexMatch", "mustRegexMatch")
    ),
    *(
        quoted(
            name,
            *(f'"{expression}" "{text}"' for expression in _GOOD for text in _TEXTS),
            *(f'"{bad}" "a"' for bad in _BAD),
        )
        + miscalled(name, 2)
        for name in ("regexFind", "mustRegexFind")
    ),
    *(
        shown(
            name,
            *(
                f'"{expression}" "{text}" {count}'
                for expression in _GOOD
                for text in _TEXTS
                for count in (-1, 0, 1, 2, 3)
            ),
            *(f'"{bad}" "a" -1' for bad in _BAD[:6]),
            '"a" "b" "c"',
            '"a"',
            '1 "a" 1',
        )
        for name in ("regexFindAll", "regexSplit")
    ),
    *(
        shown(
            name,
            *(f'"{expression}" "{text}" {count}' for expression in _GOOD for text in _TEXTS[2:5] for count in (-1, 2)),
            *(f'"{bad}" "a" -1' for bad in _BAD[:6]),
            '"a" "b" "c"',
            '"a"',
            '1 "a" 1',
        )
        for name in ("mustRegexFindAll", "mustRegexSplit")
    ),
    *(
        quoted(
            name,
            *(
                f'"{expression}" "{text}" "{target}"'
                for expression in _GOOD
                for text in _TEXTS
                for target in ("-", "<$0>", "${1}$2", "")
            ),
            *(f'"{bad}" "a" "b"' for bad in _BAD[:6]),
        )
        + miscalled(name, 3)
        for name in ("regexReplaceAll", "regexReplaceAllLiteral")
    ),
    *(
        quoted(
            name,
            *(
                f'"{expression}" "{text}" "{target}"'
                for expression in _GOOD
                for text in _TEXTS[2:4]
                for target in ("-", "${1}$2")
            ),
            *(f'"{bad}" "a" "b"' for bad in _BAD[:6]),
        )
        + miscalled(name, 3)
        for name in ("mustRegexReplaceAll", "mustRegexReplaceAllLiteral")
    ),
    quoted("regexQuoteMeta", '""', '"a"', '"a.b*c"', '"\\\\^$.|?*+()[]{}"', '"ä-/# \\n`"', '"\\xff."'),
    miscalled("regexQuoteMeta", 1),
)
