"""What a person changes on the pages of her own account is put down to her."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from epm.platform.actor import acting_as

View = Callable[..., HttpResponseBase]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def by_herself(view: View) -> View:
    """The same page, all of whose writes are one transaction of whoever is signed in."""

    @wraps(view)
    def noted(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method in SAFE or not request.user.is_authenticated:
            return view(request, *arguments, **named)
        with acting_as(request.user.get_username(), door="account"):
            return view(request, *arguments, **named)

    return noted
