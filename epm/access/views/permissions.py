"""Who may do what: one page and one file, made from the code that decides it."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from epm.access.models import Role
from epm.access.selectors import matrix
from epm.access.selectors.matrix import Line

BUTTONS_OF_A_LIST = ("get_actions_list", "get_actions_row")
BUTTONS_OF_A_ROW = ("get_actions_detail", "get_actions_submit_line")


@never_cache
@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Role by subject and verb."""
    if not request.user.has_perm("access.view_matrix"):
        raise PermissionDenied
    sections = [
        (section, [_shown(line) for line in lines])
        for section, lines in groupby(_lines(), key=lambda line: str(line.section))
    ]
    context = {"sections": sections, "roles": [role.label for role in Role]}
    return render(request, "access/permissions.html", context)


@never_cache
@require_safe
@login_required
def download(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    if not request.user.has_perm("access.view_matrix"):
        raise PermissionDenied
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(["section", "subject", "verb", "name", *Role.values, "api_key_scopes"])
    for line in _lines():
        marks = ["yes" if may else "no" for may in line.roles]
        told = [str(line.section), str(line.subject), str(line.verb), line.name]
        rows.writerow([*told, *marks, " ".join(line.keys)])
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="permissions.csv"'},
    )


def _lines() -> Iterator[Line]:
    yield from matrix.lines()
    yield from _admin_actions()


def _shown(line: Line) -> dict[str, Any]:
    return {
        "subject": line.subject,
        "verb": line.verb,
        "name": line.name,
        "roles": line.roles,
        "keys": ", ".join(line.keys),
    }


def _admin_actions() -> Iterator[Line]:
    """What can be done with rows in the administration, asked of each page as each role."""
    requests = [_request_of(role) for role in Role]
    for model, page_of in admin.site._registry.items():  # noqa: SLF001 - Django has no other way
        offered = [_actions(page_of, request) for request in requests]
        for name in sorted(set().union(*offered)):
            told = next(actions[name] for actions in offered if name in actions)
            options = model._meta  # noqa: SLF001
            yield Line(
                gettext_lazy("Actions in the administration"),
                str(capfirst(options.verbose_name_plural)),
                told,
                f"{options.label_lower}:{name}",
                tuple(name in actions for actions in offered),
            )


def _actions(page_of: admin.ModelAdmin, request: HttpRequest) -> dict[str, str]:
    """By name, what the page would offer: on selected rows, and as buttons."""
    if not page_of.has_view_permission(request):
        return {}
    names = {"verbose_name": "", "verbose_name_plural": _("rows")}
    found = {
        name: str(action[2]) % names
        for name, action in page_of.get_actions(request).items()
        if action is not None
    }
    buttons = [*(getattr(page_of, place)(request) for place in BUTTONS_OF_A_LIST)]
    buttons += [getattr(page_of, place)(request, None) for place in BUTTONS_OF_A_ROW]
    for button in [button for some in buttons for button in some]:
        found[str(button.method.original_function_name)] = str(button.description)
    return found


def _request_of(role: Role) -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    request.user = matrix.person_of(role)
    return request
