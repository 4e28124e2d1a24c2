"""The icon where browsers look for one unasked."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

A_DAY: Final = 86_400


@require_safe
@cache_control(public=True, max_age=A_DAY)
def favicon(_request: HttpRequest) -> HttpResponse:
    """Lead /favicon.ico to the icon of the pages."""
    return redirect(static("favicon.svg"))
