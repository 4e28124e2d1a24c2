"""What every dashboard page has around it: who may open it, what it cost, what it may load."""

import functools
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from epm.access import conditional
from reporting.selectors import freshness, places
from reporting.views import shared

View = Callable[..., HttpResponseBase]
PERMISSION: Final = "reporting.view_dashboard"


class Cost:
    """What the page has cost so far: a template that asks at its end is told nearly all of it."""

    def __init__(self, *, queries: int = 0) -> None:
        self._began = time.perf_counter()
        self.queries = queries

    @property
    def milliseconds(self) -> int:
        return round((time.perf_counter() - self._began) * 1000)

    def count(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.queries += 1
        return execute(*arguments)


def dashboard_page(view: View) -> View:
    """A page for those who may see dashboards; hands the view the page's `Cost`."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, cost: Cost, **named: Any) -> HttpResponseBase:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if not shared.knows(request):
            return view(request, cost, **named)
        make = functools.partial(view, **named)
        with freshness.held(), freshness.with_stock(wanted=shared.reads_stock(request)):
            return conditional.page(request, lambda: shared.page(request, cost, make))

    @functools.wraps(view)
    def measured(request: HttpRequest, **named: Any) -> HttpResponseBase:
        read_by_the_log = hasattr(request, "_cached_user")
        cost = Cost(queries=int(read_by_the_log))
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(cost.count))
            stack.enter_context(places.held())
            response = login_required(guarded)(request, cost, **named)
        response.headers.setdefault("Cache-Control", conditional.NOT_KEPT)
        return response

    return require_safe(measured)
