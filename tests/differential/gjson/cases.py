"""The cases that are put to the original: documents with the paths to look up in them.

Everything in `AGREEMENTS` gives the same here and there. `DIFFERENCES` are on purpose, each with its reason.
"""

from dataclasses import dataclass

_SHOP = """{
  "name": "corner shop", "open": true, "closed": false, "owner": null,
  "stock": {"apples": 3, "pears": {"green": 7, "brown": 0}, "nuts": []},
  "shelf.left": "tea", "shelf": {"left": "coffee", "right.top": "jam"},
  "prices": [1.50, 2, 1e3, -0.25, 0, -0, 12345678901234567890],
  "tills": [ 1, 2,3 ],
  "staff": [
    {"first": "Ada", "last": "Smith", "age": 44, "langs": ["en", "fr"], "boss": true},
    {"first": "Ben", "last": "Jones", "age": 31, "langs": ["en"], "boss": false},
    {"first": "Cyd", "last": "Smith", "age": 27, "langs": ["de", "fr"], "boss": null},
    {"first": "Dee", "age": "31", "langs": []}
  ],
  "words": ["alpha", "beta", "a*b", "gamma ray", "", "true", "ALPHA"],
  "mixed": [1, "1", true, null, {"a": 1}, [1, 2], "x"],
  "deep": [[1, [2, [3, [4]]]], [], [[5]]],
  "": "no key", "@this": "at this", "#": "hash", "a b": "space", "\\u00e9t\\u00e9": "summer", "quote\\"d": "q"
}
"""

_SHOP_PATHS = r"""
name
open
closed
owner
missing
stock
stock.apples
stock.pears
stock.pears.green
stock.pears.missing
stock.nuts
stock.nuts.0
stock.nuts.#
name.first
open.x
owner.x
shelf.left
shelf\.left
shelf.right.top
shelf.right\.top
shelf\.missing
prices
prices.0
prices.1
prices.2
prices.3
prices.4
prices.5
prices.6
prices.7
prices.-1
prices.00
prices.01
prices.1x
prices.x
prices.
prices.#
prices.#.x
prices.##
prices.1#
tills
tills.1
staff.0
staff.0.first
staff.0.langs
staff.0.langs.1
staff.1.langs.1
staff.#
staff.#.first
staff.#.last
staff.#.langs
staff.#.langs.#
staff.#.langs.0
staff.#.langs|0
staff.#.langs|#
staff.#.langs.@reverse
staff.#.langs|@flatten
staff.#.missing
staff.#.first|1
staff.#.first|#
staff.#.first.0
staff.#|first
staff|#
staff|0|first
staff|0.first
staff.0|first
staff.first
staff.#(last=="Smith")
staff.#(last=="Smith").first
staff.#(last=="Smith")#
staff.#(last=="Smith")#.first
staff.#(last=="Smith")#|first
staff.#(last=="Smith")#|0
staff.#(last=="Smith")#|0.first
staff.#(last=="Smith")#.0
staff.#(last=="Smith")#.#
staff.#(last=="Smith")#|#
staff.#(last=="Smith")#.langs.#
staff.#(last=="Smith")#.langs|@flatten
staff.#(last=="Smith").missing
staff.#(last="Smith").first
staff.#(last=Smith).first
staff.#( last == "Smith" ).first
staff.#(last!="Smith").first
staff.#(last!="Smith")#.first
staff.#(last=="Nobody")
staff.#(last=="Nobody")#
staff.#(last=="Nobody").first
staff.#(last=="Nobody")#.first
staff.#(last=="Nobody")#|0
staff.#(last=="Nobody")|@keys
staff.#[last=="Smith"].first
staff.#[last=="Smith"]#.first
staff.#(age>30)#.first
staff.#(age>=44)#.first
staff.#(age<31)#.first
staff.#(age<=31)#.first
staff.#(age==31)#.first
staff.#(age="31")#.first
staff.#(age!=31)#.first
staff.#(age>a)#.first
staff.#(age%"3*")#.first
staff.#(first%"*d*").first
staff.#(first%"?da").first
staff.#(first!%"A*")#.first
staff.#(first<"Bz")#.first
staff.#(first>"B")#.first
staff.#(boss==true)#.first
staff.#(boss==false)#.first
staff.#(boss!=true)#.first
staff.#(boss>false)#.first
staff.#(boss>=false)#.first
staff.#(boss<true)#.first
staff.#(boss<=true)#.first
staff.#(boss==null)#.first
staff.#(boss==~true)#.first
staff.#(boss==~false)#.first
staff.#(boss!=~false)#.first
staff.#(boss==~null)#.first
staff.#(boss==~*)#.first
staff.#(boss!=~*)#.first
staff.#(boss==~odd)#.first
staff.#(last)#.first
staff.#(missing)#.first
staff.#(langs.#(=="fr"))#.first
staff.#(langs.#(=="fr")).first
staff.#(langs.#(!="fr"))#.first
staff.#(langs.#>1)#.first
staff.#(langs.0=="en")#.first
staff.#(langs)#.first
staff.#(first=="Ada")#.langs.#(=="fr")
staff.#(first=="Ada").langs.#(=="fr")#
staff.#(first=="Ada")xyz.last
staff.#(first=="A\"da").last
staff.#(first=="\u0041da").last
staff.#()
staff.#()#
staff.#(==1)#
words.#(=="beta")
words.#(="beta")#
words.#(%"a*")
words.#(%"a*")#
words.#(!%"a*")#
words.#(%"*a")#
words.#(%"*")#
words.#(%"?????")#
words.#(%"a\\*b")#
words.#(%"a?b")
words.#(%"*m*a*")#
words.#(%"**a**b")#
words.#(%"")#
words.#(=="")#
words.#(!="")#
words.#(>"b")#
words.#(==~true)#
words.#(==~false)#
words.#(==~*)#
words.#(a=1)#
words.#(==alpha)
mixed.#(==1)#
mixed.#(!=1)#
mixed.#(=="1")#
mixed.#(==true)#
mixed.#(==null)#
mixed.#(==~null)#
mixed.#(==~true)#
mixed.#(==~false)#
mixed.#(>0)#
mixed.#(a)#
mixed.#(a==1)
mixed.#(a==1)#.a
mixed.#(#)#
mixed.#(0)
mixed.#(0)#
mixed.#(#>1)#
mixed.#.a
mixed.#.0
mixed.3
mixed.4.a
mixed.5.1
deep.0.1.1.0
deep.#
deep.#.#
deep.#.0
deep.#(#>1)
deep.#(#>1)#.0
na*
na?e
n*e
*e
*.apples
*.*.green
*.*.*
st*
st*.0.first
st*.apples
?ame
??me
*
*.0
*.missing
*missing*
sto\ck
s\*
sh*left
sh*.left
shelf?left
shelf*
\u00e9t\u00e9
été
?t?
été|@this
quote"d
quote\"d
a b
a*b
#
\#
\@this
@this
@this.name
@this|name
@this.@this.@this|name
@nope
name.@nope
name|@nope
name.@this
name|@this
name.@tostr
name.@tostr.@fromstr
open.@tostr
open.@tostr.@fromstr
owner.@tostr
owner.@fromstr
missing.@tostr
missing|@tostr
missing.missing|@tostr
missing|@this
missing|@keys
missing|@values
missing|@dig:a
missing|@reverse
missing|@flatten
missing|@group
missing|@ugly
missing|@pretty
missing|@join
missing|@valid
missing|!"fallback"
missing|!5
missing|[a,b]
missing|{a,b}
name.missing|!"fallback"
tills.@reverse
tills.@reverse.0
tills|@reverse|0
tills.@reverse|@reverse
stock.@reverse
name.@reverse
owner.@reverse
stock.@keys
stock.@keys.1
tills.@keys
name.@keys
owner.@keys
stock.@values
stock.@values.0
tills.@values
name.@values
owner.@values
stock.@ugly
stock.@pretty
staff.@ugly
staff.0.@ugly
staff.@pretty
staff.0.@pretty
staff.0.@pretty:{"sortKeys":true}
staff.0.@pretty:{"indent":"\t"}
staff.0.@pretty:{"indent":"--"}
staff.0.@pretty:{"prefix":"  "}
staff.0.@pretty:{"width":10}
staff.0.@pretty:{"width":0}
staff.0.@pretty:{"sortKeys":true,"width":30,"indent":"   "}
prices.@pretty
prices.@pretty:{"width":20}
prices.@pretty:{"width":66}
prices.@pretty:{"width":67}
prices.@pretty:{"width":3}
deep.@pretty
deep.@pretty:{"width":12}
deep.@pretty:{"width":13}
deep.@pretty:{"width":14}
deep.@pretty:{"width":15}
mixed.@pretty
name.@pretty
stock.nuts.@pretty
deep.@flatten
deep.@flatten:{"deep":true}
deep.@flatten:{"deep":false}
deep.@flatten|#
deep.@flatten.@flatten
mixed.@flatten
stock.@flatten
name.@flatten
staff.@join
staff.@join.first
staff.@join:{"preserve":true}
staff.@join:{"preserve":true}.first
mixed.@join
stock.@join
name.@join
{"k":tills,"w":words}.@group
{"k":tills,"n":name}.@group
{tills,words}|@group|1
stock.@group
tills.@group
name.@group
@dig:first
@dig:green
@dig:missing
@dig:#
@dig:0
@dig:langs.0
@dig:#(first="Ada")
stock.@dig:green
tills.@dig:0
name.@dig:x
@valid
@valid.name
@valid|name
name.@valid
staff.@this.0.first
staff.@this|0|first
staff.@reverse:ignored|0.first
staff.@reverse:{"a":1}.0.first
staff.@reverse:"x".0.first
staff.@reverse:[1].0.first
staff.@reverse:
staff.@reverse:|0.first
[name,open]
[name,open,missing]
[name,[open,closed],{owner}]
[name]
[missing]
[missing,name]
[]
[,]
[name,]
[name|@tostr,open]
[name,open].0
[name,open]|0
[name,"open"]
{name,open}
{name,open,missing}
{name}
{missing}
{}
{"n":name}
{n:name}
{"n":name,"o":open}.o
{"n":name,"o":open}|o
{"n":stock.pears.green,stock.apples}
{stock.pears,stock.apples}
{shelf\.left}
{shelf.right\.top}
{staff.#.first}
{staff.#}
{staff.#(last="Smith")#.first}
{"smiths":staff.#(last="Smith")#.first}
{"a\"b":name}
{"<&>":name}
{<&>:name}
{name,name}
{"x":!"lit","y":!5,"z":!true,"n":!null}
{"x":!{"a":[1,2]},"y":![1,{"b":2}]}
{"x":name|@tostr}
{@this.name}
{name.@tostr}
{"all":@this.tills}
stock.{apples,"g":pears.green}
stock.[apples,pears.green]
stock.pears.{green,brown}.green
stock|{apples}
staff.#.{first,last}
staff.#.[first,age]
staff.0.{first,"l":langs.0}
staff.#(last="Smith")#.{first,age}
staff.#(last="Smith")#.[first]|1
staff.#.{first}|1.first
staff.#.{first}|#
staff.#.[first]|1
staff.{0.first,1.first}
[staff.#.first,staff.#.age]
[staff.#.first,staff.#.age].1.0
!"plain"
!"with \"quotes\" and \u00e9"
!5
!-5
!1.50
!1e3
!true
!false
!null
!true.x
!true|@tostr
!null|@tostr
![1,2,3]
![1,2,3].1
![1,2,3]|1
![1,2,3].#
!{"a":{"b":"c"}}
!{"a":{"b":"c"}}.a.b
!{"a":{"b":"c"}}|a|b
!word
!
name.!"x"
name|!"x"
..#
..0.name
..0
..1
..#.name
..name
..#(name="corner shop").open
.name
name.
name|
|name
||name
.
|
name..x
stock..apples
stock.|apples
stock|.apples
stock.apples.
stock.pears|green|
\
na\me
name\
stock\.apples
stock\|apples
stock.pears\.green
staff.#.langs.#(=="fr")
staff.#.langs.#(=="fr")#
staff.#.langs.#(=="fr")#|0
staff.#.langs.#(=="fr")#|@flatten
staff.#(langs.#(%"*r"))#.langs.0
staff.#(first="Ada|Ben").last
staff.#.#(first="Ada|Ben")#
staff.#.langs.#|0
""".strip("\n").split("\n")

_STRINGS = (
    '{"s":["\\u00e9","\\ud83d\\ude00","\\n\\t\\b\\f\\r","\\"\\\\\\/","<&>","\\u2028\\u0000\\u007f",'
    '"caf\u00e9","\U0001f600"]}'
)

_ODD = {
    '{"a":1,"a":2,"b":{"c":1},"b":{"d":2}}': [
        "a",
        "b",
        "b.c",
        "b.d",
        "*",
        "*.d",
        "@keys",
        "@values",
        "@join",
        "@reverse",
    ],
    '{"a":{"x":1},"ab":{"y":2},"abc":{"x":3}}': [
        "a*.y",
        "a*.x",
        "ab*.x",
        "a*.z",
        "a?.y",
        "*c.x",
        "a*|x",
        "a*.x|@tostr",
    ],
    '{"a":[{"k":1}],"b":[{"k":2}]}': ["*.#(k==2).k", "*.#(k==2)#.k", "*.#(k==9)#", "*.#.k", "*.0.k", "?.1", "*.#"],
    ' \n[1, {"a" : [ ] } ,null]\t\n': [
        "@this",
        "0",
        "1",
        "1.a",
        "2",
        "#",
        "@ugly",
        "@tostr",
        "@reverse",
        "@values",
        "@pretty",
    ],
    '{"a" : {"b":1 , "c":[ 1,2 ] } }\n': [
        "a",
        "a.c",
        "@this",
        "@this.a",
        "@valid",
        "@reverse",
        "@tostr",
        "[@this]",
        "a|@this",
    ],
    '"text"': ["", "a", "0", "@this", "@tostr", "@keys", "@values", "[@this]", "{@this}", '{"v":@this}', "..#", "..0"],
    "42": ["@this", "a", "@tostr", "@keys", "@flatten", "@dig:@this", "..0", "..#"],
    "1.50": ["@this", "@tostr", "@fromstr"],
    "true": ["@this", "@tostr|@fromstr", "a"],
    "null": ["@this", "a", "@tostr", "@keys", "@values", "[@this]"],
    "[]": [
        "@this",
        "0",
        "#",
        "#.a",
        "#(a)",
        "#(a)#",
        "@reverse",
        "@keys",
        "@join",
        "@flatten",
        "@group",
        "@pretty",
        "*",
    ],
    "{}": ["@this", "a", "*", "@reverse", "@keys", "@values", "@join", "@group", "@pretty", "@dig:a"],
    '{"n":[1.0,-1.0,0.1,100000000000000000000000.5,1e21,1e-7,-0.0,123456789.123456789,1E400,-1e400,5e-324,1e308]}': [
        *(f"n.{index}" for index in range(12)),
        "n.#(>1e20)#",
        "n.#(=1)",
        "n.#(<0)#",
        "n.#(=inf)#",
        "n.#(!=nan)#",
        "n.#(=+1.)",
        "n.#(=.1)",
        "n.#(=1e)",
    ],
    _STRINGS: [
        *(f"s.{index}" for index in range(8)),
        *(f"s.{index}.@tostr" for index in range(8)),
        *(f"s.{index}.@tostr.@fromstr" for index in range(8)),
        's.#(%"?")#',
        's.#(%"caf?")',
        "s.#(=caf\u00e9)",
        "s.@ugly",
        "s.@tostr",
    ],
    '{"json":"{\\"user\\":\\"ada\\",\\"list\\":[1,2]}","num":"1.50","bad":"{oops","str":"\\"inner\\"","nul":"null"}': [
        "json",
        "json.@fromstr",
        "json.@fromstr.user",
        "json.@fromstr.list.1",
        "json|@fromstr|user",
        "json.user",
        "num.@fromstr",
        "str.@fromstr",
        "nul.@fromstr",
    ],
    '{"a\\\\b":1,"a*b":2,"a?b":3,"a|b":4,"a.b":5,"[x":6,"{y":7,"!z":8,"a:b":9,"a\\"b":10}': [
        "a\\\\b",
        "a\\*b",
        "a\\?b",
        "a\\|b",
        "a\\.b",
        "!z",
        "a:b",
        'a"b',
        "a\\\\*",
        "*\\\\b",
        "a\\**",
        "\\[x",
        "\\{y",
        "\\!z",
        "a*\\.b",
        "a\\.*",
        "*\\*b",
        "a???",
        "*\\",
    ],
    '{"users":{"x":{"id":1},"y":{"id":2}},"ids":["x","y"],"k":{"a":[1,2],"b":[3],"c":4}}': [
        "users.@values",
        "users.@values.#.id",
        "users.@values.#(id=2)",
        "users.@values|#(id=2).id",
        "k.@group",
        "k.@group.0.b",
        "users.*.id",
        "users.@keys.#",
        "ids.@join",
        "users.@values.@join",
        "{users.x,users.y}.@values.#.id",
        "@dig:id",
        "users.@dig:id|@reverse|0",
        "[users.x.id,users.y.id].@reverse",
        '{users.x.id,"second":users.y.id}',
    ],
    '[{},{"a":1},{ },{"b":2,"a":3}]': [
        "@join",
        "#.a",
        "#(a)#",
        "#(a>1).b",
        "@flatten",
        "@join|@keys",
        "#(@keys.#>1)#",
        "@dig:a",
    ],
    '[[1,2],[3,[4,[5]]],[],6,[ ],{"a":[7]}]': [
        "@flatten",
        '@flatten:{"deep":true}',
        "@flatten|@flatten",
        "#.0",
        "#.#",
        "1.1.1.0",
    ],
    '{"a":1}\n{"a":2}\n\n{"a":[3]}\n': [
        "..#",
        "..#.a",
        "..0.a",
        "..2.a.0",
        "..3",
        "..#(a=2)",
        "..#(a>0)#",
        "..1",
        "..a",
        "..#.a|1",
    ],
}

AGREEMENTS = [(_SHOP, path) for path in _SHOP_PATHS] + [
    (document, path) for document, paths in _ODD.items() for path in paths
]
"""Document and path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A case in which this project answers something else, and why."""

    document: str
    path: str
    why: str
    ours: str | None = None
    """What this project gives; None for nothing at all or, with `error`, for a refusal."""
    error: str | None = None
    """Class of this project's refusal."""


_BROKEN = "gjson reads on in a broken document and gives what it happens to find"
_GUESS = "gjson guesses at a malformed path"
_UNCHECKED = "gjson does not check what it takes out of a string"
_INSIDE = "gjson takes a bracket inside a string for an array or object"

DIFFERENCES = [
    *(
        Difference(document=document, path=path, why=_BROKEN, error="InvalidValueError")
        for document, path in [
            ('{"a":1', "a"),
            ('{"a":1} tail', "a"),
            ("{'a':1}", "a"),
            ('{"a":"x\ny"}', "a"),
            ('{"a":1,}', "a"),
            ("", "a"),
            ("plain text", "a"),
            ('{"a":NaN}', "a"),
            ('{"a":01}', "a"),
            ('{"a":"\\x"}', "a"),
            ('{"a":1}{"a":2}', "a"),
            ('{"a":1}\n{"a":2}', "a"),
            ("[1,2", "1"),
        ]
    ),
    *(
        Difference(document='["x",{"a":"b"}]', path=path, why=_GUESS, error="InvalidRefError")
        for path in [
            "#(a",
            "#(a=1",
            '#(a="1)',
            "#(a!1)",
            "#(a!)",
            '#(="a\\.b")',
            "!nan",
            "!inf",
            "!TRUE",
            "!+5",
            "!01",
            "![1",
            '!"x',
            "[x",
            "{y",
            '{a"b:0}',
            "[0]0",
            '{"n":0}x',
            '!"x".y',
            '!"x"|',
            '!"x"|@tostr',
            "!5|@tostr",
            "@flatten:deep",
            "@join:true",
            '@pretty:{"sortKeys":1}',
        ]
    ),
    Difference(document='{"a":"[1,2]"}', path="a|0", why=_INSIDE),
    Difference(document='{"a":" [1"}', path="a|#", why=_INSIDE),
    Difference(document='"[1,2]"', path="0", why=_INSIDE),
    Difference(document='{"a":"true story"}', path="a.@fromstr", why=_UNCHECKED),
    Difference(document='"text"', path="@fromstr", why=_UNCHECKED),
    Difference(document='{"a":"{oops"}', path="@dig:@fromstr", why=_UNCHECKED, ours='[{"a":"{oops"}]'),
    Difference(document='{"a":"5 apples"}', path="a.@fromstr", why=_UNCHECKED),
    Difference(
        document='[{},{"a":1}]', path='@join:{"preserve":true}', why="gjson writes a comma too many", ours='{"a":1}'
    ),
]

FIELDS = [
    '{"a":"x","b":1,"c":true,"d":null,"e":{"k" : [1, 2]},"f":[ ],"g":"","":"empty","h":"\\u00e9\\n"}',
    '{"a":1,"a":"2"}',
    '{"a":1.50,"b":1e3,"c":12345678901234567890,"d":-0}',
    "{}",
    ' { "a" : "b" }\n',
    '{"a":"<&>\\u2028"}',
    '{"\\u00e9":"\\ud83d\\ude00"}',
    '{"a":"\\"quoted\\""}',
]
"""Objects whose members are read as map[string]json.RawMessage, with strings unquoted."""

ENCODED = [
    *FIELDS,
    "[]",
    '[1,{"b":2,"a":[{"z":null,"y":false}]}]',
    '{"b":1,"a":2,"B":3,"\\u00e9":4,"aa":5}',
    '"<script>&\\u2029"',
    "null",
    '{"ctl":"\\u0000\\u0001\\b\\f\\n\\r\\t\\u001f\\u007f","slash":"\\/"}',
    '{"n":[0.1,1E5,-0.0,1e400]}',
    '{"<k>":{"&":1}}',
    '"\U0001f600"',
    '"\\u00e9\u00e9"',
]
"""Documents that are encoded anew."""
