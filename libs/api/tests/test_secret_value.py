import copy
import pickle
import traceback

import pytest

from bulkhead_api.secret_value import SecretValue

DATA = b"marked-value-0451"


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(repr, id="repr"),
        pytest.param(str, id="str"),
        pytest.param("{}".format, id="format"),
        pytest.param("{:>40}".format, id="format-with-a-width"),
        pytest.param("{!r}".format, id="repr-in-format"),
        pytest.param("%s".__mod__, id="percent"),
        pytest.param(lambda value: repr([value, {"k": value}]), id="inside-containers"),
    ],
)
def test_a_secret_value_shows_itself_nowhere(show: object) -> None:
    assert callable(show)
    assert "0451" not in show(SecretValue(DATA))


def test_a_secret_value_gives_its_bytes_when_asked_by_name() -> None:
    assert SecretValue(DATA).reveal() == DATA
    assert len(SecretValue(DATA)) == len(DATA)


def test_secret_values_compare_by_content_and_with_nothing_else() -> None:
    assert SecretValue(DATA) == SecretValue(bytes(DATA))
    assert SecretValue(DATA) != SecretValue(b"other")
    assert SecretValue(DATA) != DATA


def test_a_secret_value_is_no_cache_key_and_does_not_leave_the_process() -> None:
    value = SecretValue(DATA)
    with pytest.raises(TypeError, match="unhashable"):
        {value: 1}  # noqa: B018 - making the dictionary is the test
    for leave in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled") as refusal:
            leave(value)
        assert "0451" not in "".join(traceback.format_exception(refusal.value))
