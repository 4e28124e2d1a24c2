"""Questions about imports. A file is seen whole, so its run is for who sees the whole chain."""

from django.db.models import QuerySet

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from epm.imports.models import ImportRun, QuarantinedRow


def runs_visible_to(principal: Principal) -> QuerySet[ImportRun]:
    """All for who sees the whole chain, else those a person started; none without the right."""
    runs = ImportRun.objects.all()
    if not rights.holds(principal, rights.IMPORTS):
        return runs.none()
    if scope_of(principal).all_stores:
        return runs
    return runs.filter(actor=principal) if isinstance(principal, User) else runs.none()


def quarantine_visible_to(principal: Principal, *, run_id: int) -> QuerySet[QuarantinedRow]:
    """The rows that one visible run set aside, resolved or not."""
    return QuarantinedRow.objects.filter(
        run__in=runs_visible_to(principal).filter(pk=run_id).values("pk")
    )


def open_rows_visible_to(principal: Principal) -> QuerySet[QuarantinedRow]:
    """The rows of visible runs that wait to be corrected."""
    return QuarantinedRow.objects.filter(
        run__in=runs_visible_to(principal).values("pk"), resolved_by__isnull=True
    )
