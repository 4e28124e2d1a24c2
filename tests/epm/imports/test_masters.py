"""Imports of masters: upserts by code, only of what the file gives."""

from datetime import date
from decimal import Decimal

import pytest
from model_bakery import baker

from epm.imports.kinds import UnknownImportKind
from epm.imports.mapping import BadMapping
from epm.organization.models import Region, Store
from inventory.models import Barcode, Category, PriceChange, Product
from sales.models import Customer, StoreDayTarget, StoreTarget
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db


def rows_of(run):
    return run.account["rows"]


class TestStores:
    TEXT = """
        code,name,region,region_name,timezone,currency,day_cutoff_hour,floor_area_m2
        P1,Paris Opéra,IDF,Île-de-France,Europe/Paris,EUR,4,250.5
        P2,Paris Nord,idf,,Europe/Paris,EUR,,
        """

    def test_are_made_with_their_regions(self, imported):
        run = imported("stores", self.TEXT)

        assert rows_of(run) == {"read": 2, "applied": 2, "unchanged": 0, "quarantined": 0}
        assert list(Region.objects.values_list("code", "name")) == [("IDF", "Île-de-France")]
        store = Store.objects.get(code="P1")
        assert (store.region.code, store.day_cutoff_hour, store.floor_area_m2) == (
            "IDF", 4, Decimal("250.50"),
        )  # fmt: skip
        assert Store.objects.get(code="P2").floor_area_m2 is None

    def test_the_same_again_changes_nothing_and_a_part_changes_only_that(self, imported):
        imported("stores", self.TEXT)

        again = imported("stores", self.TEXT)
        renamed = imported("stores", "code,name\np1,Opéra\nP2,Paris Nord\n")

        assert rows_of(again) == {"read": 2, "applied": 0, "unchanged": 2, "quarantined": 0}
        assert rows_of(renamed) == {"read": 2, "applied": 1, "unchanged": 1, "quarantined": 0}
        store = Store.objects.get(code="P1")
        assert (store.name, store.timezone, store.region.code) == ("Opéra", "Europe/Paris", "IDF")

    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("timezone", "Paris", "unknown-value"),
            ("currency", "euro", "unknown-value"),
            ("kind", "kiosk", "unknown-value"),
            ("day_cutoff_hour", "24", "out-of-range"),
            ("day_cutoff_hour", "4.5", "not-a-integer"),
            ("opened_on", "yesterday", "not-a-date"),
            ("latitude", "91", "out-of-range"),
            ("country", "France", "too-long"),
        ],
    )
    def test_a_bad_value_is_refused(self, imported, column, value, reason):
        run = imported("stores", f"code,{column}\nP1,{value}\n")
        assert [found for _, found, _ in reasons(run)] == [reason]
        assert not Store.objects.exists()

    def test_a_code_met_twice_is_a_repeat_or_a_contradiction(self, imported):
        run = imported("stores", "code,name\nA,One\na,One\nA,Two\nB,Three\n")
        assert rows_of(run) == {"read": 4, "applied": 2, "unchanged": 1, "quarantined": 1}
        assert reasons(run) == [(4, "repeated-key", "key = A")]
        assert Store.objects.get(code="A").name == "One"


class TestProducts:
    MAPPING = {
        "columns": {
            "sku": "id", "name": "label", "category": ["dept", "family", "type"],
            "barcodes": "eans", "purchase_price": "cost", "sale_price": "price", "unit": "uom",
        },
        "values": {"unit": {"KG": "kg", "*": "piece"}},
        "attributes": {"colour": "colour"},
        "format": {"decimal_mark": ","},
        "file": {"delimiter": ";"},
    }  # fmt: skip
    TEXT = """
        id;label;dept;family;type;eans;cost;price;uom;colour
        1;Apple;Food;Fruit;;111|222;0,40;1,05;KG;red
        2;Pear;Food;fruit;Pears;333;;2,10;;
        """

    def test_come_with_categories_barcodes_attributes_and_price_history(self, imported):
        run = imported("products", self.TEXT, **self.MAPPING)

        assert run.status == "done"
        apple, pear = Product.objects.order_by("sku")
        assert (apple.unit, apple.purchase_price, apple.sale_price, apple.attributes) == (
            "kg", Decimal("0.40"), Decimal("1.05"), {"colour": "red"},
        )  # fmt: skip
        assert (pear.unit, pear.purchase_price, pear.attributes) == ("piece", None, {})
        assert list(Category.objects.order_by("code").values_list("code", "parent__code")) == [
            ("Food", None), ("Food/Fruit", "Food"), ("Food/fruit/Pears", "Food/Fruit"),
        ]  # fmt: skip
        assert (apple.category.code, pear.category.name) == ("Food/Fruit", "Pears")
        assert set(Barcode.objects.values_list("code", "product__sku")) == {
            ("111", "1"), ("222", "1"), ("333", "2"),
        }  # fmt: skip
        assert PriceChange.objects.count() == 3

    def test_the_same_again_changes_nothing(self, imported):
        imported("products", self.TEXT, **self.MAPPING)
        again = imported("products", self.TEXT, **self.MAPPING)
        assert rows_of(again)["unchanged"] == 2
        assert PriceChange.objects.count() == 3

    def test_a_barcode_of_another_product_is_refused_not_dropped(self, imported):
        baker.make(Barcode, code="333", product=baker.make(Product, sku="9"))
        run = imported("products", self.TEXT, **self.MAPPING)
        assert reasons(run) == [(3, "barcode-taken", "barcodes = 333")]
        assert not Product.objects.filter(sku="2").exists()

    def test_of_two_products_with_one_barcode_the_first_has_it(self, imported):
        run = imported("products", "sku,barcodes\n1,55\n2,44|55\n")
        assert reasons(run) == [(3, "barcode-taken", "barcodes = 55")]
        assert list(Barcode.objects.values_list("code", "product__sku")) == [("55", "1")]

    def test_barcodes_are_kept_by_kind_and_pack(self, imported):
        text = "sku,barcodes\n1,3017620422003|13017620422000*12|SHELF*2.5|A*B\n"
        imported("products", text)
        again = imported("products", "sku,barcodes\n1,13017620422000*6|SHELF\n")
        assert (rows_of(again)["quarantined"], again.status) == (0, "done")
        assert set(Barcode.objects.values_list("code", "kind", "pack_size")) == {
            ("3017620422003", "gtin", 1), ("13017620422000", "gtin", 6),
            ("SHELF", "internal", Decimal("2.5")), ("A*B", "internal", 1),
        }  # fmt: skip

    def test_a_wrong_check_digit_is_refused_unless_the_code_is_ones_own(self, imported):
        text = "sku,barcodes\n1,3017620422004\n2,3017620422003\n"
        run = imported("products", text)
        assert reasons(run) == [(2, "wrong-check-digit", "barcodes = 3017620422004")]
        assert Product.objects.get().sku == "2"

        columns = {"sku": "sku", "barcodes": "barcodes"}
        imported("products", text, columns=columns, options={"check_digits": "internal"})
        assert set(Barcode.objects.values_list("code", "kind")) == {
            ("3017620422004", "internal"), ("3017620422003", "gtin"),
        }  # fmt: skip
        assert reasons(imported("products", text)) == []  # it is known by now

    def test_a_pack_of_none_is_refused(self, imported):
        run = imported("products", "sku,barcodes\n1,55*0\n")
        assert reasons(run) == [(2, "out-of-range", "barcodes = 55*0")]
        assert Product.objects.count() == 0

    def test_a_upc_is_taken_by_its_ean(self, imported):
        owner = baker.make(Product, sku="9")
        baker.make(Barcode, code="0036000291452", kind="gtin", product=owner)
        run = imported("products", "sku,barcodes\n1,036000291452\n9,036000291452\n")
        assert reasons(run) == [(2, "barcode-taken", "barcodes = 036000291452")]
        assert Barcode.objects.get().code == "0036000291452"

    def test_of_two_products_with_one_gtin_the_first_has_it(self, imported):
        run = imported("products", "sku,barcodes\n1,036000291452\n2,0036000291452\n")
        assert reasons(run) == [(3, "barcode-taken", "barcodes = 0036000291452")]
        assert list(Barcode.objects.values_list("code", "product__sku")) == [("036000291452", "1")]

    def test_a_constant_category_holds_them_all(self, imported):
        imported(
            "products", "sku\n1\n2\n", columns={"sku": "sku"}, constants={"category": "All/New"}
        )
        assert set(Product.objects.values_list("category__code", flat=True)) == {"All/New"}
        assert Category.objects.get(code="All/New").parent.code == "All"

    def test_categories_by_code(self, imported):
        imported("categories", "code,name,parent\nb,Below,a\na,Above,\n")
        run = imported("products", "sku,category_code\n1,B\n2,z\n")
        assert reasons(run) == [(3, "unknown-category", "category_code = z")]
        assert Product.objects.get().category.parent.code == "a"


class TestCategories:
    def test_of_a_circle_are_refused(self, imported):
        run = imported("categories", "code,parent\na,c\nb,a\nc,b\nd,\n")
        assert {reason for _, reason, _ in reasons(run)} == {"circle-of-parents"}
        assert list(Category.objects.values_list("code", flat=True)) == ["d"]

    def test_again_change_nothing(self, imported):
        text = "code,name,parent\nb,Below,a\na,Above,\nx,Lost,nowhere\n"
        first, again = imported("categories", text), imported("categories", text)
        assert rows_of(first) == {"read": 3, "applied": 2, "unchanged": 0, "quarantined": 1}
        assert rows_of(again) == {"read": 3, "applied": 0, "unchanged": 2, "quarantined": 1}
        assert Category.objects.get(code="b").parent.name == "Above"


def test_customers_keep_what_the_file_knows(imported):
    run = imported(
        "customers",
        "no,mail,age\n7,a@b.fr,45-54\n8,nobody,\n",
        columns={"code": "no", "email": "mail"},
        attributes={"age": "age"},
    )
    assert reasons(run) == [(3, "not-an-e-mail", "email = nobody")]
    assert Customer.objects.get().attributes == {"age": "45-54"}


def test_customers_are_exempt_from_taxes_while_their_number_holds(imported):
    run = imported(
        "customers",
        "code,tax_exempt_number,tax_exempt_until\n7,A-1,2026-12-31\n8,A-2,\n9,,2026-12-31\n",
    )
    assert reasons(run) == [(4, "no-exemption", "tax_exempt_until = 2026-12-31")]
    assert list(
        Customer.objects.order_by("code").values_list("tax_exempt_number", "tax_exempt_until")
    ) == [("A-1", date(2026, 12, 31)), ("A-2", None)]

    run = imported("customers", "code,tax_exempt_until\n7,2027-12-31\n")
    assert reasons(run) == [(2, "no-exemption", "tax_exempt_until = 2027-12-31")]
    assert Customer.objects.get(code="7").tax_exempt_until == date(2026, 12, 31)

    imported("customers", "code,name\n7,Town hall\n")
    assert Customer.objects.get(code="7").tax_exempt_number == "A-1"

    imported("customers", "code,tax_exempt_number\n7,\n")
    known = Customer.objects.get(code="7")
    assert (known.tax_exempt_number, known.tax_exempt_until) == ("", None)


def test_targets_spread_over_their_days(imported):
    baker.make(Store, code="P1", currency="EUR")
    run = imported(
        "targets", "store,month,amount\np1,2024-02,1000\nP1,2024-03-15,31.01\nX,2024-01,1\n"
    )
    assert reasons(run) == [(4, "unknown-store", "store = X")]
    assert StoreTarget.objects.count() == 2
    days = StoreDayTarget.objects.filter(target__month="2024-02-01").order_by("day")
    assert sum(day.amount for day in days) == Decimal(1000)
    assert (len(days), days[0].amount, days[28].amount) == (29, Decimal("34.49"), Decimal("34.48"))


class TestWeightsOfDays:
    @pytest.fixture
    def store(self):
        return baker.make(Store, code="P1", currency="EUR")

    def days(self, month="2026-11-01"):
        days = StoreDayTarget.objects.filter(target__month=month).order_by("day")
        return [day.amount for day in days]

    def test_of_the_week_from_monday(self, imported, store):
        """November 2026 begins on a Sunday and ends on a Monday."""
        imported(
            "targets",
            "store;month;amount;weights\nP1;2026-11;3350;1|1 | 1|1|1,5|2|0.5\n",
            format={"decimal_mark": ","},
            columns={name: name for name in ("store", "month", "amount", "weights")},
        )

        assert self.days() == [50, *[100, 100, 100, 100, 150, 200, 50] * 4, 100]

    def test_of_each_day_of_the_month(self, imported, store):
        weights = "|".join(["0"] * 29 + ["3"])
        imported("targets", f"store,month,amount,weights\nP1,2026-11,9,{weights}\n")

        assert self.days() == [0] * 29 + [9]

    def test_stay_without_the_column_and_go_with_an_empty_cell(self, imported, store):
        text = "store,month,amount,weights\nP1,2026-11,30,{}\n"
        weights = "|".join(["0"] * 29 + ["1"])
        imported("targets", text.format(weights))
        again = imported("targets", text.format(weights), name="again.csv")
        assert (again.account["rows"]["applied"], again.account["rows"]["unchanged"]) == (0, 1)

        imported("targets", "store,month,amount\nP1,2026-11,60\n", name="amount.csv")
        assert self.days() == [0] * 29 + [60]

        imported("targets", text.format(""), name="even.csv")
        assert self.days() == [1] * 30

    @pytest.mark.parametrize(
        ("weights", "reason"),
        [
            ("1|1|1", "out-of-range"),
            ("|".join("1" * 31), "out-of-range"),
            ("0|0|0|0|0|0|0", "out-of-range"),
            ("1|1|1|1|1|1|-1", "not-a-number"),
            ("1|1|1|1|1|1|", "not-a-number"),
            ("1|1|1|1|1|1|x", "not-a-number"),
            ("1|1|1|1|1|1|1e400", "not-a-number"),
            ("1|1|1|1|1|1|1234567", "not-a-number"),
        ],
    )
    def test_that_cannot_be_are_refused_and_change_nothing(self, imported, store, weights, reason):
        run = imported("targets", f"store,month,amount,weights\nP1,2026-11,30,{weights}\n")

        assert reasons(run) == [(2, reason, f"weights = {weights}")]
        assert not StoreTarget.objects.exists()


class TestMappings:
    def test_a_missing_column_is_named(self, imported):
        with pytest.raises(BadMapping) as refused:
            imported("stores", "code,name\nA,B\n", columns={"code": "kode"})
        assert "“kode”" in str(refused.value.detail)

    def test_a_field_nothing_gives_is_named(self, imported):
        with pytest.raises(BadMapping) as refused:
            imported("stores", "name\nB\n")
        assert "code" in str(refused.value.detail)

    @pytest.mark.parametrize(
        "mapping",
        [
            {"columns": {"kode": "code"}},
            {"columns": {"code": "code"}, "options": {"speed": "high"}},
            {"columns": {"code": "code"}, "colums": {}},
            {
                "columns": {"code": "code"},
                "format": {"dates": ["%Q"]},
                "constants": {"opened_on": "1"},
            },
            {"columns": {"code": 7}},
            {"columns": {"code": "code"}, "rows": {"returns": {"field": "code"}}},
        ],
    )
    def test_what_it_does_not_know_it_refuses(self, imported, mapping):
        with pytest.raises(BadMapping):
            imported("stores", "code\nA\n", **mapping)
        assert not Store.objects.exists()

    def test_an_unknown_kind(self, imported):
        with pytest.raises(UnknownImportKind):
            imported("planets", "code\nA\n")


@pytest.mark.parametrize(
    ("written", "format_", "day"),
    [
        ("5/3/2024", "%d/%m/%Y", (2024, 3, 5)),
        ("03-05-24", "%m-%d-%y", (2024, 3, 5)),
        ("05-Mar-2024", "%d-%b-%Y", (2024, 3, 5)),
        ("20240305", "%Y%m%d", (2024, 3, 5)),
        ("2024-03-05 23:59", "%Y-%m-%d %H:%M", (2024, 3, 5)),
        ("5.3.2024 11:30 PM", "%d.%m.%Y %I:%M %p", (2024, 3, 5)),
        ("29/02/2023", "%d/%m/%Y", None),
        ("13/13/2024", "%d/%m/%Y", None),
        ("05-Mai-2024", "%d-%b-%Y", None),
        ("05-Ara-2024", "%d-%b-%Y", None),
        ("05-ebm-2024", "%d-%b-%Y", None),
    ],
)
def test_dates_are_read_as_the_mapping_says_or_not_at_all(imported, written, format_, day):
    run = imported(
        "stores", f"code,opened_on\nA,{written}\n",
        columns={"code": "code", "opened_on": "opened_on"}, format={"dates": format_},
    )  # fmt: skip
    if day is None:
        assert [reason for _, reason, _ in reasons(run)] == ["not-a-date"]
    else:
        opened = Store.objects.get().opened_on
        assert (opened.year, opened.month, opened.day) == day


def test_a_pattern_takes_a_part_of_a_cell(imported):
    """Whole numbers that Parquet holds as floats come as 900.0."""
    run = imported(
        "customers", "id\n900.0\n77\nnone\n",
        columns={"code": {"column": "id", "pattern": r"^(\d+)(?:\.0)?$"}},
    )  # fmt: skip
    assert set(Customer.objects.values_list("code", flat=True)) == {"900", "77"}
    assert [(line, reason) for line, reason, _ in reasons(run)] == [(4, "missing")]
