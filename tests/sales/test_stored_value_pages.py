"""The pages of gift cards and store credit: a code is shown once, each form acts once."""

import logging
import re
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from epm.platform.request_log import told
from sales.models import StoredValue, StoredValueEntry, StoredValueKind
from sales.services import stored_value
from sales.services.stored_value import Act
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
PAGE = "/admin/sales/storedvalue/"


@pytest.fixture
def store():
    return chain.store(code="NORD", name="Nord")


@pytest.fixture
def card(store):
    return stored_value.issue(
        act=Act(store.pk, uuid4(), NOON),
        kind=StoredValueKind.GIFT_CARD,
        amount=Decimal(20),
        currency="EUR",
    )


def of(role, *stores):
    return chain.signed_in(chain.person(role, stores=stores))


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def issue(client, store, amount="50.00", *, posting=None, **said):
    words = {"posting": str(posting or uuid4()), "store": store.pk, "kind": "gift_card"}
    return client.post(f"{PAGE}add/", {**words, "amount": amount, **said})


def step(client, card, act, **said):
    words = {"posting": str(uuid4()), "store": card.store_id}
    return client.post(f"{PAGE}{card.pk}/{act}/", {**words, **said}, follow=True)


def test_a_manager_issues_one_and_sees_its_code_this_once(store):
    manager, posting = of(Role.MANAGER, store), uuid4()
    answer = issue(manager, store, posting=posting, expires_on="2099-12-31")
    account = StoredValue.objects.get()
    code = " ".join(account.code[at : at + 4] for at in (0, 4, 8, 12))
    assert f"<strong>{code}</strong>" in text(answer)
    assert "€50.00" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert (account.balance, str(account.expires_on)) == (Decimal(50), "2099-12-31")
    issue(manager, store, posting=posting, expires_on="2099-12-31")
    assert StoredValue.objects.count() == 1
    for page in (PAGE, f"{PAGE}{account.pk}/change/", f"{PAGE}{account.pk}/history/"):
        answer = manager.get(page)
        assert answer.status_code == 200
        assert account.code not in text(answer)
        assert code not in text(answer)
    assert f"•••• {account.code[-4:]}" in text(manager.get(PAGE))
    entry = StoredValueEntry.objects.get()
    assert (entry.door, entry.actor.startswith("manager")) == ("admin", True)


def test_load_adjust_block_unblock_and_let_it_run(store, card):
    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    posting = str(uuid4())
    for _ in range(2):
        step(director, card, "load", amount="5.50", posting=posting)
    step(director, card, "adjust", amount="-0.50", note="typing error")
    step(director, card, "until", expires_on="2099-01-31")
    step(director, card, "block")
    page = text(director.get(f"{PAGE}{card.pk}/change/"))
    card.refresh_from_db()
    assert (card.balance, card.position, card.is_blocked) == (Decimal(25), 3, True)
    assert str(card.expires_on) == "2099-01-31"
    assert "€25.00" in page
    assert "typing error" in page
    assert f"{PAGE}{card.pk}/unblock/" in page
    assert f"{PAGE}{card.pk}/block/" not in page
    step(director, card, "unblock")
    card.refresh_from_db()
    assert not card.is_blocked
    assert everything_holds()


def test_a_refusal_is_told_in_the_form_and_changes_nothing(store, card):
    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    london = chain.store(currency="GBP")
    for act, said, why in (
        ("adjust", {"amount": "-20.01", "note": "why"}, "the card holds €20.00"),
        ("adjust", {"amount": "1"}, "This field is required"),
        ("load", {"amount": "0.001"}, "no more decimals than its currency"),
        ("load", {"amount": "-1"}, "An amount is more than 0"),
        ("load", {"amount": "1", "store": london.pk}, "Select a valid choice"),
    ):
        assert why in text(step(director, card, act, **said)), act
    answer = issue(director, store, "10.00", expires_on="2020-01-01")
    assert "It could be used until 1 January 2020." in text(answer)
    assert StoredValue.objects.get().balance == Decimal(20)
    assert StoredValueEntry.objects.count() == 1


def test_who_may_do_what(store, card):
    manager, cashier, elsewhere = (
        of(Role.MANAGER, store), of(Role.CASHIER, store), of(Role.MANAGER, chain.store()),
    )  # fmt: skip
    assert step(manager, card, "adjust", amount="1", note="why").status_code == 403
    assert f"{PAGE}{card.pk}/adjust/" not in text(manager.get(f"{PAGE}{card.pk}/change/"))
    assert cashier.get(PAGE).status_code == 403
    for act in ("load", "block"):
        assert step(cashier, card, act, amount="1").status_code in {403, 404}
        assert step(elsewhere, card, act, amount="1").status_code == 404
    assert step(manager, card, "steal", amount="1").status_code == 404
    assert elsewhere.get(f"{PAGE}{card.pk}/change/").status_code == 404
    assert "Select a valid choice" in text(issue(elsewhere, store))
    assert manager.post(f"{PAGE}{card.pk}/delete/").status_code == 403
    card.refresh_from_db()
    assert (card.balance, card.position, card.is_blocked) == (Decimal(20), 1, False)


def test_found_by_its_last_digits_or_all_of_them(store, card, caplog):
    other = chain.store()
    manager = of(Role.MANAGER, store)
    spaced = f"{card.code[:8]} {card.code[8:]}"
    with caplog.at_level(logging.INFO):
        for words in (card.code, spaced, card.code[-4:]):
            assert f"{PAGE}{card.pk}/change/" in text(manager.get(PAGE, {"q": words}))
    for words in (card.code[:4] + "x", card.code[:15], card.code[5:9] + "1"):
        assert f"{PAGE}{card.pk}/change/" not in text(manager.get(PAGE, {"q": words}))
    assert f"{card.pk}/change/" not in text(of(Role.MANAGER, other).get(PAGE, {"q": card.code}))
    assert card.code not in caplog.text


def test_the_log_keeps_four_digits_of_a_long_number_in_a_query():
    assert told("/admin/x/?q=9123456789012345&p=1") == "/admin/x/?q=****2345&p=1"
    assert told("/admin/x/?q=9123+4567+8901+2345") == "/admin/x/?q=****2345"
    assert told("/admin/x/?q=9123%204567%208901%202345") == "/admin/x/?q=****2345"
    assert told("/x/9123456789012345/?on=2026-11-28") == "/x/9123456789012345/?on=2026-11-28"


def test_what_happened_elsewhere_is_told_without_where(store, card):
    foreign = chain.store(code="FERN", name="Fern")
    stored_value.adjust(
        act=Act(foreign.pk, uuid4(), NOON, note="secret"), account_id=card.pk, amount=Decimal(-3)
    )
    page = text(of(Role.MANAGER, store).get(f"{PAGE}{card.pk}/change/"))
    assert "€17.00" in page
    assert "Fern" not in page
    assert "secret" not in page
    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    assert "secret" in text(director.get(f"{PAGE}{card.pk}/change/"))


def test_a_list_of_many_asks_no_more_than_one_of_few(store, card, django_assert_max_num_queries):
    manager = of(Role.MANAGER, store)
    manager.get(PAGE)
    for _ in range(5):
        issue(manager, store)
    with django_assert_max_num_queries(8):
        manager.get(PAGE)
