"""What functions for texts, lists and numbers may cost: each way to make much of little ends in an error of limits."""

import pytest

from bulkhead_templating import Environment, FunctionMap, LimitError, Limits, Meter, parse
from bulkhead_templating.sprig import (
    dicts,
    encodings,
    equality,
    layout,
    lists,
    merging,
    ranges,
    regular,
    splitting,
    texts,
)

_MODULES = (dicts, encodings, equality, layout, lists, merging, ranges, regular, splitting, texts)
_FUNCTIONS = FunctionMap(*(module.FUNCTIONS for module in _MODULES))


def _rendered(text: str) -> bytes:
    environment = Environment(now_ns=0, random_bytes=bytes, meter=Meter(Limits(memory_bytes=4_000_000, steps=200_000)))
    return parse("t", text, functions=_FUNCTIONS).execute(None, functions=_FUNCTIONS, environment=environment)


@pytest.mark.parametrize(
    "template",
    [
        pytest.param('{{ len (repeat 9223372036854775807 "a") }}', id="repeat"),
        pytest.param('{{ $x := repeat 4096 "a" }}{{ range 99 }}{{ $x = cat $x $x }}{{ end }}', id="doubling"),
        pytest.param("{{ len (until 9223372036854775807) }}", id="until"),
        pytest.param("{{ len (untilStep -9223372036854775808 9223372036854775807 1) }}", id="untilStep"),
        pytest.param("{{ len (seq 9223372036854775806) }}", id="seq"),
        pytest.param('{{ len (indent 9223372036854775807 "a") }}', id="indent"),
        pytest.param('{{ len (nindent 100000 (repeat 100000 "\\n")) }}', id="nindent"),
        pytest.param('{{ len (replace "a" (repeat 9999 "b") (repeat 9999 "a")) }}', id="replace"),
        pytest.param('{{ len (wrapWith 1 (repeat 9999 "b") (repeat 9999 "a")) }}', id="wrapWith"),
        pytest.param('{{ len (join (repeat 9999 "b") (splitList "" (repeat 9999 "a"))) }}', id="join"),
        pytest.param('{{ len (splitList "" (repeat 3000000 "a")) }}', id="splitList"),
        pytest.param('{{ len (regexReplaceAllLiteral "" (repeat 9999 "a") (repeat 9999 "b")) }}', id="literally"),
        pytest.param('{{ len (regexReplaceAll "" (repeat 9999 "a") (repeat 9999 "b")) }}', id="replacing"),
        pytest.param('{{ len (regexFindAll "x*" (repeat 900000 "a") -1) }}', id="searching"),
        pytest.param("{{ uniq (until 900) }}", id="uniq"),
        pytest.param('{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}', id="copying-a-circle"),
        pytest.param('{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ merge $d (dict "a" $d) }}', id="merging-a-circle"),
        pytest.param(
            '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $e := dict }}{{ $_ := set $e "a" $e }}{{ deepEqual $d $e }}',
            id="comparing-circles",
        ),
        pytest.param(
            "{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}{{ len (deepCopy $x) }}", id="copying-a-bomb"
        ),
    ],
)  # fmt: skip
def test_too_much_is_refused(template: str) -> None:
    with pytest.raises(LimitError):
        _rendered(template)


def test_what_is_large_but_not_too_large_is_made() -> None:
    assert _rendered('{{ len (repeat 100000 "ab") }}') == b"200000"
