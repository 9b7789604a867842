"""What cryptography costs a render, in steps; a step stands for a few microseconds.

Numbers are about right, not measured for each machine: a million steps, the default limit, are some seconds of work,
so that a few dozen keys can be made in one render and a loop of them ends with `StepLimitError`.
"""

from typing import Final

from bulkhead_templating.environment import Environment

RSA_4096_STEPS: Final = 90_000
RSA_2048_STEPS: Final = 20_000
DSA_STEPS: Final = 90_000
SMALL_KEY_STEPS: Final = 2_500
"""A key of an elliptic curve, or a signature of any kind.

They take less time than so many steps, yet no key and no certificate is made where others wait for the thread: a render
that is short enough to be done there may take fewer steps than this.
"""
CERTIFICATE_STEPS: Final = 40
"""A certificate that is read, beside what its bytes cost."""
BCRYPT_STEPS: Final = 12_000
SCRYPT_STEPS: Final = 30_000
_ITERATIONS_A_STEP: Final = 4
_BYTES_A_STEP: Final = 64
_RSA_CHECK_STEPS: Final = 600
_KEY_BYTES: Final = 1024


def charge(environment: Environment, steps: int) -> None:
    """Tell the meter what a function is about to do.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    environment.meter.step(steps)


def charge_key(environment: Environment, der_length: int) -> None:
    """Tell the meter that a private key is read and checked, which grows with the square of its length and more.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    charge(environment, _RSA_CHECK_STEPS * (_KEY_BYTES + der_length) ** 3 // _KEY_BYTES**3)


def charge_iterations(environment: Environment, iterations: int) -> None:
    """Tell the meter how often a password is hashed; an archive may ask for any number.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    charge(environment, 1 + max(iterations, 0) // _ITERATIONS_A_STEP)


def charge_bytes(environment: Environment, length: int) -> None:
    """Tell the meter how many bytes are read, and that as many are made.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    environment.meter.step(1 + length // _BYTES_A_STEP)
    environment.meter.allocate(length)
