"""What a law of the database refused, in the domain's words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.db import DataError, IntegrityError

from epm.platform.refusals import Refusal

OUT_OF_RANGE: Final = "22003"


@contextmanager
def refused_by(
    laws: Mapping[str, Callable[[str], Refusal]], *, beyond: Callable[[], Refusal] | None = None
) -> Iterator[None]:
    """Turn what a constraint of `laws` refuses into its refusal, made of the constraint's detail,
    and a number that no column holds into `beyond`; others go through.

    The transaction, if there is one, is broken then: the caller must let it roll back.
    """
    try:
        yield
    except IntegrityError as broken:
        diagnosis = getattr(broken.__cause__, "diag", None)
        make = laws.get(getattr(diagnosis, "constraint_name", None) or "")
        if make is None:
            raise
        raise make(getattr(diagnosis, "message_detail", None) or "") from broken
    except DataError as broken:
        if beyond is None or getattr(broken.__cause__, "sqlstate", None) != OUT_OF_RANGE:
            raise
        raise beyond() from broken
