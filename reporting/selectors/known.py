"""As known at a moment: which moments can be asked for, and what cannot be told of them.

A sale is known from its `recorded_at` on, the start of the statement that wrote it, by the
database's clock. It is seen by others when its transaction commits, which is later. So a moment is
answered only when no transaction is left that may still show a sale recorded before it: then the
answer is the same for ever.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from epm.platform import moments
from epm.platform.refusals import Kind, Refusal

MARGIN_SECONDS: Final = 30
"""Longer than a statement takes from its start to its lock, and clocks of servers lie apart."""
# Who has written sales holds this lock until the transaction ends. Whose start cannot be seen is
# taken for old.
WRITERS: Final = """
    SELECT %(known_at)s::timestamptz
           > statement_timestamp() - make_interval(secs => %(margin)s),
           EXISTS (SELECT FROM pg_locks l
                   LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                   WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
                     AND l.relation = 'sales_sale'::regclass
                     AND l.database = (SELECT oid FROM pg_database
                                       WHERE datname = current_database())
                     AND l.pid IS DISTINCT FROM pg_backend_pid()
                     AND (a.xact_start <= %(known_at)s::timestamptz) IS NOT FALSE)
"""


class NotYetKnown(Refusal):
    code = "reporting/not-yet-known"
    title = "The moment has not passed yet"
    kind = Kind.INVALID


class NotSettled(Refusal):
    code = "reporting/not-settled"
    title = "Sales of before that moment are still being written"
    kind = Kind.CONFLICT


def refuse_unsettled(asked: Iterable[datetime | None]) -> None:
    """Raise NotYetKnown, NotSettled. Ask before the figures are read."""
    for known_at in sorted({each for each in asked if each is not None}):
        with connection.cursor() as cursor:
            cursor.execute(WRITERS, {"known_at": known_at, "margin": MARGIN_SECONDS})
            is_to_come, is_being_written = cursor.fetchone()
        said = moments.said(known_at)
        if is_to_come:
            raise NotYetKnown(
                _("What is known at %(moment)s can be told %(seconds)d seconds after it.")
                % {"moment": said, "seconds": MARGIN_SECONDS},
                known_at=said,
            )
        if is_being_written:
            raise NotSettled(
                _("Sales that began before %(moment)s are still being written: ask again later.")
                % {"moment": said},
                known_at=said,
            )
