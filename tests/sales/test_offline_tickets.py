"""What was sold offline is booked and told; what cannot be booked waits until it is settled."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone, translation

from epm.access.models import Role
from epm.platform.models import StateChange
from epm.platform.transitions import InvalidTransition, ReasonMissing
from inventory.models import StockLevel
from sales.admin.discrepancy_words import all_told
from sales.models import (
    Closing,
    Override,
    RefusedTicket,
    Sale,
    SaleLine,
    StoredValue,
    Tender,
    Ticket,
)
from sales.services import period_closings, sessions, stored_value
from sales.services.till import refused
from sales.services.till.basket import Value
from sales.services.till.refusals import (
    BeyondLimit,
    TicketUnreadable,
)
from sales.states import REFUSED_TICKET
from tests.concurrency import run_behind
from tests.factories import chain, tills
from tests.factories.doctor import broken_laws
from tests.inventory import machines

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/sales/batch"
PAGE = "/admin/sales/refusedticket/"


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))


@pytest.fixture
def ask(till):
    return tills.client(till.store)


@pytest.fixture
def manager(till):
    return chain.person(Role.MANAGER, stores=[till.store])


@pytest.fixture
def office(manager):
    return chain.signed_in(manager)


def ticket(till, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [{"sku": "BREAD", "quantity": "1"}],
        "tenders": [{"kind": "card", "amount": "10"}],
        **more,
    }


def brought(ask, *tickets, **more):
    answer = ask.post(BATCH, {"tickets": list(tickets), **more})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def cashed(till, amount, **more):
    return ticket(till, tenders=[{"kind": "cash", "amount": amount}], **more)


def waiting():
    return RefusedTicket.objects.get(state="waiting")


def booked(kept, by, *, without_cards=False):
    with transaction.atomic():
        locked = RefusedTicket.objects.select_for_update().get(pk=kept.pk)
        return refused.book(
            refused=locked, by=by, without_cards=without_cards, now=timezone.now()
        )  # fmt: skip


def ledger():
    return (Sale.objects.count(), SaleLine.objects.count(), Tender.objects.count())


class TestIsBookedAndTold:
    def test_without_a_customer_reason_or_cashier_that_is_none(self, till, bread, ask):
        gone = chain.person(Role.CASHIER, stores=[chain.store()])
        line = {"sku": "BREAD", "quantity": "1", "discount": {"share": "0.1", "reason": "whim"}}
        said = ticket(
            till, lines=[line], tenders=[{"kind": "card", "amount": "9"}], customer="NOBODY",
            cashier=gone.username,
        )  # fmt: skip
        (taken,) = brought(ask, said)

        assert taken["status"] == 201
        assert taken["ticket"]["discrepancies"] == [
            {"kind": "cashier-unknown", "of": gone.username},
            {"kind": "customer-unknown", "of": "NOBODY"},
            {"kind": "reason-unknown", "of": "whim"},
        ]
        sale = Sale.objects.get()
        assert (sale.customer, sale.cashier, sale.total_ttc) == (None, None, 9)
        assert Override.objects.values_list("reason", "amount").get() == (None, 1)
        assert ask.post("/api/v1/sales", said | {"uuid": str(uuid.uuid4())}).status_code == 422
        assert (Sale.objects.count(), RefusedTicket.objects.count()) == (1, 0)

    def test_with_a_tip_where_none_is_taken(self, till, bread, ask):
        (taken,) = brought(
            ask, ticket(till, tip="2", tenders=[{"kind": "card", "amount": "12"}])
        )  # fmt: skip
        assert taken["ticket"]["total_ttc"] == "12.00"
        assert taken["ticket"]["discrepancies"] == [{"kind": "tip-not-taken"}]

    def test_with_a_discount_of_more_than_the_goods(self, till, bread, ask):
        line = {"sku": "BREAD", "quantity": "1", "discount": {"amount": "12", "reason": "staff"}}
        (taken,) = brought(ask, ticket(till, lines=[line], tenders=[], total="0"))
        assert taken["ticket"]["total_ttc"] == "0.00"
        assert taken["ticket"]["discrepancies"] == [
            {"kind": "discount-too-large", "difference": "2.00"},
            {"kind": "beyond-limit", "of": "discount"},
        ]

    def test_with_more_back_than_was_sold(self, till, bread, ask):
        discount = {"amount": "2", "reason": "staff"}
        sold = ask.post(
            "/api/v1/sales",
            ticket(
                till,
                lines=[{"sku": "BREAD", "quantity": "2", "discount": discount}],
                tenders=[{"kind": "cash", "amount": "18"}],
            ),
        ).json()  # fmt: skip
        back = {"returns": {"sale": sold["id"], "line": 1}, "quantity": "3"}
        (taken,) = brought(ask, cashed(till, "-27", lines=[back]))

        assert taken["status"] == 201, taken
        assert [
            (line["line_no"], line["quantity"], line["net_ttc"], line["vat"])
            for line in taken["ticket"]["lines"]
        ] == [(1, "-2.00", "-18.00", "-3.00"), (2, "-1.00", "-9.00", "-1.50")]
        assert taken["ticket"]["discrepancies"] == [
            {"kind": "more-than-sold", "of": "BREAD", "difference": "1"},
            {"kind": "beyond-limit", "of": "price_change"},
            {"kind": "beyond-limit", "of": "returns_without_receipt"},
            {"kind": "refund-way", "of": "cash"},
        ]
        assert StockLevel.objects.get().on_hand == 101
        again = brought(ask, cashed(till, "-9", lines=[back | {"quantity": "1"}]))
        assert again[0]["ticket"]["total_ttc"] == "-9.00"
        assert SaleLine.objects.filter(origin_line_id__isnull=False).count() == 1
        online = ask.post("/api/v1/sales", cashed(till, "-9", lines=[back | {"quantity": "1"}]))
        assert (online.status_code, online.json()["code"]) == (409, "sales/more-than-sold")
        assert broken_laws() == []

    def test_who_went_beyond_the_limit_is_named(self, till, bread, ask, office):
        zoe = chain.person(Role.CASHIER, stores=[till.store])
        zoe.username = "zoe"
        zoe.save()
        half = {"sku": "BREAD", "quantity": "1", "discount": {"share": "0.5", "reason": "staff"}}
        paid = {"lines": [half], "tenders": [{"kind": "card", "amount": "5"}]}
        brought(ask, ticket(till, **paid), ticket(till, **paid, cashier="zoe"))

        assert list(Ticket.objects.order_by("number").values_list("sent_by", flat=True)) == [
            "key till",
            "key till",
        ]
        page = office.get("/admin/sales/ticket/").content.decode()
        assert page.count("beyond the cashier&#x27;s limit: discount") == 2
        assert ("key till" in page, "zoe" in page) == (True, True)
        by_key = office.get("/admin/sales/ticket/?q=key till").content.decode()
        assert ("T1-00000001" in by_key, "T1-00000002" in by_key) == (True, True)
        hers = office.get("/admin/sales/ticket/?q=zoe").content.decode()
        assert ("T1-00000001" in hers, "T1-00000002" in hers) == (False, True)
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[till.store]))
        hidden = analyst.get("/admin/sales/ticket/").content.decode()
        assert ("key till" in hidden, "zoe" in hidden) == (False, False)
        assert "T1-00000002" in hidden

    def test_a_key_that_names_nobody_served_itself(self, till, bread, ask, office):
        told = ask.post("/api/v1/sales", ticket(till)).json()
        sale = Sale.objects.get()
        assert (sale.cashier, sale.ticket.sent_by) == (None, "key till")
        page = office.get(f"/admin/sales/sale/{told['id']}/change/").content.decode()
        assert "key till" in page
        found = office.get("/api/v1/tickets").json()["results"][0]
        assert (found["cashier"], found["sent_by"]) == (None, "key till")


def test_a_difference_is_told_as_the_language_writes_it():
    with translation.override("fr"):
        assert all_told([{"kind": "total", "difference": "1234.50"}], people=True).startswith(
            "1\N{NO-BREAK SPACE}234,50 "
        )


class TestHowOldItMayBe:
    @pytest.mark.parametrize(
        ("told", "shown"),
        [("2020-01-05T10:00:00Z", "5 Jan 2020, 11:00 CET"), ("yesterday", "yesterday")],
    )
    def test_its_page_says_when_it_was_sold(self, till, ask, office, told, shown):
        brought(ask, ticket(till, sold_at=told))

        page = office.get(f"{PAGE}{waiting().pk}/change/").content.decode()

        assert f">{shown}<" in "".join(page.split("  ")).replace("\n", "")

    def test_thirty_one_days_by_a_clock_put_right(self, till, bread, ask, settings):
        now = timezone.now()
        old, young = (now - timedelta(days=31, minutes=minutes) for minutes in (5, -5))
        stale = ticket(till, sold_at=old.isoformat())
        refused_, taken = brought(ask, stale, ticket(till, sold_at=young.isoformat()))

        assert (refused_["status"], refused_["problem"]["code"]) == (422, "sales/ticket-too-old")
        assert (refused_["problem"]["days"], refused_["kept"]) == (31, True)
        assert (taken["status"], Sale.objects.count()) == (201, 1)
        (right,) = brought(ask, stale, clock=(now - timedelta(days=10)).isoformat())
        assert right["status"] == 201
        assert RefusedTicket.objects.get().state == "booked"
        settings.EPM_OFFLINE_DAYS = 40
        (taken,) = brought(ask, ticket(till, sold_at=old.isoformat()))
        assert taken["status"] == 201

    def test_a_known_one_is_known_however_old(self, till, bread, ask, time_machine):
        said = ticket(till, sold_at=timezone.now().isoformat())
        first = brought(ask, said)[0]["ticket"]
        time_machine.move_to(timezone.now() + timedelta(days=100))
        (again,) = brought(ask, said)
        assert (again["status"], again["ticket"]) == (200, first)

    def test_a_manager_books_it_and_no_closing_is_disturbed(
        self, till, bread, ask, manager, time_machine
    ):
        time_machine.move_to(datetime(2026, 1, 2, 12, tzinfo=UTC))
        till.chain.refresh_from_db()
        sessions.close(
            session_id=till.chain.session_id, counted={}, by=None, now=timezone.now()
        )  # fmt: skip
        late = datetime(2026, 1, 1, 12, tzinfo=UTC)
        sessions.open_session(
            register_id=till.pk, opening_float=Decimal(0), by=None, now=timezone.now()
        )
        ask.post("/api/v1/sales", ticket(till))
        till.chain.refresh_from_db()
        sessions.close(session_id=till.chain.session_id, counted={}, by=None, now=timezone.now())
        time_machine.move_to(datetime(2027, 1, 5, 12, tzinfo=UTC))
        period_closings.close_periods(now=timezone.now())
        closed = list(Closing.objects.order_by("pk").values())
        kinds = [closing["kind"] for closing in closed]
        assert {"day", "month", "year"} <= set(kinds)

        (outcome,) = brought(ask, ticket(till, sold_at=late.isoformat()))
        assert outcome["problem"]["code"] == "sales/ticket-too-old"
        recorded = booked(waiting(), manager)
        sale = Sale.objects.get(pk=recorded.sale_id)
        assert (recorded.is_late, sale.business_date) == (True, late.date())
        assert list(Closing.objects.order_by("pk").values()) == closed

        session = sessions.open_session(
            register_id=till.pk, opening_float=Decimal(0), by=None, now=timezone.now()
        )
        sessions.close(session_id=session.pk, counted={}, by=None, now=timezone.now())
        time_machine.move_to(datetime(2028, 1, 5, 12, tzinfo=UTC))
        period_closings.close_periods(now=timezone.now())
        years = Closing.objects.filter(kind="year").order_by("number")
        assert [(year.first_day.year, year.total_ttc, year.late_tickets) for year in years] == [
            (2026, 10, 0),
            (2027, 10, 1),
        ]
        assert list(Closing.objects.order_by("pk").values())[: len(closed)] == closed
        assert broken_laws() == []


class TestWaits:
    def test_until_the_product_is_made_and_the_till_asks_again(self, till, bread, ask, office):
        said = ticket(till, lines=[{"sku": "NEW", "quantity": "1", "unit_price": "10.00"}])
        (outcome,) = brought(ask, said)

        assert (outcome["status"], outcome["kept"]) == (422, True)
        assert outcome["problem"]["errors"][0]["pointer"] == "/lines/0/sku"
        kept = waiting()
        assert (str(kept.uuid), kept.store, kept.register, kept.sent_by, kept.tries) == (
            said["uuid"],
            till.store,
            till,
            "key till",
            1,
        )
        assert ledger() == (0, 0, 0)
        page = office.get(PAGE).content.decode()
        assert "“NEW”: Nothing has this name." in page
        assert "1 offline ticket was not taken" in office.get("/admin/").content.decode()
        brought(ask, said)
        assert waiting().tries == 2

        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("10.00")))
        (taken,) = brought(ask, said)
        assert (taken["status"], taken["ticket"]["discrepancies"]) == (201, None)
        kept = RefusedTicket.objects.get()
        assert (kept.state, str(kept.sale_id)) == ("booked", taken["ticket"]["id"])
        assert "to be settled" not in office.get("/admin/").content.decode()
        (again,) = brought(ask, said)
        assert (again["status"], Sale.objects.count()) == (200, 1)

    def test_with_what_was_said_first(self, till, bread, ask, office):
        said = ticket(
            till,
            lines=[{"sku": "NEW", "quantity": "50", "unit_price": "10.00"}],
            tenders=[{"kind": "cash", "amount": "500"}],
        )
        brought(ask, said)
        brought(ask, said | {"lines": [{"sku": "NONE", "quantity": "1"}]})
        brought(ask, said | {"lines": "none"})
        kept = waiting()
        assert (kept.body["lines"], kept.tries) == (said["lines"], 3)
        assert kept.problem["errors"][0]["pointer"] == "/lines/0/sku"

        less = ticket(till, uuid=said["uuid"])
        (taken,) = brought(ask, less)
        assert (taken["status"], taken["ticket"]["total_ttc"]) == (201, "10.00")
        assert taken["ticket"]["discrepancies"] == [{"kind": "content-changed"}]
        kept = RefusedTicket.objects.get()
        assert (kept.state, kept.body["lines"]) == ("booked", said["lines"])
        listed = office.get("/admin/sales/ticket/").content.decode()
        assert "first sent with another content" in listed

    def test_until_a_manager_books_it(self, till, bread, ask, office, manager):
        said = ticket(till, lines=[{"sku": "NEW", "quantity": 2}], total=10)
        brought(ask, said)
        kept = waiting()
        with pytest.raises(TicketUnreadable):
            booked(kept, manager)
        assert (ledger(), waiting().pk) == ((0, 0, 0), kept.pk)

        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("5.00")))
        step = f"{PAGE}{kept.pk}/step/book/"
        form = office.get(step).context["asked"].form
        sent = {name: form[name].value() for name in ("key", "version")}
        assert office.post(step, sent).status_code == 302
        sale = Sale.objects.get()
        assert (sale.total_ttc, sale.ticket.sent_by, sale.ticket.is_offline) == (
            10,
            manager.username,
            True,
        )
        kept.refresh_from_db()
        assert (kept.state, kept.sale_id) == ("booked", sale.pk)
        change = StateChange.objects.get(subject="sales_refusedticket")
        assert (change.actor, change.event) == (manager.username, "book")
        assert str(sale.pk) in office.get(f"{PAGE}{kept.pk}/change/").content.decode()
        (again,) = brought(ask, said)
        assert (again["status"], again["ticket"]["id"]) == (200, str(sale.pk))

    def test_dismissed_it_never_comes_again(self, till, bread, ask, office):
        said = ticket(till, lines=[{"sku": "NEW", "quantity": "1"}])
        brought(ask, said)
        kept = waiting()
        with pytest.raises(ReasonMissing):
            refused.dismiss(refused=kept, reason=" ")
        step = f"{PAGE}{kept.pk}/step/dismiss/"
        form = office.get(step).context["asked"].form
        sent = {name: form[name].value() for name in ("key", "version")}
        assert office.post(step, sent | {"reason": "sold again by hand"}).status_code == 302

        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("10.00")))
        (outcome,) = brought(ask, said)
        assert (outcome["status"], outcome["problem"]["code"]) == (409, "sales/ticket-dismissed")
        assert "kept" not in outcome
        assert (ledger(), RefusedTicket.objects.get().state) == ((0, 0, 0), "dismissed")

    def test_for_a_card_that_cannot_pay(self, till, bread, ask, manager):
        tills.sell(till, [Value(Decimal(50))], [("card", "50.00")])
        card = StoredValue.objects.get()
        stored_value.block(account_id=card.pk)
        before = ledger()
        paid = [{"kind": "gift_card", "amount": "10", "code": card.code}]
        (outcome,) = brought(ask, ticket(till, tenders=paid))

        assert (outcome["problem"]["code"], outcome["kept"]) == ("sales/value-blocked", True)
        kept = waiting()
        with pytest.raises(Exception, match="blocked"):
            booked(kept, manager)
        assert (ledger(), waiting().pk) == (before, kept.pk)
        recorded = booked(kept, manager, without_cards=True)
        tender = Tender.objects.get(sale=recorded.sale_id)
        assert (tender.kind, tender.amount, tender.reference) == (
            "other",
            10,
            f"…{card.code[-4:]}",
        )
        told = Ticket.objects.get(pk=recorded.sale_id).discrepancies
        assert told == [{"kind": "card-not-paid", "of": f"…{card.code[-4:]}", "difference": "10"}]
        card.refresh_from_db()
        assert card.balance == 50
        assert broken_laws() == []

    def test_no_card_is_made_by_booking(self, till, bread, ask, manager):
        said = ticket(till, lines=[{"gift_card": {"amount": "50"}}], tenders=[])
        (outcome,) = brought(ask, said)
        assert (outcome["status"], outcome["kept"]) == (403, True)
        with pytest.raises(BeyondLimit):
            booked(waiting(), manager)
        assert (ledger(), StoredValue.objects.count()) == ((0, 0, 0), 0)

    def test_what_was_paid_is_booked_whatever_it_says_it_came_to(self, till, bread, ask, manager):
        odd = ticket(till, total="12")
        mixed = ticket(
            till,
            tenders=[{"kind": "card", "amount": "15"}, {"kind": "cash", "amount": "-5"}],
        )
        for said, code in ((odd, "sales/total-differs"), (mixed, "sales/tenders-differ")):
            (outcome,) = brought(ask, said)
            assert (outcome["problem"]["code"], outcome["kept"]) == (code, True)
            recorded = booked(waiting(), manager)
            assert Sale.objects.get(pk=recorded.sale_id).total_ttc == 10
        assert broken_laws() == []

    def test_it_is_booked_as_the_till_s_clock_was_put_right(self, till, bread, ask, manager):
        now = timezone.now()
        wrong = now + timedelta(days=3)
        said = ticket(
            till, lines=[{"sku": "NEW", "quantity": "1"}],
            sold_at=(wrong - timedelta(hours=1)).isoformat(),
        )  # fmt: skip
        brought(ask, said, clock=wrong.isoformat())
        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("10.00")))
        recorded = booked(waiting(), manager)
        sold_at = Sale.objects.get(pk=recorded.sale_id).sold_at
        assert abs(sold_at - (now - timedelta(hours=1))) < timedelta(seconds=30)

    def test_the_cashier_who_sent_it_served(self, till, bread, manager):
        zoe = chain.person(Role.CASHIER, stores=[till.store])
        brought(
            tills.Client(chain.signed_in(zoe)), ticket(till, lines=[{"sku": "NEW", "quantity": 1}])
        )
        assert (waiting().cashier, waiting().sent_by) == (zoe, zoe.username)
        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("10.00")))
        recorded = booked(waiting(), manager)
        assert Sale.objects.get(pk=recorded.sale_id).cashier == zoe


class TestWhatIsKept:
    def test_no_number_of_a_payment_card(self, till, bread, ask, office):
        number = "4111111111111111"
        tenders = [{"kind": "card", "amount": "10", "reference": number}]
        (noted,) = brought(ask, ticket(till, tenders=tenders))
        (named,) = brought(ask, ticket(till, **{number: 1}))
        assert (noted["kept"], named["kept"]) == (True, True)
        kept = list(RefusedTicket.objects.values("body", "problem"))
        assert kept == [{"body": None, "problem": {"code": "validation-error"}}] * 2
        assert number not in office.get(PAGE).content.decode()
        with pytest.raises(TicketUnreadable):
            booked(RefusedTicket.objects.first(), chain.person(Role.DIRECTOR, whole_chain=True))

    def test_codes_of_cards_are_shown_to_nobody(self, till, bread, ask, office):
        tills.sell(till, [Value(Decimal(5))], [("card", "5.00")])
        code = StoredValue.objects.get().code
        brought(ask, ticket(till, tenders=[{"kind": "gift_card", "amount": "10", "code": code}]))
        page = office.get(f"{PAGE}{waiting().pk}/change/").content.decode()
        assert (code in page, f"•••• {code[-4:]}" in page) == (False, True)
        files = office.get(f"{PAGE}export/?format=csv")
        assert code not in files.content.decode()

    def test_nothing_of_a_register_out_of_sight_or_without_a_name(self, till, bread, ask):
        foreign = tills.register(store=chain.store(code="ROME", vat_regime="FR"))
        outcomes = brought(
            ask, ticket(foreign), ticket(till, register=10**9), ticket(till, uuid="mine"),
            ticket(till, register="1"),
        )  # fmt: skip
        assert [(one["status"], one.get("kept")) for one in outcomes] == [
            (422, False), (422, False), (422, None), (422, None),
        ]  # fmt: skip
        assert RefusedTicket.objects.count() == 0

    def test_a_foreign_ticket_of_the_same_name_is_another(self, till, bread, ask):
        said = ticket(till, lines=[{"sku": "NEW", "quantity": "1"}])
        brought(ask, said)
        elsewhere = tills.register(store=chain.store(code="ROME", vat_regime="FR"))
        theirs = tills.client(elsewhere.store)
        brought(theirs, said | {"register": elsewhere.pk})
        assert list(RefusedTicket.objects.order_by("pk").values_list("store__code", "tries")) == [
            ("PARIS", 1),
            ("ROME", 1),
        ]

    def test_online_nothing_is_kept(self, till, bread, ask):
        answer = ask.post("/api/v1/sales", ticket(till, lines=[{"sku": "NEW", "quantity": "1"}]))
        assert (answer.status_code, RefusedTicket.objects.count()) == (422, 0)

    def test_who_may_settle_it(self, till, bread, ask):
        brought(ask, ticket(till, lines=[{"sku": "NEW", "quantity": "1"}]))
        kept = waiting()
        for person, there in (
            (chain.person(Role.CASHIER, stores=[till.store]), 403),
            (chain.person(Role.ANALYST, stores=[till.store]), 403),
            (chain.person(Role.MANAGER, stores=[chain.store()]), 404),
        ):
            client = chain.signed_in(person)
            for path in (f"{PAGE}{kept.pk}/change/", f"{PAGE}{kept.pk}/step/book/"):
                assert client.get(path).status_code == there, (person.role, path)
        assert waiting().pk == kept.pk


def made_in(till, state):
    kept = RefusedTicket.objects.create(
        store=till.store, register=till, uuid=uuid.uuid4(), digest=b"", sent_by="key till",
        came_at=timezone.now(), problem={"code": "x"},
    )  # fmt: skip
    return machines.walked(REFUSED_TICKET, kept, to=state)


@pytest.mark.parametrize(("state", "event"), machines.pairs(REFUSED_TICKET))
def test_every_pair_of_state_and_event(till, state, event):
    machines.check_pair(REFUSED_TICKET, made_in(till, state), event)


def test_the_database_knows_the_same_machine(till):
    machines.check_trigger(REFUSED_TICKET, RefusedTicket)
    machines.check_no_other_way(
        REFUSED_TICKET, {state: made_in(till, state) for state in REFUSED_TICKET.states}
    )


class TestAtOnce:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def kept(self, till, bread, ask, manager):
        said = ticket(till, lines=[{"sku": "NEW", "quantity": "1"}])
        brought(ask, said)
        tills.stocked(till, chain.product(sku="NEW", sale_price=Decimal("10.00")))
        return waiting(), said

    def test_the_manager_books_while_the_till_brings_it(self, kept, ask, manager):
        row, said = kept
        second = run_behind(lambda: booked(row, manager), lambda: brought(ask, said))
        (outcome,) = second.result()
        assert (outcome["status"], Sale.objects.count()) == (200, 1)
        assert RefusedTicket.objects.get().state == "booked"

    def test_the_manager_dismisses_while_the_till_brings_it(self, kept, ask):
        row, said = kept

        def dismiss():
            locked = RefusedTicket.objects.select_for_update().get(pk=row.pk)
            refused.dismiss(refused=locked, reason="by hand")

        second = run_behind(dismiss, lambda: brought(ask, said))
        (outcome,) = second.result()
        assert (outcome["status"], Sale.objects.count()) == (409, 0)

    def test_two_managers_book_it(self, kept, manager):
        row, _said = kept
        second = run_behind(lambda: booked(row, manager), lambda: booked(row, manager))
        assert isinstance(second.exception(), InvalidTransition)
        assert Sale.objects.count() == 1
