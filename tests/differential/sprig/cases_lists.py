"""Functions for lists."""

from calls import calls, each_value, flattened, shown

_ONE = (
    "first",
    "last",
    "rest",
    "initial",
    "reverse",
    "compact",
    "uniq",
)
_LISTS = (
    "(list)",
    "(list 1)",
    '(list 1 2 2 "a" 1.0 "" nil 0 "a")',
    '(as "[]string" (list "x" "" "x"))',
    '(as "[]int" (list 0 3 3))',
    '(as "[]byte" "aba")',
    '(list (list 1) (list 1) (dict "a" 1) (dict "a" 1) (dict))',
)


def _both(name: str) -> tuple[str, str]:
    return name, "must" + name[0].upper() + name[1:]


CASES = flattened(
    *(shown(name, *_LISTS) + each_value(name) + calls(name, "", "1 2") for plain in _ONE for name in _both(plain)),
    *(
        shown(name, *(f"{items} 7" for items in _LISTS), "(list) nil", "(list 1) (list 2)", "(list) (dict)")
        + each_value(name, after="1")
        + calls(name, "", "(list)", "(list) 1 2")
        for name in ("append", "push", "mustAppend", "mustPush", "prepend", "mustPrepend")
    ),
    *(
        shown(
            name, *(f"{items} {given}" for items in _LISTS for given in ("", "1", '"a" "" nil', "(list 1)", "1.0 0 2"))
        )
        + each_value(name)
        + calls(name, "")
        for name in ("without", "mustWithout")
    ),
    *(
        calls(
            name,
            *(
                f"{item} {items}"
                for items in _LISTS
                for item in ("1", '"a"', "nil", "1.0", "(list 1)", '(as "uint8" 97)')
            ),
        )
        + each_value(name, before="1")
        + calls(name, "", "1", "1 2 3")
        for name in ("has", "mustHas")
    ),
    *(
        shown(name, *(f"{items} {given}" for items in _LISTS for given in ("", "0", "1", "0 1", "1 1")))
        + shown(
            name,
            "(list 1 2 3) 1 3",
            "(list 1 2 3) 4",
            "(list 1 2 3) 2 1",
            "(list 1 2 3) -1",
            "(list 1 2 3) 0 4",
            '(list 1 2 3) "1"',
            "(list 1 2 3) 1.9",
            "(list 1 2 3) nil",
            "(list 1 2 3) 0 2 9",
            '(list 1 2 3) "x" true',
            "(list) 5 9",
            "(list 1 2 3) 3 3",
            "(list 1 2 3) 3",
        )
        + each_value(name)
        + calls(name, "")
        for name in ("slice", "mustSlice")
    ),
    *(
        shown(
            name,
            *(
                f"{size} {items}"
                for items in ("(list)", "(list 1)", "(list 1 2 3)", "(until 7)", '(as "[]byte" "abc")')
                for size in (1, 2, 3, 7, 9, 0, -1, -2, -5)
            ),
        )
        + each_value(name, before="2")
        + calls(name, "", "2", '"2" (list 1)', "1 2 3")
        for name in ("chunk", "mustChunk")
    ),
    shown(
        "concat",
        "",
        "(list)",
        "(list 1) (list 2 3)",
        '(list 1) (as "[]string" (list "a"))',
        "(list) (list)",
        '(list 1) "a"',
        "nil",
        "(list 1) nil",
        '(as "[]byte" "ab")',
        "(list (list 1)) (list 2)",
        "(dict)",
    ),
    each_value("concat"),
    shown("list", "", "1", '1 "a" nil 2.5', "(list) (dict)", "(list (list (list 1)))"),
    shown("tuple", "", "1", '1 "a" nil 2.5', "(list) (dict)", "(tuple (tuple 1) 2)"),
    calls("list", "", "1", '"a" "b"', "nil", "(list)"),
    calls("range $i, $x := list 1 2 }}{{ $i }}={{ $x }};{{ end", ""),
    calls("$a := list 1 2 }}{{ $b := append $a 3 }}{{ $a }}{{ $b", ""),
    calls("eq (len (rest (list))) 0", ""),
    calls("deepEqual (rest (list)) (list)", ""),
    calls("deepEqual (rest (list)) (initial (list))", ""),
    calls("deepEqual (concat) (rest (list))", ""),
    calls("if rest (list) }}yes{{ else }}no{{ end", ""),
    calls("toJson", "(rest (list))", "(list)", '(dict "a" (rest (list)))', '(regexFindAll "x" "" -1)'),
)
