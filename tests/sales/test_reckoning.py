"""The money of a ticket: the worked vectors of the canon, and what must hold for any ticket."""

from collections import defaultdict
from dataclasses import astuple, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epm.platform import money
from sales.reckoning import LineMoney, Tax, TaxSum, Ware, mirrored, reckon, untaxed_price

TWENTY, REDUCED = Tax("TVA", Decimal("0.2")), Tax("TVA", Decimal("0.055"))
GST, QST = Tax("GST", Decimal("0.05")), Tax("QST", Decimal("0.09975"))
THREE = (Tax("A", Decimal("0.1")), Tax("B", Decimal("0.1")), Tax("C", Decimal("0.07")))
CURRENCIES = {0: "JPY", 2: "EUR", 3: "TND"}
AMOUNTS = [field.name for field in fields(LineMoney) if field.name not in {"tax_rate", "taxes"}]

taxes_of_a_line = st.sampled_from(
    [(), (TWENTY,), (REDUCED,), (GST, QST), (GST,), THREE, (Tax("TVA", Decimal(0)),)]
)
places = st.sampled_from([0, 2, 3])
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fractions(most, *, of):
    """0 to `most` in steps of 1/`of`; whole numbers are drawn much faster than decimals."""
    return st.integers(0, most * of).map(lambda units: Decimal(units) / of)


def cut_by(sold, percent):
    return replace(sold, discount=sold.quantity * sold.unit_price * percent / 100)


wares = st.builds(
    cut_by,
    st.builds(
        Ware,
        st.just(Decimal(1)) | fractions(50, of=1000).filter(bool),
        fractions(200, of=100) | fractions(9, of=1_000_000),
        taxes=taxes_of_a_line,
        share=st.booleans(),
    ),
    st.sampled_from([0, 0, 5, 33, 100]),
)
tickets = st.lists(wares, min_size=1, max_size=8)
ticket_discounts = st.just(Decimal(0)) | fractions(400, of=100)


def ware(price, *taxes, quantity="1", discount="0", share=True):
    return Ware(Decimal(quantity), Decimal(price), Decimal(discount), taxes, share)


def cents(*amounts):
    return [Decimal(amount) for amount in amounts]


def of(reckoning, name):
    return [getattr(line, name) for line in reckoning.lines]


def step(decimal_places):
    return Decimal(1).scaleb(-decimal_places)


def test_vat_is_rounded_once_for_a_ticket_and_rate():
    """Vector A: rounded line by line it would be 5.01."""
    ticket = reckon([ware("9.99", TWENTY)] * 3, inclusive=True, places=2)

    assert (ticket.total_ttc, ticket.total_vat, ticket.total_ht) == tuple(
        cents("29.97", "5.00", "24.97")
    )
    assert of(ticket, "net_ht") == cents("8.33", "8.32", "8.32")
    assert of(ticket, "vat") == cents("1.66", "1.67", "1.67")
    assert ticket.taxes == [TaxSum("TVA", Decimal("0.2"), Decimal("24.97"), Decimal("5.00"))]


def test_a_ticket_s_discount_is_shared_over_the_lines_before_tax():
    """Vector B."""
    ticket = reckon(
        [ware("60.00", TWENTY), ware("30.00", REDUCED), ware("10.00", TWENTY)],
        ticket_discount=Decimal("10.00"),
        inclusive=True,
        places=2,
    )

    assert of(ticket, "gross_ttc") == cents("60.00", "30.00", "10.00")
    assert of(ticket, "discount_ticket") == cents("6.00", "3.00", "1.00")
    assert of(ticket, "net_ttc") == cents("54.00", "27.00", "9.00")
    assert ticket.taxes == [
        TaxSum("TVA", Decimal("0.055"), Decimal("25.59"), Decimal("1.41")),
        TaxSum("TVA", Decimal("0.2"), Decimal("52.50"), Decimal("10.50")),
    ]
    assert (ticket.total_ttc, ticket.total_ht) == (Decimal("90.00"), Decimal("78.09"))


def test_the_cent_left_of_a_discount_goes_to_the_earlier_line():
    """Vector C."""
    ticket = reckon(
        [ware("33.33", TWENTY)] * 3, ticket_discount=Decimal("10.00"), inclusive=True, places=2
    )

    assert of(ticket, "discount_ticket") == cents("3.34", "3.33", "3.33")


def test_quebec_adds_two_taxes_each_rounded_once_for_the_ticket():
    """GST 5 % on 33.22 is 1.661, of exact shares 1.049, 0.2495, 0.3625; books bear no QST:
    9.975 % on 25.97 is 2.5905075, of 2.092755 and 0.4977525."""
    ticket = reckon(
        [ware("10.49", GST, QST, quantity="2"), ware("4.99", GST, QST), ware("7.25", GST)],
        inclusive=False,
        places=2,
    )

    assert [line.taxes for line in ticket.lines] == [
        (("GST", GST.rate, Decimal("1.05")), ("QST", QST.rate, Decimal("2.09"))),
        (("GST", GST.rate, Decimal("0.25")), ("QST", QST.rate, Decimal("0.50"))),
        (("GST", GST.rate, Decimal("0.36")),),
    ]
    assert ticket.taxes == [
        TaxSum("GST", GST.rate, Decimal("33.22"), Decimal("1.66")),
        TaxSum("QST", QST.rate, Decimal("25.97"), Decimal("2.59")),
    ]
    assert of(ticket, "net_ht") == cents("20.98", "4.99", "7.25")
    assert of(ticket, "net_ttc") == of(ticket, "gross_ttc") == cents("24.12", "5.74", "7.61")
    assert [line.tax_rate for line in ticket.lines] == cents("0.14975", "0.14975", "0.05")
    assert (ticket.total_ttc, ticket.total_ht, ticket.total_vat) == tuple(
        cents("37.47", "33.22", "4.25")
    )


def test_discounts_before_tax_are_told_with_tax():
    """10.00 + 10.00 at 20 %, 1.00 off the first line, 1.90 off the ticket: 8.10 and 9.00."""
    ticket = reckon(
        [ware("10.00", TWENTY, discount="1.00"), ware("10.00", TWENTY)],
        ticket_discount=Decimal("1.90"),
        inclusive=False,
        places=2,
    )

    assert of(ticket, "net_ht") == cents("8.10", "9.00")
    assert of(ticket, "vat") == cents("1.62", "1.80")
    assert of(ticket, "discount_line") == cents("1.20", "0.00")
    assert of(ticket, "discount_ticket") == cents("1.08", "1.20")
    assert of(ticket, "gross_ttc") == cents("12.00", "12.00")
    assert (ticket.total_ttc, ticket.total_vat) == (Decimal("20.52"), Decimal("3.42"))


def test_two_taxes_in_a_price_share_its_vat():
    """3 × 9.99 at 14.975 %: VAT 3.903444 → 3.90, of which GST 5/14.975 is 1.302170 → 1.30."""
    ticket = reckon([ware("9.99", GST, QST)] * 3, inclusive=True, places=2)

    assert of(ticket, "vat") == cents("1.30", "1.30", "1.30")
    assert [[amount for _, _, amount in line.taxes] for line in ticket.lines] == [
        cents("0.44", "0.86"),
        cents("0.43", "0.87"),
        cents("0.43", "0.87"),
    ]
    assert ticket.taxes == [
        TaxSum("GST", GST.rate, Decimal("26.07"), Decimal("1.30")),
        TaxSum("QST", QST.rate, Decimal("26.07"), Decimal("2.60")),
    ]


def test_a_line_may_keep_out_of_the_ticket_s_discount():
    ticket = reckon(
        [ware("10.00", TWENTY, share=False), ware("5.00", TWENTY)],
        ticket_discount=Decimal("9.00"),
        inclusive=True,
        places=2,
    )

    assert of(ticket, "discount_ticket") == cents("0.00", "5.00")
    assert of(ticket, "net_ttc") == cents("10.00", "0.00")


def test_yen_have_no_cents_and_millimes_are_three():
    yen = reckon([ware("99.5", Tax("JCT", Decimal("0.1")))], inclusive=True, places=0)
    dinars = reckon([ware("1.2345", Tax("TVA", Decimal("0.19")))], inclusive=True, places=3)

    assert (str(yen.total_ttc), str(yen.total_vat)) == ("100", "9")
    assert (str(dinars.total_ttc), str(dinars.total_vat)) == ("1.235", "0.197")


def test_without_taxes_the_price_is_the_net():
    for inclusive in (True, False):
        ticket = reckon([ware("3.10")], inclusive=inclusive, places=2)

        assert (ticket.total_ttc, ticket.total_ht, ticket.total_vat) == tuple(
            cents("3.10", "3.10", "0.00")
        )
        assert ticket.taxes == []
        assert ticket.lines[0].taxes == ()


@pytest.mark.parametrize(
    "wrong",
    [
        ware("1.00", quantity="0"),
        ware("1.00", quantity="-1"),
        ware("-1.00"),
        ware("1.00", discount="1.01"),
        ware("1.00", discount="-0.01"),
    ],
)
def test_what_is_no_sale_is_not_reckoned(wrong):
    with pytest.raises(ValueError, match=r"less"):
        reckon([ware("1.00"), wrong], inclusive=True, places=2)


def test_a_ticket_s_discount_is_not_negative():
    with pytest.raises(ValueError, match=r"not negative"):
        reckon([ware("1.00")], ticket_discount=Decimal("-0.01"), inclusive=True, places=2)


def test_an_exempt_customer_pays_a_price_less_its_taxes():
    assert untaxed_price(Decimal("9.99"), taxes=[TWENTY]) == Decimal("8.325000")
    assert untaxed_price(Decimal("10"), taxes=[GST, QST]) == Decimal("8.697543")
    assert untaxed_price(Decimal("9.99"), taxes=[]) == Decimal("9.99")


@unhurried
@given(tickets, ticket_discounts, st.booleans(), places)
def test_lines_sum_to_their_ticket(sold, discount, inclusive, decimal_places):
    ticket = reckon(sold, ticket_discount=discount, inclusive=inclusive, places=decimal_places)

    by_tax = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in ticket.lines:
        assert line.net_ttc == line.gross_ttc - line.discount_line - line.discount_ticket
        assert line.net_ttc == line.net_ht + line.vat
        assert line.vat == sum(amount for _, _, amount in line.taxes)
        assert line.tax_rate == sum(rate for _, rate, _ in line.taxes)
        assert min(getattr(line, name) for name in AMOUNTS) >= 0
        assert all(amount >= 0 for _, _, amount in line.taxes)
        for code, rate, amount in line.taxes:
            by_tax[code, rate][0] += line.net_ht
            by_tax[code, rate][1] += amount
    assert {(tax.code, tax.rate): [tax.base, tax.amount] for tax in ticket.taxes} == by_tax
    assert ticket.total_ttc == sum(of(ticket, "net_ttc"))
    assert ticket.total_ht == sum(of(ticket, "net_ht"))
    assert ticket.total_vat == sum(of(ticket, "vat"))
    assert ticket.total_ttc == ticket.total_ht + ticket.total_vat
    assert ticket.total_ttc.as_tuple().exponent == -decimal_places


@unhurried
@given(tickets, ticket_discounts, places)
def test_vat_in_prices_is_the_formula_for_each_set_of_taxes(sold, discount, decimal_places):
    ticket = reckon(sold, ticket_discount=discount, inclusive=True, places=decimal_places)

    totals = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in ticket.lines:
        alike = totals[tuple((code, rate) for code, rate, _ in line.taxes)]
        alike[0] += line.net_ttc
        alike[1] += line.vat
    for taxes, (total, vat) in totals.items():
        rate = sum((rate for _code, rate in taxes), Decimal(0))
        assert vat == money.vat_of(total, rate=rate, currency=CURRENCIES[decimal_places])
    for line in ticket.lines:
        exact = line.net_ttc / (1 + line.tax_rate)
        assert abs(line.net_ht - exact) < step(decimal_places)


@unhurried
@given(tickets, ticket_discounts, places)
def test_tax_on_top_is_the_formula_for_each_tax(sold, discount, decimal_places):
    ticket = reckon(sold, ticket_discount=discount, inclusive=False, places=decimal_places)

    for tax in ticket.taxes:
        exact = (tax.base * tax.rate).quantize(step(decimal_places), rounding=ROUND_HALF_UP)
        assert tax.amount == exact
    for line in ticket.lines:
        for _code, rate, amount in line.taxes:
            assert abs(amount - line.net_ht * rate) < step(decimal_places)


@unhurried
@given(tickets, fractions(400, of=100).filter(bool), places)
def test_a_ticket_s_discount_is_shared_to_the_cent(sold, discount, decimal_places):
    currency = CURRENCIES[decimal_places]
    ticket = reckon(sold, ticket_discount=discount, inclusive=True, places=decimal_places)

    worth = [
        line.gross_ttc - line.discount_line if ware.share else Decimal(0)
        for ware, line in zip(sold, ticket.lines, strict=True)
    ]
    given_away = min(money.rounded(discount, currency=currency), sum(worth))
    if given_away:
        expected = money.allocated(given_away, weights=worth, currency=currency)
        assert of(ticket, "discount_ticket") == expected
    assert sum(of(ticket, "discount_ticket")) == given_away
    for most, line in zip(worth, ticket.lines, strict=True):
        assert 0 <= line.discount_ticket <= most


@unhurried
@given(tickets, st.booleans(), places, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_change_totals(sold, inclusive, decimal_places, random: Random):
    shuffled = random.sample(sold, len(sold))
    one = reckon(sold, inclusive=inclusive, places=decimal_places)
    other = reckon(shuffled, inclusive=inclusive, places=decimal_places)

    assert astuple(one)[1:] == astuple(other)[1:]


@unhurried
@given(tickets, ticket_discounts, places, st.randoms(use_true_random=False))
def test_nor_what_is_paid_after_a_discount(sold, discount, decimal_places, random: Random):
    shuffled = random.sample(sold, len(sold))
    one, other = (
        reckon(some, ticket_discount=discount, inclusive=True, places=decimal_places)
        for some in (sold, shuffled)
    )

    assert one.total_ttc == other.total_ttc


def summed(returns, sold):
    """The sums of some returns as positive amounts, as a till reads them from the ledger."""
    return LineMoney(
        *(-sum((getattr(line, name) for line in returns), Decimal(0)) for name in AMOUNTS),
        sold.tax_rate,
        tuple(
            (code, rate, -sum((line.taxes[place][2] for line in returns), Decimal(0)))
            for place, (code, rate, _) in enumerate(sold.taxes)
        ),
    )


def test_a_line_comes_back_piece_by_piece_and_the_last_takes_the_remainder():
    """3 × 3.34 less 0.01: 10.01, VAT 1.67 at 20 %; a third is 3.336667 → 3.34, 6.67, 10.01."""
    sold = reckon(
        [ware("3.34", TWENTY, quantity="3", discount="0.01")], inclusive=True, places=2
    ).lines[0]
    back = []
    for before in range(3):
        back.append(
            mirrored(
                sold,
                quantity=Decimal(3),
                returned_before=Decimal(before),
                returning=Decimal(1),
                gone=summed(back, sold) if back else None,
                places=2,
            )
        )

    assert [line.net_ttc for line in back] == cents("-3.34", "-3.33", "-3.34")
    assert [line.vat for line in back] == cents("-0.56", "-0.55", "-0.56")
    assert [line.net_ht for line in back] == cents("-2.78", "-2.78", "-2.78")
    assert [line.discount_line for line in back] == cents("0.00", "-0.01", "0.00")
    assert [line.gross_ttc for line in back] == cents("-3.34", "-3.34", "-3.34")
    assert summed(back, sold) == sold


@unhurried
@given(tickets, ticket_discounts, st.booleans(), places, st.data())
def test_returns_in_any_steps_net_to_zero(sold, discount, inclusive, decimal_places, data):
    ticket = reckon(sold, ticket_discount=discount, inclusive=inclusive, places=decimal_places)
    place = data.draw(st.integers(0, len(sold) - 1))
    quantity, line = sold[place].quantity, ticket.lines[place]
    cuts = data.draw(st.sets(st.integers(1, int(quantity * 1000)), max_size=6))
    marks = sorted({Decimal(cut) / 1000 for cut in cuts} | {quantity})
    before, back = Decimal(0), []
    for mark in marks:
        back.append(
            mirrored(
                line,
                quantity=quantity,
                returned_before=before,
                returning=mark - before,
                gone=summed(back, line),
                places=decimal_places,
            )
        )
        before = mark

    assert summed(back, line) == line
    for returned in back:
        assert returned.net_ttc == (
            returned.gross_ttc - returned.discount_line - returned.discount_ticket
        )
        assert returned.net_ttc == returned.net_ht + returned.vat
        assert returned.vat == sum(amount for _, _, amount in returned.taxes)
        assert max(getattr(returned, name) for name in AMOUNTS) <= 0
        assert all(amount <= 0 for _, _, amount in returned.taxes)


@pytest.mark.parametrize(("before", "returning"), [("0", "3.001"), ("2", "1.5"), ("0", "0")])
def test_more_than_was_sold_does_not_come_back(before, returning):
    sold = reckon([ware("1.00", TWENTY, quantity="3")], inclusive=True, places=2).lines[0]

    with pytest.raises(ValueError, match=r"cannot come back"):
        mirrored(
            sold,
            quantity=Decimal(3),
            returned_before=Decimal(before),
            returning=Decimal(returning),
            places=2,
        )
