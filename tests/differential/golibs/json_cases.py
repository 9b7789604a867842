"""Numbers and documents that are put to encoding/json and strconv, as ESO's merge uses them."""

from original import Question

_NUMBERS = """
0 -0 1 -1 1.0 1.50 1e3 1E3 1e+3 0.1 0.30000000000000004 3.14159 100 1e20 1e21 1e22 1.5e300 -2.5e-10
9007199254740992 9007199254740993 12345678901234567890 123456789012345678901234567890 1e-5 1e-6 1e-7 1.5e-7 1e-10
5e-324 1e-400 1.7976931348623157e308 1e309 -1e400 999999999999999900000 999999999999999999999 0.000001 0.00000123
4.35 2.675 1e15 1e16 1e17 123456.789e3 01 1. .5 +1 1e NaN Infinity
"""

_DOCUMENTS = [
    '{"b":1,"a":[1.0,2e3,1e-7,1e21,-0,0.1]}',
    '{"a":"<b>&\'\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u2028\\u2029\\u00e9\\ud83d\\udd11"}',
    '{"a":"\u007f\u2028\u2029é\U0001f511"}',
    '{"\\ud800":"\\udc00x","z\\ud83dz":"\\ud83d"}',
    '{"é":1,"z":2,"Z":3,"\U0001f511":4,"\uffee":5,"":6}',
    '{"a":{"y":{"d":[],"c":{}},"x":null},"b":[true,false,null,[[]]]}',
    '{"a":1,"a":2}',
    '{"a":{"b":1},"a":{"c":2}}',
    ' \t\r\n{ "a" : 1 } \n',
    "{}",
    "null",
    "[]",
    '"x"',
    "1",
    "true",
    "",
    "{",
    '{"a":1}x',
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":-Infinity}',
    '{"a":1e400}',
    '{"a":01}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    "{a:1}",
    "\ufeff{}",
    '{"<a>&":1}',
]

JSON: list[Question] = [
    *({"kind": "decimal", "text": number} for number in _NUMBERS.split()),
    *({"kind": "json", "text": document, "html": html} for document in _DOCUMENTS for html in (True, False)),
]
