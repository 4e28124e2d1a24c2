from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import ListedPrice, PriceChange
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(time_machine):
    time_machine.move_to(NOON)
    return chain.store(code="SHOP", timezone="UTC")


@pytest.fixture
def bread():
    bread = chain.product(sku="Bread", sale_price=Decimal("3.00"))
    PriceChange.objects.update(changed_at=datetime(2024, 1, 1, tzinfo=UTC))
    return bread


def ask(client, query):
    return client.get(f"/api/v1/prices?{query}")


def test_a_reduced_price_stands_beside_the_lowest_of_the_30_days_before(shop, bread):
    chain.price_list({bread: "2.50"}, code="SPRING", name="Spring", kind="promotion",
                     ends_on=date(2025, 4, 6))  # fmt: skip
    ListedPrice.objects.update(known_from=datetime(2025, 3, 1, tzinfo=UTC))

    answer = ask(chain.api_client(), f"store=shop&product={bread.pk}")

    assert answer.json() == {
        "store": "SHOP",
        "currency": "EUR",
        "on": "2025-03-31",
        "rows": [
            {
                "product": bread.pk,
                "sku": "Bread",
                "price": "2.50",
                "list": "SPRING",
                "list_name": "Spring",
                "kind": "promotion",
                "starts_on": "2025-03-31",
                "ends_on": "2025-04-06",
                "lowest_30_days": "3.00",
            }
        ],
    }


def test_without_a_list_the_price_is_the_products_own(shop, bread):
    chain.price_list({bread: "2.50"}, kind="promotion")
    unknown = chain.product(sku="Unknown", sale_price=None)

    rows = ask(
        chain.api_client(), f"store=SHOP&sku=bREAD&product={unknown.pk}&on=2025-03-30"
    ).json()

    names = ("sku", "price", "list", "lowest_30_days")
    assert [tuple(row[name] for name in names) for row in rows["rows"]] == [
        ("Bread", "3.00", None, None),
        ("Unknown", None, None, None),
    ]  # fmt: skip


def test_200_products_cost_six_queries(shop, django_assert_max_num_queries):
    many = [chain.product() for _number in range(200)]
    chain.price_list(dict.fromkeys(many, "2.50"), kind="promotion")
    client = chain.api_client()
    query = "&".join(f"product={one.pk}" for one in many)
    ask(client, f"store=SHOP&{query}")

    with django_assert_max_num_queries(6):
        answer = ask(client, f"store=SHOP&{query}")

    assert len(answer.json()["rows"]) == 200


def test_the_list_of_another_store_is_not_told(shop, bread):
    chain.price_list({bread: "2.00"}, code="THEIRS", store=chain.store(code="OTHER"))
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[shop]))

    assert ask(manager, "store=SHOP&sku=Bread").json()["rows"][0]["list"] is None
    foreign, absent = (ask(manager, f"store={code}&sku=Bread") for code in ("OTHER", "NOWHERE"))
    assert (foreign.status_code, foreign.content) == (400, absent.content)


def test_tells_why_a_price_holds(shop, bread):
    chain.price_list({bread: "2.50"}, code="SPRING", name="Spring", kind="promotion")
    chain.price_list({bread: "2.80"}, code="OURS", name="Ours", store=shop)

    answer = chain.api_client().get(f"/api/v1/prices/reasons?store=SHOP&product={bread.pk}")

    terms = {"starts_on": "2025-03-31", "ends_on": None}
    assert answer.json() == {
        "store": "SHOP",
        "on": "2025-03-31",
        "product": bread.pk,
        "sale_price": "3.00",
        "lists": [
            {"list": "OURS", "list_name": "Ours", "kind": "regular", "is_of_store": True, **terms,
             "price": "2.80"},
            {"list": "SPRING", "list_name": "Spring", "kind": "promotion", "is_of_store": False,
             **terms, "price": "2.50"},
        ],
    }  # fmt: skip


def test_tells_no_reason_of_a_product_that_is_not_there(shop):
    answer = chain.api_client().get("/api/v1/prices/reasons?store=SHOP&product=999999")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/product"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("sku=Bread", "/store"),
        ("store=SHOP", "/product"),
        ("store=SHOP&product=1e3", "/product"),
        ("store=SHOP&product=99999999999999999999", "/product"),
        ("store=SHOP&product=1&on=tomorrow", "/on"),
        ("store=SHOP&" + "&".join(["product=1", "sku=a"] * 101), "/product"),
    ],
)
def test_what_cannot_be_read_is_refused(shop, query, pointer):
    answer = ask(chain.api_client(), query)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_key_needs_the_catalogue(shop):
    assert ask(chain.api_client(scopes=["sales:read"]), "store=SHOP&sku=a").status_code == 403
