"""Sales imports: real data is dirty, and nothing of it is dropped, doubled or made up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from model_bakery import baker

from epm.imports import quarantine
from epm.imports.mapping import BadMapping
from epm.imports.models import ImportRun, QuarantinedRow
from epm.imports.services import runs
from epm.organization.models import Store
from inventory.models import Barcode, Category, Product
from sales.models import Customer, LedgerChange, LineKind, Sale, SaleLine, TaxClass, TaxRate, Tender
from sales.reckoning import Tax, Ware, reckon
from sales.services.sales_import.kind import UnknownCodes
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db

COLUMNS = {
    "ticket": "no", "store": "store", "sold_at": "at", "product": "sku",
    "quantity": "qty", "amount": "amount",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _shop():
    paris = baker.make(
        Store,
        code="P1",
        timezone="Europe/Paris",
        currency="EUR",
        vat_regime="FR",
        day_cutoff_hour=4,
    )
    baker.make(Store, code="N1", timezone="America/New_York", currency="USD", vat_regime="none")
    food = baker.make(Category, code="FOOD", name="Food")
    bread = baker.make(
        Product, sku="Bread-1", category=food, unit="piece", tax_class_code="reduced",
        purchase_price=Decimal("0.40"), sale_price=Decimal("1.05"),
    )  # fmt: skip
    baker.make(Barcode, product=bread, code="3560070123456")
    baker.make(
        Product, sku="PEN", unit="piece", tax_class_code="standard", purchase_price=None,
        sale_price=Decimal("9.99"),
    )  # fmt: skip
    baker.make(
        Product, sku="FUEL", unit="l", tax_class_code="standard", purchase_price=Decimal("1")
    )
    baker.make(Customer, code="C1")
    return paris


def ledger() -> tuple[int, int, int, int]:
    return (
        Sale.objects.count(),
        SaleLine.objects.count(),
        Tender.objects.count(),
        Product.objects.count() + Customer.objects.count() + Store.objects.count(),
    )


def test_a_ticket_is_dated_resolved_and_taxed(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        T1,p1,2024-03-05 03:30:00,bread-1,2,2.10
        T1,p1,2024-03-05 03:30:00,PEN,3,29.97
        """,
        columns=COLUMNS,
    )

    assert run.account["rows"] == {"read": 2, "applied": 2, "unchanged": 0, "quarantined": 0}
    assert run.account["money"] == {
        "read": "32.07", "applied": "32.07", "unchanged": "0", "quarantined": "0",
    }  # fmt: skip
    sale = Sale.objects.get()
    assert sale.sold_at == datetime(2024, 3, 5, 2, 30, tzinfo=UTC)
    assert sale.business_date == date(2024, 3, 4)  # before the cut-off at four
    assert (sale.external_ref, sale.register_id, sale.import_run_id) == ("T1", None, run.pk)
    assert (sale.total_ttc, sale.total_vat) == (Decimal("32.07"), Decimal("5.11"))
    bread, pen = sale.lines.order_by("line_no")
    assert (bread.net_ttc, bread.vat, bread.tax_rate) == (
        Decimal("2.10"), Decimal("0.11"), Decimal("0.055"),
    )  # fmt: skip
    assert (pen.net_ttc, pen.vat, pen.net_ht) == (
        Decimal("29.97"),
        Decimal("5.00"),
        Decimal("24.97"),
    )
    assert (bread.unit_cost, pen.unit_cost) == (Decimal("0.40"), None)
    assert (bread.category.code, pen.category) == ("FOOD", None)
    assert (bread.store_id, bread.business_date, bread.sold_at) == (
        sale.store_id, sale.business_date, sale.sold_at,
    )  # fmt: skip


def test_vat_is_rounded_once_per_ticket_and_rate_and_shared_by_largest_remainder(imported):
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,P1,2024-03-05 12:00:00,PEN,1,9.99
        A,P1,2024-03-05 12:00:00,PEN,1,9.99
        A,P1,2024-03-05 12:00:00,PEN,1,9.99
        R,P1,2024-03-06 12:00:00,PEN,-1,-9.99
        R,P1,2024-03-06 12:00:00,PEN,-1,-9.99
        R,P1,2024-03-06 12:00:00,PEN,-1,-9.99
        """,
        columns=COLUMNS,
    )

    sold, returned = Sale.objects.order_by("sold_at")
    assert (sold.total_vat, sold.total_ht) == (Decimal("5.00"), Decimal("24.97"))
    assert [line.net_ht for line in sold.lines.order_by("line_no")] == [
        Decimal("8.33"), Decimal("8.32"), Decimal("8.32"),
    ]  # fmt: skip
    # A full return mirrors the sale to the cent, line by line.
    assert [line.net_ht for line in returned.lines.order_by("line_no")] == [
        Decimal("-8.33"), Decimal("-8.32"), Decimal("-8.32"),
    ]  # fmt: skip
    assert (sold.is_pure_return, returned.is_pure_return) == (False, True)


def test_amounts_without_tax_get_it_on_top(imported):
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,P1,2024-03-05 12:00:00,PEN,1,8.33
        A,P1,2024-03-05 12:00:00,PEN,1,8.33
        """,
        columns=COLUMNS,
        options={"amounts": "ht"},
    )

    sale = Sale.objects.get()
    assert (sale.total_ht, sale.total_vat, sale.total_ttc) == (
        Decimal("16.66"), Decimal("3.33"), Decimal("19.99"),
    )  # fmt: skip
    assert [line.vat for line in sale.lines.order_by("line_no")] == [
        Decimal("1.67"),
        Decimal("1.66"),
    ]


def test_kinds_of_discount_stay_apart_and_a_manufacturer_coupon_is_a_tender(imported):
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount,shelf,card,coupon,maker
        A,N1,2024-03-05 12:00:00,PEN,2,15.00,1.00,2.50,0.50,3.00
        B,N1,2024-03-05 12:00:00,PEN,-1,-7.50,0.50,1.25,0.25,1.50
        """,
        columns=COLUMNS
        | {"discount_shelf": "shelf", "discount_loyalty": "card", "discount_coupon": "coupon",
           "manufacturer_coupon": "maker"},
    )  # fmt: skip

    lines = SaleLine.objects.order_by("-quantity").values_list(
        "gross_ttc", "discount_shelf", "discount_loyalty", "discount_coupon", "net_ttc", "net_ht"
    )
    assert list(lines) == [
        tuple(map(Decimal, ("19.00", "1.00", "2.50", "0.50", "15.00", "15.00"))),
        tuple(map(Decimal, ("-9.50", "-0.50", "-1.25", "-0.25", "-7.50", "-7.50"))),
    ]
    assert list(Tender.objects.order_by("-amount").values_list("kind", "amount")) == [
        ("manufacturer_coupon", Decimal("3.00")), ("manufacturer_coupon", Decimal("-1.50")),
    ]  # fmt: skip


def test_one_refused_line_quarantines_its_whole_ticket_and_only_that(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        A,N1,2024-03-05 12:00:00,GHOST,1,5.00
        B,N1,2024-03-05 12:00:00,PEN,1,20.00
        """,
        columns=COLUMNS,
    )

    assert reasons(run) == [(2, "ticket-refused", ""), (3, "unknown-product", "product = GHOST")]
    assert run.account["rows"] == {"read": 3, "applied": 1, "unchanged": 0, "quarantined": 2}
    assert run.account["money"] == {
        "read": "35.00", "applied": "20.00", "unchanged": "0", "quarantined": "15.00",
    }  # fmt: skip
    assert list(Sale.objects.values_list("external_ref", flat=True)) == ["B"]
    assert not Product.objects.filter(sku="GHOST").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",N1,2024-03-05 12:00:00,PEN,1,10.00", "missing"),
        ("A,,2024-03-05 12:00:00,PEN,1,10.00", "missing"),
        ("A,N1,,PEN,1,10.00", "missing"),
        ("A,N1,2024-03-05 12:00:00,,1,10.00", "missing"),
        ("A,N1,2024-03-05 12:00:00,PEN,,10.00", "missing"),
        ("A,N1,2024-13-05 12:00:00,PEN,1,10.00", "not-a-moment"),
        ("A,N1,2024-02-30,PEN,1,10.00", "not-a-moment"),
        ("A,N1,05/03/2024,PEN,1,10.00", "not-a-moment"),
        ("A,N1,1999-12-31 12:00:00,PEN,1,10.00", "before-2000"),
        ("A,N1,2199-12-31 12:00:00,PEN,1,10.00", "in-the-future"),
        ("A,N1,2024-03-05 12:00:00,PEN,two,10.00", "not-a-number"),
        ("A,N1,2024-03-05 12:00:00,PEN,NaN,10.00", "not-a-number"),
        ("A,N1,2024-03-05 12:00:00,PEN,1.0005,10.00", "too-many-decimals"),
        ("A,N1,2024-03-05 12:00:00,PEN,99999999999,10.00", "out-of-range"),
        ("A,N1,2024-03-05 12:00:00,PEN,1,", "no-amount"),
        ("A,N1,2024-03-05 12:00:00,PEN,1,10.005", "too-many-decimals"),
        ("A,N1,2024-03-05 12:00:00,PEN,1,-10.00", "amount-against-quantity"),
        ("A,N1,2024-03-05 12:00:00,PEN,-1,10.00", "amount-against-quantity"),
        ("A,N9,2024-03-05 12:00:00,PEN,1,10.00", "unknown-store"),
        ("A,N1,2024-03-05 12:00:00,GHOST,1,10.00", "unknown-product"),
    ],
)
def test_a_bad_row_says_why_and_changes_nothing(imported, row, reason):
    before = ledger()

    run = imported("sales", f"no,store,at,sku,qty,amount\n{row}\n", columns=COLUMNS)

    assert [found for _, found, _ in reasons(run)] == [reason]
    assert run.status == "done_with_errors"
    assert ledger() == before
    assert not LedgerChange.objects.exists()


def test_a_header_in_the_middle_holds_nothing_and_is_counted(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        no,store,at,sku,qty,amount
        B,N1,2024-03-05 12:00:00,PEN,1,10.00
        """,
        columns=COLUMNS,
    )

    assert run.status == "done"
    assert run.account["rows"] == {"read": 3, "applied": 2, "unchanged": 1, "quarantined": 0}
    assert run.account["header_lines"] == 1


def test_a_row_keeps_the_place_it_came_from_through_every_correction(imported):
    first = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,GHOST,1,10.00
        B,N1,2024-03-05 12:00:00,PHANTOM,1,5.00
        """,
        columns=COLUMNS,
        name="till.csv",
    )
    export = "".join(quarantine.csv_lines(first))
    imported("sales", export, columns=COLUMNS, name="still-wrong.csv")
    third = imported("sales", export.replace("GHOST", "PEN"), columns=COLUMNS, name="rows.csv")

    (open_row,) = QuarantinedRow.objects.filter(resolved_by=None)
    assert (open_row.run, open_row.file_name, open_row.line_number) == (third, "till.csv", 3)


def test_rows_that_do_not_have_the_files_shape_are_kept_whole(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00,what,is,this
        B,N1
        """,
        columns=COLUMNS,
    )

    rows = run.quarantine.order_by("line_number")
    assert [row.cells for row in rows] == [
        ["A", "N1", "2024-03-05 12:00:00", "PEN", "1", "10.00", "what", "is", "this"],
        ["B", "N1"],
    ]
    assert run.account["rows"]["quarantined"] == 2


def test_the_same_file_again_changes_nothing(imported):
    text = """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        A,N1,2024-03-05 12:00:00,FUEL,12.345,20.00
        B,P1,2024-03-05 12:00:00,PEN,0,0
        """
    imported("sales", text, columns=COLUMNS)
    before = ledger()
    LedgerChange.objects.all().delete()

    again = imported("sales", text, columns=COLUMNS)

    assert again.account["rows"] == {"read": 3, "applied": 0, "unchanged": 3, "quarantined": 0}
    assert again.status == "done"
    assert ledger() == before
    assert not LedgerChange.objects.exists()


def test_a_ticket_that_came_again_changed_waits_and_is_corrected_only_when_asked(imported):
    first = "no,store,at,sku,qty,amount\nA,P1,2024-03-05 12:00:00,PEN,1,12.00\n"
    second = "no,store,at,sku,qty,amount\nA,P1,2024-03-05 12:00:00,PEN,2,24.00\n"
    imported("sales", first, columns=COLUMNS)

    waiting = imported("sales", second, columns=COLUMNS)

    assert reasons(waiting) == [(2, "changed-ticket", "ticket = A")]
    assert Sale.objects.count() == 1

    corrected = imported("sales", second, columns=COLUMNS, options={"changed_tickets": "correct"})

    assert corrected.account["rows"]["applied"] == 1
    original, replacement = Sale.objects.filter(is_correction=False).order_by("revision")
    counter = Sale.objects.get(is_correction=True)
    assert (original.total_ttc, replacement.total_ttc) == (Decimal("12.00"), Decimal("24.00"))
    assert (replacement.external_ref, replacement.revision) == ("A", 2)
    assert counter.corrects == original
    assert counter.business_date == original.business_date
    assert (counter.total_ttc, counter.total_ht, counter.total_vat) == (
        -original.total_ttc, -original.total_ht, -original.total_vat,
    )  # fmt: skip
    (line,) = counter.lines.all()
    assert (line.quantity, line.net_ttc, line.is_correction) == (
        Decimal(-1),
        Decimal("-12.00"),
        True,
    )
    again = imported("sales", second, columns=COLUMNS, options={"changed_tickets": "correct"})
    assert again.account["rows"] == {"read": 1, "applied": 0, "unchanged": 1, "quarantined": 0}


def test_codes_are_met_in_any_case_and_by_barcode(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,n1,2024-03-05 12:00:00,BREAD-1,1,1.00
        B,N1,2024-03-05 12:00:00,3560070123456,1,1.00
        """,
        columns=COLUMNS,
    )

    assert run.status == "done"
    assert set(SaleLine.objects.values_list("product__sku", flat=True)) == {"Bread-1"}


def test_a_upc_is_met_as_its_ean_and_the_other_way_round(imported):
    pen = Product.objects.get(sku="PEN")
    baker.make(Barcode, product=pen, code="036000291452", kind="gtin")
    baker.make(Barcode, product=pen, code="0042100005264", kind="gtin")

    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,0036000291452,1,1.00
        B,N1,2024-03-05 12:00:00,042100005264,1,1.00
        """,
        columns=COLUMNS,
    )

    assert run.status == "done"
    assert list(SaleLine.objects.values_list("product__sku", flat=True)) == ["PEN", "PEN"]


def test_placeholders_are_flagged_and_named_after_the_file(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount,who,label
        A,new,2024-03-05 12:00:00,X9,1,1.00,c1,Ninth thing
        B,NEW,2024-03-05 12:00:00,x9,1,1.00,C7,Ninth thing
        """,
        columns=COLUMNS | {"customer": "who", "product_name": "label"},
        options={
            "unknown_product": "placeholder", "unknown_customer": "placeholder",
            "unknown_store": "placeholder", "new_store_timezone": "Europe/Paris",
            "new_store_currency": "CHF",
        },
    )  # fmt: skip

    assert run.status == "done"
    store, product = Store.objects.get(code="new"), Product.objects.get(sku="X9")
    assert (store.is_placeholder, store.timezone, store.currency) == (True, "Europe/Paris", "CHF")
    assert (product.is_placeholder, product.name) == (True, "Ninth thing")
    assert Customer.objects.get(code="C7").is_placeholder
    assert not Customer.objects.get(code="C1").is_placeholder
    assert set(Sale.objects.values_list("customer__code", flat=True)) == {"C1", "C7"}


def test_a_preview_writes_nothing_and_says_what_would_happen(imported):
    before = ledger()

    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        B,N1,2024-03-05 12:00:00,GHOST,1,5.00
        """,
        columns=COLUMNS,
        dry_run=True,
    )

    assert run.status == "preview"
    assert run.account["rows"] == {"read": 2, "new": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert run.account["money"]["read"] == "15.00"
    assert reasons(run) == [(3, "unknown-product", "product = GHOST")]
    assert ledger() == before


class TestReturns:
    def test_a_file_of_returns_has_plain_numbers(self, imported):
        imported(
            "sales",
            """
            day,shop,sku,qty
            3/5/2024,N1,PEN,2
            3/5/2024,N1,pen,1
            """,
            format={"dates": ["%m/%d/%Y"]},
            columns={
                "ticket": {"columns": ["day", "shop"], "join": "-", "prefix": "R-"},
                "store": "shop", "sold_at": "day", "product": "sku", "quantity": "qty",
            },
            options={"quantities": "all_returned", "price_from_product": "true"},
        )  # fmt: skip

        sale = Sale.objects.get()
        assert (sale.external_ref, sale.is_pure_return) == ("R-3/5/2024-N1", True)
        assert sale.total_ttc == Decimal("-29.97")
        assert sale.business_date == date(2024, 3, 5)

    @pytest.mark.parametrize("amounts", ["ttc", "ht"])
    def test_a_price_to_which_taxes_are_added_is_excl_tax_in_any_file(self, imported, amounts):
        """Montréal: 2 at 100.00 CAD, GST 5 % and QST 9.975 %."""
        baker.make(Store, code="M1", timezone="America/Toronto", currency="CAD", vat_regime="CA-QC")
        Product.objects.filter(sku="PEN").update(sale_price=Decimal("100.00"))

        imported(
            "sales",
            """
            no,store,at,sku,qty
            A,M1,2024-03-05 12:00:00,PEN,2
            """,
            columns={name: column for name, column in COLUMNS.items() if name != "amount"},
            options={"price_from_product": "true", "amounts": amounts},
        )

        sale = Sale.objects.get()
        assert (sale.total_ht, sale.total_vat, sale.total_ttc) == (
            Decimal("200.00"), Decimal("29.95"), Decimal("229.95"),
        )  # fmt: skip

    def test_cancelled_documents_can_be_returns_or_wait(self, imported):
        text = """
            no,store,at,sku,qty,amount
            C1,N1,2024-03-05 12:00:00,PEN,1,10.00
            5,N1,2024-03-05 12:00:00,PEN,1,10.00
            """
        match = {"field": "ticket", "pattern": "^C"}

        waiting = imported(
            "sales", text, columns=COLUMNS, rows={"cancelled": match | {"treat_as": "quarantine"}}
        )
        assert reasons(waiting) == [(2, "cancelled", "ticket = C1")]
        applied = imported("sales", text, columns=COLUMNS, rows={"cancelled": match})

        assert applied.account["rows"] == {
            "read": 2,
            "applied": 1,
            "unchanged": 1,
            "quarantined": 0,
        }
        assert Sale.objects.get(external_ref="C1").total_ttc == Decimal("-10.00")


def test_fees_are_kept_but_stand_outside_the_goods(imported):
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        A,N1,2024-03-05 12:00:00,POST,1,4.00
        """,
        columns=COLUMNS,
        rows={"fees": {"field": "product", "values": ["post"]}},
        options={"unknown_product": "placeholder"},
    )

    assert Sale.objects.get().total_ttc == Decimal("14.00")
    assert list(SaleLine.objects.order_by("line_no").values_list("kind", "net_ttc")) == [
        (LineKind.ITEM, Decimal("10.00")), (LineKind.FEE, Decimal("4.00")),
    ]  # fmt: skip


def test_discount_rows_are_shared_over_the_goods_by_largest_remainder(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,33.33
        A,N1,2024-03-05 12:00:00,PEN,1,33.33
        A,N1,2024-03-05 12:00:00,PEN,1,33.33
        A,N1,2024-03-05 12:00:00,LESS,1,-10.00
        B,N1,2024-03-05 12:00:00,LESS,1,-10.00
        """,
        columns=COLUMNS,
        rows={"discounts": {"field": "product", "values": ["LESS"]}},
    )

    assert reasons(run) == [(6, "discount-without-goods", "amount = 10.00")]
    assert run.account["rows"]["applied"] == 4
    assert [
        (line.discount_coupon, line.net_ttc) for line in SaleLine.objects.order_by("line_no")
    ] == [
        (Decimal("3.34"), Decimal("29.99")),
        (Decimal("3.33"), Decimal("30.00")),
        (Decimal("3.33"), Decimal("30.00")),
    ]


class TestRepeatedLines:
    TEXT = """
        no,store,at,sku,qty,amount,line
        A,N1,2024-03-05 12:00:00,PEN,1,10.00,1
        A,N1,2024-03-05 12:00:00,PEN,1,10.00,1
        """

    def test_without_numbers_they_are_two_sales_of_the_same_thing(self, imported):
        run = imported("sales", self.TEXT, columns=COLUMNS)
        assert run.account["rows"]["applied"] == 2
        assert Sale.objects.get().total_ttc == Decimal("20.00")

    def test_a_line_number_met_twice_is_a_fault(self, imported):
        run = imported("sales", self.TEXT, columns=COLUMNS | {"line": "line"})
        assert reasons(run) == [(2, "ticket-refused", ""), (3, "repeated-line", "line = 1")]
        assert not Sale.objects.exists()

    def test_or_so_the_mapping_can_say(self, imported):
        run = imported(
            "sales", self.TEXT, columns=COLUMNS, options={"repeated_lines": "quarantine"}
        )
        assert [reason for _, reason, _ in reasons(run)] == ["ticket-refused", "repeated-line"]


class TestTwoTimestamps:
    TEXT = """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:01:00,PEN,1,10.00
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        """

    def test_wait_by_default(self, imported):
        run = imported("sales", self.TEXT, columns=COLUMNS)
        assert {reason for _, reason, _ in reasons(run)} == {"two-timestamps"}

    def test_or_take_the_first_and_the_account_says_so(self, imported):
        run = imported("sales", self.TEXT, columns=COLUMNS, options={"ticket_times": "first"})
        assert Sale.objects.get().sold_at == datetime(2024, 3, 5, 17, 0, tzinfo=UTC)
        assert run.account["notes"]["tickets_dated_by_their_first_line"] == 1


def test_times_in_another_zone_are_brought_to_the_stores_day(imported):
    imported(
        "sales",
        "no,store,at,sku,qty,amount\nA,N1,2024-03-05 03:00:00,PEN,1,10.00\n",
        columns=COLUMNS,
        format={"timezone": "UTC"},
    )
    assert Sale.objects.get().business_date == date(2024, 3, 4)


def test_amounts_finer_than_the_currency_are_rounded_only_when_asked_and_told(imported):
    text = "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,PEN,1,10.005\n"
    run = imported("sales", text, columns=COLUMNS, options={"decimals": "nearest"})
    assert Sale.objects.get().total_ttc == Decimal("10.01")
    assert run.account["notes"]["rounded_by"] == "0.005"


def test_prices_with_three_decimals_times_quantity(imported):
    run = imported(
        "sales",
        "no,store,at,sku,qty,price\nA,N1,2024-03-05 12:00:00,PEN,3,1.255\n",
        columns={k: v for k, v in COLUMNS.items() if k != "amount"} | {"unit_price": "price"},
    )
    line = SaleLine.objects.get()
    assert (line.unit_price, line.net_ttc) == (Decimal("1.255"), Decimal("3.77"))
    assert run.account["notes"]["rounded_by"] == "0.005"


def test_a_corrected_quarantine_leaves_it(imported):
    run = imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,GHOST,1,10.00
        B,N1,2024-03-05 12:00:00,PHANTOM,1,5.00
        """,
        columns=COLUMNS,
    )
    export = "".join(quarantine.csv_lines(run))
    assert export.splitlines()[0] == "_row,_file,_line,_reason,_detail,no,store,at,sku,qty,amount"

    again = imported("sales", export.replace("GHOST", "PEN"), columns=COLUMNS)

    assert again.account["rows"] == {"read": 2, "applied": 1, "unchanged": 0, "quarantined": 1}
    (open_row,) = QuarantinedRow.objects.filter(resolved_by=None)
    assert (open_row.run, open_row.group_key) == (again, "n1 / B")
    assert open_row.cells == ["B", "N1", "2024-03-05 12:00:00", "PHANTOM", "1", "5.00"]
    assert set(run.quarantine.values_list("resolved_by", flat=True)) == {again.pk}


def test_an_open_row_is_open_once_however_often_its_file_comes(imported):
    text = "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,GHOST,1,10.00\n"
    imported("sales", text, columns=COLUMNS)
    imported("sales", text, columns=COLUMNS, dry_run=True)
    third = imported("sales", text, columns=COLUMNS)
    assert [row.run for row in QuarantinedRow.objects.filter(resolved_by=None)] == [third]

    baker.make(Product, sku="GHOST", unit="piece")
    imported("sales", text, columns=COLUMNS)

    assert not QuarantinedRow.objects.filter(resolved_by=None).exists()


def test_one_unknown_code_refuses_the_whole_file_when_asked(imported):
    text = """
        no,store,at,sku,qty,amount
        A,N1,2024-03-05 12:00:00,PEN,1,10.00
        B,N1,2024-03-05 12:00:00,GHOST,1,10.00
        """
    before = ledger()
    with pytest.raises(UnknownCodes) as refused:
        imported("sales", text, columns=COLUMNS, options={"unknown_product": "refuse"})
    assert "GHOST" in str(refused.value.detail)
    assert ledger() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": {"returns": {"field": "tickett", "values": ["x"]}}},
        {"rows": {"returns": {"field": "ticket", "values": ["x"], "treat_as": "quarantine"}}},
        {"rows": {"cancelled": {"field": "ticket", "values": ["x"], "treat_as": "quarrantine"}}},
        {"rows": {"returns": {"field": "ticket", "pattern": "^(?P<x>C)"}}},
        {"format": {"timezone": "Paris"}},
        {"format": {"shift_days": "7"}},
        {"options": {"new_store_timezone": "Paris"}},
        {"options": {"new_store_currency": "eur"}},
    ],
)
def test_a_mapping_that_would_be_misread_is_refused(imported, wrong):
    with pytest.raises(BadMapping):
        imported("sales", "no,store,at,sku,qty,amount\n", columns=COLUMNS, **wrong)
    assert not ImportRun.objects.exists()


def test_an_export_for_spreadsheets_is_inert_and_comes_back_as_it_was(imported):
    run = imported(
        "sales",
        'no,store,at,sku,qty,amount\n"=HYPERLINK(1)",N1,2024-03-05 12:00:00,GHOST,-1,-1.00\n',
        columns=COLUMNS,
    )
    export = "".join(quarantine.csv_lines(run))
    assert "'=HYPERLINK(1),N1" in export
    assert ",-1,-1.00" in export

    imported("sales", export.replace("GHOST", "PEN"), columns=COLUMNS)

    assert Sale.objects.get().external_ref == "=HYPERLINK(1)"


@pytest.mark.django_db(transaction=True)
class TestKilledRuns:
    """A run that dies anywhere is taken up by the same file: nothing lost, nothing twice."""

    TEXT = "no,store,at,sku,qty,amount\n" + "".join(
        f"T{n},N1,2024-{1 + n % 3:02d}-05 12:00:00,PEN,1,{n}.00\n" for n in range(1, 61)
    )

    @pytest.mark.parametrize("dies_at", range(1, 9))
    def test_a_rerun_finishes_it(self, imported, monkeypatch, dies_at):
        from sales.services.sales_import import posting

        monkeypatch.setattr(posting, "CHUNK", 8)
        written, real = [0], posting.write

        def dying(*args, **kwargs):
            written[0] += 1
            real(*args, **kwargs)
            if written[0] == dies_at:
                raise KeyboardInterrupt

        monkeypatch.setattr(posting, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            imported("sales", self.TEXT, columns=COLUMNS)
        monkeypatch.setattr(posting, "write", real)

        run = imported("sales", self.TEXT, columns=COLUMNS)

        assert run.status == "done"
        assert run.account["rows"] == {"read": 60, "applied": 60, "unchanged": 0, "quarantined": 0}
        assert Sale.objects.count() == SaleLine.objects.count() == 60
        assert sum(sale.total_ttc for sale in Sale.objects.all()) == Decimal(60 * 61 // 2)

    def test_a_rerun_finishes_though_another_import_has_corrected_one_of_its_tickets(
        self, imported, monkeypatch
    ):
        from sales.services.sales_import import posting

        real = posting.write

        def dying(*args, **kwargs):
            real(*args, **kwargs)
            monkeypatch.setattr(posting, "write", stopped)

        def stopped(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr(posting, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            imported("sales", self.TEXT, columns=COLUMNS)
        monkeypatch.setattr(posting, "write", real)
        posted = Sale.objects.order_by("external_ref").first()
        line = next(
            row for row in self.TEXT.splitlines() if row.startswith(f"{posted.external_ref},")
        )
        changed = f"no,store,at,sku,qty,amount\n{line.rsplit(',', 1)[0]},999.00\n"
        imported("sales", changed, columns=COLUMNS, options={"changed_tickets": "correct"})

        run = imported("sales", self.TEXT, columns=COLUMNS)

        assert run.status == "done_with_errors"
        assert run.account["rows"] == {"read": 60, "applied": 59, "unchanged": 0, "quarantined": 1}
        assert [reason for _, reason, _ in reasons(run)] == ["changed-ticket"]

    def test_a_bare_month_is_loaded_by_set_and_marked(self, imported, monkeypatch):
        from sales.services.sales_import import posting

        monkeypatch.setattr(posting, "BARE_FROM", 10)
        imported("sales", self.TEXT, columns=COLUMNS)

        assert SaleLine.objects.count() == 60
        marked = set(LedgerChange.objects.values_list("business_date", flat=True))
        assert marked <= {date(2024, 1, 5), date(2024, 2, 5), date(2024, 3, 5)}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), bool_and(convalidated) FROM pg_constraint"
                " WHERE conrelid = 'sales_saleline_2024_02'::regclass"
                " AND contype IN ('f', 'c', 'p')"
            )
            bare = cursor.fetchone()
            cursor.execute("SELECT sales_ensure_month('2024-04-01')")
            cursor.execute(
                "SELECT count(*), bool_and(convalidated) FROM pg_constraint"
                " WHERE conrelid = 'sales_saleline_2024_04'::regclass"
                " AND contype IN ('f', 'c', 'p')"
            )
            assert bare == cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_a_second_import_of_the_kind_is_refused_while_one_runs(imported, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from sales.services.sales_import.kind import Sales

    real, refused = Sales.classify, []

    def meanwhile(self, stage):
        def other():
            try:
                imported("sales", "no,store,at,sku,qty,amount\n", name="b.csv", columns=COLUMNS)
            except runs.ImportRunning as refusal:
                refused.append(refusal.code)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(other).result()
        real(self, stage)

    monkeypatch.setattr(Sales, "classify", meanwhile)
    imported(
        "sales",
        "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,PEN,1,10.00\n",
        columns=COLUMNS,
    )

    assert refused == ["imports/already-running"]
    assert Sale.objects.count() == 1


def test_tax_rates_follow_their_dates(imported):
    standard = TaxClass.objects.get(code="standard")
    TaxRate.objects.create(
        tax_class=standard, regime="FR", rate=Decimal("0.25"), valid_from=date(2024, 3, 6)
    )
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,P1,2024-03-05 12:00:00,PEN,1,12.00
        B,P1,2024-03-06 12:00:00,PEN,1,12.00
        """,
        columns=COLUMNS,
    )
    assert list(SaleLine.objects.order_by("sold_at").values_list("tax_rate", "vat")) == [
        (Decimal("0.2"), Decimal("2.00")), (Decimal("0.25"), Decimal("2.40")),
    ]  # fmt: skip


@pytest.mark.parametrize("basis", ["ttc", "ht"])
def test_a_till_computes_what_the_import_does(imported, basis):
    """sales/reckoning.py does by tickets what the import does by sets."""
    random = Random(7)
    rates = {"Bread-1": Tax("TVA", Decimal("0.055")), "PEN": Tax("TVA", Decimal("0.2"))}
    amounts = [
        [(random.choice(sorted(rates)), Decimal(random.randint(0, 9999)) / 100) for _ in range(n)]
        for n in (1, 2, 3, 5, 8, 13, 21)
    ]
    lines = [
        f"T{number:02},P1,2024-03-05 12:00:{number:02},{sku},1,{amount}"
        for number, ticket in enumerate(amounts)
        for sku, amount in ticket
    ]
    imported(
        "sales",
        "\n".join(["no,store,at,sku,qty,amount", *lines]) + "\n",
        columns=COLUMNS,
        options={"amounts": basis},
    )

    for sale, ticket in zip(Sale.objects.order_by("external_ref"), amounts, strict=True):
        wares = [Ware(Decimal(1), amount, taxes=(rates[sku],)) for sku, amount in ticket]
        reckoned = reckon(wares, inclusive=basis == "ttc", places=2)
        assert list(sale.lines.order_by("line_no").values_list("net_ttc", "net_ht", "vat")) == [
            (line.net_ttc, line.net_ht, line.vat) for line in reckoned.lines
        ]
        assert (sale.total_ttc, sale.total_vat) == (reckoned.total_ttc, reckoned.total_vat)


def test_several_taxes_of_a_class_are_one_rate_of_a_line(imported):
    Store.objects.filter(code="P1").update(vat_regime="CA-QC")
    TaxRate.objects.create(
        tax_class=TaxClass.objects.get(code="standard"), regime="CA-QC", tax="QST", rate=0,
        valid_from=date(2024, 3, 6),
    )  # fmt: skip
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount
        A,P1,2024-03-05 12:00:00,PEN,1,100.00
        B,P1,2024-03-06 12:00:00,PEN,1,100.00
        """,
        columns=COLUMNS,
        options={"amounts": "ht"},
    )
    assert list(SaleLine.objects.order_by("sold_at").values_list("tax_rate", "vat")) == [
        (Decimal("0.14975"), Decimal("14.98")), (Decimal("0.05"), Decimal("5.00")),
    ]  # fmt: skip


def test_cells_too_many_are_shown_and_never_cut_off_when_applied_again(imported):
    run = imported(
        "sales",
        "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,PEN,1,1,234.50\n",
        columns=COLUMNS,
    )
    export = "".join(quarantine.csv_lines(run))
    assert export.splitlines()[1].endswith(",A,N1,2024-03-05 12:00:00,PEN,1,1,234.50")

    again = imported("sales", export, columns=COLUMNS, name="rows.csv")

    assert reasons(again) == [(2, "wrong-cell-count", "")]
    (open_row,) = QuarantinedRow.objects.filter(resolved_by=None)
    assert (open_row.run, open_row.file_name) == (again, "file.csv")
    assert open_row.cells == ["A", "N1", "2024-03-05 12:00:00", "PEN", "1", "1", "234.50"]
    assert not Sale.objects.exists()


@pytest.mark.parametrize(("rate", "cost"), [("0.1", "5"), ("0.2", "6")])
def test_another_tax_rate_or_cost_is_another_ticket(imported, rate, cost):
    columns = COLUMNS | {"tax_rate": "rate", "unit_cost": "cost"}
    head, row = "no,store,at,sku,qty,amount,rate,cost\n", "A,P1,2024-03-05 12:00:00,PEN,1,12,"
    imported("sales", f"{head}{row}0.2,5\n", columns=columns)

    same = imported("sales", f"{head}{row}0.2,5\n", columns=columns)
    other = imported("sales", f"{head}{row}{rate},{cost}\n", columns=columns)

    assert same.account["rows"]["unchanged"] == 1
    assert [reason for _, reason, _ in reasons(other)] == ["changed-ticket"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,P1,2024-03-05 12:00:00,PEN,1,12,0.9999999,5,0", "out-of-range"),
        ("A,P1,2024-03-05 12:00:00,PEN,1,12,0.2,5.1234567,0", "too-many-decimals"),
        ("A,P1,2024-03-05 12:00:00,PEN,1,12,0.2,5,99999999999999", "out-of-range"),
        ("A,P1,2024-03-05 12:00:00,PEN,1,999999999999,0.2,5,0", "out-of-range"),
    ],
)
def test_numbers_no_column_can_hold_wait_and_stop_nothing_else(imported, row, reason):
    run = imported(
        "sales",
        "no,store,at,sku,qty,amount,rate,cost,card\n"
        f"{row}\nB,P1,2024-03-05 12:00:00,PEN,1,12,0.2,5,0\n",
        columns=COLUMNS | {"tax_rate": "rate", "unit_cost": "cost", "discount_loyalty": "card"},
    )
    assert [found for _, found, _ in reasons(run)] == [reason]
    assert list(Sale.objects.values_list("external_ref", flat=True)) == ["B"]


def test_a_return_by_amount_alone_is_no_discount(imported):
    run = imported(
        "sales",
        "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,PEN,0,-5.00\n",
        columns=COLUMNS,
    )
    assert run.status == "done"
    assert Sale.objects.get().total_ttc == Decimal("-5.00")


def test_the_first_customer_is_the_first_line_s(imported):
    imported(
        "sales",
        """
        no,store,at,sku,qty,amount,who
        A,N1,2024-03-05 12:00:00,PEN,1,10.00,Zoe
        A,N1,2024-03-05 12:00:00,PEN,1,10.00,adam
        """,
        columns=COLUMNS | {"customer": "who"},
        options={"ticket_customers": "first", "unknown_customer": "placeholder"},
    )
    assert Sale.objects.get().customer.code == "Zoe"
    assert not Customer.objects.filter(code="adam").exists()


def test_capitals_of_any_alphabet_mark_a_fee(imported):
    baker.make(Product, sku="ΜΕΤΑΦΟΡΑΣ", unit="piece")
    imported(
        "sales",
        "no,store,at,sku,qty,amount\nA,N1,2024-03-05 12:00:00,ΜΕΤΑΦΟΡΑΣ,1,4.00\n",
        columns=COLUMNS,
        rows={"fees": {"field": "product", "values": ["ΜΕΤΑΦΟΡΑΣ"]}},
    )
    assert SaleLine.objects.get().kind == LineKind.FEE
