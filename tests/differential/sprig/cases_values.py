"""Functions that ask what values are: empty, of a type, the same."""

from calls import VALUES, calls, each_value, flattened, typed

_NAMES = ("default", "coalesce", "all", "any")

CASES = flattened(
    each_value("empty"),
    calls("empty", "", "1 2", '""', "(list nil)", "0.0", "0i", '(as "uint8" 0)', '(as "[]byte" "")', "(rest (list))"),
    *(each_value(name) for name in _NAMES),
    each_value("default", before='"fallback"'),
    each_value("default", before="nil"),
    typed("default", "", '"a" 0 1', '"a" 2 0', "1 nil"),
    *(typed(name, "", 'nil "" 0 (list) "x" 5', "nil nil", "1 2 3", "1 0", '"" (dict) false') for name in _NAMES[1:]),
    *(
        typed(f"ternary {first}", "true", "false", "nil", "1", '"true"', "", "true true")
        for first in ('"a" "b"', "nil 1", "(list) (dict)")
    ),
    *(each_value(name) for name in ("typeOf", "kindOf")),
    *(
        each_value(name, before=f'"{given}"')
        for name, given in (
            ("typeIs", "string"),
            ("typeIs", "[]interface {}"),
            ("typeIs", "map[string]interface {}"),
            ("typeIs", "int"),
            ("kindIs", "slice"),
            ("kindIs", "map"),
            ("kindIs", "invalid"),
            ("kindIs", "int64"),
            ("typeIsLike", "errors.errorString"),
            ("typeIsLike", "*errors.errorString"),
            ("typeIsLike", "int8"),
        )
    ),
    *(calls(name, "", "1", '"a"', '"a" 1 2', "1 1") for name in ("typeIs", "typeIsLike", "kindIs")),
    *(
        calls(
            name,
            "",
            "1 2",
            "(list (list 1))",
            "(until 3)",
            '(split "," "a")',
            "(chunk 1 (list 1))",
            "1.0",
            "'a'",
            '(splitList "," "a")',
            "(add 1)",
        )
        for name in ("typeOf", "kindOf")
    ),
    *(calls("deepEqual", *(f"{left} {right}" for right in VALUES)) for left in VALUES),
    calls(
        "deepEqual",
        "",
        "1",
        "1 2 3",
        '(list 1 (dict "a" (list nil))) (list 1 (dict "a" (list nil)))',
        '(dict "a" 1) (dict "a" 1.0)',
        '(dict "a" 1) (dict "b" 1)',
        '(list 1 2) (as "[]int" (list 1 2))',
        '(float64 "NaN") (float64 "NaN")',
        '(as "error" "a") (as "error" "a")',
        '(as "error" "a") (as "error" "b")',
        '"\\xff" "\\xfe"',
    ),
    calls("fail", '"no good"', '""', "", "1", '"a" "b"', "nil", '"%d ä\\n"', '(printf "%s" "x")'),
    calls('"" | fail', ""),
)
