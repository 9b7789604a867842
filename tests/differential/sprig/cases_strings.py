"""Functions that look into a text, lay it out, or make several of it."""

from calls import calls, each_value, flattened, miscalled, quoted, shown, typed

_TEXTS = (
    '""',
    '"a"',
    '"  a b  "',
    '"foo bar baz"',
    '"\\ta\\n\\u00a0b\\u3000\\v"',
    '"päß日本"',
    '"a\\xffb"',
    '"\\xff\\xfe"',
    '"x\\u0085y"',
    '"the quick-brown_fox jumps"',
)
_PAIRS = (
    '"" ""',
    '"" "abc"',
    '"a" ""',
    '"a" "aabca"',
    '"abc" "abc"',
    '"abcd" "abc"',
    '"ä" "äbä"',
    '"\\xc3" "ä"',
    '"\\xff" "\\xffa\\xfe"',
    '"\\ufffd" "\\xffa\\ufffd"',
    '"$-" "-$foo$-"',
    '" " "  a  "',
)

CASES = flattened(
    *(quoted(name, *_TEXTS) + miscalled(name, 1) for name in ("trim", "nospace", "initials")),
    *(typed(name, *_PAIRS) + miscalled(name, 2) for name in ("contains", "hasPrefix", "hasSuffix")),
    *(quoted(name, *_PAIRS) + miscalled(name, 2) for name in ("trimAll", "trimall", "trimPrefix", "trimSuffix")),
    quoted(
        "replace",
        '"a" "b" "banana"',
        '"" "-" "abc"',
        '"" "-" ""',
        '"" "-" "ä日\\xff"',
        '"a" "" "banana"',
        '"x" "y" "abc"',
        '"aa" "a" "aaaaa"',
        '"a" "a" "aaa"',
        '"\\xc3" "\\xc4" "ä"',
        '" " "_" "a b c"',
    ),
    miscalled("replace", 3),
    quoted(
        "repeat",
        '0 "ab"',
        '1 "ab"',
        '3 "ab"',
        '-1 "ab"',
        '5 ""',
        '9223372036854775807 "ab"',
        '9223372036854775807 ""',
        '2 "ä"',
        '"2" "ab"',
        '2.0 "ab"',
        '2.5 "ab"',
        "2 7",
        "nil nil",
        '"ab"',
        "1 2 3",
    ),
    quoted(
        "trunc",
        '2 "abc"',
        '0 "abc"',
        '-2 "abc"',
        '-3 "abc"',
        '-5 "abc"',
        '5 "abc"',
        '1 "ä"',
        '-1 "ä"',
        '2 ""',
        '"a" "abc"',
        '-9223372036854775808 "abc"',
        "3",
    ),
    quoted(
        "substr",
        '0 2 "abc"',
        '1 -1 "abc"',
        '-1 2 "abc"',
        '-1 9 "abc"',
        '-1 -1 "abc"',
        '2 1 "abc"',
        '5 9 "abc"',
        '5 -1 "abc"',
        '0 99 "abc"',
        '1 2 "ä"',
        '0 0 ""',
        '1 1 ""',
        '0 "1" "abc"',
        "0 1",
    ),
    calls(
        "plural",
        '"one" "many" 1',
        '"one" "many" 0',
        '"one" "many" 2',
        '"one" "many" -1',
        '"one" "many" 1.5',
        '"a" "b" "c"',
        '"one" "many" (len "a")',
        '"a" "b"',
    ),
    quoted(
        "indent", '2 "a"', '2 "a\\nb\\n"', '0 "a\\nb"', '3 ""', '-1 "a"', '2 "\\n\\n"', '"2" "a"', "2", '1 "\\xff\\n"'
    ),
    quoted("nindent", '2 "a"', '2 "a\\nb\\n"', '0 ""', '-1 "a"', '"2" "a"', "2"),
    *(
        quoted(
            name,
            *(
                f"{width} {text}"
                for width in (0, 1, 3, 5, 9, 100, -4)
                for text in (
                    '""',
                    '"foo bar baz"',
                    '"  foo   bar"',
                    '"abcdefghij kl"',
                    '"äöü ßäö"',
                    '"a b c d e f "',
                    '" "',
                    '"one\\ntwo three"',
                )
            ),
        )
        for name in ("wrap", "abbrev")
    ),
    quoted("wrap", "5 7", '"5" "a"', "5", "nil nil"),
    quoted(
        "wrapWith",
        '5 "" "foo bar bazooka"',
        '5 "|" "foo bar bazooka"',
        '3 "\\r\\n" "abcdefgh"',
        '1 "--" "abc de"',
        '0 "|" "abc"',
        '-1 "|" "ab"',
        '5 "|" ""',
        '3 "|" "äöü"',
        '3 "|" "  a  b  "',
        '5 "|"',
        '"5" "|" "a"',
        '4 "|" "aaaa bbbb cccc"',
    ),
    quoted(
        "abbrev", '4 "abcde"', '5 "abcde"', '6 "äöüßabc"', '"5" "a"', "5", '3 "abcdef"', '9223372036854775807 "abc"'
    ),
    quoted(
        "abbrevboth",
        *(
            f'{left} {right} "{text}"'
            for left in (-1, 0, 1, 4, 5, 8, 99)
            for right in (3, 4, 6, 7, 9, 100)
            for text in ("abcdefghijklmnopqrstuvwxyz", "short")
        ),
        '0 7 ""',
        '5 7 "äöüßäöüßäöüß"',
        '"a" 7 "b"',
        "1 2",
    ),
    shown(
        "splitList",
        '"," "a,b,c"',
        '"," ""',
        '"" "abc"',
        '"" ""',
        '"" "ä\\xff日"',
        '",," "a,,,b"',
        '"x" "abc"',
        '"\\xc3" "ä"',
        '"," ","',
        '1 "a"',
        '"a"',
    ),
    shown("split", '"," "a,b,c"', '"," ""', '"" "abc"', '"" ""', '"x" "abc"', '1 "a"', '"a"'),
    shown(
        "splitn",
        *(
            f'"{separator}" {count} "{text}"'
            for separator in (",", "")
            for count in (-1, 0, 1, 2, 3, 9)
            for text in ("a,b,c", "")
        ),
        '"," "2" "a"',
        '"," 2',
    ),
    calls('(split "," "a,b")._1 | printf "%s"', ""),
    *(each_value(name) for name in ("toString", "toStrings", "sortAlpha", "quote", "squote", "cat", 'join "-"')),
    shown("toStrings", '(list "b" 1 nil 2.5 true)', "(list (list 1) (dict))", '(as "[]int" (list 3 1))', "", "1 2"),
    shown("sortAlpha", '(list "b" "a" "B" "ä" "" "\\xff" "z" 10 9)', "(list)", '(list nil "a")', "", "1 2"),
    calls("quote", "", '"a" nil "b"', '"a\\"b\\n\\xff\\u00a0ä"', '"a" 1 2.5 true (list "x" 1)', "(list)"),
    calls("squote", "", '"a" nil "b"', '"it\'s"', '"a" 1 2.5 true (list "x" 1)', '(dict "a" nil)'),
    calls("cat", "", '"a" nil "b"', '" a " "b " 1', '"a" (list 1 2) 1.0', '(as "[]byte" "ab") "x"', '"%v" "%d"'),
    calls(
        "join",
        '"-" (list "a" 1 nil true)',
        '"" (list "a" "b")',
        '"," (list)',
        '"," "abc"',
        '"," nil',
        '"\\xc3" (list "" "\\xa4")',
        "1 2",
        '","',
        '"," (as "[]int" (list 3 1))',
        '"," (list (list 1 2) "x")',
        '"," (dict "a" 1)',
    ),
    calls("hello", "", "1"),
)
