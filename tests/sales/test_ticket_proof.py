"""Every ticket is what it was when it was numbered, or it is named."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from sales.models import Ticket
from sales.selectors import ticket_proof
from sales.services.till.basket import Discount, Sold, Unreceipted
from tests.factories import chain, tills
from tests.factories.doctor import broken_laws

pytestmark = pytest.mark.django_db


def by_force(*statements):
    """As somebody who switched every guard of the database off would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount, statement
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def verify(*words):
    """The exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command("verify_tickets", *words, stdout=out)
    except SystemExit as exit_:
        return exit_.code, out.getvalue()
    return 0, out.getvalue()


def said(*words):
    status, printed = verify("--json", *words)
    told = json.loads(printed)
    assert status == (not told["ok"])
    return {one["reference"]: one["checks"] for one in told["broken"]}


@pytest.fixture
def register():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def five(register):
    """Five tickets of two lines; the ids of their sales by number."""
    bread, milk = (
        tills.stocked(register, chain.product(sale_price=Decimal(price)))
        for price in ("10.00", "1.20")
    )
    told = [
        tills.sell(register, [(bread, 1), (milk, 2)], [("cash", "20.00")]) for _number in range(5)
    ]
    return {one.number: one.sale_id for one in told}


def test_tickets_as_they_were_written_are_proved(register, five):
    other = tills.register(store=register.store, code="T2")
    assert verify() == (0, "5 tickets of 2 registers: every one is as it was written.\n")
    assert verify("--register", "t2")[1].startswith("0 tickets of 1 register:")
    assert said("--store", "paris") == {}
    assert json.loads(verify("--json")[1]) == {
        "ok": True, "registers": 2, "tickets": 5, "broken": [],
    }  # fmt: skip
    assert broken_laws() == []
    assert other.pk
    with pytest.raises(CommandError):
        verify("--store", "NOWHERE")


SALE, LINE = "(SELECT sale_id FROM sales_ticket WHERE number = 3)", "line_no = 2"
LINE_3 = f"sale_id = {SALE} AND {LINE}"


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        (f"UPDATE sales_saleline SET quantity = 3 WHERE {LINE_3}", ["hash"]),
        (f"UPDATE sales_saleline SET unit_price = 1.21 WHERE {LINE_3}", ["hash"]),
        (f"UPDATE sales_saleline SET unit_cost = 4 WHERE {LINE_3}", ["hash"]),
        (f"UPDATE sales_saleline SET tax_rate = 0.1 WHERE {LINE_3}", ["hash"]),
        (f"UPDATE sales_saleline SET net_ht = net_ht + 0.01, vat = vat - 0.01 WHERE {LINE_3}",
         ["hash"]),
        (f"UPDATE sales_saleline SET line_no = 3 WHERE {LINE_3}", ["hash"]),
        (f"DELETE FROM sales_saleline WHERE {LINE_3}", ["hash"]),
        (("INSERT INTO sales_saleline SELECT (jsonb_populate_record(l, jsonb_build_object("
         "'id', epm_uuid7(now() - interval '1 hour'), 'line_no', 3))).*"
         f" FROM sales_saleline l WHERE {LINE_3}"), ["hash"]),
        (f"UPDATE sales_tender SET amount = 21 WHERE sale_id = {SALE} AND line_no = 1", ["hash"]),
        (f"UPDATE sales_tender SET kind = 'card' WHERE sale_id = {SALE} AND line_no = 1",
         ["hash"]),
        (f"DELETE FROM sales_tender WHERE sale_id = {SALE} AND line_no = 2", ["hash"]),
        ((f"UPDATE sales_sale SET total_ttc = total_ttc - 1, total_ht = total_ht - 1"
         f" WHERE id = {SALE}"), ["grand-total", "hash"]),
        (f"UPDATE sales_sale SET sold_at = sold_at + interval '1 microsecond' WHERE id = {SALE}",
         ["hash"]),
        (f"UPDATE sales_sale SET business_date = business_date - 1 WHERE id = {SALE}", ["hash"]),
        (f"UPDATE sales_sale SET is_pure_return = true WHERE id = {SALE}", ["hash"]),
        (f"DELETE FROM sales_sale WHERE id = {SALE}", ["grand-total", "hash"]),
        (("UPDATE sales_ticket SET hash = set_byte(hash, 7, get_byte(hash, 7) # 1)"
         " WHERE number = 3"), ["hash"]),
        (("UPDATE sales_ticket SET previous_hash = set_byte(previous_hash, 0,"
         " get_byte(previous_hash, 0) # 1) WHERE number = 3"), ["previous", "hash"]),
        ("UPDATE sales_ticket SET grand_total = grand_total + 0.001 WHERE number = 3",
         ["grand-total", "hash"]),
        ("UPDATE sales_ticket SET session_id = session_id + 1 WHERE number = 3", ["hash"]),
        ("UPDATE sales_ticket SET number = 33 WHERE number = 3", ["missing"]),
        ("DELETE FROM sales_ticket WHERE number = 3", ["missing"]),
    ],
)  # fmt: skip
def test_whatever_is_changed_of_a_ticket_names_it(five, change, checks):
    by_force(change)

    assert said() == {"T1-00000003": checks}
    assert verify()[1].startswith("PARIS T1-00000003: ")
    laws = {"hash": "sales/tickets-content"}
    assert {laws.get(check, "sales/tickets-chain") for check in checks} <= set(broken_laws())


def test_two_tickets_swapped_name_the_first_of_them(five):
    by_force(
        "UPDATE sales_ticket SET number = 99 WHERE number = 2",
        "UPDATE sales_ticket SET number = 2 WHERE number = 4",
        "UPDATE sales_ticket SET number = 4 WHERE number = 99",
    )
    assert said() == {"T1-00000002": ["previous", "grand-total", "hash"]}


def test_a_ticket_hashed_again_after_a_change_is_named_by_the_next(five):
    """Whoever recomputes one link must recompute all that follow, up to what others have kept."""
    by_force(
        f"UPDATE sales_tender SET reference = 'x' WHERE sale_id = '{five[3]}'",
        "UPDATE sales_ticket SET hash = sales_ticket_hash(previous_hash, register_id, number,"
        " session_id, grand_total, sales_ticket_content(sale_id)) WHERE number = 3",
    )
    assert said() == {"T1-00000004": ["previous"]}


def test_the_last_ticket_deleted_is_missed_by_the_chain(five):
    by_force("DELETE FROM sales_ticket WHERE number = 5")
    assert said() == {"T1-00000005": ["missing"]}


def test_the_last_ticket_deleted_and_the_chain_set_back_leaves_its_sale(five):
    by_force(
        "UPDATE sales_registerchain c SET number = t.number, last_hash = t.hash,"
        " grand_total = t.grand_total FROM sales_ticket t WHERE t.number = 4",
        "DELETE FROM sales_ticket WHERE number = 5",
    )
    assert said() == {f"T1 {five[5]}": ["no-ticket"]}


@pytest.mark.parametrize(
    "change",
    ["number = 4", "number = 0", "grand_total = 0", "last_hash = ''"],
)
def test_a_chain_that_ends_elsewhere_names_the_last_ticket(five, change):
    by_force(f"UPDATE sales_registerchain SET {change}")
    assert said() == {"T1-00000005": ["chain"]}
    assert "sales/tickets-chain" in broken_laws()


def test_each_register_names_its_first(register, five, monkeypatch):
    monkeypatch.setattr(ticket_proof, "AT_ONCE", 2)
    other = tills.register(store=register.store, code="T2")
    bread = tills.stocked(other, chain.product(sale_price=Decimal("3.00")))
    for _number in range(3):
        tills.sell(other, [(bread, 1)], [("card", "3.00")])
    by_force(
        f"UPDATE sales_tender SET amount = amount + 1 WHERE sale_id IN ('{five[4]}', '{five[2]}')",
        f"UPDATE sales_tender SET amount = 4 WHERE sale_id = (SELECT sale_id FROM sales_ticket"
        f" WHERE register_id = {other.pk} AND number = 3)",
    )
    assert said() == {"T1-00000002": ["hash"], "T2-00000003": ["hash"]}
    assert said("--register", "T2") == {"T2-00000003": ["hash"]}
    assert verify("--register", "T1")[1] == (
        "PARIS T1-00000002: its figures are not those that were hashed\n"
    )


def test_the_proof_by_sets_reads_the_text_that_was_hashed(register):
    """Returns, discounts, values, tips, offline tickets, references that want quoting."""
    bread, wine = (
        tills.stocked(register, chain.product(sale_price=Decimal(price)))
        for price in ("9.99", "12.00")
    )
    told = tills.sell(
        register, [(bread, 3), (wine, 1)], [("card", "40.00")], role="manager",
        discount=Discount("goodwill", amount=Decimal("1.97")),
    )  # fmt: skip
    tills.sell(
        register, [tills.back(told.sale_id, 1, 1), Sold(wine.pk, Decimal("2"))],
        [("cash", "50.00")],
    )  # fmt: skip
    tills.sell(
        register, [Unreceipted(bread.pk, Decimal(1))], [("store_credit", "-9.99")], role="manager"
    )
    tills.sell(
        register, [(bread, 500)], [("card", "4995.00")], offline=True, looked_at=True,
        sold_at=timezone.now() - timedelta(days=40),
    )  # fmt: skip
    by_force("UPDATE sales_tender SET reference = E'a\"b|c\\nd\\u00e9' WHERE line_no = 1")
    every = (ticket_proof.FIRST, ticket_proof.BEYOND)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.sale_id, told.content, sales_ticket_content(t.sale_id) FROM sales_ticket t"
            " LEFT JOIN sales_ticket_contents(NULL, %s, %s) told ON told.sale_id = t.sale_id",
            every,
        )
        rows = cursor.fetchall()
    assert len(rows) == Ticket.objects.count() == 4
    for _sale, by_set, one_by_one in rows:
        assert by_set == one_by_one
        assert 'a\\"b|c\\nd\u00e9' in by_set
