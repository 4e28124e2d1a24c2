"""How far a run is, told beside the work: while COPY holds one connection, over another."""

import time
from typing import Final, Self

from django.db import connection
from django.utils.translation import gettext as _

from epm.imports.models import RunStatus
from epm.imports.services.runs import CalledOff

EVERY_SECONDS: Final = 0.5


class Told:
    """The progress callback of one run. Raises CalledOff once somebody has cancelled it."""

    def __init__(self, *, run_id: int) -> None:
        self._run_id = run_id
        self._connection = connection.copy()
        self._phase, self._last = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._last < EVERY_SECONDS:
            return
        self._phase, self._last = phase, now
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE imports_importrun SET phase = %s, done = %s, total = %s WHERE id = %s"
                " RETURNING status",
                [phase, done, total, self._run_id],
            )
            found = cursor.fetchone()
        if found and found[0] == RunStatus.CANCELLED:
            raise CalledOff(_("The import was cancelled."))
