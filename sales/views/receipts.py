"""A receipt as a page of 80 mm, for the browser's own printing."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from epm.access.selectors import rights
from sales.selectors.prints import slip_visible_to
from sales.services.receipts import qr_of

LONGEST_NUMBER = 9


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """A copy that was counted, the latest unless `copy` names one."""
    if not rights.holds(request.user, rights.SALES):
        raise PermissionDenied
    slip = slip_visible_to(request.user, sale_id=sale_id, copy=_copy(request))
    if slip is None:
        raise Http404
    modules = qr_of(text=str(slip.uuid))
    path = "".join(
        f"M{across},{down}h1v1h-1z"
        for down, row in enumerate(modules)
        for across, dark in enumerate(row)
        if dark
    )
    return render(
        request, "sales/receipt.html", {"slip": slip, "qr_path": path, "qr_side": len(modules)}
    )


def _copy(request: HttpRequest) -> int | None:
    said = request.GET.get("copy")
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= LONGEST_NUMBER):
        raise Http404
    return int(said)
