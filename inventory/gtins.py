"""GTINs as they are written: EAN-8, UPC-A, EAN-13 and GTIN-14 are one number of 14 digits.

The database knows the same rule: `inventory_gtin_is_right` in sql/barcodes.v1.sql.
"""

import re
from typing import Final

from biip.checksums import gs1_standard_check_digit

LENGTHS: Final = (8, 12, 13, 14)
WRITTEN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def looks_like_one(code: str) -> bool:
    """Whether `code` has as many digits, and nothing else, as a GTIN can be written with."""
    return WRITTEN.fullmatch(code) is not None


def right_digit(code: str) -> int:
    """The check digit that the digits before the last one call for."""
    return gs1_standard_check_digit(code[:-1])


def is_right(code: str) -> bool:
    """Whether `code` is written as a GTIN and its check digit is right."""
    return looks_like_one(code) and right_digit(code) == int(code[-1])


def forms_of(code: str) -> list[str]:
    """`code`, and where it is a GTIN every other way to write it: UPC-A 0360… is EAN-13 00360…."""
    if not is_right(code):
        return [code]
    bare = code.lstrip("0")
    others = (bare.zfill(length) for length in LENGTHS if length >= len(bare))
    return list(dict.fromkeys((code, *others)))
