"""Whatever happens to a transfer, in any order: nothing vanishes, nothing comes from nowhere."""

from contextlib import suppress
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epm.platform.refusals import Refusal
from inventory.models import (
    Disposition,
    RejectReason,
    Remainder,
    StockMovement,
    TransferLine,
)
from inventory.services import transfer_endings, transfer_receipts, transfers
from inventory.services.transfer_receipts import Arrived
from inventory.services.transfers import Planned
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.stock import received
from tests.factories.transfers import broken_laws, worth_of_the_chain

pytestmark = pytest.mark.django_db

openings = st.decimals(5, 20, places=3)
quantities = st.decimals("0.5", 9, places=3)
costs = st.one_of(st.none(), st.decimals(0, 20, places=6))
arrivals = st.tuples(
    st.decimals(0, 6, places=3),
    st.decimals(0, 3, places=3),
    st.sampled_from(RejectReason),
    st.sampled_from(Disposition),
)
events = st.one_of(
    st.tuples(st.just("draft"), st.booleans(), quantities, quantities),
    st.tuples(st.just("ready")),
    st.tuples(st.just("redraft")),
    st.tuples(st.just("ship"), st.one_of(st.none(), quantities)),
    st.tuples(st.just("receive"), arrivals, arrivals, st.booleans()),
    st.tuples(st.just("close_short"), st.sampled_from(Remainder)),
    st.tuples(st.just("cancel"), st.sampled_from(Remainder)),
    st.tuples(st.just("again")),
)


SHIPPED = (("draft", True, Decimal(3), Decimal("0.7")), ("ready",), ("ship", None))


class Chain:
    """Two stores, two products, and the last transfer between them."""

    def __init__(self, opening):
        self.stores = chain.store(), chain.store()
        self.products = chain.product(), chain.product()
        self.transfer = None
        self.last = None
        for number, (quantity, cost) in enumerate(opening):
            received(self.stores[number % 2], self.products[number // 2 % 2], quantity, cost)

    def do(self, event, *words):
        if event != "draft" and self.transfer is None:
            return
        if event != "again":
            self.last = getattr(self, event)(*words)
        with transaction.atomic():
            self.last()

    def draft(self, forth, *planned):
        source, destination = self.stores if forth else reversed(self.stores)
        lines = [Planned(p.pk, q) for p, q in zip(self.products, planned, strict=True)]
        key = uuid4()

        def act():
            self.transfer = transfers.create(
                key=key, source_id=source.pk, destination_id=destination.pk, lines=lines
            ).pk

        return act

    def ready(self):
        return lambda: transfers.ready(transfer_id=self.transfer)

    def redraft(self):
        return lambda: transfers.redraft(transfer_id=self.transfer)

    def ship(self, least):
        key = uuid4()
        asked = None if least is None else {self.products[0].pk: least}
        return lambda: transfers.ship(transfer_id=self.transfer, key=key, at=NOON, quantities=asked)

    def receive(self, one, two, over):
        key = uuid4()
        arrived = [Arrived(p.pk, *each) for p, each in zip(self.products, (one, two), strict=True)]
        return lambda: transfer_receipts.receive(
            transfer_id=self.transfer, key=key, arrived=arrived, at=NOON, more_than_sent=over
        )

    def close_short(self, remainder):
        return self._end(transfer_endings.close_short, remainder)

    def cancel(self, remainder):
        return self._end(transfer_endings.cancel, remainder)

    def _end(self, service, remainder):
        key = uuid4()
        return lambda: service(
            transfer_id=self.transfer, reason="because", key=key, at=NOON, remainder=remainder
        )


def equation_holds():
    return all(
        line.shipped == line.accepted + line.rejected + line.lost + line.returned + line.in_transit
        and line.in_transit >= 0
        for line in TransferLine.objects.all()
    )


@given(
    opening=st.lists(st.tuples(openings, costs), min_size=4, max_size=8),
    acts=st.lists(events, min_size=6, max_size=25),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_chain_is_worth_the_same_after_every_step(opening, acts):
    with transaction.atomic():
        world = Chain(opening)
        before = worth_of_the_chain()
        for act in [*SHIPPED, *acts]:
            with suppress(Refusal):
                world.do(*act)
            assert equation_holds()
            # Once a source has sent more than it had, the ledger values what it lacks anew.
            assert worth_of_the_chain() == before or has_been_below_nothing()
        assert broken_laws() == []
        transaction.set_rollback(True)


def has_been_below_nothing():
    return StockMovement.objects.filter(balance__lt=0).exists()
