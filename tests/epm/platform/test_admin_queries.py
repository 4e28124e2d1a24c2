"""Addresses of the back office made up by hand: refused, never an error of ours."""

import pytest
from django.contrib import admin

from epm.access.models import Role
from epm.platform.admin import BackOfficeAdmin
from tests.factories import chain

pytestmark = pytest.mark.django_db
SECRET = "T-SECRET"
SALES = "/admin/sales/sale/"
AUTOCOMPLETE = "/admin/autocomplete/?app_label=sales&model_name=sale&field_name=store"
HOSTILE = [
    f"{SALES}?external_ref=%00",
    f"{SALES}?external_ref__in=%00",
    f"{SALES}?external_ref__regex=(",
    f"{SALES}?total_ttc__contains=%00",
    f"{SALES}?sold_at__year=99999",
    f"{SALES}?content_digest=x",
    f"{SALES}?external_ref__startswith=T-",
    f"{SALES}?q=%00",
    f"{SALES}?%00=1",
    f"{SALES}?p=99999999999999999999",
    f"{SALES}?business_date__regex=(",
    f"{SALES}?business_date__year=99999",
    f"{SALES}?is_correction__exact=x",
    "/admin/inventory/product/?brand=%00",
    "/admin/inventory/product/?category__id__exact=x",
    f"{AUTOCOMPLETE}&term=%00",
    f"{AUTOCOMPLETE}&term=a&page=99999999999999999999",
]
BACK_OFFICE = [
    model for model, page in admin.site._registry.items() if isinstance(page, BackOfficeAdmin)
]


@pytest.fixture
def client():
    store = chain.store(code="PAR")
    product = chain.product(sku=SECRET)
    chain.sale(
        store=store,
        external_ref=SECRET,
        lines=[{"product": product, "quantity": 1, "net_ttc": "12.00"}],
    )
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


@pytest.mark.parametrize("address", HOSTILE)
def test_is_refused_and_tells_nothing(client, address):
    client.raise_request_exception = False

    answer = client.get(address)

    text = answer.content.decode()
    assert answer.status_code < 500
    assert SECRET not in text
    assert "Traceback" not in text
    assert answer.status_code != 302 or answer.headers["Location"].endswith("?e=1")


@pytest.mark.parametrize("store", ["x", "99999999999999999999"])
def test_a_choice_that_is_none_is_no_error(client, store):
    assert client.get(f"{SALES}?store__id__exact={store}").status_code in {200, 302, 400}


@pytest.mark.parametrize("model", BACK_OFFICE, ids=lambda model: model._meta.label)
def test_no_page_takes_a_nul_byte_or_a_column_it_does_not_offer(client, model):
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"

    told = [client.get(page + query).status_code for query in ("?q=%00", "?pk__regex=(")]

    assert set(told) <= {400, 403}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=T-SECRET",
        "?is_correction__exact=0",
        "?business_date_from=2000-01-01",
        "?e=1",
        "?p=1",
    ],
)
def test_an_ordinary_filter_still_finds(client, query):
    answer = client.get(SALES + query)

    assert answer.status_code == 200
    assert SECRET in answer.content.decode()
