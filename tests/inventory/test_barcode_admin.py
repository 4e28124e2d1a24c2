"""Barcodes on the page of a product, and the rules for what scales print."""

from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import Barcode, EmbeddedBarcodeRule
from tests.factories import chain

pytestmark = pytest.mark.django_db

RULES = "/admin/inventory/embeddedbarcoderule/"
SCALE = {
    "name": "Cheese counter",
    "prefix": "21",
    "item_digits": 5,
    "embeds": "weight",
    "value_digits": 5,
    "value_decimals": 3,
    "is_active": "on",
}


@pytest.fixture
def director():
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


@pytest.fixture
def bread():
    return chain.product(sku="BREAD", name="Bread")


def saved(client, product, **barcode):
    """The page of `product`, saved with one barcode more."""
    fields = {"code": "", "kind": "", "pack_size": "1", **barcode}
    return client.post(
        f"/admin/inventory/product/{product.pk}/change/",
        {
            "sku": product.sku,
            "name": product.name,
            "unit": product.unit,
            "tax_class_code": product.tax_class_code,
            "sale_price": product.sale_price,
            "purchase_price": product.purchase_price,
            "is_active": "on",
            "attributes": "{}",
            "barcodes-TOTAL_FORMS": 1,
            "barcodes-INITIAL_FORMS": 0,
            "stock_levels-TOTAL_FORMS": 0,
            "stock_levels-INITIAL_FORMS": 0,
            "price_changes-TOTAL_FORMS": 0,
            "price_changes-INITIAL_FORMS": 0,
            **{f"barcodes-0-{name}": value for name, value in fields.items()},
        },
    )


class TestABarcode:
    @pytest.mark.parametrize(
        ("code", "said", "kind"),
        [
            ("3017620422003", "", "gtin"),
            ("40170725", "gtin", "gtin"),
            ("SHELF-7", "", "internal"),
            ("3017620422004", "internal", "internal"),
            ("3017620422003", "internal", "internal"),
        ],
    )
    def test_is_of_the_kind_one_says_or_its_check_digit_does(
        self, director, bread, code, said, kind
    ):
        answer = saved(director, bread, code=code, kind=said, pack_size="6")

        assert answer.status_code == 302
        kept = Barcode.objects.get()
        assert (kept.code, kept.kind, kept.pack_size) == (code, kind, Decimal(6))

    @pytest.mark.parametrize(
        ("barcode", "told"),
        [
            ({"code": "3017620422004"}, "looks like an EAN or UPC, but should end in 3"),
            ({"code": "3017620422004", "kind": "gtin"}, "This is no EAN or UPC"),
            ({"code": "SHELF-7", "kind": "gtin"}, "This is no EAN or UPC"),
            ({"code": "0036000291452"}, "written with other zeros before it"),
            ({"code": "40170725", "pack_size": "0"}, "A pack holds more than nothing"),
        ],
    )
    def test_that_cannot_be_is_refused(self, director, bread, barcode, told):
        chain.product().barcodes.create(code="036000291452", kind="gtin")

        answer = saved(director, bread, **barcode)

        assert answer.status_code == 200
        assert told in answer.content.decode()
        assert Barcode.objects.count() == 1

    def test_finds_its_product_in_either_form(self, director, bread):
        bread.barcodes.create(code="036000291452", kind="gtin")
        chain.product(sku="OTHER")

        text = director.get("/admin/inventory/product/?q=0036000291452").content.decode()

        assert "BREAD" in text
        assert "OTHER" not in text

    def test_finds_its_product_from_everywhere(self, director, bread):
        bread.barcodes.create(code="036000291452", kind="gtin")

        assert "BREAD" in director.get("/admin/search/?extended=1&s=0036000291452").content.decode()


class TestARule:
    def test_is_made_shown_and_kept_in_the_history(self, director):
        assert director.post(f"{RULES}add/", SCALE).status_code == 302

        made = EmbeddedBarcodeRule.objects.get()
        assert "21 IIIII NNNNN C" in director.get(RULES).content.decode()
        history = director.get(f"{RULES}{made.pk}/history/").content.decode()
        assert "Cheese counter" in history

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"prefix": "210", "item_digits": 4}, "Another active rule reads codes"),
            ({"prefix": "22", "item_digits": 4}, "must be 12 digits together"),
            ({"prefix": "30"}, "begin with 02, 04 or 20 to 29"),
            ({"prefix": "22", "value_decimals": 4}, "At most 3 decimals"),
            (
                {"prefix": "22", "item_digits": 3, "value_digits": 6, "value_check": "on"},
                "needs a value of 4 or 5 digits",
            ),
        ],
    )
    def test_that_cannot_be_is_refused_in_words(self, director, changed, told):
        director.post(f"{RULES}add/", SCALE)

        answer = director.post(f"{RULES}add/", {**SCALE, **changed})

        assert answer.status_code == 200
        assert told in answer.content.decode()
        assert EmbeddedBarcodeRule.objects.count() == 1

    @pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.CASHIER, 403)])
    def test_is_the_directors_to_make(self, role, status):
        client = chain.signed_in(chain.person(role, stores=[chain.store()]))

        assert client.get(RULES).status_code == status
        assert client.post(f"{RULES}add/", SCALE).status_code == 403
        assert EmbeddedBarcodeRule.objects.count() == 0
