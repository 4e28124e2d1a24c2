"""A second person says yes: /api/v1/approvals, and the ticket that uses it."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import caches
from django.db import connection
from django.utils import timezone

from epm.access import login_limits
from epm.access.models import Role
from epm.platform.actor import acting_as
from sales.models import Approval, Override, Sale
from sales.services import approvals
from sales.services.till import recording
from sales.services.till.basket import Discount, Sold
from sales.services.till.refusals import ApprovalUnusable, BeyondLimit
from tests.concurrency import run_behind
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
HALF = Decimal("0.5")


@pytest.fixture(autouse=True)
def _no_tries_yet():
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))


@pytest.fixture
def cashier(till):
    return chain.person(Role.CASHIER, stores=[till.store])


@pytest.fixture
def manager(till):
    return with_password(chain.person(Role.MANAGER, stores=[till.store], first_name="Ann"))


@pytest.fixture
def ask(cashier):
    return tills.Client(chain.signed_in(cashier))


def with_password(person):
    person.set_password(PASSWORD)
    person.save()
    return person


def asked(till, person=None, **more):
    if person is None:
        return {"register": till.pk, **more}
    said = {"username": person.username, "password": PASSWORD}
    return {"register": till.pk, **said, **more}


def half_price(till, bread, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [
            {"sku": "BREAD", "quantity": "1", "discount": {"share": "0.25", "reason": "goodwill"}}
        ],
        "tenders": [{"kind": "card", "amount": "7.5"}],
        **more,
    }


def granted(till, approver, *, now=None):
    return approvals.grant(store_id=till.store_id, approver=approver, now=now or timezone.now())


def test_a_manager_says_yes_at_a_cashiers_till(till, ask, manager):
    answer = ask.post("/api/v1/approvals", asked(till, manager))

    assert answer.status_code == 201, answer.content
    told = answer.json()
    kept = Approval.objects.get()
    assert told == {"approval": str(kept.pk), "approver": "Ann", "expires_at": told["expires_at"]}
    assert (kept.store, kept.approver, kept.used_for) == (till.store, manager, None)
    assert timedelta(minutes=4) < kept.expires_at - timezone.now() <= timedelta(minutes=5)


def test_whoever_approves_asks_in_his_own_name(till, manager):
    answer = tills.Client(chain.signed_in(manager)).post("/api/v1/approvals", asked(till))
    assert answer.status_code == 201
    assert Approval.objects.get().approver == manager


def test_a_discount_beyond_the_cap_passes_with_it(till, bread, ask, cashier, manager):
    refused = ask.post("/api/v1/sales", half_price(till, bread))
    assert (refused.status_code, refused.json()["code"]) == (403, "sales/beyond-limit")
    assert Sale.objects.count() == 0

    approval = ask.post("/api/v1/approvals", asked(till, manager)).json()["approval"]
    sold = ask.post("/api/v1/sales", half_price(till, bread, approval=approval))

    assert sold.status_code == 201, sold.content
    override = Override.objects.get()
    assert (override.kind, override.amount) == ("discount", Decimal("2.500"))
    assert override.approved_by == manager
    assert str(Approval.objects.get().used_for_id) == sold.json()["id"]
    again = ask.post("/api/v1/sales", half_price(till, bread, approval=approval))
    assert (again.status_code, again.json()["code"]) == (403, "sales/beyond-limit")
    assert Sale.objects.count() == 1


def test_nobody_approves_what_he_does_himself(till, bread, manager, cashier):
    mine = tills.Client(chain.signed_in(manager))
    answer = mine.post("/api/v1/approvals", asked(till, manager))
    assert (answer.status_code, answer.json()["code"]) == (403, "sales/own-approval")
    assert Approval.objects.count() == 0

    own = granted(till, manager)
    basket = tills.basket(
        till,
        [Sold(bread.pk, Decimal(1), discount=Discount("goodwill", share=Decimal("0.9")))],
        [("card", "1.00")],
        cashier_id=manager.pk,
        approval=own.pk,
    )
    with pytest.raises(BeyondLimit):
        recording.record(basket=basket, now=timezone.now())
    assert Sale.objects.count() == 0


def test_only_who_may_approve_in_that_store_does(till, ask):
    elsewhere = with_password(chain.person(Role.MANAGER, stores=[chain.store()]))
    other_cashier = with_password(chain.person(Role.CASHIER, stores=[till.store]))
    for person in (elsewhere, other_cashier):
        answer = ask.post("/api/v1/approvals", asked(till, person))
        assert (answer.status_code, answer.json()["code"]) == (403, "sales/may-not-approve")
    assert Approval.objects.count() == 0


def test_a_foreign_register_is_like_none(ask, manager):
    foreign = tills.register()
    answers = [
        ask.post("/api/v1/approvals", {**asked(foreign, manager), "register": register})
        for register in (foreign.pk, 10**9)
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content
    assert Approval.objects.count() == 0


def test_a_key_approves_nothing_by_itself(till, manager):
    key = tills.client(till.store)
    assert key.post("/api/v1/approvals", asked(till)).status_code == 422
    assert Approval.objects.count() == 0
    assert key.post("/api/v1/approvals", asked(till, manager)).status_code == 201


def test_one_of_another_store_or_over_is_none(till, bread, manager):
    other = tills.register(code="T2")
    boss = chain.person(Role.DIRECTOR, whole_chain=True)
    elsewhere = granted(other, boss)
    late = granted(till, manager, now=timezone.now() - timedelta(minutes=6))
    for approval in (elsewhere, late):
        basket = tills.basket(till, cheap(bread), [("card", "5.00")], approval=approval.pk)
        with pytest.raises(BeyondLimit):
            recording.record(basket=basket, now=timezone.now())
    assert Sale.objects.count() == 0


def cheap(bread):
    return [Sold(bread.pk, Decimal(1), discount=Discount("goodwill", share=HALF))]


def test_whether_there_is_such_a_person_is_not_told(till, ask, manager):
    wrong = ask.post("/api/v1/approvals", asked(till, manager, password="wrong"))
    nobody = ask.post("/api/v1/approvals", asked(till, manager, username="nobody"))

    assert (wrong.status_code, wrong.json()["code"]) == (403, "sales/approver-unknown")
    assert (nobody.status_code, nobody.content) == (403, wrong.content)
    assert Approval.objects.count() == 0


def test_guessing_ends(till, ask, manager):
    most = int(login_limits.LIMITS[login_limits.HERE].partition("/")[0])
    for _try in range(most):
        answer = ask.post("/api/v1/approvals", asked(till, manager, password="wrong"))
        assert answer.status_code == 403
    locked = ask.post("/api/v1/approvals", asked(till, manager))

    assert (locked.status_code, locked.json()["code"]) == (429, "rate-limited")
    assert locked["Retry-After"] == "900"
    assert Approval.objects.count() == 0


def test_who_has_a_second_factor_shows_it(till, ask, manager):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(manager, secret)
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))

    without = ask.post("/api/v1/approvals", asked(till, manager))
    wrong = ask.post("/api/v1/approvals", asked(till, manager, code="000000x"))
    assert (without.status_code, without.json()["code"]) == (403, "sales/approver-needs-code")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "sales/approver-unknown")
    assert Approval.objects.count() == 0
    assert ask.post("/api/v1/approvals", asked(till, manager, code=code)).status_code == 201
    again = ask.post("/api/v1/approvals", asked(till, manager, code=code))
    assert again.status_code == 403


def test_whose_role_needs_a_second_factor_has_one(till, ask, manager, settings):
    settings.EPM_MFA_REQUIRED = frozenset({"manager"})
    assert ask.post("/api/v1/approvals", asked(till, manager)).status_code == 403
    assert (Authenticator.objects.count(), Approval.objects.count()) == (0, 0)


def test_no_password_is_kept(till, ask, manager):
    ask.post("/api/v1/approvals", asked(till, manager), key="some-key-1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM platform_idempotencykey")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_two_tickets_at_once_use_it_once(till, bread, manager):
    tills.sell(till, [(bread, 1)], [("card", "10.00")])  # the month is there
    approval = granted(till, manager)
    made = [
        tills.basket(till, cheap(bread), [("card", "5.00")], approval=approval.pk) for _ in range(2)
    ]

    def record(basket):
        with acting_as("cashier"):
            return recording.record(basket=basket, now=timezone.now())

    second = run_behind(lambda: record(made[0]), lambda: record(made[1]))

    assert isinstance(second.exception(), ApprovalUnusable)
    assert Sale.objects.count() == 2
    assert Approval.objects.get().used_for == Sale.objects.latest("pk")
