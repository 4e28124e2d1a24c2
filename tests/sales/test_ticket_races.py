"""Tills sell at once: numbers stay whole, chains hold, nobody is killed by a deadlock."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from inventory.models import StockLevel
from inventory.services.stock_refusals import InsufficientStock
from sales.models import RegisterChain, Sale, SaleLine, Ticket
from sales.selectors import ticket_proof
from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import chain, tills
from tests.factories.doctor import broken_laws

pytestmark = pytest.mark.django_db(transaction=True)
TILLS, TICKETS, PRODUCTS, ON_HAND = 8, 12, 6, 60


def deadlocks():
    """So many the database has seen. Servers tell their figures when they end."""
    connection.close()
    connection.close_pool()
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def tickets(register, products, *, seed, together):
    """A till's morning: products in any order, more of them than there is. Who was refused."""
    chance = random.Random(seed)
    refused = 0
    together.wait()
    for _ticket in range(TICKETS):
        lines = [(product, chance.randint(1, 2)) for product in chance.sample(products, 4)]
        total = sum(quantity for _product, quantity in lines)
        try:
            tills.sell(register, lines, [("card", f"{total}.00")])
        except InsufficientStock:
            refused += 1
    return refused


@pytest.mark.parametrize("many", [1, 4])
def test_eight_tills_at_once(many):
    store = chain.store(vat_regime="none")
    registers = [tills.register(store=store, code=f"T{number}") for number in range(many)]
    products = [
        tills.stocked(registers[0], chain.product(sale_price=Decimal("1.00")), ON_HAND)
        for _product in range(PRODUCTS)
    ]
    seen = deadlocks()
    connection.close()  # all eight of the pool are for the tills
    together = Barrier(TILLS)

    def till(number):
        register = registers[number % many]
        return in_its_own_connection(
            lambda: tickets(register, products, seed=number, together=together)
        )

    with ThreadPoolExecutor(TILLS) as pool:
        refused = sum(pool.map(till, range(TILLS)))

    assert deadlocks() == seen
    sold = TILLS * TICKETS - refused
    assert refused > 0
    assert (Sale.objects.count(), SaleLine.objects.count()) == (sold, 4 * sold)
    for register in registers:
        numbers = list(
            Ticket.objects.filter(register=register).order_by("number").values_list(
                "number", flat=True
            )
        )  # fmt: skip
        assert numbers == list(range(1, len(numbers) + 1))
        assert RegisterChain.objects.get(register=register).number == len(numbers)
    assert Ticket.objects.count() == sold
    assert ticket_proof.first_broken([register.pk for register in registers]) == {}
    left = sum(StockLevel.objects.values_list("on_hand", flat=True))
    lines = sum(SaleLine.objects.values_list("quantity", flat=True))
    assert left + lines == PRODUCTS * ON_HAND
    assert all(on_hand >= 0 for on_hand in StockLevel.objects.values_list("on_hand", flat=True))
    assert broken_laws() == []


def test_who_waits_for_the_chain_goes_on_from_the_ticket_before():
    register = tills.register(store=chain.store(vat_regime="none"))
    bread, milk = (
        tills.stocked(register, chain.product(sale_price=Decimal("1.00"))) for _ in range(2)
    )
    second = run_behind(
        lambda: tills.sell(register, [(bread, 1)], [("card", "1.00")]),
        lambda: tills.sell(register, [(milk, 1)], [("card", "1.00")]),
    )
    one, two = Ticket.objects.order_by("number")
    assert (one.number, two.number) == (1, second.result().number) == (1, 2)
    assert bytes(two.previous_hash) == bytes(one.hash)
    assert ticket_proof.first_broken([register.pk]) == {}


def test_who_was_refused_while_others_waited_leaves_no_gap():
    register = tills.register(store=chain.store(vat_regime="none"))
    bread = tills.stocked(register, chain.product(sale_price=Decimal("1.00")), 10)

    class ChangedItsMindError(Exception):
        pass

    def change_mind():
        raise ChangedItsMindError

    with pytest.raises(ChangedItsMindError):
        run_behind(
            lambda: tills.sell(register, [(bread, 10)], [("card", "10.00")]),
            lambda: tills.sell(register, [(bread, 10)], [("card", "10.00")]),
            then=change_mind,
        )
    assert list(Ticket.objects.values_list("number", flat=True)) == [1]
    assert RegisterChain.objects.get(register=register).number == 1
    assert ticket_proof.first_broken([register.pk]) == {}
