"""What functions of templates do otherwise than in Go, on purpose; docs/compatibility.md lists all of it."""

from crypto_templates import outcome, text

from bulkhead_templating.text import bytes_of


def _error(template: str) -> str:
    return outcome({"template": template, "data": {}})["error"]


def test_a_place_in_memory_is_the_same_for_all_values() -> None:
    assert text('{{ toDate "2006" "1970" | printf "%d" }}') == "{0 62135596800 0xc000000000}"


def test_a_slice_has_nothing_behind_its_end() -> None:
    assert _error('{{ mustSlice (fromJson "[1,2,3]") 0 4 }}').endswith("slice index out of bounds")
    assert text('{{ mustSlice (fromJson "[1,2,3]") 0 3 }}') == "[1 2 3]"


def test_keys_and_values_come_in_the_order_of_the_keys() -> None:
    template = '{{ $d := dict "b" 1 "c" 2 "a" 3 }}{{ keys $d }} {{ values $d }}'
    assert text(template) == "[a b c] [3 1 2]"


def test_keys_of_several_types_are_ordered_by_the_names_of_the_types() -> None:
    shown = text('{{ (fromYaml "~: {q: 1, 2: 3, true: 4}").Error }}')
    assert shown.endswith('value: map[interface {}]interface {}{true:4, 2:3, "q":1}')


def test_an_empty_list_or_map_is_no_key() -> None:
    assert "invalid map key: map[interface {}]interface {}{}" in text('{{ (fromYaml "{}: x").Error }}')
    assert "invalid map key: []interface {}{}" in text(r'{{ (fromYaml "a: 1\n[]: x").Error }}')


def test_of_several_keys_that_json_cannot_have_the_first_is_blamed() -> None:
    assert text('{{ (fromYaml "1:\\n  ~: 2\\n~: 3").Error }}').endswith("key: <nil>, value: 2")


def test_a_colon_before_a_bracket_in_a_list_or_map_of_one_line_is_blamed() -> None:
    assert text('{{ (fromYaml "{v:[").Error }}').endswith("found unexpected ':'")


def test_names_of_unicode_classes_are_those_of_re2() -> None:
    assert text(r'{{ regexFind "\\p{Greek}\\pL" "aβc" }}') == "βc"
    assert _error(r'{{ mustRegexMatch "\\p{Letter}" "a" }}').endswith(r"invalid character class range: `\p{Letter}`")
    assert _error(r'{{ mustRegexMatch "\\p{greek}" "a" }}').endswith(r"invalid character class range: `\p{greek}`")


def test_a_byte_that_is_no_utf_8_within_an_escape_or_a_class_is_blamed_otherwise() -> None:
    assert _error(r'{{ mustRegexMatch "\\p{Gr\xff}" "a" }}').endswith(r"invalid character class range: `\p{Gr`")
    assert _error(r'{{ mustRegexMatch "(?i\xff" "a" }}').endswith("invalid or unsupported Perl syntax: `(?i`")
    assert _error(r'{{ mustRegexMatch "[[:al\xff:]]" "a" }}').endswith("invalid UTF-8: `\ufffd:]]`")


def test_letters_have_the_cases_that_python_knows() -> None:
    """U+019B has an upper case since Unicode 16."""
    assert text('{{ upper "\u019b" }}') == "\u019b".upper()


def test_bytes_that_are_no_utf_8_come_out_as_they_went_in() -> None:
    assert bytes_of(text(r'{{ regexReplaceAll "b" "\xffb" "\xfe" | b64enc | b64dec | printf "%x" }}')) == b"fffe"
