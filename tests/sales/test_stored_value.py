"""Gift cards and store credit: exact balances, laws, races, what expires."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from epm.access.models import Role
from epm.platform.actor import acting_as
from epm.platform.models import Change
from epm.platform.transitions import ReasonMissing
from sales import value_codes
from sales.models import EntryKind, StoredValue, StoredValueEntry, StoredValueKind
from sales.selectors import stored_value as asked
from sales.services import stored_value
from sales.services.stored_value import Act, Part
from sales.services.stored_value_refusals import (
    AmountNotPayable,
    CurrencyMismatch,
    InsufficientValue,
    UnknownValue,
    ValueBlocked,
    ValueExpired,
    ValuePostingReused,
)
from sales.tasks import expire_stored_value
from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.doctor import broken_laws, everything_holds

pytestmark = pytest.mark.django_db


def act(store, *, at=NOON, posting=None, **more):
    return Act(store.pk, posting or uuid4(), at, **more)


def card(store, amount="50.00", **more):
    at = more.pop("at", NOON)
    return stored_value.issue(
        act=act(store, at=at),
        amount=Decimal(amount),
        **{"kind": StoredValueKind.GIFT_CARD, "currency": store.currency, **more},
    )


def state():
    """All there is, to be compared."""
    return (
        list(StoredValue.objects.order_by("pk").values()),
        list(StoredValueEntry.objects.order_by("account", "position").values()),
    )


def balance(account):
    return StoredValue.objects.get(pk=account.pk).balance


def test_a_code_begins_with_9_and_its_check_digit_tells_any_wrong_digit():
    code = value_codes.made()
    assert len(code) == 16
    assert code[0] == "9"
    assert value_codes.is_right(code)
    for place in range(16):
        for digit in set("0123456789") - {code[place]}:
            assert not value_codes.is_right(code[:place] + digit + code[place + 1 :])


def test_check_digits_known_from_elsewhere():
    assert value_codes.is_right("4111111111111111")
    assert value_codes.is_right("5500000000000004")
    assert not value_codes.is_right("4111111111111112")
    assert not value_codes.is_right("")
    assert not value_codes.is_right("٤١١١١١١١١١١١١١١١")


def test_a_thousand_codes_differ():
    assert len({value_codes.made() for _ in range(1_000)}) == 1_000


def test_issue_load_redeem_refund_adjust_to_the_cent():
    store = chain.store()
    with acting_as("ann", door="till"):
        account = card(store, "50.00")
    loaded = stored_value.load(act=act(store), account_id=account.pk, amount=Decimal("25.50"))
    sale = chain.sale(store=store)
    paid = stored_value.redeem(
        act=act(store, sale_id=sale.pk), account_id=account.pk, amount=Decimal("75.49")
    )
    back = stored_value.refund(
        act=act(store, sale_id=sale.pk), account_id=account.pk, amount=Decimal(10)
    )
    put = stored_value.adjust(
        act=act(store, note="counted twice"), account_id=account.pk, amount=Decimal("-0.01")
    )

    assert account.balance == Decimal("50.00")
    assert (account.kind, account.currency, account.store_id) == ("gift_card", "EUR", store.pk)
    assert [each.balance for each in (loaded, paid, back, put)] == [
        Decimal("75.50"), Decimal("0.01"), Decimal("10.01"), Decimal("10.00"),
    ]  # fmt: skip
    entries = StoredValueEntry.objects.filter(account=account).order_by("position")
    assert list(entries.values_list("position", "kind", "amount", "sale", "note")) == [
        (1, "issue", Decimal("50.00"), None, ""),
        (2, "load", Decimal("25.50"), None, ""),
        (3, "redeem", Decimal("-75.49"), sale.pk, ""),
        (4, "refund", Decimal("10.00"), sale.pk, ""),
        (5, "adjust", Decimal("-0.01"), None, "counted twice"),
    ]
    assert (entries[0].actor, entries[0].door) == ("ann", "till")
    assert entries[1].actor != ""
    account.refresh_from_db()
    assert (account.balance, account.position) == (Decimal("10.00"), 5)
    assert everything_holds()


def test_the_business_date_is_that_of_the_store_where_it_happens():
    store, tokyo = chain.store(day_cutoff_hour=4), chain.store(timezone="Asia/Tokyo")
    account = card(store, at=datetime(2025, 3, 31, 1, 30, tzinfo=UTC))
    paid = stored_value.redeem(
        act=act(tokyo, at=datetime(2025, 3, 31, 16, 0, tzinfo=UTC)),
        account_id=account.pk,
        amount=Decimal(1),
    )
    issued = StoredValueEntry.objects.get(account=account, position=1)
    assert issued.business_date == date(2025, 3, 30)  # 03:30 in Paris, the day ends at 4
    assert paid.business_date == date(2025, 4, 1)


def test_the_same_act_is_booked_once():
    store = chain.store()
    issuing = act(store)
    words = {"kind": StoredValueKind.STORE_CREDIT, "amount": Decimal(20), "currency": "EUR"}
    account = stored_value.issue(act=issuing, **words)
    paying = act(store)
    first = stored_value.redeem(act=paying, account_id=account.pk, amount=Decimal(5))
    before = state()

    assert stored_value.issue(act=issuing, **words).code == account.code
    assert stored_value.redeem(act=paying, account_id=account.pk, amount=Decimal(5)) == first
    with pytest.raises(ValuePostingReused):
        stored_value.redeem(act=paying, account_id=account.pk, amount=Decimal(6))
    with pytest.raises(ValuePostingReused):
        stored_value.load(act=paying, account_id=account.pk, amount=Decimal(5))
    with pytest.raises(ValuePostingReused):
        stored_value.issue(act=issuing, **{**words, "amount": Decimal(21)})
    with pytest.raises(ValuePostingReused):
        stored_value.issue(act=issuing, **{**words, "kind": StoredValueKind.GIFT_CARD})
    with pytest.raises(ValuePostingReused):
        stored_value.issue(act=paying, **words)
    assert state() == before


def test_two_cards_pay_together_or_not_at_all():
    store = chain.store()
    one, other = card(store, "10.00"), card(store, "5.00")
    paying = act(store)
    parts = [Part(other.pk, Decimal(-5)), Part(one.pk, Decimal("-2.50"))]
    booked = stored_value.post(act=paying, kind=EntryKind.REDEEM, parts=parts)
    assert [(each.line_no, each.account_id, each.balance) for each in booked] == [
        (1, other.pk, Decimal("0.00")),
        (2, one.pk, Decimal("7.50")),
    ]
    assert stored_value.post(act=paying, kind=EntryKind.REDEEM, parts=parts) == booked
    before = state()
    with pytest.raises(InsufficientValue):
        stored_value.post(act=act(store), kind=EntryKind.REDEEM, parts=parts)
    assert state() == before


def refusals():
    def blocked(store, account):
        stored_value.block(account_id=account.pk)

    def nothing(store, account):
        pass

    def expired(store, account):
        stored_value.run_until(account_id=account.pk, expires_on=date(2025, 3, 30))

    cent = {"amount": Decimal("0.01")}
    return [
        ("redeem", nothing, {"amount": Decimal("50.01")}, InsufficientValue),
        ("adjust", nothing, {"amount": Decimal("-50.01")}, InsufficientValue),
        ("redeem", blocked, cent, ValueBlocked),
        ("load", blocked, cent, ValueBlocked),
        ("redeem", expired, cent, ValueExpired),
        ("load", expired, cent, ValueExpired),
        ("redeem", nothing, {"amount": Decimal("0.001")}, AmountNotPayable),
        ("redeem", nothing, {"amount": Decimal(0)}, AmountNotPayable),
        ("redeem", nothing, {"amount": Decimal(-1)}, AmountNotPayable),
        ("load", nothing, {"amount": Decimal(-1)}, AmountNotPayable),
        ("refund", nothing, {"amount": Decimal("NaN")}, AmountNotPayable),
        ("load", nothing, {"amount": Decimal("9999999999999.99")}, AmountNotPayable),
        ("load", nothing, {"amount": Decimal("1e20")}, AmountNotPayable),
    ]


@pytest.mark.parametrize(("verb", "given", "words", "refusal"), refusals())
def test_a_refusal_changes_nothing(verb, given, words, refusal):
    store = chain.store()
    account = card(store)
    given(store, account)
    before = state()
    with pytest.raises(refusal), transaction.atomic():
        getattr(stored_value, verb)(act=act(store, note="why"), account_id=account.pk, **words)
    assert state() == before


def test_what_is_short_is_told():
    store = chain.store()
    account = card(store, "10.00")
    with pytest.raises(InsufficientValue) as refused, transaction.atomic():
        stored_value.redeem(act=act(store), account_id=account.pk, amount=Decimal("10.01"))
    assert Decimal(refused.value.facts["asked"]) == Decimal("10.01")
    assert Decimal(refused.value.facts["available"]) == Decimal("10.00")
    assert refused.value.facts["currency"] == "EUR"
    assert str(refused.value.detail) == "Asked for €10.01, the card holds €10.00."


def test_a_card_is_of_one_currency():
    paris, london = chain.store(), chain.store(currency="GBP")
    account = card(paris)
    before = state()
    with pytest.raises(CurrencyMismatch), transaction.atomic():
        stored_value.redeem(act=act(london), account_id=account.pk, amount=Decimal(1))
    with pytest.raises(CurrencyMismatch), transaction.atomic():
        card(london, currency="EUR")
    assert state() == before
    yen = chain.store(currency="JPY")
    with pytest.raises(AmountNotPayable), transaction.atomic():
        card(yen, "100.50")
    assert card(yen, "100").balance == Decimal(100)


def test_unknown_and_mistyped_codes():
    account = card(chain.store())
    spaced = " ".join(account.code[at : at + 4] for at in range(0, 16, 4))
    assert stored_value.account_of(code=spaced) == account
    with pytest.raises(UnknownValue, match="No card"):
        stored_value.account_of(code=value_codes.made())
    wrong = account.code[:-1] + str((int(account.code[-1]) + 1) % 10)
    with pytest.raises(UnknownValue, match="mistyped"):
        stored_value.account_of(code=wrong)
    before = state()
    with pytest.raises(UnknownValue), transaction.atomic():
        stored_value.load(act=act(chain.store()), account_id=0, amount=Decimal(1))
    with pytest.raises(UnknownValue):
        stored_value.block(account_id=0)
    assert state() == before


def test_an_adjustment_says_why():
    store = chain.store()
    account = card(store)
    before = state()
    with pytest.raises(ReasonMissing):
        stored_value.adjust(act=act(store, note=" "), account_id=account.pk, amount=Decimal(1))
    assert state() == before


def test_a_refund_waits_on_a_blocked_or_expired_card():
    store = chain.store()
    blocked, old = card(store), card(store, expires_on=date(2025, 3, 31))
    stored_value.block(account_id=blocked.pk)
    back = stored_value.refund(act=act(store), account_id=blocked.pk, amount=Decimal(3))
    assert back.balance == Decimal(53)
    later = NOON + timedelta(days=1)
    assert stored_value.expire_due(now=later) == 1
    back = stored_value.refund(act=act(store, at=later), account_id=old.pk, amount=Decimal(4))
    assert back.balance == Decimal(4)
    # It is not taken away a second time, and can be used once the card runs for longer.
    assert stored_value.expire_due(now=later + timedelta(days=9)) == 0
    with pytest.raises(ValueExpired), transaction.atomic():
        stored_value.redeem(act=act(store, at=later), account_id=old.pk, amount=Decimal(4))
    stored_value.run_until(account_id=old.pk, expires_on=date(2025, 12, 31))
    stored_value.redeem(act=act(store, at=later), account_id=old.pk, amount=Decimal(4))
    stored_value.unblock(account_id=blocked.pk)
    stored_value.redeem(act=act(store), account_id=blocked.pk, amount=Decimal(53))
    assert (balance(old), balance(blocked)) == (0, 0)
    assert everything_holds()


def test_what_is_over_expires_where_it_was_issued_on_the_day_after():
    paris, tokyo = chain.store(), chain.store(timezone="Asia/Tokyo")
    last = date(2025, 3, 31)
    here, there = card(paris, expires_on=last), card(tokyo, expires_on=last)
    for_ever, empty = card(paris), card(paris, "1.00", expires_on=last)
    stored_value.redeem(act=act(paris), account_id=empty.pk, amount=Decimal(1))

    assert stored_value.expire_due(now=datetime(2025, 3, 31, 14, 59, tzinfo=UTC)) == 0
    assert stored_value.expire_due(now=datetime(2025, 3, 31, 15, 0, tzinfo=UTC)) == 1
    assert (balance(here), balance(there)) == (Decimal(50), 0)
    assert stored_value.expire_due(now=datetime(2025, 3, 31, 22, 0, tzinfo=UTC)) == 1
    assert stored_value.expire_due(now=datetime(2025, 3, 31, 22, 0, tzinfo=UTC)) == 0
    assert balance(for_ever) == Decimal(50)
    taken = StoredValueEntry.objects.get(account=here, kind="expire")
    assert (taken.amount, taken.store_id, taken.actor, taken.position) == (
        Decimal("-50.00"), paris.pk, "calendar", 2,
    )  # fmt: skip
    assert everything_holds()


def test_the_task_takes_all_that_is_due():
    store = chain.store()
    account = card(store, expires_on=date(2025, 3, 31))
    expire_stored_value(unknown="word")
    assert balance(account) == 0


def test_nothing_expires_before_its_day():
    store = chain.store()
    account = card(store, expires_on=date(2025, 3, 31))
    before = state()
    with pytest.raises(IntegrityError, match="has not expired"), transaction.atomic():
        stored_value.post(
            act=act(store), kind=EntryKind.EXPIRE, parts=[Part(account.pk, Decimal(-1))]
        )
    assert state() == before
    with pytest.raises(ValueExpired), transaction.atomic():
        card(store, expires_on=date(2025, 3, 30))
    assert state() == before


BARE = [
    "UPDATE sales_storedvalue SET balance = balance + 1",
    "UPDATE sales_storedvalue SET position = 7",
    "UPDATE sales_storedvalue SET currency = 'USD'",
    "UPDATE sales_storedvalue SET code = '9000000000000007'",
    "UPDATE sales_storedvalue SET kind = 'store_credit'",
    "DELETE FROM sales_storedvalue",
    "UPDATE sales_storedvalueentry SET amount = 1",
    "DELETE FROM sales_storedvalueentry",
    "SET LOCAL epm.emptying = ''; TRUNCATE sales_storedvalueentry",
    "SET LOCAL epm.emptying = ''; TRUNCATE sales_storedvalue",
    """INSERT INTO sales_storedvalue (kind, code, currency, store_id, balance)
       SELECT kind, '9000000000000007', currency, store_id, 5 FROM sales_storedvalue""",
    """INSERT INTO sales_storedvalueentry (account_id, kind, amount, store_id, posting)
       SELECT id, 'issue', 5, store_id, gen_random_uuid() FROM sales_storedvalue""",
    """INSERT INTO sales_storedvalueentry (account_id, kind, amount, store_id, posting)
       SELECT id, 'adjust', 5, store_id, gen_random_uuid() FROM sales_storedvalue""",
    """INSERT INTO sales_storedvalueentry (account_id, kind, amount, store_id, posting)
       SELECT account_id, 'load', 5, store_id, posting FROM sales_storedvalueentry""",
]


@pytest.mark.parametrize("statement", BARE)
def test_nobody_writes_past_the_ledger(statement):
    card(chain.store())
    before = state()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)
    assert state() == before


def test_a_function_of_a_till_can_write_it_with_the_least_words():
    store = chain.store()
    account = card(store)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION pg_temp.pay(account bigint, store bigint, paid numeric) RETURNS numeric
            LANGUAGE plpgsql AS $$
            DECLARE now_left numeric;
            BEGIN
                INSERT INTO sales_storedvalueentry
                    (account_id, kind, amount, sale_id, store_id, posting, line_no, occurred_at)
                VALUES (account, 'redeem', -paid, NULL, store, gen_random_uuid(), 1, now())
                RETURNING balance INTO now_left;
                RETURN now_left;
            END $$
            """
        )
        cursor.execute("SELECT pg_temp.pay(%s, %s, 12.34)", [account.pk, store.pk])
        assert cursor.fetchone() == (Decimal("37.660"),)
    assert balance(account) == Decimal("37.66")
    assert everything_holds()


def test_the_history_tells_who_blocked_but_never_a_code():
    store = chain.store()
    account = card(store)
    with acting_as("ann", door="admin"):
        stored_value.block(account_id=account.pk)
        stored_value.block(account_id=account.pk)
    told = Change.objects.filter(subject="sales_storedvalue", object_id=account.pk).order_by("pk")
    assert [(each.verb, each.before, each.after) for each in told] == [
        ("created", None, None),
        ("changed", {"is_blocked": False}, {"is_blocked": True}),
    ]
    assert told[1].actor == "ann"
    assert account.code not in str(list(told.values()))
    assert str(account) == f"Gift card •••• {account.code[-4:]}"


def test_lists_are_of_the_stores_in_scope_a_code_opens_any():
    mine, foreign = chain.store(code="A"), chain.store(code="B")
    own, other = card(mine), card(foreign, "20.00", kind=StoredValueKind.STORE_CREDIT)
    person, director = chain.person(stores=[mine]), chain.person(Role.DIRECTOR, whole_chain=True)
    cashier = chain.person(Role.CASHIER, stores=[mine])
    assert list(asked.accounts_visible_to(person)) == [own]
    assert [each.account_id for each in asked.entries_visible_to(person)] == [own.pk]
    assert asked.with_code(person, code=other.code) == other
    assert asked.with_code(person, code=value_codes.made()) is None
    assert asked.with_code(cashier, code=own.code) is None
    assert set(asked.accounts_visible_to(director)) == {own, other}
    stored_value.redeem(act=act(foreign), account_id=own.pk, amount=Decimal(1))
    told = [(each.position, each.in_sight) for each in asked.entries_visible_to(person)]
    assert told == [(2, False), (1, True)]


def test_what_is_owed_by_store_currency_and_kind():
    mine, foreign = chain.store(code="A"), chain.store(code="B", currency="GBP")
    card(mine, "10.00"), card(mine, "5.25"), card(foreign, "7.00")
    card(mine, "1.00", kind=StoredValueKind.STORE_CREDIT)
    spent = card(mine, "3.00")
    stored_value.redeem(act=act(mine), account_id=spent.pk, amount=Decimal(3))
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    told = [
        (each.store, each.currency, each.kind, each.accounts, each.balance)
        for each in asked.owed_visible_to(director)
    ]
    assert told == [
        ("A", "EUR", "gift_card", 2, Decimal("15.25")),
        ("A", "EUR", "store_credit", 1, Decimal("1.00")),
        ("B", "GBP", "gift_card", 1, Decimal("7.00")),
    ]
    assert len(asked.owed_visible_to(chain.person(stores=[foreign]))) == 1


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE sales_storedvalue SET balance = balance - 1", "balances"),
        ("UPDATE sales_storedvalue SET position = position + 1", "balances"),
        ("DELETE FROM sales_storedvalue", "balances"),
        ("UPDATE sales_storedvalueentry SET position = 3 WHERE position = 2", "positions"),
        ("UPDATE sales_storedvalueentry SET balance = balance + 1", "positions"),
        ("UPDATE organization_store SET currency = 'USD'", "currency"),
    ],
)
def test_the_doctor_finds_what_is_wrong(statement, law):
    store = chain.store()
    account = card(store)
    stored_value.load(act=act(store), account_id=account.pk, amount=Decimal(1))
    assert everything_holds()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
    assert f"sales/stored-value-{law}" in broken_laws()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_pay_with_the_last_ten_exactly_one_does():
    store = chain.store()
    account = card(store, "10.00")

    def pay():
        stored_value.redeem(act=act(store), account_id=account.pk, amount=Decimal(10))

    outcome = run_behind(pay, pay)
    assert isinstance(outcome.exception(), InsufficientValue)
    assert balance(account) == 0
    assert StoredValueEntry.objects.filter(account=account, kind="redeem").count() == 1
    assert everything_holds()


@pytest.mark.django_db(transaction=True)
def test_the_same_act_at_the_same_time_is_booked_once():
    store = chain.store()
    account = card(store, "30.00")
    paying = act(store)

    def pay():
        return stored_value.redeem(act=paying, account_id=account.pk, amount=Decimal(10))

    outcome = run_behind(pay, pay)
    assert outcome.result().balance == Decimal(20)
    assert balance(account) == Decimal(20)


@pytest.mark.django_db(transaction=True)
def test_who_pays_behind_a_block_is_refused():
    store = chain.store()
    account = card(store)
    outcome = run_behind(
        lambda: stored_value.block(account_id=account.pk),
        lambda: stored_value.redeem(act=act(store), account_id=account.pk, amount=Decimal(1)),
    )
    assert isinstance(outcome.exception(), ValueBlocked)
    assert balance(account) == Decimal(50)


@pytest.mark.django_db(transaction=True)
def test_two_that_pay_with_the_same_two_cards_do_not_wait_in_a_circle():
    store = chain.store()
    one, other = card(store), card(store)

    def pay(*accounts):
        parts = [Part(each.pk, Decimal(-1)) for each in accounts]
        stored_value.post(act=act(store), kind=EntryKind.REDEEM, parts=parts)

    outcome = run_behind(lambda: pay(one, other), lambda: pay(other, one))
    assert outcome.exception() is None
    assert (balance(one), balance(other)) == (Decimal(48), Decimal(48))


@pytest.mark.django_db(transaction=True)
def test_expiry_leaves_alone_who_is_at_the_till():
    store = chain.store()
    account = card(store, expires_on=date(2025, 3, 31))
    later = NOON + timedelta(days=1)
    with transaction.atomic():
        stored_value.redeem(act=act(store), account_id=account.pk, amount=Decimal(1))
        with ThreadPoolExecutor(1) as pool:
            sweep = partial(stored_value.expire_due, now=later)
            assert pool.submit(in_its_own_connection, sweep).result(timeout=15) == 0
    assert stored_value.expire_due(now=later) == 1
    assert balance(account) == 0
    assert everything_holds()
