"""The codes of gift cards and store credit: 16 digits that nobody guesses, the last one a check.

They begin with 9, as no payment card does. The check digit (Luhn, ISO/IEC 7812) tells a mistyped
code from an unknown one.
"""

import re
import secrets
from itertools import cycle
from typing import Final

FIRST: Final = "9"
RANDOM_DIGITS: Final = 14
WRITTEN: Final = re.compile(r"[0-9]{16}", re.ASCII)
GAPS: Final = re.compile(r"[\s\-]")


def made() -> str:
    """A new code; 1 in 10^14, so whoever stores it still looks whether there is one."""
    bare = FIRST + str(secrets.randbelow(10**RANDOM_DIGITS)).zfill(RANDOM_DIGITS)
    return bare + str(_check_digit(bare))


def read(typed: str) -> str:
    """What was typed or scanned, without the gaps it is printed with."""
    return GAPS.sub("", typed)


def is_right(code: str) -> bool:
    """Whether `code` is written as one of ours and its check digit is right."""
    return WRITTEN.fullmatch(code) is not None and int(code[-1]) == _check_digit(code[:-1])


def _check_digit(bare: str) -> int:
    doubled = (int(digit) * factor for digit, factor in zip(reversed(bare), cycle((2, 1))))
    return -sum(sum(divmod(each, 10)) for each in doubled) % 10
