"""Functions for maps."""

from calls import calls, each_value, flattened, shown, typed

_MAPS = ("(dict)", '(dict "a" 1)', '(dict "a" nil "b" "" "c" (list 1))', '(dict "a" (dict "b" (dict "c" 1)))')
# Pairs to merge: what the target has, and what the source has, under one key or several.
_MERGED = (
    "nil",
    "0",
    "5",
    '""',
    '"x"',
    "false",
    "true",
    "(list)",
    "(list 1)",
    "(dict)",
    '(dict "b" 1)',
    '(dict "b" 2 "c" (dict "d" 4))',
    '(as "[]string" (list "s"))',
    '(as "map[string]string" (dict "b" "s"))',
)
_MERGES = (
    "(dict)",
    "(dict) (dict)",
    '(dict "a" 1) (dict "b" 2)',
    '(dict "a" 1) (dict "a" 2) (dict "a" 3 "c" 4)',
    '(dict "a" 0) (dict "a" 2)',
    '(dict "a" (dict "b" 1)) (dict "a" (dict "b" 2 "c" 3))',
    '(dict "a" (dict "b" (dict "c" 0))) (dict "a" (dict "b" (dict "c" 3 "d" 4)))',
    '(dict) (dict "a" (list))',
    '(dict "z" 1) (dict "a" (list 1))',
    '(dict "a" (list 1 2)) (dict "a" (list 3))',
    "",
    "1",
    "(dict) 1",
    "(dict) nil",
    '(dict) (as "map[string]string" (dict "a" "b"))',
    "(list)",
    '"a" (dict)',
)

CASES = flattened(
    shown(
        "dict",
        "",
        '"a" 1',
        '"a"',
        '"a" 1 "a" 2',
        "1 2 nil 3 true",
        '"b" nil "a" (dict "c" (list))',
        "(list 1) 2",
        '"" ""',
        '(as "[]byte" "k") 1',
    ),
    *(
        shown(
            name,
            *(f'{given} "a"' for given in _MAPS),
            '(dict "a" 1) "b"',
            "(dict) 1",
            "(dict)",
            '"x" "a"',
            '(as "map[string]string" (dict "a" "b")) "a"',
            '(dict "" 1) ""',
        )
        for name in ("get", "hasKey", "unset")
    ),
    *(typed(name, 'nil "a"') for name in ("get", "hasKey", "unset")),
    *(
        typed(name, "nil", 'nil (dict "a" 1)')
        for name in ("merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite")
    ),
    calls('kindOf (get (dict "a" nil) "a")', ""),
    shown(
        "set",
        *(f'{given} "a" 5' for given in _MAPS),
        '(dict) "a"',
        "(dict) 1 2",
        '(dict) "a" nil',
        '"x" "a" 1',
        '(list) "a" 1',
    ),
    calls('$d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $d }}{{ $_ := unset $d "a" }}{{ $d', ""),
    shown(
        "pluck",
        '"a"',
        *(f'"a" {given}' for given in _MAPS),
        '"a" (dict "a" 1) (dict "b" 2) (dict "a" 3)',
        "",
        "1",
        '"a" 1',
        '"a" (list)',
    ),
    shown("keys", "", *(_MAPS[:2]), '(dict "a" 1) (dict "b" 2)', "1", '(dict) "a"', '(as "map[string]string" (dict))'),
    calls('keys (dict "b" 1 "a" 2) | sortAlpha', ""),
    shown("values", *(_MAPS[:2]), "", "1", '(dict "a" (list 1))', "(dict) (dict)", "nil"),
    shown(
        "pick",
        *(f'{given} "a" "c" "x"' for given in _MAPS),
        '(dict "a" 1)',
        "(dict) 1",
        "",
        '"a" "b"',
        '(dict "a" 1) "a" "a"',
    ),
    shown(
        "omit",
        *(f'{given} "a" "x"' for given in _MAPS),
        '(dict "a" 1)',
        "(dict) 1",
        "",
        '"a" "b"',
        '(dict "a" 1 "b" 2) "b" "b"',
    ),
    typed(
        "dig",
        '"a" "no" (dict "a" 1)',
        '"a" "b" "c" "no" (dict "a" (dict "b" (dict "c" 1)))',
        '"a" "x" "c" "no" (dict "a" (dict "b" 1))',
        '"a" "b" "no" (dict "a" 1)',
        '"a" "b" "no" (dict "a" nil)',
        '"a" nil (dict)',
        '"a" (dict)',
        '"a"',
        "",
        '1 "no" (dict)',
        '"a" "no" 1',
        '"a" "no" nil',
        '"a" 1 "no" (dict "a" (dict))',
        '"a" "b" "no" (dict "a" (as "map[string]string" (dict "b" "c")))',
        '"a" "no" (list)',
        'nil "no" (dict)',
        '"a" "no" (dict "a" nil)',
    ),
    *(shown(name, *_MERGES) for name in ("merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite")),
    *(
        shown(
            name,
            f'(dict "a" {target}) (dict "a" {source})',
            f'(dict "k" (dict "a" {target} "z" 1)) (dict "k" (dict "a" {source}))',
        )
        for name in ("merge", "mergeOverwrite")
        for target in _MERGED
        for source in _MERGED
    ),
    calls('$a := dict "x" (dict "y" 1) }}{{ $b := dict }}{{ $_ := merge $b $a }}{{ $_ := set $b.x "y" 2 }}{{ $a', ""),
    calls('$a := dict "x" (dict "y" 1) }}{{ $b := merge (dict) (deepCopy $a) }}{{ $_ := set $b.x "y" 2 }}{{ $a', ""),
    *(
        shown(
            name,
            "(list)",
            '(list 1 "a" nil (list 2) (dict "b" nil))',
            '(dict "a" (dict "b" (list nil 1)))',
            '(as "[]string" (list "x"))',
            '(as "map[string]int" (dict "x" 1))',
            "(rest (list))",
            "",
            "1 2",
            '(list (as "[]byte" "ab"))',
        )
        + each_value(name)
        for name in ("deepCopy", "mustDeepCopy")
    ),
    calls("deepEqual (deepCopy (rest (list))) (rest (list))", ""),
)
