"""Every page of the back office, whatever is registered: cheap at a million rows, and scoped."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.db import connection
from django.forms import HiddenInput, ModelChoiceField
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from epm.access.models import Role, User
from epm.platform.admin import BackOfficeAdmin
from epm.platform.models import Change
from tests.factories import chain
from tests.factories.house import house

pytestmark = pytest.mark.django_db
PAGES = [
    pytest.param(page, id=model._meta.label)
    for model, page in admin.site._registry.items()
    if isinstance(page, BackOfficeAdmin)
]
BIG = (
    "inventory_product", "inventory_barcode", "inventory_pricechange", "sales_customer",
    "sales_sale", "sales_saleline", "imports_quarantinedrow", "platform_change",
)  # fmt: skip
COUNTED = re.compile(r"SELECT COUNT\(\*\).*?FROM \"(\w+)\"", re.DOTALL)
MOST_QUERIES = 15


def address(page, tail=""):
    return f"/admin/{page.opts.app_label}/{page.opts.model_name}/{tail}"


@pytest.fixture
def furnished():
    return house()


@pytest.fixture
def director(furnished):
    return chain.person(Role.DIRECTOR, whole_chain=True)


def counted_in_full(queries):
    return [
        query["sql"]
        for query in queries
        if " LIMIT " not in query["sql"]
        and (table := COUNTED.search(query["sql"]))
        and table[1] in BIG
    ]


def request_of(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "?q=e"])
def test_lists_take_few_queries_and_count_no_big_table(page, query, director):
    client = chain.signed_in(director)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address(page) + query)

    # The list of all changes asks once more for each kind of thing that its rows name (ADR 0011).
    more = 5 if page.model is Change else 0
    assert answer.status_code == 200
    assert len(queries) <= MOST_QUERIES + more
    assert counted_in_full(queries) == []


@pytest.mark.parametrize("page", PAGES)
def test_forms_take_few_queries_and_count_no_big_table(page, director):
    client = chain.signed_in(director)
    row = page.get_queryset(request_of(director)).first()
    if row is None:
        pytest.skip("the house has none")

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address(page, f"{row.pk}/change/"))

    assert answer.status_code == 200
    assert len(queries) <= MOST_QUERIES + 5
    assert counted_in_full(queries) == []


@pytest.mark.parametrize("page", PAGES)
def test_forms_choose_rows_by_typing_never_from_a_list(page, director):
    request = request_of(director)
    forms = [page.get_form(request, None)]
    forms += [set_.form for set_, _inline in page.get_formsets_with_inlines(request, None)]
    listed = []
    for form in forms:
        for name, field in form.base_fields.items():
            widget = field.widget
            if isinstance(widget, RelatedFieldWidgetWrapper):
                widget = widget.widget
            typed = (AutocompleteSelect, AutocompleteSelectMultiple, HiddenInput)
            if isinstance(field, ModelChoiceField) and not isinstance(widget, typed):
                listed.append(name)

    assert listed == []


@pytest.mark.parametrize("page", PAGES)
def test_a_store_manager_meets_no_foreign_row(page, furnished):
    client = chain.signed_in(furnished["mine"]["person"])
    foreign = furnished["foreign"]["store"]

    texts = [
        client.get(address(page)).content.decode(),
        client.get(f"{address(page)}?store__id__exact={foreign.pk}").content.decode(),
        client.get(address(page, "export.csv")).getvalue().decode(),
    ]

    assert [text for text in texts if "FOREIGN" in text] == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "tail", ["a%00b/change/", "a%00b/history/", "%00/delete/", f"{10**30}/change/"]
)
def test_no_object_is_named_so(page, tail, director):
    answer = chain.signed_in(director).get(address(page, tail))

    assert answer.status_code in {302, 400, 403, 404}


@pytest.mark.parametrize("page", [page for page in PAGES if page.values[0].actions])
@pytest.mark.parametrize("key", ["NaN", "", "9" * 40, "a\0b"])
def test_an_action_for_no_row_that_there_is(page, key, director):
    action = next(iter(page.actions))
    name = action if isinstance(action, str) else action.__name__

    answer = chain.signed_in(director).post(
        address(page), {"action": name, "_selected_action": key}
    )

    assert answer.status_code in {200, 302, 400, 403}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_lists_are_exported(page, format_, director):
    client = chain.signed_in(director)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address(page, f"export.{format_}"))
        content = answer.getvalue()

    assert answer.status_code == 200
    assert content
    assert len(queries) <= MOST_QUERIES + (5 if page.model is Change else 0)
    assert counted_in_full(queries) == []


def rows_of(answer):
    return list(csv.reader(StringIO(answer.getvalue().decode("utf-8-sig"))))


class TestAnExport:
    def test_is_the_list_as_it_is_filtered(self, director):
        chain.product(sku="A", name="=cmd()", brand="Acme")
        chain.product(sku="B", name="Other")
        client = chain.signed_in(director)

        rows = rows_of(client.get("/admin/inventory/product/export.csv?q=Acme"))

        assert [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] == [
            {
                "SKU": "A",
                "Name": "'=cmd()",
                "Category · code": "",
                "Brand": "Acme",
                "Unit of measure": "piece",
                "Tax class": "standard",
                "Sale price incl. tax": "12.00",
                "Purchase price excl. tax": "5.50",
                "Active": "yes",
                "Placeholder": "no",
            }
        ]

    def test_leaves_costs_out_for_who_may_not_see_them(self, furnished):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[furnished["mine"]["store"]]))

        headings = rows_of(cashier.get("/admin/inventory/product/export.csv"))[0]

        assert "Sale price incl. tax" in headings
        assert "Purchase price excl. tax" not in headings

    def test_is_refused_to_who_may_not_see_the_list(self, furnished):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[furnished["mine"]["store"]]))

        assert cashier.get("/admin/sales/customer/export.csv").status_code == 403


def test_a_choice_that_is_no_number_is_refused_not_ignored(director):
    answer = chain.signed_in(director).get("/admin/sales/sale/?store__id__exact=x")

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?e=1")


def test_fields_with_a_search_speak_the_page_s_language():
    page = admin.site._registry[User]

    with translation.override("fr"):
        scripts = [Path(script).name for script in page.media._js]

    words = scripts.index("fr.js")
    assert scripts.index("select2.full.min.js") < words < scripts.index("select2.full.js")
