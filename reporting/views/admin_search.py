"""The back office's search: pages by name; products, tickets, stores, customers and people."""

import time
from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from unfold.dataclasses import SearchResult

from reporting.selectors import found

LONGEST: Final = 100
ICONS: Final = {
    "inventory_product": "inventory_2",
    "sales_sale": "receipt_long",
    "organization_store": "store",
    "sales_customer": "person",
    "access_user": "badge",
}


@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """What unfold's own view would do, never remembered: what one may see can change."""
    began = time.perf_counter()
    asked = request.GET.get("s", "")
    if "\0" in asked:
        raise BadRequest
    term = asked.strip()[:LONGEST]
    if not term:
        return HttpResponse()
    results = list(_pages(request, term))
    extended = "extended" in request.GET
    if extended:
        results += _rows(request, term)
    page = Paginator(results, max(len(results), 1)).page(1)
    template = "command_results.html" if extended else "search_results.html"
    return TemplateResponse(
        request,
        f"unfold/helpers/{template}",
        {
            "page_obj": page.paginator,
            "results": page if results else [],
            "page_counter": 0,
            "execution_time": time.perf_counter() - began,
            "command_show_history": False,
        },
        headers={"HX-Trigger": "search"},
    )


def _pages(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    folded = term.lower()
    for context in admin.site.get_app_list(request):
        for model in context["models"]:
            if folded in str(model["name"]).lower() and model["admin_url"]:
                yield SearchResult(
                    title=str(model["name"]),
                    description=str(context["name"]),
                    link=model["admin_url"],
                    icon="tag",
                )


def _rows(request: HttpRequest, term: str) -> list[SearchResult]:
    return [
        SearchResult(
            title=hit.title,
            description=str(hit.kind),
            link=_address(hit.page, hit.pk),
            icon=ICONS[hit.page],
        )
        for hit in found.everything(principal=request.user, term=term)
    ]


def _address(page: str, pk: Any) -> str:
    return reverse(f"admin:{page}_change", args=[pk])
