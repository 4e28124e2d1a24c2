"""Whatever is done with a few cards, in whatever order: the ledger agrees with a dictionary."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from epm.platform.refusals import Refusal
from sales.models import StoredValue, StoredValueEntry, StoredValueKind
from sales.services import stored_value
from sales.services.stored_value import Act
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db

FIRST_DAY = NOON.date()
CENTS = st.integers(1, 3_000).map(lambda cents: Decimal(cents) / 100)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["load", "redeem", "refund", "more", "less", "block", "unblock", "expire", "tomorrow"]
        ),
        st.integers(0, 2),
        CENTS,
        st.booleans(),
    ),
    max_size=25,
)


@dataclass
class Model:
    balance: Decimal
    until: date | None
    blocked: bool = False
    refunded_late: bool = False
    entries: int = 1

    def change(self, verb, amount, today):
        """Whether the law lets it happen; if so, it has."""
        usable = not self.blocked and (self.until is None or today <= self.until)
        signed = -amount if verb in ("redeem", "less") else amount
        if (verb in ("load", "redeem") and not usable) or self.balance + signed < 0:
            return False
        self.balance += signed
        self.entries += 1
        if verb == "refund" and self.until is not None and today > self.until:
            self.refunded_late = True
        return True

    def expire(self, today):
        if self.until and today > self.until and self.balance > 0 and not self.refunded_late:
            self.balance = Decimal(0)
            self.entries += 1


class Walk:
    """A store with three cards, and what a dictionary says that they hold."""

    def __init__(self):
        self.store, self.now, self.models = chain.store(), NOON, {}
        for until in (None, FIRST_DAY, FIRST_DAY + timedelta(days=2)):
            account = stored_value.issue(
                act=Act(self.store.pk, uuid4(), NOON),
                kind=StoredValueKind.GIFT_CARD,
                amount=Decimal("20.00"),
                currency="EUR",
                expires_on=until,
            )
            self.models[account.pk] = Model(Decimal("20.00"), until)

    def step(self, verb, which, amount, *, twice):
        account, model = list(self.models.items())[which]
        if verb == "tomorrow":
            self.now += timedelta(days=1)
        elif verb == "expire":
            stored_value.expire_due(now=self.now)
            for each in self.models.values():
                each.expire(self.now.date())
        elif verb in ("block", "unblock"):
            getattr(stored_value, verb)(account_id=account)
            model.blocked = verb == "block"
        else:
            self.book(verb, account, amount, twice=twice)

    def book(self, verb, account, amount, *, twice):
        act = Act(self.store.pk, uuid4(), self.now, note="why")
        if self.models[account].change(verb, amount, self.now.date()):
            for _ in range(1 + twice):
                _do(verb, act, account, amount)
        else:
            with pytest.raises(Refusal), transaction.atomic():
                _do(verb, act, account, amount)


def _do(verb, act, account, amount):
    service = {"more": "adjust", "less": "adjust"}.get(verb, verb)
    signed = -amount if verb == "less" else amount
    getattr(stored_value, service)(act=act, account_id=account, amount=signed)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_random_acts_against_a_dictionary(steps):
    with transaction.atomic():
        walk = Walk()
        for verb, which, amount, twice in steps:
            walk.step(verb, which, amount, twice=twice)
        for account, model in walk.models.items():
            row = StoredValue.objects.get(pk=account)
            told = (row.balance, row.position, row.is_blocked)
            assert told == (model.balance, model.entries, model.blocked)
            assert StoredValueEntry.objects.filter(account=account).count() == model.entries
        assert everything_holds()
        transaction.set_rollback(True)
