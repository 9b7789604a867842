"""Go durations such as `1h30m`, in which Kubernetes objects state intervals."""

import re
from datetime import timedelta
from functools import lru_cache

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_TERM = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_MAX_NS = 2**63 - 1


# A cluster has thousands of objects and few intervals, which are looked at in every reconcile.
@lru_cache(maxsize=1024)
def duration_from_go(text: str) -> timedelta:
    """Read what Go's time.ParseDuration reads, to the microsecond; what is finer is rounded away from zero.

    So nothing but zero is zero: a nanosecond is an interval, and no interval has a meaning of its own.

    Raises:
        ValueError: the text is not a duration or does not fit into 64 bits of nanoseconds.

    Source: Go, package time, ParseDuration.
    """
    unsigned = text[1:] if text[:1] in {"+", "-"} else text
    if unsigned == "0":
        return timedelta(0)
    terms = list(_TERM.finditer(unsigned))
    if not terms or "".join(term.group() for term in terms) != unsigned:
        raise ValueError(f"{text[:64]!r} is not a duration such as 1h30m")
    total_ns = sum(_term_ns(term.group(1), _UNITS_NS[term.group(2)]) for term in terms)
    is_negative = text.startswith("-")
    # Of negative numbers 64 bits hold one more.
    if total_ns > _MAX_NS + is_negative:
        raise ValueError(f"{text[:64]!r} is longer than about 292 years")
    total_us = -(-total_ns // 1_000)
    return timedelta(microseconds=-total_us if is_negative else total_us)


def _term_ns(number: str, unit_ns: int) -> int:
    # Whole numbers and fractions are taken apart so that no float rounds a large count of nanoseconds.
    whole, _, fraction = number.partition(".")
    return int(whole or "0") * unit_ns + (int(fraction) * unit_ns // 10 ** len(fraction) if fraction else 0)
