"""Choose with whose eyes to look, and stop looking."""

from typing import Any, Final, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from epm.access.models import Ending, User
from epm.access.selectors.view_as import may_view_as_others, people_viewable_by
from epm.access.services import view_as
from epm.access.view_as_middleware import KEY

SHOWN: Final = 50
LONGEST_ID: Final = 18


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The people whose eyes one may borrow; a POST borrows them for an hour."""
    if not may_view_as_others(request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _start(request)
    asked = request.GET.get("q", "").replace("\0", "").strip()
    people = people_viewable_by(request.user)
    if (user_id := _id(request.GET.get("user", ""))) is not None:
        people = people.filter(pk=user_id)
    if asked:
        words = ("username", "first_name", "last_name", "email")
        people = people.filter(
            Q(*((f"{word}__icontains", asked) for word in words), _connector="OR")
        )
    found = list(
        people.prefetch_related("store_scopes__store", "store_scopes__region")[: SHOWN + 1]
    )
    context: dict[str, Any] = {"people": found[:SHOWN], "more": len(found) > SHOWN, "asked": asked}
    return render(request, "access/view_as.html", context)


def _start(request: HttpRequest) -> HttpResponse:
    viewed_id = _id(request.POST.get("user", ""))
    if viewed_id is None or not people_viewable_by(request.user).filter(pk=viewed_id).exists():
        raise Http404
    look = view_as.start(
        viewer=cast("User", request.user),
        viewed_id=viewed_id,
        now=timezone.now(),
        ip=request.META.get("REMOTE_ADDR") or None,
    )
    request.session[KEY] = look.pk
    return redirect("home")


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Back to one's own eyes; without a look to end, only back."""
    look_id = request.session.pop(KEY, None)
    if look_id is not None:
        view_as.end(look_id=look_id, ending=Ending.STOPPED, now=timezone.now())
    return redirect("view-as" if may_view_as_others(request.user) else "home")


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None
