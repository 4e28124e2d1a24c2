"""The pages of adjustments: a short form, a document, its reversal."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from inventory.models import StockAdjustment
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
PAGE = "/admin/inventory/stockadjustment/"


@pytest.fixture
def bread(store):
    bread = chain.product(sku="BREAD")
    stock.received(store, bread, 10, 4)
    return bread


def of(role, *stores):
    return chain.signed_in(chain.person(role, stores=stores))


def book(client, store, act, quantity, *, posting=None, **said):
    asked = {"posting": str(posting or uuid4()), "store": store.pk, "code": "bread", "act": act}
    return client.post(f"{PAGE}add/", {**asked, "quantity": quantity, **said}, follow=True)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize(
    ("act", "quantity", "said", "on_hand", "unavailable"),
    [
        ("adjust", "-2", {"note": "typing error"}, 8, 0),
        ("block", "3", {"reason": "damaged"}, 10, 3),
        ("damage", "1", {}, 9, 0),
        ("theft", "2", {"note": "at the door"}, 8, 0),
    ],
)
def test_a_manager_books_one_act_by_the_short_form(
    store, bread, act, quantity, said, on_hand, unavailable
):
    answer = book(of(Role.MANAGER, store), store, act, quantity, **said)

    document = StockAdjustment.objects.get()
    assert f"Booked as adjustment #{document.pk}." in text(answer)
    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable) == (Decimal(on_hand), unavailable)


def test_what_was_taken_out_of_sale_goes_back_or_is_written_off(store, bread):
    manager = of(Role.MANAGER, store)
    book(manager, store, "block", "4", reason="damaged")
    book(manager, store, "unblock", "1", reason="damaged")
    book(manager, store, "expiry", "2", reason="damaged")

    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable) == (8, 1)


def test_the_form_sent_twice_books_once(store, bread):
    manager, posting = of(Role.MANAGER, store), uuid4()

    book(manager, store, "damage", "1", posting=posting)
    book(manager, store, "damage", "1", posting=posting)

    assert stock.level(store, bread).on_hand == 9


def test_the_form_a_browser_goes_back_to_is_not_booked_again(store, bread):
    manager = of(Role.MANAGER, store)
    page = manager.get(f"{PAGE}add/?code=BREAD", follow=True)
    address = page.redirect_chain[-1][0]
    key = page.context["form"]["posting"].value()
    said = {"store": store.pk, "code": "bread", "act": "damage", "quantity": "1"}
    manager.post(address, {**said, "posting": str(key)})

    back = manager.get(address)
    assert back.context["form"]["posting"].value() == key
    again = manager.post(address, {**said, "quantity": "2", "posting": str(key)}, follow=True)

    for seen in (back, again):
        assert "This form was booked already" in text(seen)
        assert f'href="{PAGE}add/"' in text(seen)
    assert stock.level(store, bread).on_hand == 9


@pytest.mark.parametrize(
    ("act", "quantity", "said", "why"),
    [
        ("adjust", "-2", {}, "Say why the books were wrong."),
        ("adjust", "0", {"note": "x"}, "Say of which product, and how much."),
        ("damage", "-1", {}, "A quantity is more than 0 here."),
        ("damage", "11", {}, "Asked for 11, available are 10."),
        ("block", "1", {}, "Say for which reason."),
        ("damage", "1", {"code": "nothing"}, "No product has this code."),
    ],
)
def test_what_makes_no_sense_is_told_in_the_form(store, bread, act, quantity, said, why):
    assert why in text(book(of(Role.MANAGER, store), store, act, quantity, **said))

    assert StockAdjustment.objects.count() == 0
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


def test_an_adjustment_is_reversed_by_its_button_once(store, bread):
    manager = of(Role.MANAGER, store)
    book(manager, store, "damage", "3")
    wrong = StockAdjustment.objects.get()
    page = f"{PAGE}{wrong.pk}/"
    assert "/reverse/" in text(manager.get(f"{page}change/"))

    asked = {"posting": str(uuid4()), "note": "was not broken"}
    manager.post(f"{page}reverse/", asked)

    assert stock.level(store, bread).on_hand == 10
    assert "/reverse/" not in text(manager.get(f"{page}change/"))
    again = manager.post(f"{page}reverse/", {**asked, "posting": str(uuid4())})
    assert "It was reversed already" in text(again)
    assert StockAdjustment.objects.count() == 2


def test_adjustments_say_what_they_adjusted_and_which_reverses_which(store, bread):
    manager = of(Role.MANAGER, store)
    book(manager, store, "damage", "3")
    wrong = StockAdjustment.objects.get()
    for page in ("", f"{wrong.pk}/change/", f"{wrong.pk}/reverse/"):
        assert f"{bread}: −3" in text(manager.get(f"{PAGE}{page}")), page

    manager.post(f"{PAGE}{wrong.pk}/reverse/", {"posting": str(uuid4()), "note": "not broken"})

    right = StockAdjustment.objects.get(reverses=wrong)
    for page, other in ((wrong, right), (right, wrong)):
        link = f'href="{PAGE}{other.pk}/change/">#{other.pk}</a>'
        assert link in text(manager.get(f"{PAGE}{page.pk}/change/"))


def test_an_adjustment_of_what_is_on_sale_says_why(store, bread):
    manager = of(Role.MANAGER, store)
    book(manager, store, "block", "2", reason="damaged")

    assert f"{bread}: taken out of sale: 2 (Damaged)" in text(manager.get(PAGE))


def test_another_store_is_not_offered_and_not_taken(store, bread):
    manager = of(Role.MANAGER, chain.store())
    book(of(Role.MANAGER, store), store, "damage", "1")
    theirs = StockAdjustment.objects.get()

    book(manager, store, "damage", "1")

    assert StockAdjustment.objects.count() == 1
    for page in ("change/", "reverse/"):
        assert manager.get(f"{PAGE}{theirs.pk}/{page}").status_code == 404


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ANALYST])
def test_cashiers_and_analysts_adjust_nothing(store, bread, role):
    assert book(of(role, store), store, "damage", "1").status_code == 403

    assert StockAdjustment.objects.count() == 0


def test_an_analyst_reads_adjustments_without_names(store, bread):
    with_name = chain.person(Role.MANAGER, stores=[store])
    book(chain.signed_in(with_name), store, "damage", "1")
    analyst = of(Role.ANALYST, store)

    for page in ("", f"{StockAdjustment.objects.get().pk}/change/"):
        seen = text(analyst.get(f"{PAGE}{page}"))
        assert "Damage" in seen
        assert with_name.username not in seen
