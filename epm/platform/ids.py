"""UUIDv7 (RFC 9562): document keys that carry their time. `epm_uuid7` is the same in SQL."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


def uuid7(*, at: datetime) -> uuid.UUID:
    """A new key whose first 48 bits are `at` in milliseconds; the rest is random."""
    return _with_time(at, secrets.randbits(74))


def uuid7_derived(*, at: datetime, seed: str) -> uuid.UUID:
    """The key that `epm_uuid7_derived` makes in SQL: the same for the same `seed` and moment."""
    drawn = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    high = f"{(at - EPOCH) // MILLISECOND:012x}"
    return uuid.UUID(f"{high}7{drawn[:3]}8{drawn[4:19]}")


def uuid7_floor(*, at: datetime) -> uuid.UUID:
    """The lowest UUIDv7 of `at`: the bound of a key range, never the key of a row."""
    return _with_time(at, 0)


def time_of(key: uuid.UUID) -> datetime:
    """The millisecond `key` was made for."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)


def _with_time(at: datetime, random_bits: int) -> uuid.UUID:
    milliseconds = (at - EPOCH) // MILLISECOND
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    value = (milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low
    return uuid.UUID(int=value)
