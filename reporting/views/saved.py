"""Saved views: kept from any dashboard, opened, renamed and deleted by their owner alone."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from epm.access.models import User
from epm.platform.refusals import Refusal
from reporting.selectors.saved_views import saved_views_visible_to
from reporting.services import saved_views
from reporting.views.page import PERMISSION

FOLLOWS_THE_DAY = frozenset({"on", "page"})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """The list; or one more, saved from the page it shows."""
    user = _person(request)
    if request.method == "POST":
        return _save(request, user)
    looks = hasattr(request, "real_user")
    context: dict[str, Any] = {
        "looks": looks,
        "views": [] if looks else list(saved_views_visible_to(user)),
    }
    return render(request, "reporting/saved.html", context)


@never_cache
@login_required
@require_POST
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename, delete, or let it open first."""
    user = _person(request)
    try:
        match request.POST.get("do"):
            case "rename":
                saved_views.rename(user=user, view_id=view_id, name=request.POST.get("name", ""))
            case "delete":
                saved_views.delete(user=user, view_id=view_id)
            case "first":
                saved_views.open_first(user=user, view_id=view_id)
            case "not-first":
                saved_views.open_first(user=user, view_id=None)
            case _:
                raise Http404
    except saved_views.NoSuchView as refusal:
        raise Http404 from refusal
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("dashboard-saved")


def _save(request: HttpRequest, user: User) -> HttpResponse:
    path, query = request.POST.get("path", ""), request.POST.get("query", "")
    if request.POST.get("follow"):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if pair[0] not in FOLLOWS_THE_DAY])
    try:
        kept = saved_views.save(
            user=user, name=request.POST.get("name", ""), path=path, query=query
        )
    except saved_views.NotADashboard as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("dashboard-saved")
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
        return redirect(f"{path}?{query}" if query else path)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": kept.name})
    return redirect(kept.address)


def _person(request: HttpRequest) -> User:
    if not request.user.has_perm(PERMISSION) or not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def address_of(request: HttpRequest) -> str:
    """Where the person lands: the view that opens first, or the overview."""
    if not hasattr(request, "real_user"):
        first = saved_views_visible_to(request.user).filter(is_default=True).first()
        if first:
            return first.address
    return reverse("dashboards")
