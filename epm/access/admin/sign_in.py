"""What a director sees and does about somebody's way in: her sessions, her second factor."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from epm.access.models import User
from epm.access.services import second_factors, sessions
from epm.platform.actor import acting_as


class SignInActions:
    """Each asks first: a link alone ends nothing."""

    @action(description=_("End all sessions"), url_path="end-sessions", icon="logout")  # type: ignore[untyped-decorator]
    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirmed(
            request,
            object_id,
            do=sessions.end_all,
            title=_("End all sessions"),
            told=_("Everywhere she is signed in, browsers and programs, it is over at once."),
        )

    @action(
        description=_("Remove second factor"),
        url_path="remove-second-factor",
        icon="phonelink_erase",
    )  # type: ignore[untyped-decorator]
    def remove_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirmed(
            request,
            object_id,
            do=second_factors.remove_all,
            title=_("Remove second factor"),
            told=_(
                "App, passkeys and recovery codes go, and all sessions end. Make sure that it is"
                " she who asks: for three days her password alone sets up a new one."
            ),
        )

    @action(
        description=_("Allow a second factor"),
        url_path="allow-second-factor",
        icon="phonelink_lock",
    )  # type: ignore[untyped-decorator]
    def allow_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirmed(
            request,
            object_id,
            do=second_factors.allow,
            title=_("Allow a second factor"),
            told=_(
                "For three days she may set one up with her password alone. Make sure that it is"
                " she who asks."
            ),
        )

    @admin.display(description=_("second factor"))
    def second_factor_state(self, user: User) -> str:
        """What a director wants to know of each: who has one, and to whom the door stands open."""
        if getattr(user, "has_factor", None):
            return gettext("set up")
        if timezone.now() < user.second_factor_until:
            until = date_format(
                timezone.localtime(user.second_factor_until), "SHORT_DATETIME_FORMAT"
            )
            return gettext("may be set up until %(moment)s") % {"moment": until}
        return gettext("none")

    def _confirmed(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        do: Callable[..., None],
        title: str | Promise,
        told: str | Promise,
    ) -> HttpResponse:
        page = cast("Any", self)
        person: User | None = page.get_object(request, object_id)
        if not page.has_view_permission(request) or person is None:
            raise Http404
        if not page.has_change_permission(request, person):
            raise PermissionDenied
        if request.method == "POST":
            with acting_as(request.user.get_username(), door="admin"):
                do(user=person, by=cast("User", request.user))
            messages.success(request, _("Done: %(what)s.") % {"what": title})
            return redirect("admin:access_user_change", person.pk)
        context = {
            **page.admin_site.each_context(request),
            "title": title,
            "opts": page.opts,
            "person": person,
            "told": told,
        }
        return TemplateResponse(request, "access/confirm_about_person.html", context)
