"""JSON values that Go prints, as ESO hashes targets of other kinds than Secret."""

from original import Question

_NUMBERS = """
0 -0 -0.0 1 -1 1.0 1.5 -1.5 100000.0 123456.0 999999.5 1000000.0 1234567.5 123456789.125 1e5 1e6 1e20 1e21 1e22 1e100
0.1 0.001 0.0001 0.00012345 0.00001 0.000012 1e-9 5e-324 1.7976931348623157e308 9223372036854775807 -9223372036854775808
9223372036854775808 18446744073709551616 123456789012345678901234567890 0.30000000000000004
"""
_DOCUMENTS = [
    "null",
    "true",
    "[]",
    "{}",
    '""',
    '"a b:c [d]"',
    '{"a":1,"b":["x","y"],"c":{"d":true}}',
    '{"b":"2","a":"1","B":"3","_":"4","\u00e4":"5","\ud83d\ude00":"6"}',
    '{"a":null,"b":[null,false],"c":{}}',
    '{"data":{"password":"mark-of-a-secret"}}',
    '{"a":[[1,2],[3.5,[]],{"k":[]}]}',
    '{"a":"line\\nbreak"}',
]

VALUES: list[Question] = [{"kind": "value", "text": text} for text in (*_NUMBERS.split(), *_DOCUMENTS)]
