"""Many prices changed in one go, and given back."""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from epm.access.models import Role
from epm.platform.models import Change
from inventory.models import (
    ListedPrice,
    PriceChange,
    PriceEdit,
    PriceEditRow,
    PriceListItem,
    Product,
)
from inventory.selectors import price_grid
from inventory.selectors.price_formulas import Ending, Formula, How, Note
from inventory.selectors.price_grid import Wish
from inventory.services import price_edits
from sales.models import TaxClass, TaxRate
from tests.concurrency import run_behind
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

UP = Formula(How.PERCENT, Decimal(3), may_sell_below_cost=True)


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def products(*prices, cost=None):
    return [
        chain.product(sale_price=price and Decimal(price), purchase_price=cost and Decimal(cost))
        for price in prices
    ]


def wish(those, formula=UP, **fields):
    return Wish([one.pk for one in those], formula=formula, **fields)


def shown(wanted):
    return price_grid.preview(wanted, on=NOON.date())


def applied(wanted, *, by, **given):
    return price_edits.apply(
        **{"key": uuid.uuid4(), "wish": wanted, "seal": shown(wanted).seal, "by": by,
           "now": NOON, **given}
    )  # fmt: skip


def undone(edit, *, by):
    return price_edits.undo(edit_id=edit.pk, key=uuid.uuid4(), by=by, now=NOON)


def prices():
    return list(Product.objects.order_by("pk").values_list("sale_price", flat=True))


def rows(edit):
    return list(edit.rows.order_by("product_id").values_list("old", "new"))


class TestAnEdit:
    def test_makes_of_prices_what_its_preview_showed(self, director):
        those = products("10.00", "20.00", None)
        wanted = wish(those, typed={those[1].pk: Decimal("19.99")})
        preview = shown(wanted)

        edit = applied(wanted, by=director)

        expected = [Decimal("10.30"), Decimal("19.99"), None]
        assert [row.new for row in sorted(preview.rows, key=lambda row: row.product_id)] == expected
        assert prices() == expected
        assert rows(edit) == [(10, Decimal("10.30")), (20, Decimal("19.99"))]
        assert (edit.changed, edit.by, edit.made_at, edit.price_list) == (2, director, NOON, None)
        assert edit.formula == {"how": "percent", "value": "3", "ending": "none", "typed": 1}

    def test_is_noted_for_the_changed_prices_only(self, director):
        those = products("9.99", "10.60", "30.99")
        before = PriceChange.objects.count(), Change.objects.count()
        nines = Formula(How.PERCENT, Decimal(1), Ending.NINETY_NINE)

        edit = applied(wish(those, nines), by=director)

        assert prices() == [Decimal("9.99"), Decimal("10.99"), Decimal("30.99")]
        assert rows(edit) == [(Decimal("10.60"), Decimal("10.99"))]
        after = PriceChange.objects.count(), Change.objects.count()
        assert (after[0] - before[0], after[1] - before[1]) == (1, 1)

    def test_of_5000_prices_takes_a_dozen_statements(self, director, django_assert_max_num_queries):
        Product.objects.bulk_create(
            Product(sku=f"B{number}", name="b", sale_price=Decimal(number) / 100)
            for number in range(100, 5100)
        )
        wanted = wish(list(Product.objects.all()))
        with django_assert_max_num_queries(3):
            preview = shown(wanted)

        with django_assert_max_num_queries(14):
            edit = applied(wanted, by=director, seal=preview.seal)

        assert edit.changed == len(preview.changed) == 5000
        assert PriceEditRow.objects.count() == 5000

    def test_sent_twice_is_made_once(self, director):
        those, key = products("10.00"), uuid.uuid4()
        wanted = wish(those)
        seal = shown(wanted).seal

        first = applied(wanted, by=director, key=key, seal=seal)
        second = applied(wanted, by=director, key=key, seal=seal)

        assert first == second
        assert prices() == [Decimal("10.30")]
        assert PriceEdit.objects.count() == 1

    def test_is_refused_when_a_price_moved_since_the_preview(self, director):
        those = products("10.00", "20.00")
        wanted = wish(those)
        seal = shown(wanted).seal
        Product.objects.filter(pk=those[0].pk).update(sale_price=11)

        with pytest.raises(price_edits.PricesMoved):
            applied(wanted, by=director, seal=seal)

        assert prices() == [11, 20]
        assert PriceEdit.objects.count() == 0

    def test_of_nothing_is_refused(self, director):
        with pytest.raises(price_edits.NothingToChange):
            applied(wish(products("10.00"), Formula()), by=director)

        assert PriceEdit.objects.count() == 0

    def test_takes_no_more_than_ten_thousand_products(self, director):
        with pytest.raises(price_grid.TooManyProducts):
            shown(Wish(range(10_001)))

    def test_is_never_edited(self, director):
        edit = applied(wish(products("10.00")), by=director)

        for change in (
            lambda: PriceEdit.objects.update(changed=9),
            lambda: PriceEditRow.objects.update(new=9),
            lambda: PriceEditRow.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change()
        assert rows(edit) == [(10, Decimal("10.30"))]


class TestAnEditOfAList:
    def test_starts_from_the_chains_price_for_what_is_not_on_it(self, director):
        listed, fresh = products("10.00", "20.00")
        promo = chain.price_list({listed: "8.00"}, kind="promotion")

        edit = applied(
            wish([listed, fresh], Formula(How.PERCENT, Decimal(-10)), price_list=promo),
            by=director,
        )

        assert rows(edit) == [(8, Decimal("7.20")), (None, Decimal("18.00"))]
        assert dict(PriceListItem.objects.values_list("product_id", "price")) == {
            listed.pk: Decimal("7.20"),
            fresh.pk: Decimal("18.00"),
        }
        assert prices() == [10, 20]
        open_ = ListedPrice.objects.filter(known_until=None)
        assert sorted(open_.values_list("price", flat=True)) == [Decimal("7.20"), Decimal("18.00")]
        assert ListedPrice.objects.count() == 3

    def test_undone_takes_off_what_it_put_on(self, director):
        listed, fresh = products("10.00", "20.00")
        promo = chain.price_list({listed: "8.00"})
        edit = applied(wish([listed, fresh], price_list=promo), by=director)

        undone(edit, by=director)

        assert list(PriceListItem.objects.values_list("product_id", "price")) == [(listed.pk, 8)]


class TestUndoing:
    def test_gives_back_exactly_what_was(self, director):
        those = products("10.123456", "20.00", "0")
        before = Product.objects.order_by("pk").values_list("sale_price", flat=True)
        written = [str(price) for price in before]
        edit = applied(
            wish(those, Formula(How.AMOUNT, Decimal("1.11"), Ending.NINETY)), by=director
        )

        undo = undone(edit, by=director)

        assert [str(price) for price in before.all()] == written
        assert (undo.undoes, undo.changed) == (edit, 3)
        assert rows(undo) == [(new, old) for old, new in rows(edit)]

    def test_gives_back_that_nobody_knew_the_price(self, director):
        [one] = products(None)
        edit = applied(wish([one], Formula(), typed={one.pk: Decimal(7)}), by=director)

        undone(edit, by=director)

        assert prices() == [None]

    def test_leaves_what_was_changed_since(self, director):
        those = products("10.00", "20.00")
        edit = applied(wish(those), by=director)
        Product.objects.filter(pk=those[0].pk).update(sale_price=99)

        undo = undone(edit, by=director)

        assert prices() == [99, 20]
        assert (undo.changed, rows(undo)) == (1, [(Decimal("20.60"), 20)])

    def test_twice_is_refused(self, director):
        edit = applied(wish(products("10.00")), by=director)
        undone(edit, by=director)

        with pytest.raises(price_edits.AlreadyUndone):
            undone(edit, by=director)

        assert PriceEdit.objects.count() == 2
        assert prices() == [10]

    def test_of_what_was_changed_altogether_is_refused(self, director):
        those = products("10.00")
        edit = applied(wish(those), by=director)
        Product.objects.update(sale_price=99)

        with pytest.raises(price_edits.NothingToUndo):
            undone(edit, by=director)

        assert prices() == [99]
        assert PriceEdit.objects.count() == 1

    def test_of_nothing_that_is_there_is_refused(self, director):
        with pytest.raises(price_edits.NoSuchEdit):
            price_edits.undo(edit_id=1, key=uuid.uuid4(), by=director, now=NOON)

    def test_is_an_edit_that_can_be_undone(self, director):
        edit = applied(wish(products("10.00")), by=director)

        undone(undone(edit, by=director), by=director)

        assert prices() == [Decimal("10.30")]


class TestMargins:
    def test_are_weighted_over_what_is_known(self, director):
        """One unit of each: 12 + 24 incl. 20 % make 30 excl. tax, at costs of 5 + 10."""
        chain.store(vat_regime="FR")
        TaxRate.objects.create(
            tax_class=TaxClass.objects.get_or_create(code="standard", defaults={"name": "S"})[0],
            regime="FR", rate=Decimal("0.2"), valid_from=date(2020, 1, 1),
        )  # fmt: skip
        those = [
            *products("12.00", cost="5.00"),
            *products("24.00", cost="10.00"),
            *products("9.00"),
        ]

        margins = shown(wish(those, Formula(How.PERCENT, Decimal(10)))).margins

        assert (margins.covered, margins.cost, margins.now, margins.new) == (2, 15, 30, 33)
        assert margins.rate_now == Decimal("0.5")
        assert round(margins.rate_new, 6) == Decimal("0.545455")
        assert margins.gain == 3

    def test_are_not_known_where_shops_have_different_vat(self):
        chain.store(vat_regime="FR")
        chain.store(vat_regime="none")

        [row] = shown(wish(products("12.00", cost="5.00"))).rows

        assert (row.basis.rate, row.margin_now, row.margin_new) == (None, None, None)

    def test_of_a_list_are_by_the_vat_of_its_store(self):
        chain.store(vat_regime="FR")
        free = chain.price_list(store=chain.store(vat_regime="none"))

        [row] = shown(wish(products("10.00", cost="5.00"), Formula(), price_list=free)).rows

        assert (row.basis.rate, row.margin_now) == (0, Decimal("0.5"))

    def test_are_of_the_very_price_where_taxes_are_added_to_it(self):
        """Montréal: 100.00 CAD before GST 5 % and QST 9.975 %, at a cost of 60.00."""
        montreal = chain.store(vat_regime="CA-QC", currency="CAD", timezone="America/Toronto")
        canadian = chain.price_list(store=montreal, currency="CAD")
        those = products("100.00", cost="60.00")

        preview = shown(wish(those, Formula(How.MARGIN, Decimal(50)), price_list=canadian))

        [row] = preview.rows
        assert (row.basis.rate, row.margin_now, row.new) == (0, Decimal("0.4"), Decimal("120.00"))
        assert (preview.margins.now, preview.margins.new, preview.margins.gain) == (100, 120, 20)

    def test_rows_below_cost_are_counted(self):
        those = products("12.00", "3.00", cost="5.00")

        preview = shown(wish(those, Formula(How.PERCENT, Decimal(-50))))

        assert (preview.below_cost, preview.kept) == (1, 1)
        assert [row.note for row in preview.rows] == [None, Note.BELOW_COST]


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_of_one_product_the_second_sees_the_first_and_is_refused(director):
    those = products("10.00")
    wanted = wish(those)
    seal = shown(wanted).seal
    other = replace(wanted, formula=Formula(How.AMOUNT, Decimal(5), may_sell_below_cost=True))
    theirs = shown(other).seal

    outcome = run_behind(
        lambda: applied(wanted, by=director, seal=seal),
        lambda: applied(other, by=director, seal=theirs),
    )

    assert isinstance(outcome.exception(), price_edits.PricesMoved)
    assert prices() == [Decimal("10.30")]
    assert PriceEdit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_would_overwrite_the_first(director, monkeypatch):
    """The control of the test above: the same race, unguarded, loses an edit."""
    those = products("10.00")
    wanted = wish(those)
    seal = shown(wanted).seal
    other = replace(wanted, formula=Formula(How.AMOUNT, Decimal(5), may_sell_below_cost=True))
    theirs = shown(other).seal
    monkeypatch.setattr(price_edits, "_lock", lambda *_prices: None)

    outcome = run_behind(
        lambda: applied(wanted, by=director, seal=seal),
        lambda: applied(other, by=director, seal=theirs),
    )

    assert outcome.exception() is None
    assert prices() == [15]
    assert [rows(edit)[0][0] for edit in PriceEdit.objects.order_by("pk")] == [10, 10]


@pytest.mark.django_db(transaction=True)
def test_of_one_form_sent_twice_at_once_the_second_finds_the_first(director):
    wanted, key = wish(products("10.00")), uuid.uuid4()
    seal = shown(wanted).seal
    made = []

    outcome = run_behind(
        lambda: made.append(applied(wanted, by=director, key=key, seal=seal)),
        lambda: applied(wanted, by=director, key=key, seal=seal),
    )

    assert outcome.result() == made[0]
    assert prices() == [Decimal("10.30")]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_at_once_the_second_is_refused(director):
    edit = applied(wish(products("10.00")), by=director)

    outcome = run_behind(lambda: undone(edit, by=director), lambda: undone(edit, by=director))

    assert isinstance(outcome.exception(), price_edits.AlreadyUndone)
    assert prices() == [10]
