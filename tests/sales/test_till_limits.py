"""How far a till may go: prices and discounts together, refunds, prepaid value, sizes, rounding."""

import uuid
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import StockLevel
from sales import value_codes
from sales.models import (
    Override,
    Sale,
    SaleLine,
    StoredValue,
    StoredValueEntry,
    Tender,
    TenderKind,
    Ticket,
    TillLimit,
    TillPolicy,
)
from sales.services.stored_value_refusals import CardFull
from sales.services.till.basket import Discount, Paid, Sold, Unreceipted, Value
from sales.services.till.refusals import (
    BeyondLimit,
    PrepaidForGoods,
    RefundWay,
    TendersDiffer,
)
from tests.concurrency import run_behind
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
SALES, QUOTE, BATCH = "/api/v1/sales", "/api/v1/sales/quote", "/api/v1/sales/batch"


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))


@pytest.fixture
def ask(till):
    return tills.client(till.store)


def ticket(till, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [{"sku": "BREAD", "quantity": "1"}],
        "tenders": [{"kind": "card", "amount": "10"}],
        **more,
    }


def written():
    """Whatever a ticket writes, counted."""
    kept = (Sale, SaleLine, Tender, Ticket, Override, StoredValue, StoredValueEntry)
    return [model.objects.count() for model in kept]


def lowered(product, price, share):
    return Sold(product.pk, Decimal(1), Decimal(price), Discount("goodwill", share=Decimal(share)))


class TestPriceAndDiscountTogether:
    @pytest.mark.parametrize(
        ("price", "share", "paid"),
        [
            ("8.00", "0.376", "4.99"),  # 50.1 % off the list
            ("5.00", "0.01", "4.95"),
            ("6.00", "0.5", "3.00"),  # each by itself within 50 %
        ],
    )
    def test_are_within_the_wider_limit(self, till, bread, price, share, paid):
        before = written()
        with pytest.raises(BeyondLimit) as refused:
            tills.sell(till, [lowered(bread, price, share)], [("card", paid)], role="manager")

        assert refused.value.facts == {"limit": "discount"}
        assert written() == before == [0] * 7
        assert StockLevel.objects.get().on_hand == 100

    def test_go_to_the_limit_and_no_cent_further(self, till, bread):
        tills.sell(till, [lowered(bread, "8.00", "0.375")], [("card", "5.00")], role="manager")
        off = list(Override.objects.order_by("kind").values_list("kind", "amount"))
        assert off == [("discount", Decimal("3.000")), ("price", Decimal("2.000"))]

    def test_a_tenth_off_a_price_a_tenth_lower_is_more_than_a_tenth(self, till, bread):
        TillLimit.objects.filter(role="cashier").update(price_change=Decimal("0.1"))
        with pytest.raises(BeyondLimit):
            tills.sell(till, [lowered(bread, "9.00", "0.1")], [("card", "8.10")])
        assert written() == [0] * 7
        tills.sell(till, [(bread, 1), lowered(bread, "9.50", "0.05")], [("card", "19.02")])

    def test_the_ticket_s_own_discount_counts_too(self, till, bread):
        TillLimit.objects.filter(role="cashier").update(price_change=Decimal("0.1"))
        cheap = Sold(bread.pk, Decimal(1), Decimal("9.00"))
        tenth = Discount("goodwill", share=Decimal("0.1"))
        with pytest.raises(BeyondLimit):
            tills.sell(till, [cheap], [("card", "8.10")], discount=tenth)
        assert written() == [0] * 7

    def test_a_dearer_price_gives_no_room_for_a_discount(self, till, bread):
        with pytest.raises(BeyondLimit):
            tills.sell(till, [lowered(bread, "15.00", "0.6")], [("card", "6.00")], role="manager")
        tills.sell(till, [lowered(bread, "15.00", "0.5")], [("card", "7.50")], role="manager")
        assert Sale.objects.get().total_ttc == Decimal("7.500")

    def test_without_tax_in_the_prices(self):
        till = tills.register(store=chain.store(vat_regime="CA-QC", currency="CAD"))
        bread = tills.stocked(till, chain.product(sale_price=Decimal("10.00")))
        with pytest.raises(BeyondLimit):
            tills.sell(till, [lowered(bread, "8.00", "0.38")], [("card", "5.70")], role="manager")
        assert written() == [0] * 7
        tills.sell(till, [lowered(bread, "8.00", "0.375")], [("card", "5.75")], role="manager")


class TestAProductWithoutAPrice:
    @pytest.fixture
    def loose(self, till):
        return tills.stocked(till, chain.product(sku="LOOSE", sale_price=None))

    @pytest.mark.parametrize("line", [Sold, Unreceipted])
    def test_is_priced_by_who_may_change_prices(self, till, loose, line):
        TillLimit.objects.filter(role="cashier").update(returns_without_receipt=True)
        paid = ("card", "4.00") if line is Sold else ("store_credit", "-4.00")
        priced = line(loose.pk, Decimal(1), Decimal("4.00"))
        with pytest.raises(BeyondLimit) as refused:
            tills.sell(till, [priced], [paid])

        assert refused.value.facts == {"limit": "open_price"}
        assert written() == [0] * 7
        tills.sell(till, [priced], [paid], role="manager")
        assert "open_price" in Override.objects.values_list("kind", flat=True)

    def test_is_noted_offline(self, till, loose):
        priced = Sold(loose.pk, Decimal(1), Decimal("4.00"))
        tills.sell(till, [priced], [("card", "4.00")], offline=True)
        assert Ticket.objects.get().discrepancies == [{"kind": "beyond-limit", "of": "open_price"}]


class TestARefundInPieces:
    @pytest.fixture
    def coat(self, till):
        return tills.stocked(till, chain.product(sku="COAT", sale_price=Decimal("100.00")))

    def test_counts_all_that_came_back_of_the_ticket(self, till, coat):
        sold = tills.sell(till, [(coat, 1), (coat, 1)], [("card", "200.00")])
        tills.sell(till, [tills.back(sold.sale_id, 1, 1)], [("card", "-100.00")])
        before = written()
        second = [tills.back(sold.sale_id, 2, 1)]
        with pytest.raises(BeyondLimit) as refused:
            tills.sell(till, second, [("card", "-100.00")])

        assert refused.value.facts == {"limit": "refund"}
        assert written() == before
        tills.sell(till, second, [("card", "-100.00")], role="manager")
        other = tills.sell(till, [(coat, 1)], [("card", "100.00")])
        tills.sell(till, [tills.back(other.sale_id, 1, 1)], [("card", "-100.00")])

    def test_without_a_receipt_counts_by_cashier_and_day(self, till, coat):
        TillLimit.objects.filter(role="cashier").update(returns_without_receipt=True)
        zoe, ann = (chain.person(Role.CASHIER, stores=[till.store]).pk for _ in range(2))
        back = [Unreceipted(coat.pk, Decimal(1))]
        credit = [("store_credit", "-100.00")]
        tills.sell(till, back, credit, cashier_id=zoe)
        before = written()
        with pytest.raises(BeyondLimit):
            tills.sell(till, back, credit, cashier_id=zoe)

        assert written() == before
        tills.sell(till, back, credit, cashier_id=ann)
        tills.sell(till, back, credit)  # a key that names nobody has its register's
        with pytest.raises(BeyondLimit):
            tills.sell(till, back, credit)


@pytest.mark.django_db(transaction=True)
def test_two_stores_do_not_both_pay_the_same_cash_back():
    till = tills.register(store=chain.store(vat_regime="none"))
    elsewhere = tills.register(store=chain.store(vat_regime="none"))
    one, two = (tills.stocked(till, chain.product(sale_price=Decimal("10.00"))) for _ in range(2))
    sold = tills.sell(till, [(one, 1), (two, 1)], [("cash", "10.00"), ("card", "10.00")])
    second = run_behind(
        lambda: tills.sell(till, [tills.back(sold.sale_id, 1, 1)], [("cash", "-10.00")]),
        lambda: tills.sell(elsewhere, [tills.back(sold.sale_id, 2, 1)], [("cash", "-10.00")]),
    )

    assert isinstance(second.exception(), RefundWay)
    back = Tender.objects.filter(amount__lt=0).values_list("kind", "amount")
    assert list(back) == [("cash", Decimal("-10.000"))]
    tills.sell(elsewhere, [tills.back(sold.sale_id, 2, 1)], [("card", "-10.00")])


@pytest.mark.django_db(transaction=True)
def test_two_stores_do_not_both_pay_the_same_cash_back_over_the_api():
    till = tills.register(store=chain.store(code="A", vat_regime="none"))
    tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))
    elsewhere = tills.register(store=chain.store(code="B", vat_regime="none"))
    asks = {place: tills.client(place.store) for place in (till, elsewhere)}
    sold = asks[till].post(
        SALES,
        ticket(
            till,
            lines=[{"sku": "BREAD", "quantity": "1"}] * 2,
            tenders=[{"kind": way, "amount": "10"} for way in ("cash", "card")],
        ),
    )

    def back(place, line):
        lines = [{"returns": {"sale": sold.json()["id"], "line": line}, "quantity": "1"}]
        tenders = [{"kind": "cash", "amount": "-10"}]
        return asks[place].post(SALES, ticket(place, lines=lines, tenders=tenders))

    answers = []
    second = run_behind(lambda: answers.append(back(till, 1)), lambda: back(elsewhere, 2))
    assert answers[0].status_code == 201, answers[0].content
    refused = second.result()
    assert (refused.status_code, refused.json()["code"]) == (409, "sales/refund-way")
    assert Sale.objects.count() == 2


class TestPrepaidValue:
    @pytest.fixture
    def card(self, till):
        tills.sell(till, [Value(Decimal(100))], [("card", "100.00")])
        return StoredValue.objects.get()

    def paid(self, card, amount, kind=TenderKind.GIFT_CARD):
        return Paid(kind, Decimal(amount), "", card.code)

    def test_buys_no_gift_card(self, till, bread, card):
        before = written()
        with pytest.raises(PrepaidForGoods) as refused:
            tills.sell(till, [Value(Decimal(50)), (bread, 1)], [self.paid(card, "60.00")])

        assert refused.value.facts == {"most": "10.00"}
        card.refresh_from_db()
        assert (written(), card.balance) == (before, 100)
        with pytest.raises(PrepaidForGoods):
            tills.sell(till, [Value(Decimal(50), card.code)], [self.paid(card, "50.00")])
        tills.sell(
            till, [Value(Decimal(50)), (bread, 1)], [self.paid(card, "10.00"), ("card", "50.00")]
        )
        card.refresh_from_db()
        assert card.balance == 90

    def test_pays_no_tip(self, till, bread, card):
        TillPolicy.objects.create(store=till.store, takes_tips=True, cash_rounding=Decimal("0.05"))
        before = written()
        with pytest.raises(PrepaidForGoods):
            tills.sell(till, [(bread, 1)], [self.paid(card, "12.00")], tip=Decimal(2))
        assert written() == before
        tills.sell(
            till, [(bread, 1)], [self.paid(card, "10.00"), ("cash", "2.00")], tip=Decimal("2.02")
        )

    def test_offline_it_is_noted_and_fills_no_card(self, till, bread, card, ask):
        TillPolicy.objects.create(store=till.store, takes_tips=True)
        prepaid = [{"kind": "gift_card", "amount": "12", "code": card.code}]
        filled = [{"kind": "gift_card", "amount": "50", "code": card.code}]
        answer = ask.post(
            BATCH,
            {
                "tickets": [
                    ticket(till, tenders=prepaid, tip="2"),
                    ticket(till, lines=[{"gift_card": {"amount": "50"}}], tenders=filled),
                ]
            },
        )
        taken, refused = answer.json()["results"]
        assert taken["ticket"]["discrepancies"] == [
            {"kind": "prepaid-beyond-goods", "difference": "2.00"}
        ]
        assert (refused["status"], refused["problem"]["code"]) == (403, "sales/beyond-limit")
        card.refresh_from_db()
        assert (card.balance, StoredValue.objects.count()) == (88, 1)


@pytest.mark.parametrize("kind", ["cash", "card", "cheque", "other"])
@pytest.mark.parametrize("door", [SALES, QUOTE])
def test_only_prepaid_tenders_have_a_code(till, bread, ask, kind, door):
    tenders = [{"kind": kind, "amount": "10", "code": "9000000000000001"}]
    answer = ask.post(door, ticket(till, tenders=tenders))

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (
        422,
        "/tenders/0/code",
        "misplaced",
    )
    assert written() == [0] * 7


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [{"sku": "BREAD", "quantity": "999999999.999", "unit_price": "999999999999"}]},
        {"lines": [{"sku": "BREAD", "quantity": "1", "unit_price": "100000000000"}]},
        {"lines": [{"gift_card": {"amount": "100000000000"}}]},
        {"lines": [{"gift_card": {"amount": "60000000000"}}] * 2},
        {"tip": "100000000000"},
        {"tenders": [{"kind": "cash", "amount": "100000000000"}]},
    ],
)
def test_what_is_too_large_is_so_for_quote_and_sale(till, bread, change):
    TillPolicy.objects.create(store=till.store, takes_tips=True)
    TillLimit.objects.update(price_change=1)
    bread.unit, bread.sale_price = "kg", None if "unit_price" in str(change) else 10
    bread.save()
    ask = tills.client(till.store)
    answers = [ask.post(door, ticket(till, **change)) for door in (QUOTE, SALES)]

    for answer in answers:
        told = answer.json()
        assert (answer.status_code, told["code"]) == (422, "sales/amount-too-large")
        assert told["detail"] == (
            "No line, tender or ticket comes to €100,000,000,000.00 or more: look at its"
            " quantities."
        )
    assert written() == [0] * 7


@pytest.mark.parametrize(
    ("price", "tenders", "total", "rounding", "change"),
    [
        ("13.37", [("cash", "20.00")], "13.35", "-0.02", "6.65"),
        ("13.38", [("cash", "13.40")], "13.40", "0.02", None),
        ("13.37", [("card", "13.37")], "13.37", None, None),
        ("13.37", [("card", "10.00"), ("cash", "3.35")], "13.35", "-0.02", None),
        ("13.37", [("card", "10.02"), ("cash", "3.35")], "13.37", None, None),
        ("13.37", [("card", "10.01"), ("cash", "5.00")], "13.36", "-0.01", "1.65"),
        ("13.37", [("card", "13.35"), ("cash", "0.05")], "13.35", "-0.02", "0.05"),
        ("13.375", [("card", "3.00"), ("cheque", "3.38"), ("cash", "7.00")], "13.38", None, None),
    ],
)
def test_only_the_part_in_cash_is_rounded(price, tenders, total, rounding, change):
    till = tills.register(store=chain.store(vat_regime="none"))
    TillPolicy.objects.create(store=till.store, cash_rounding=Decimal("0.05"))
    loaf = tills.stocked(till, chain.product(sale_price=Decimal(price)))
    told = tills.sell(till, [(loaf, 1)], tenders, total=Decimal(total))

    lines = SaleLine.objects.filter(sale=told.sale_id, kind="rounding")
    assert list(lines.values_list("net_ttc", flat=True)) == (
        [Decimal(rounding)] if rounding else []
    )
    kept = list(Tender.objects.filter(sale=told.sale_id).order_by("line_no"))
    assert [(one.kind, one.amount) for one in kept] == [
        *((kind, Decimal(amount)) for kind, amount in tenders),
        *([("cash", -Decimal(change))] if change else []),
    ]
    assert sum(one.amount for one in kept) == Sale.objects.get().total_ttc == Decimal(total)


def test_of_a_refund_only_the_part_in_cash_is_rounded():
    till = tills.register(store=chain.store(vat_regime="none"))
    TillPolicy.objects.create(store=till.store, cash_rounding=Decimal("0.05"), refunds="any")
    loaf = tills.stocked(till, chain.product(sale_price=Decimal("13.37")))
    sold = tills.sell(till, [(loaf, 1)], [("card", "13.37")])
    back = [tills.back(sold.sale_id, 1, 1)]
    with pytest.raises(TendersDiffer):
        tills.sell(till, back, [("card", "-10.00"), ("cash", "-3.37")])
    assert Sale.objects.count() == 1
    told = tills.sell(till, back, [("card", "-10.00"), ("cash", "-3.35")])
    assert Sale.objects.get(pk=told.sale_id).total_ttc == Decimal("-13.350")
    assert SaleLine.objects.get(kind="rounding").net_ttc == Decimal("0.020")


class TestCodesOfCards:
    """Twenty codes of nothing, whatever the door, and the credential is answered 429."""

    @pytest.fixture
    def card(self, till):
        tills.sell(till, [Value(Decimal(100))], [("card", "100.00")])
        return StoredValue.objects.get()

    def tries(self, till, code):
        paid = [{"kind": "gift_card", "amount": "10", "code": code}]
        loaded = [{"gift_card": {"amount": "10", "code": code}}]
        return {
            "paid": (SALES, ticket(till, tenders=paid)),
            "loaded": (SALES, ticket(till, lines=loaded)),
            "back": (SALES, ticket(till, tenders=[paid[0] | {"amount": "-10"}])),
            "quoted": (QUOTE, ticket(till, lines=loaded)),
            "offline": (BATCH, {"tickets": [ticket(till, tenders=paid)]}),
        }

    @pytest.mark.parametrize("door", ["paid", "loaded", "quoted", "offline"])
    def test_are_not_found_by_trying(self, till, bread, card, ask, door):
        before = written()
        for _try in range(20):
            answer = ask.post(*self.tries(till, value_codes.made())[door])
            assert self.said(answer) == (404, "sales/unknown-value")
        assert self.said(ask.post(*self.tries(till, card.code)[door])) == (429, "rate-limited")
        for other in ("paid", "loaded", "quoted", "offline"):
            answer = ask.post(*self.tries(till, card.code)[other])
            assert self.said(answer) == (429, "rate-limited"), other
        card.refresh_from_db()
        assert (written(), card.balance) == (before, 100)
        assert ask.post(SALES, ticket(till)).status_code == 201  # nothing of a card in it

    def said(self, answer):
        told = answer.json()
        if "results" in told:
            (result,) = told["results"]
            return result["status"], result["problem"]["code"]
        return answer.status_code, told["code"]

    def test_many_at_once_in_a_batch_are_as_many_tries(self, till, bread, card, ask):
        tickets = [self.tries(till, value_codes.made())["paid"][1] for _ in range(25)]
        answer = ask.post(BATCH, {"tickets": [*tickets, self.tries(till, card.code)["paid"][1]]})
        statuses = [result["status"] for result in answer.json()["results"]]
        assert statuses == [404] * 20 + [429] * 6

    def test_that_are_right_or_mistyped_are_no_guess(self, till, bread, card, ask):
        for _try in range(25):
            mistyped = ask.post(*self.tries(till, "9000000000000000")["paid"])
            assert self.said(mistyped) == (404, "sales/unknown-value")
        for left in (90, 80):
            assert ask.post(*self.tries(till, card.code)["paid"]).status_code == 201
            card.refresh_from_db()
            assert card.balance == left


class TestTheMostOnACard:
    @pytest.fixture
    def capped(self, till):
        TillPolicy.objects.create(store=till.store, most_on_a_card=Decimal(50))
        return till

    def load(self, till, card, amount):
        return tills.sell(till, [Value(Decimal(amount), card.code)], [("card", amount)])

    def test_is_what_the_store_says(self, capped, bread):
        with pytest.raises(CardFull) as refused:
            tills.sell(capped, [Value(Decimal("50.01")), (bread, 1)], [("card", "60.01")])

        assert refused.value.facts == {"most": "50.000", "currency": "EUR"}
        assert written() == [0] * 7
        assert StockLevel.objects.get().on_hand == 100
        tills.sell(capped, [Value(Decimal(50))], [("card", "50.00")])
        card = StoredValue.objects.get()
        with pytest.raises(CardFull):
            self.load(capped, card, "0.01")
        card.refresh_from_db()
        assert (card.balance, StoredValueEntry.objects.count()) == (50, 1)

    def test_holds_at_every_door(self, capped):
        ask = tills.client(capped.store, scopes=("stored-value:read", "stored-value:write"))
        body = {"store": "PARIS", "kind": "gift_card", "currency": "EUR"}
        refused = ask.post("/api/v1/stored-value", body | {"amount": "51"})
        assert (refused.status_code, refused.json()["code"]) == (422, "sales/card-full")
        assert written() == [0] * 7
        credit = body | {"kind": "store_credit", "amount": "51"}
        assert ask.post("/api/v1/stored-value", credit).status_code == 201

    def test_takes_nothing_from_who_gets_money_back(self, capped, bread):
        tills.sell(capped, [Value(Decimal(50))], [("card", "50.00")])
        card = StoredValue.objects.get()
        sold = tills.sell(
            capped, [(bread, 3)], [Paid(TenderKind.GIFT_CARD, Decimal(30), "", card.code)]
        )
        self.load(capped, card, "30.00")
        back = [Paid(TenderKind.GIFT_CARD, Decimal(-30), "", card.code)]
        tills.sell(capped, [tills.back(sold.sale_id, 1, 3)], back)
        card.refresh_from_db()
        assert card.balance == 80


@pytest.mark.django_db(transaction=True)
def test_two_tills_do_not_both_fill_a_card():
    till, other = (tills.register(store=chain.store(vat_regime="none")) for _ in range(2))
    for place in (till, other):
        TillPolicy.objects.create(store=place.store, most_on_a_card=Decimal(50))
    tills.sell(till, [Value(Decimal(10))], [("card", "10.00")])
    card = StoredValue.objects.get()

    def load(place):
        return tills.sell(place, [Value(Decimal(30), card.code)], [("card", "30.00")])

    second = run_behind(lambda: load(till), lambda: load(other))
    assert isinstance(second.exception(), CardFull)
    card.refresh_from_db()
    assert (card.balance, Sale.objects.count()) == (40, 2)


@pytest.mark.django_db(transaction=True)
def test_two_tills_at_once_do_not_both_spend_a_cashier_s_limit():
    """Without a receipt the limit is of a cashier and a day, and so nobody takes back beside."""
    here = tills.register(store=chain.store(vat_regime="none"))
    beside = tills.register(store=here.store, code="T2")
    coat = tills.stocked(here, chain.product(sale_price=Decimal("100.00")))
    TillLimit.objects.filter(role="cashier").update(returns_without_receipt=True)
    zoe = chain.person(Role.CASHIER, stores=[here.store]).pk
    back, credit = [Unreceipted(coat.pk, Decimal(1))], [("store_credit", "-100.00")]
    second = run_behind(
        lambda: tills.sell(here, back, credit, cashier_id=zoe),
        lambda: tills.sell(beside, back, credit, cashier_id=zoe),
    )

    assert isinstance(second.exception(), BeyondLimit)
    assert SaleLine.objects.filter(quantity__lt=0).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_that_sends_two_at_once_does_not_spend_its_register_s_limit_twice():
    till = tills.register(store=chain.store(vat_regime="none"))
    coat = tills.stocked(till, chain.product(sku="COAT", sale_price=Decimal("100.00")))
    TillLimit.objects.filter(role="cashier").update(returns_without_receipt=True)
    ask = tills.client(till.store)
    said = {
        "uuid": str(uuid.uuid4()), "register": till.pk,
        "lines": [{"sku": "COAT", "quantity": 1, "unreceipted": True}],
        "tenders": [{"kind": "store_credit", "amount": "-100"}],
    }  # fmt: skip
    second = run_behind(
        lambda: tills.sell(till, [Unreceipted(coat.pk, Decimal(1))], [("store_credit", "-100")]),
        lambda: ask.post("/api/v1/sales", said),
    )

    assert second.result().json()["code"] == BeyondLimit.code
    assert SaleLine.objects.filter(quantity__lt=0).count() == 1
