"""The product's doors, and the least a Django view can do behind the same middleware."""

from uuid import uuid4

import orjson
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from epm.platform.renderers import as_json
from inventory.models import Product
from inventory.services import reservations

ONE = (
    "id", "sku", "name", "brand", "category__code", "unit", "sale_price", "purchase_price",
    "tax_class_code", "is_active", "is_placeholder", "attributes",
)  # fmt: skip
LISTED = tuple(name for name in ONE if name != "attributes")


def bare_product(request: HttpRequest, pk: int) -> HttpResponse:
    """One indexed query."""
    row = Product.objects.values(*ONE).get(pk=pk)
    return HttpResponse(as_json(row), content_type="application/json")


def bare_products(request: HttpRequest) -> HttpResponse:
    """The first twenty, in one query."""
    rows = list(Product.objects.order_by("pk").values(*LISTED)[:20])
    return HttpResponse(as_json({"results": rows}), content_type="application/json")


@csrf_exempt
def bare_hold(request: HttpRequest) -> HttpResponse:
    """The function that holds a basket, in one statement; nothing is checked, nothing kept."""
    asked = orjson.loads(request.body)
    basket = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            reservations.HOLD,
            [
                basket, asked["store"], [line["product"] for line in asked["lines"]],
                [line["quantity"] for line in asked["lines"]], 900, "bench", "bench", None,
            ],
        )  # fmt: skip
        (ends,) = cursor.fetchone()
    told = {"basket": basket, "expires_at": ends, "lines": asked["lines"]}
    return HttpResponse(as_json(told), status=201, content_type="application/json")


@login_required
def bare_page(request: HttpRequest) -> HttpResponse:
    """The least a page for people can be: who asks, and one indexed query."""
    name, sku = Product.objects.values_list("name", "sku").get(sku="P000001")
    return HttpResponse(f"<!doctype html><title>{name}</title><p>{sku}")


urlpatterns = [
    path("bare/page", bare_page),
    path("api/bare/products/<int:pk>", bare_product),
    path("api/bare/products", bare_products),
    path("api/bare/holds", bare_hold),
    path("", include("epm.urls")),
]

handler400 = "epm.platform.problems.bad_request"
handler403 = "epm.platform.problems.permission_denied"
handler404 = "epm.platform.problems.page_not_found"
handler500 = "epm.platform.problems.server_error"
