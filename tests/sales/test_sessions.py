"""Sessions of a register: exact figures, late tickets, what is refused, what is recovered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from epm.platform.transitions import InvalidTransition, ReasonMissing
from sales.models import Closing, DrawerMovement, RegisterChain, RegisterSession
from sales.selectors.session_figures import cash_in_drawer, figures_of
from sales.services import sessions
from sales.services.session_refusals import (
    AmountNotInCurrency,
    LateSession,
    MoreThanInDrawer,
    NoOpenSession,
    NoSuchSession,
    RegisterOutOfUse,
    SessionAlreadyOpen,
)
from sales.tasks import finish_closings
from tests.factories import chain, tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
EVENING = NOON + timedelta(hours=8)


@pytest.fixture
def till():
    return tickets.register()


def counted(**amounts):
    return {kind: Decimal(amount) for kind, amount in amounts.items()}


def closed(session, *, now=EVENING, by=None, note="", **amounts):
    return sessions.close(
        session_id=session.pk, counted=counted(**amounts), by=by, now=now, note=note
    )


def z_of(session):
    return Closing.objects.get(session=session)


def broken(monkeypatch):
    """Whatever makes the figures fails."""

    def fail(*_args, **_how):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sessions.session_figures, "figures_of", fail)


def a_day(till):
    """Four tickets: cash with change, by card at two rates, a return, a tip."""
    session = tickets.opened(till, opening_float=100)
    tickets.ticket(till, "12.00", tenders=[("cash", "20.00"), ("cash", "-8.00")])
    tickets.ticket(
        till,
        {"net_ttc": "24.00", "discount_manual": "6.00"},
        {"net_ttc": "10.55", "tax_rate": "0.055", "discount_loyalty": "1.00"},
        tenders=[("card", "34.55")],
    )
    tickets.ticket(till, "-6.00")
    tickets.ticket(
        till, "6.00", {"net_ttc": "1.00", "kind": "tip", "tax_rate": "0"}, tenders=[("cheque", "7")]
    )
    sessions.pay_in(
        session_id=session.pk, amount=Decimal("50.00"), reason="coins", by=None, now=NOON
    )
    sessions.pay_out(
        session_id=session.pk, amount=Decimal("20.50"), reason="milk", by=None, now=NOON
    )
    sessions.no_sale(session_id=session.pk, reason="change", by=None, now=NOON)
    return session


class TestExactFigures:
    def test_of_a_day(self, till):
        session = a_day(till)
        boss = chain.person()

        session = closed(
            session, by=boss, note="a coin of 5 cent missing", cash="135.45", card="34.55"
        )

        z = z_of(session)
        assert (session.state, session.closed_at, session.counted_by) == ("closed", EVENING, boss)
        assert (session.last_number, session.closing_failed) == (4, "")
        assert session.count_note == "a coin of 5 cent missing"
        assert (z.kind, z.number, z.first_number, z.last_number) == ("session", 1, 1, 4)
        assert (z.tickets, z.late_tickets) == (4, 0)
        assert (z.sales_ttc, z.returns_ttc, z.total_ttc) == (
            Decimal("53.55"),
            Decimal("6.00"),
            Decimal("47.55"),
        )
        assert (z.total_ht, z.total_vat) == (Decimal("41.00"), Decimal("6.55"))
        assert z.grand_total == Decimal("47.55")
        assert (z.first_day, z.last_day) == (NOON.date(), NOON.date())
        assert z.totals == {
            "taxes": [
                {"tax": "VAT", "rate": "0", "base": "1.00", "amount": "0.00"},
                {"tax": "VAT", "rate": "0.055", "base": "10.00", "amount": "0.55"},
                {"tax": "VAT", "rate": "0.2", "base": "30.00", "amount": "6.00"},
            ],
            "tenders": {"card": "34.55", "cash": "6.00", "cheque": "7.00"},
            "late": {"total_ttc": "0.00", "tenders": {}},
            "discounts": {"shelf": "0.00", "loyalty": "1.00", "coupon": "0.00", "manual": "6.00"},
            "drawer": {"float": "100.00", "pay_in": "50.00", "pay_out": "-20.50", "no_sale": 1},
            "expected": {"cash": "135.50", "card": "34.55", "cheque": "7.00"},
            "counted": {"cash": "135.45", "card": "34.55"},
            "variance": {"card": "0.00", "cash": "-0.05", "cheque": None},
        }

    def test_an_x_report_says_the_same_and_keeps_nothing(self, till):
        session = a_day(till)
        x = figures_of(session, last_number=4)

        z = z_of(closed(session, cash="135.50"))

        assert x.totals.items() <= z.totals.items()
        assert (x.total_ttc, x.tickets, x.first_number) == (Decimal("47.55"), 4, 1)

    def test_of_nothing(self, till):
        z = z_of(closed(tickets.opened(till), cash="0"))

        assert (z.tickets, z.first_number, z.last_number, z.grand_total) == (0, 1, 0, 0)
        assert z.totals["variance"] == {"cash": "0.00"}
        assert z.totals["discounts"]["shelf"] == "0.00"

    def test_in_a_currency_without_decimals(self):
        till = tickets.register(chain.store(currency="JPY"))
        session = tickets.opened(till, opening_float=10_000)
        tickets.ticket(till, {"net_ttc": "1200", "tax_rate": "0"})

        z = z_of(closed(session, cash="11200"))

        assert z.totals["expected"] == {"cash": "11200"}
        assert z.totals["variance"] == {"cash": "0"}

    def test_of_a_count_nobody_made(self, till):
        z = z_of(closed(tickets.opened(till, opening_float=5)))

        assert (z.totals["counted"], z.totals["variance"]) == ({}, {"cash": None})

    def test_of_a_second_session_go_on_from_the_first(self, till):
        first = tickets.opened(till)
        tickets.ticket(till, "12.00")
        one = z_of(closed(first, cash="12"))
        second = tickets.opened(till, at=EVENING)
        tickets.ticket(till, "6.00", at=EVENING)
        tickets.ticket(till, "1.20", at=EVENING)

        two = z_of(closed(second, now=EVENING + timedelta(hours=1), cash="7.20"))

        assert (two.number, two.first_number, two.last_number) == (2, 2, 3)
        assert (two.total_ttc, two.grand_total) == (Decimal("7.20"), Decimal("19.20"))
        assert bytes(two.previous_hash) == bytes(one.hash)
        assert (bytes(one.previous_hash), len(bytes(one.hash))) == (b"", 32)

    def test_drawer_money_is_known_while_it_is_open(self, till):
        assert cash_in_drawer(a_day(till)) == Decimal("135.50")


class TestLateTickets:
    def test_are_in_the_next_z_apart_and_close_their_session(self, till):
        closed(tickets.opened(till, opening_float=10), cash="10")
        tickets.ticket(till, "12.00", at=NOON, offline=True)
        tickets.ticket(till, "2.40", at=NOON, offline=True, tenders=[("card", "2.40")])
        next_day = NOON + timedelta(days=1)
        session = tickets.opened(till, at=next_day, opening_float=10)
        tickets.ticket(till, "6.00", at=next_day)
        tickets.ticket(till, "1.20", at=NOON, offline=True)
        late = RegisterSession.objects.get(is_late=True)
        assert (late.state, late.business_date, late.tickets.count()) == ("open", NOON.date(), 3)

        z = z_of(closed(session, now=next_day + timedelta(hours=9), cash="16"))

        late.refresh_from_db()
        assert (late.state, late.closed_at) == ("closed", next_day + timedelta(hours=9))
        assert not Closing.objects.filter(session=late).exists()
        assert (z.tickets, z.late_tickets, z.total_ttc) == (4, 3, Decimal("21.60"))
        assert z.totals["late"] == {
            "total_ttc": "15.60",
            "tenders": {"card": "2.40", "cash": "13.20"},
        }
        assert z.totals["tenders"] == {"card": "2.40", "cash": "19.20"}
        assert z.totals["expected"] == {"cash": "16.00"}
        assert z.totals["variance"] == {"cash": "0.00"}

    def test_of_an_earlier_session_of_the_day_are_not_in_the_drawer_that_is_open(self, till):
        closed(tickets.opened(till, opening_float=10), now=NOON, cash="10")
        second = tickets.opened(till, at=NOON + timedelta(hours=1), opening_float=10)
        sold_at = NOON - timedelta(minutes=1)
        of_the_first = tickets.ticket(till, "12.00", at=sold_at, offline=True)
        # Nobody had opened it then: a slow clock, or goods sold before the float was counted.
        slow = tickets.ticket(till, "2.40", at=NOON + timedelta(minutes=59), offline=True)
        sold_now = tickets.ticket(till, "6.00", at=sold_at)
        assert of_the_first.session.is_late
        assert [slow.session, sold_now.session] == [second, second]

        z = z_of(closed(second, cash="18.40"))

        assert (z.tickets, z.late_tickets, z.total_ttc) == (3, 1, Decimal("20.40"))
        assert z.totals["late"] == {"total_ttc": "12.00", "tenders": {"cash": "12.00"}}
        assert z.totals["expected"] == {"cash": "18.40"}
        assert z.totals["variance"] == {"cash": "0.00"}

    def test_that_come_while_it_is_closing_are_in_the_z_after(self, till):
        first = tickets.opened(till)
        tickets.ticket(till, "12.00")
        sessions.begin_close(session_id=first.pk, counted=counted(cash="12"), by=None, now=EVENING)
        tickets.ticket(till, "6.00", offline=True)

        one = sessions.finish_close(session_id=first.pk, now=EVENING)
        two = z_of(closed(tickets.opened(till, at=EVENING), cash="0"))

        assert (one.tickets, one.total_ttc) == (1, Decimal("12.00"))
        assert (two.tickets, two.late_tickets, two.total_ttc) == (1, 1, Decimal("6.00"))

    def test_have_a_session_that_nobody_closes_by_hand(self, till):
        tickets.ticket(till, "12.00", offline=True)
        late = RegisterSession.objects.get()

        for act in (
            lambda: closed(late, cash="1"),
            lambda: sessions.finish_close(session_id=late.pk, now=EVENING),
            lambda: sessions.no_sale(session_id=late.pk, reason="x", by=None, now=EVENING),
        ):
            with pytest.raises(LateSession):
                act()
        late.refresh_from_db()
        assert (late.state, late.version) == ("open", 0)


class TestOpening:
    @pytest.mark.parametrize(
        ("zone", "cutoff", "local", "day"),
        [
            *[
                (zone, cutoff, local, day)
                for zone in (
                    "Europe/Paris", "Indian/Reunion", "America/Martinique", "America/Montreal",
                    "Asia/Kathmandu",
                )
                for cutoff, local, day in (
                    (0, "2025-06-10 23:30", "2025-06-10"), (0, "2025-06-11 00:30", "2025-06-11"),
                    (4, "2025-06-10 23:30", "2025-06-10"), (4, "2025-06-11 00:30", "2025-06-10"),
                    (4, "2025-06-11 03:59", "2025-06-10"), (4, "2025-06-11 04:01", "2025-06-11"),
                )
            ],
            # The nights in which the clocks change, at both ends of the hour that is not, or twice.
            ("Europe/Paris", 4, "2025-03-30 01:59", "2025-03-29"),
            ("Europe/Paris", 4, "2025-03-30 03:01", "2025-03-29"),
            ("Europe/Paris", 4, "2025-03-30 04:01", "2025-03-30"),
            ("Europe/Paris", 4, "2025-10-26 02:30", "2025-10-25"),
            ("Europe/Paris", 4, "2025-10-26 03:59", "2025-10-25"),
            ("Europe/Paris", 4, "2025-10-26 04:01", "2025-10-26"),
            ("America/Montreal", 4, "2025-03-09 03:59", "2025-03-08"),
            ("America/Montreal", 4, "2025-03-09 04:01", "2025-03-09"),
            ("America/Montreal", 4, "2025-11-02 01:30", "2025-11-01"),
            ("America/Montreal", 4, "2025-11-02 04:01", "2025-11-02"),
        ],
    )  # fmt: skip
    def test_is_on_the_stores_business_day(self, zone, cutoff, local, day):
        from zoneinfo import ZoneInfo

        store = chain.store(timezone=zone, day_cutoff_hour=cutoff)
        at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

        session = tickets.opened(tickets.register(store), at=at)

        session.refresh_from_db()
        assert (str(session.business_date), session.opened_at) == (day, at)

    def test_once(self, till):
        session = tickets.opened(till)

        with pytest.raises(SessionAlreadyOpen) as refused:
            tickets.opened(till)

        assert refused.value.facts == {"session": session.pk, "state": "open"}
        assert RegisterSession.objects.count() == 1
        assert RegisterChain.objects.get(register=till).session_id == session.pk

    def test_waits_for_the_closing(self, till):
        session = tickets.opened(till)
        sessions.begin_close(session_id=session.pk, counted={}, by=None, now=EVENING)

        with pytest.raises(SessionAlreadyOpen):
            tickets.opened(till, at=EVENING)

    def test_not_of_what_is_out_of_use(self):
        for till in (
            tickets.register(is_active=False),
            tickets.register(chain.store(closed_on=NOON.date() - timedelta(days=1))),
        ):
            with pytest.raises(RegisterOutOfUse):
                tickets.opened(till)
        assert not RegisterSession.objects.exists()

    @pytest.mark.parametrize("amount", ["-1", "0.001", "1E+13"])
    def test_not_with_an_amount_that_is_none(self, till, amount):
        with pytest.raises(AmountNotInCurrency):
            tickets.opened(till, opening_float=amount)
        assert not RegisterSession.objects.exists()

    def test_the_database_holds_one_of_a_register(self, till):
        session = tickets.opened(till)

        with pytest.raises(IntegrityError), transaction.atomic():
            RegisterSession.objects.create(
                register=till, store=till.store, business_date=session.business_date
            )


class TestDrawer:
    def test_gives_no_more_than_it_holds(self, till):
        session = tickets.opened(till, opening_float=10)
        tickets.ticket(till, "12.00")

        with pytest.raises(MoreThanInDrawer) as refused:
            sessions.pay_out(
                session_id=session.pk, amount=Decimal("22.01"), reason="x", by=None, now=NOON
            )
        assert refused.value.facts == {}
        assert not DrawerMovement.objects.exists()
        sessions.pay_out(
            session_id=session.pk, amount=Decimal("22.00"), reason="x", by=None, now=NOON
        )
        assert cash_in_drawer(session) == 0

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
    @pytest.mark.parametrize("act", [sessions.pay_in, sessions.pay_out])
    def test_takes_amounts_of_its_currency_only(self, till, act, amount):
        session = tickets.opened(till, opening_float=10)

        with pytest.raises(AmountNotInCurrency):
            act(session_id=session.pk, amount=Decimal(amount), reason="x", by=None, now=NOON)
        assert not DrawerMovement.objects.exists()

    def test_is_not_opened_without_a_reason(self, till):
        session = tickets.opened(till, opening_float=10)

        with pytest.raises(ReasonMissing):
            sessions.no_sale(session_id=session.pk, reason=" ", by=None, now=NOON)
        assert not DrawerMovement.objects.exists()

    def test_is_left_alone_once_it_is_counted(self, till):
        session = closed(tickets.opened(till, opening_float=10), cash="10")

        with pytest.raises(NoOpenSession):
            sessions.pay_in(session_id=session.pk, amount=Decimal(1), reason="x", by=None, now=NOON)
        with pytest.raises(NoSuchSession):
            sessions.no_sale(session_id=0, reason="x", by=None, now=NOON)
        assert not DrawerMovement.objects.exists()


class TestClosing:
    def test_that_fails_is_seen_and_taken_up_again(self, till, monkeypatch, time_machine):
        session = tickets.opened(till, opening_float=5)
        tickets.ticket(till, "12.00")
        with monkeypatch.context() as patched:
            broken(patched)
            session = closed(session, cash="17")

        assert (session.state, session.closing_at) == ("closing", EVENING)
        assert session.closing_failed == "RuntimeError: the disk is full"
        assert not Closing.objects.exists()
        assert RegisterChain.objects.get(register=till).session_id is None

        time_machine.move_to(EVENING + timedelta(seconds=59), tick=False)
        finish_closings()
        session.refresh_from_db()
        assert session.state == "closing"
        time_machine.move_to(EVENING + timedelta(seconds=61), tick=False)
        finish_closings()
        session.refresh_from_db()
        assert (session.state, session.closing_failed) == ("closed", "")
        assert z_of(session).totals["variance"] == {"cash": "0.00"}

    def test_that_keeps_failing_keeps_no_other_from_its_z(self, till, monkeypatch):
        other = tickets.register()
        for each in (till, other):
            sessions.begin_close(session_id=tickets.opened(each).pk, counted={}, by=None, now=NOON)
        real = sessions.session_figures.figures_of

        def fail(session, **how):
            if session.register_id == till.pk:
                raise RuntimeError("x" * 400)
            return real(session, **how)

        monkeypatch.setattr(sessions.session_figures, "figures_of", fail)

        assert sessions.finish_pending(now=EVENING) == 1
        assert RegisterSession.objects.get(register=other).state == "closed"
        assert len(RegisterSession.objects.get(register=till).closing_failed) == 300

    def test_again_gives_the_same_z(self, till):
        session = closed(tickets.opened(till), cash="0")

        again = sessions.finish_close(session_id=session.pk, now=EVENING + timedelta(days=1))

        assert again == z_of(session)
        assert (again.closed_at, Closing.objects.count()) == (EVENING, 1)

    def test_twice_is_refused_and_changes_nothing(self, till):
        session = closed(tickets.opened(till), cash="0")

        with pytest.raises(InvalidTransition) as refused:
            closed(session, cash="99")

        assert refused.value.facts["state"] == "closed"
        assert RegisterSession.objects.get().counted == {"cash": "0.00"}

    @pytest.mark.parametrize("amounts", [{"cash": "-0.01"}, {"cash": "0.001"}, {"card": "1E+13"}])
    def test_with_a_count_that_is_none(self, till, amounts):
        session = tickets.opened(till)

        with pytest.raises(AmountNotInCurrency):
            closed(session, **amounts)
        session.refresh_from_db()
        assert (session.state, session.counted) == ("open", None)

    def test_with_more_paid_back_by_card_than_paid(self, till):
        session = tickets.opened(till)
        tickets.ticket(till, "-12.00", tenders=[("card", "-12.00")])

        z = z_of(closed(session, cash="0", card="-12"))

        assert (z.sales_ttc, z.returns_ttc, z.grand_total) == (0, 12, -12)
        assert z.totals["variance"] == {"card": "0.00", "cash": "0.00"}


class TestTheDatabase:
    def insert(self, z, **changed):
        z.pk = None
        z._state.adding = True
        z.session = None
        z.number += 1
        z.first_number, z.tickets = z.last_number + 1, 0
        z.sales_ttc = z.returns_ttc = z.total_ttc = z.total_ht = z.total_vat = 0
        for name, value in changed.items():
            setattr(z, name, value)
        z.save()

    @pytest.fixture
    def z(self, till):
        session = tickets.opened(till)
        tickets.ticket(till, "12.00")
        return z_of(closed(session, cash="12"))

    @pytest.mark.parametrize(
        "changed",
        [
            {"number": 3},
            {"first_number": 3, "last_number": 2},
            {"first_number": 1, "tickets": 1},
            {"grand_total": 13},
            {"grand_total": 13, "sales_ttc": 1, "total_ttc": 1, "total_ht": 1},
        ],
    )
    def test_takes_no_closing_that_does_not_go_on(self, z, changed):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            self.insert(z, **changed)
        assert "closing_goes_on_from_the_last" in str(refused.value.__cause__.diag.constraint_name)
        assert Closing.objects.count() == 1

    def test_takes_one_that_does_and_makes_its_link(self, z):
        self.insert(z, hash=b"forged")

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.hash = sales_closing_hash(b.hash, t.hash, sales_closing_content(c)),"
                " c.previous_hash = b.hash FROM sales_closing c, sales_closing b, sales_ticket t"
                " WHERE c.number = 2 AND b.number = 1 AND t.number = 1"
            )
            assert cursor.fetchone() == (True, True)

    def test_changes_none(self, z):
        with pytest.raises(IntegrityError), transaction.atomic():
            Closing.objects.update(total_ttc=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Closing.objects.all().delete()
