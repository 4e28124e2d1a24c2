from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import Barcode
from tests.factories import chain

pytestmark = pytest.mark.django_db


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


class TestOneProduct:
    def test_is_shown_in_full_by_two_queries(self, django_assert_num_queries):
        drinks = chain.category(code="DRINKS")
        water = chain.product(
            sku="Water-1",
            name="Water",
            category=drinks,
            brand="Spring",
            attributes={"bio": True, "sizes": [1, 2]},
            sale_price=Decimal("0.99"),
            purchase_price=Decimal("0.123456"),
            unit="l",
        )
        for code in ("40002", "40001"):
            Barcode.objects.create(product=water, code=code)
        client = chain.api_client()
        client.get("/api/v1/products")

        with django_assert_num_queries(2):
            answer = client.get(f"/api/v1/products/{water.pk}")

        assert answer.json() == {
            "id": water.pk,
            "sku": "Water-1",
            "name": "Water",
            "brand": "Spring",
            "category": "DRINKS",
            "unit": "l",
            "sale_price": "0.99",
            "purchase_price": "0.123456",
            "tax_class": "standard",
            "is_active": True,
            "is_placeholder": False,
            "barcodes": ["40001", "40002"],
            "attributes": {"bio": True, "sizes": [1, 2]},
        }
        assert answer["Cache-Control"] == "private, no-store"

    def test_unknown_prices_are_null_not_zero(self):
        bare = chain.product(sale_price=None, purchase_price=None)

        shown = chain.api_client().get(f"/api/v1/products/{bare.pk}").json()

        assert (shown["sale_price"], shown["purchase_price"], shown["category"]) == (
            None,
            None,
            None,
        )

    def test_costs_are_left_out_for_who_may_not_see_them(self):
        bread = chain.product()
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()]))
        manager = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
        blind = chain.api_client(scopes=["catalogue:read"])
        seeing = chain.api_client(scopes=["catalogue:read", "costs:read"])

        for path in (f"/api/v1/products/{bread.pk}", f"/api/produits/{bread.pk}"):
            assert "purchase_price" not in cashier.get(path).json()
            assert "purchase_price" not in blind.get(path).json()
            assert manager.get(path).json()["purchase_price"] == "5.50"
            assert seeing.get(path).json()["purchase_price"] == "5.50"
        assert "purchase_price" not in cashier.get("/api/v1/products").json()["results"][0]
        assert manager.get("/api/v1/products").json()["results"][0]["purchase_price"] == "5.50"

    @pytest.mark.parametrize("pk", [0, 999_999_999, 2**63 - 1, 2**63, 10**400])
    @pytest.mark.parametrize("door", ["v1/products", "produits", "v1/categories", "v1/stores"])
    def test_an_absent_id_is_not_found(self, door, pk):
        answer = chain.api_client().get(f"/api/{door}/{pk}")

        assert answer.status_code == 404
        assert answer.json() == {
            "type": "/problems/not-found",
            "title": "Not found",
            "status": 404,
            "code": "not-found",
        }

    def test_who_sees_no_store_sees_no_product(self):
        bread = chain.product()
        nobody = chain.signed_in(chain.person(Role.MANAGER))

        assert nobody.get(f"/api/v1/products/{bread.pk}").status_code == 404
        assert nobody.get(f"/api/produits/{bread.pk}").status_code == 404
        assert ids(nobody.get("/api/v1/products")) == []
        assert ids(nobody.get("/api/v1/categories")) == []


class TestProducts:
    def test_twenty_cost_two_queries(self, django_assert_num_queries):
        for _number in range(25):
            chain.product(category=chain.category())
        client = chain.api_client()
        client.get("/api/v1/products")

        with django_assert_num_queries(2):
            assert len(ids(client.get("/api/v1/products"))) == 20

    def test_are_narrowed(self):
        food, bread = chain.category(code="FOOD"), None
        bread = chain.category(code="BREAD", parent=food)
        tea = chain.product(sku="Tea", category=food, brand="Leaf")
        roll = chain.product(sku="Roll", category=bread, unit="kg")
        old = chain.product(sku="Old", is_active=False, is_placeholder=True)
        Barcode.objects.create(product=roll, code="40001")
        client = chain.api_client()

        def found(query):
            return ids(client.get(f"/api/v1/products?{query}"))

        assert found("category=food") == [tea.pk, roll.pk]
        assert found("category=BREAD") == [roll.pk]
        assert found("sku=tEA") == [tea.pk]
        assert found("barcode=40001") == [roll.pk]
        assert found("brand=Leaf") == [tea.pk]
        assert found("unit=kg") == [roll.pk]
        assert found("is_active=false") == [old.pk]
        assert found("is_active=true&is_placeholder=false&ordering=-id") == [roll.pk, tea.pk]
        assert found("ordering=sku") == [old.pk, roll.pk, tea.pk]

    def test_sorting_by_sku_folds_capitals(self):
        for sku in ("b", "A", "C", "a-1"):
            chain.product(sku=sku)

        answer = chain.api_client().get("/api/v1/products?ordering=sku")

        assert [one["sku"] for one in answer.json()["results"]] == ["A", "a-1", "b", "C"]


class TestCategories:
    def test_walk_the_tree(self):
        food = chain.category(code="FOOD", name="Food")
        bread = chain.category(code="BREAD", name="Bread", parent=food)
        rolls = chain.category(code="ROLLS", name="Rolls", parent=bread)
        client = chain.api_client()

        assert ids(client.get("/api/v1/categories?is_root=true")) == [food.pk]
        assert ids(client.get("/api/v1/categories?parent=food")) == [bread.pk]
        assert client.get(f"/api/v1/categories/{rolls.pk}").json() == {
            "id": rolls.pk,
            "code": "ROLLS",
            "name": "Rolls",
            "parent": "BREAD",
            "path": [
                {"id": food.pk, "code": "FOOD", "name": "Food"},
                {"id": bread.pk, "code": "BREAD", "name": "Bread"},
                {"id": rolls.pk, "code": "ROLLS", "name": "Rolls"},
            ],
        }
