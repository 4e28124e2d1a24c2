"""The yes of a second person to one ticket at a till."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.models import User
from epm.access.selectors.scope import scope_of
from epm.platform.ids import uuid7
from epm.platform.refusals import Kind, Refusal
from sales.models import Approval
from sales.selectors.till_rules import limit_of, role_at_the_till

VALID: Final = timedelta(minutes=5)


class ApproverUnknown(Refusal):
    code = "sales/approver-unknown"
    title = gettext_lazy("The second person was not recognised")
    kind = Kind.FORBIDDEN


class ApproverNeedsCode(Refusal):
    code = "sales/approver-needs-code"
    title = gettext_lazy("The second person must show the second factor")
    kind = Kind.FORBIDDEN


class MayNotApprove(Refusal):
    code = "sales/may-not-approve"
    title = gettext_lazy("This person may not approve here")
    kind = Kind.FORBIDDEN


class OwnApproval(Refusal):
    code = "sales/own-approval"
    title = gettext_lazy("A second person is somebody else")
    kind = Kind.FORBIDDEN


def grant(
    *, store_id: int, approver: User, asked_by: User | None = None, now: datetime
) -> Approval:
    """An approval for one ticket of the store, for five minutes. Raise OwnApproval, MayNotApprove.

    `asked_by`: who stands at the till, where the approver has come there. Without it the approver
    asks for himself; that no ticket of his own uses it is seen to when it is used.
    """
    if asked_by is not None and asked_by.pk == approver.pk:
        raise OwnApproval(_("Ask somebody else: nobody approves what he does himself."))
    limit = limit_of(role_at_the_till(approver))
    if not scope_of(approver).allows(store_id) or not limit.approves:
        raise MayNotApprove(_("Ask somebody who may approve in this store."))
    return Approval.objects.create(
        id=uuid7(at=now), store_id=store_id, approver=approver, expires_at=now + VALID
    )
