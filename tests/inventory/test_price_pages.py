"""The pages of price lists, of the grid and of what was edited."""

import re
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.admin.price_choice import packed, typed_in, typed_out, unpacked
from inventory.admin.price_words import NotAPrice, formula, number_in
from inventory.models import (
    ListedPrice,
    PriceChange,
    PriceEdit,
    PriceList,
    PriceListItem,
    Product,
)
from inventory.selectors.price_lists import price_edits_visible_to, price_lists_visible_to
from tests.factories import chain

pytestmark = pytest.mark.django_db

GRID = "/admin/inventory/priceedit/add/"
LISTS = "/admin/inventory/pricelist/"
PROMO = {"code": "P", "name": "Promo", "kind": "promotion", "currency": "EUR",
         "starts_on": "2026-03-01", "is_active": "on"}  # fmt: skip
INLINES = {
    "items-TOTAL_FORMS": 0, "items-INITIAL_FORMS": 0,
    "items-2-TOTAL_FORMS": 0, "items-2-INITIAL_FORMS": 0,
}  # fmt: skip


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def client(director):
    return chain.signed_in(director)


@pytest.fixture
def food():
    return chain.category(code="FOOD", name="Food")


@pytest.fixture
def bread(food):
    return chain.product(sku="BREAD", name="Bread", category=food, sale_price=Decimal("10.00"),
                         purchase_price=Decimal("4.00"))  # fmt: skip


def hidden(answer):
    """What the page keeps in its form."""
    found = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.content.decode()
    )
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def sent(client, answer, **fields):
    """The page's form again, with other fields."""
    begin = {"target": "", "how": "none", "value": "", "ending": "none", "shown": "all"}
    return client.post(GRID, {**begin, **hidden(answer), **fields})


def prices():
    return dict(Product.objects.values_list("sku", "sale_price"))


class TestTheGrid:
    def test_changes_a_category_by_formula_after_a_preview(self, client, director, food, bread):
        rye = chain.category(code="RYE", parent=food)
        chain.product(sku="RYE", category=rye, sale_price=Decimal("4.20"), purchase_price=None)
        chain.product(sku="STONE")
        chain.product(sku="OLD", category=food, is_active=False)

        begun = client.get(f"{GRID}?category={food.pk}")
        seen = sent(client, begun, how="percent", value="3", ending="0.99")

        assert [row.sku for row in seen.context["rows"]] == ["BREAD", "RYE"]
        assert [row.new for row in seen.context["rows"]] == ["9.99", "3.99"]
        assert prices()["BREAD"] == 10
        made = sent(client, seen, how="percent", value="3", ending="0.99", apply="1")
        edit = PriceEdit.objects.get()
        assert made.headers["Location"] == f"/admin/inventory/priceedit/{edit.pk}/change/"
        assert prices() == {"BREAD": Decimal("9.99"), "RYE": Decimal("3.99"),
                            "STONE": 12, "OLD": 12}  # fmt: skip
        assert set(
            PriceChange.objects.filter(new__in=["9.99", "3.99"]).values_list("actor", flat=True)
        ) == {director.username}

    def test_sent_twice_changes_once(self, client, bread):
        seen = sent(client, client.get(f"{GRID}?text=bread"), how="amount", value="1")

        first = sent(client, seen, how="amount", value="1", apply="1")
        second = sent(client, seen, how="amount", value="1", apply="1")

        assert first.headers["Location"] == second.headers["Location"]
        assert prices() == {"BREAD": 11}

    def test_takes_prices_by_hand_with_a_comma_over_the_formula(self, client, bread):
        begun = client.get(f"{GRID}?text=bread")
        name = f"by-hand-{bread.pk}"

        seen = sent(client, begun, how="percent", value="50", **{name: "12,49"})
        sent(client, seen, how="percent", value="50", apply="1", **{name: "12.49"})

        assert seen.context["rows"][0].by_hand == "12.49"
        assert prices() == {"BREAD": Decimal("12.49")}

    def test_does_not_apply_what_was_typed_after_the_preview(self, client, bread):
        seen = sent(client, client.get(f"{GRID}?text=bread"), how="amount", value="1")

        again = sent(client, seen, how="amount", value="2", apply="1")

        assert "look at it again" in again.content.decode()
        assert again.context["rows"][0].new == "12.00"
        assert prices() == {"BREAD": 10}

    def test_says_so_when_a_price_moved_since_the_preview(self, client, bread):
        seen = sent(client, client.get(f"{GRID}?text=bread"), how="amount", value="1")
        Product.objects.update(sale_price=20)

        again = sent(client, seen, how="amount", value="1", apply="1")

        assert "Somebody changed prices" in again.content.decode()
        assert again.context["rows"][0].new == "21.00"
        assert prices() == {"BREAD": 20}

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"how": "percent"}, "needs a number"),
            ({"how": "percent", "value": "much"}, "no number"),
            ({"how": "margin", "value": "100"}, "less than 100"),
            ({"target": "999999"}, "whose prices"),
        ],
    )
    def test_tells_what_is_wrong_with_a_formula(self, client, bread, fields, told):
        seen = sent(client, client.get(f"{GRID}?text=bread"), apply="1", **fields)

        assert seen.status_code == 200
        assert told in seen.content.decode()
        assert prices() == {"BREAD": 10}

    def test_tells_what_is_no_price(self, client, bread):
        begun = client.get(f"{GRID}?text=bread")

        seen = sent(client, begun, apply="1", how="amount", value="1",
                    **{f"by-hand-{bread.pk}": "ten"})  # fmt: skip

        assert "This is no price" in seen.content.decode()
        assert prices() == {"BREAD": 10}

    def test_leaves_and_flags_what_would_be_below_cost(self, client, bread):
        seen = sent(client, client.get(f"{GRID}?text=bread"), how="percent", value="-70")

        [row] = seen.context["rows"]
        assert (row.new, row.note) == ("10.00", "left: would be below cost")
        free = sent(
            client, seen, how="percent", value="-70", may_sell_below_cost="on", shown="flagged"
        )
        [row] = free.context["rows"]
        assert (row.new, row.is_below_cost) == ("3.00", True)

    def test_begins_with_the_products_ticked_in_their_list(self, client, bread):
        chain.product(sku="STONE")

        answer = client.post(
            "/admin/inventory/product/",
            {"action": "edit_prices", "_selected_action": bread.pk, "index": 0},
        )

        assert [row.sku for row in answer.context["rows"]] == ["BREAD"]

    def test_puts_prices_on_a_list(self, client, bread):
        promo = chain.price_list(code="P", kind="promotion")
        begun = client.get(f"{GRID}?text=bread&target={promo.pk}")
        asked = {"target": promo.pk, "how": "percent", "value": "-20"}

        seen = sent(client, begun, **asked)
        sent(client, seen, apply="1", **asked)

        assert list(promo.items.values_list("product_id", "price")) == [(bread.pk, 8)]
        assert prices() == {"BREAD": 10}

    def test_pages_and_keeps_what_was_typed_on_others(self, client):
        for number in range(101):
            chain.product(sku=f"M-{number:03}", sale_price=Decimal(5))
        first = client.get(f"{GRID}?text=M-")
        one, last = (Product.objects.get(sku=sku) for sku in ("M-000", "M-100"))

        second = sent(client, first, page="2", **{f"by-hand-{one.pk}": "6"})
        seen = sent(client, second, preview="1", page="2", **{f"by-hand-{last.pk}": "7"})
        sent(client, seen, apply="1")

        assert [row.sku for row in second.context["rows"]] == ["M-100"]
        assert set(Product.objects.exclude(sale_price=5).values_list("sku", "sale_price")) == {
            ("M-000", 6),
            ("M-100", 7),
        }

    def test_says_when_nothing_is_chosen_or_found(self, client):
        assert "at least one" in client.get(f"{GRID}?text=").content.decode()
        assert "No active product fits this." in client.get(f"{GRID}?text=nothing").content.decode()

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.REGIONAL, Role.ANALYST, Role.CASHIER])
    def test_is_for_directors(self, role, bread):
        browser = chain.signed_in(chain.person(role, whole_chain=True))

        assert browser.get(GRID).status_code == 403
        assert browser.post(GRID, {"products": bread.pk}).status_code == 403

    def test_of_a_director_of_one_store_changes_her_lists_alone(self, bread):
        mine, other = chain.store(), chain.store()
        ours = chain.price_list(code="OURS", store=mine)
        theirs = chain.price_list(code="THEIRS", store=other)
        whole = chain.price_list(code="WHOLE")
        browser = chain.signed_in(chain.person(Role.DIRECTOR, stores=[mine]))
        begun = browser.get(f"{GRID}?text=bread&target={ours.pk}")

        for target in ("", theirs.pk, whole.pk):
            seen = sent(browser, begun, target=target, how="amount", value="1", apply="1")
            assert "whose prices" in seen.content.decode()
        asked = {"target": ours.pk, "how": "amount", "value": "1"}
        sent(browser, sent(browser, begun, **asked), apply="1", **asked)

        assert list(PriceListItem.objects.values_list("price_list", "price")) == [(ours.pk, 11)]
        assert prices() == {"BREAD": 10}


class TestAnEdit:
    @pytest.fixture
    def edit(self, client, bread):
        seen = sent(client, client.get(f"{GRID}?text=bread"), how="percent", value="3")
        sent(client, seen, how="percent", value="3", apply="1")
        return PriceEdit.objects.get()

    def test_is_shown_in_words_and_undone_by_a_button(self, client, edit):
        page = client.get(f"/admin/inventory/priceedit/{edit.pk}/change/").content.decode()
        assert "+3 %" in page
        assert "10.30" in page

        answer = client.post(f"/admin/inventory/priceedit/{edit.pk}/undo/", follow=True)

        assert "1 price is what it was." in answer.content.decode()
        assert prices() == {"BREAD": 10}
        assert "Undone by" in client.get("/admin/inventory/priceedit/").content.decode()

    def test_undone_twice_says_so(self, client, edit):
        client.post(f"/admin/inventory/priceedit/{edit.pk}/undo/")

        answer = client.post(f"/admin/inventory/priceedit/{edit.pk}/undo/", follow=True)

        assert "was undone by edit" in answer.content.decode()
        assert PriceEdit.objects.count() == 2

    def test_is_not_undone_by_a_link(self, client, edit):
        assert client.get(f"/admin/inventory/priceedit/{edit.pk}/undo/").status_code == 404
        assert prices() == {"BREAD": Decimal("10.30")}

    def test_of_the_chain_is_not_undone_by_a_director_of_one_store(self, edit):
        browser = chain.signed_in(chain.person(Role.DIRECTOR, stores=[chain.store()]))

        assert browser.post(f"/admin/inventory/priceedit/{edit.pk}/undo/").status_code == 403
        assert prices() == {"BREAD": Decimal("10.30")}

    def test_is_read_by_a_manager_not_undone(self, edit):
        browser = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))

        page = browser.get(f"/admin/inventory/priceedit/{edit.pk}/change/")
        assert page.status_code == 200
        assert "Undo this edit" not in page.content.decode()
        assert browser.post(f"/admin/inventory/priceedit/{edit.pk}/undo/").status_code == 403


class TestAPriceList:
    def test_is_made_with_its_first_prices(self, client, bread):
        answer = client.post(
            f"{LISTS}add/",
            {**PROMO, **INLINES, "items-2-TOTAL_FORMS": 1, "items-2-0-product": bread.pk,
             "items-2-0-price": "8.50"},
        )  # fmt: skip

        assert answer.status_code == 302, answer.context["errors"]
        assert list(PriceListItem.objects.values_list("product", "price")) == [
            (bread.pk, Decimal("8.50"))
        ]

    def test_shows_each_reduced_price_beside_the_lowest_before(self, client, bread):
        promo = chain.price_list({bread: "8.00"}, kind="promotion", starts_on=date(2026, 3, 1))
        PriceChange.objects.update(changed_at=datetime(2025, 1, 1, tzinfo=UTC))
        ListedPrice.objects.update(known_from=datetime(2026, 2, 1, tzinfo=UTC))

        text = client.get(f"{LISTS}{promo.pk}/change/").content.decode()

        assert "10.00" in text
        assert "lowest price of the 30 days before" in text.lower()

    def test_leads_to_the_grid_with_its_products_or_to_where_they_are_chosen(self, client, bread):
        full, empty = chain.price_list({bread: "8.00"}), chain.price_list()

        grid = client.get(f"{LISTS}{full.pk}/grid/", follow=True)
        choice = client.get(f"{LISTS}{empty.pk}/grid/", follow=True)

        assert [row.price for row in grid.context["rows"]] == ["8.00"]
        assert choice.context["target"] == empty
        assert "rows" not in choice.context

    def test_of_200_prices_asks_for_no_name_one_by_one(self, client, django_assert_max_num_queries):
        many = [chain.product() for _number in range(60)]
        promo = chain.price_list(dict.fromkeys(many, "8.00"), kind="promotion")
        client.get(f"{LISTS}{promo.pk}/change/")

        with django_assert_max_num_queries(20):
            client.get(f"{LISTS}{promo.pk}/change/")

    def test_of_a_store_is_of_its_currency(self, client):
        dollars = chain.store(currency="USD")

        answer = client.post(f"{LISTS}add/", {**PROMO, **INLINES, "store": dollars.pk})

        assert "This store sells in USD." in answer.content.decode()
        assert not PriceList.objects.exists()

    def test_does_not_end_before_it_starts(self, client):
        answer = client.post(f"{LISTS}add/", {**PROMO, **INLINES, "ends_on": "2026-02-28"})

        assert answer.status_code == 200
        assert not PriceList.objects.exists()

    def test_keeps_its_history(self, client, bread):
        promo = chain.price_list({bread: "8.00"}, code="P", name="Promo", kind="promotion",
                                 starts_on=date(2026, 3, 1))  # fmt: skip
        [item] = promo.items.all()
        client.post(
            f"{LISTS}{promo.pk}/change/",
            {**PROMO, **INLINES, "items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 1,
             "items-0-id": item.pk, "items-0-price_list": promo.pk, "items-0-price": "7.77"},
        )  # fmt: skip

        text = client.get(f"{LISTS}{promo.pk}/history/").content.decode()

        assert "7.77" in text
        assert list(ListedPrice.objects.order_by("known_from").values_list("price", flat=True)) == [
            8,
            Decimal("7.77"),
        ]

    def test_of_the_chain_is_not_changed_by_a_director_of_one_store(self, bread):
        whole = chain.price_list({bread: "8.00"}, code="WHOLE")
        browser = chain.signed_in(chain.person(Role.DIRECTOR, stores=[chain.store()]))

        assert browser.get(f"{LISTS}{whole.pk}/change/").status_code == 200
        answer = browser.post(f"{LISTS}{whole.pk}/change/", {**PROMO, **INLINES})
        assert answer.status_code == 403
        made = browser.post(f"{LISTS}add/", {**PROMO, **INLINES})
        assert made.status_code == 200
        assert list(PriceList.objects.values_list("code", flat=True)) == ["WHOLE"]


def test_whoever_sees_a_store_sees_its_lists_and_the_chains():
    mine, other = chain.store(), chain.store()
    lists = {code: chain.price_list(code=code, store=store)
             for code, store in (("MINE", mine), ("OTHER", other), ("WHOLE", None))}  # fmt: skip
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    for listed in (*lists.values(), None):
        PriceEdit.objects.create(
            key=uuid.uuid4(), price_list=listed, changed=1, by=director, made_at=chain.NOON
        )
    manager, nobody = chain.person(Role.MANAGER, stores=[mine]), chain.person(Role.MANAGER)

    def codes(person):
        return sorted(price_lists_visible_to(person).values_list("code", flat=True))

    def edited(person):
        return {edit.price_list and edit.price_list.code for edit in price_edits_visible_to(person)}

    assert codes(director) == ["MINE", "OTHER", "WHOLE"]
    assert edited(director) == {"MINE", "OTHER", "WHOLE", None}
    assert codes(manager) == ["MINE", "WHOLE"]
    assert edited(manager) == {"MINE", "WHOLE", None}
    assert codes(nobody) == []
    assert edited(nobody) == set()


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", "3"), ("3,49", "3.49"), ("−2.5", "-2.5"), ("1 234,50", "1234.50"), (" 7 ", "7")],
)
def test_a_number_is_read_with_a_point_or_a_comma(text, number):
    assert number_in(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "x", "1,234.5", "NaN", "Infinity", "0.1234567", "1,2,3"])
def test_what_is_no_number_is_not_guessed_at(text):
    with pytest.raises(NotAPrice):
        number_in(text)


def test_a_page_keeps_ids_and_typed_prices_as_they_were():
    assert packed([7, 1, 2, 3, 9, 10]) == "1-3,7,9-10"
    assert unpacked("1-3,7,9-10") == [1, 2, 3, 7, 9, 10]
    assert unpacked("x,1-,-3,5-2,4") == [4]
    assert len(unpacked("1-99999999999")) == 10_001
    assert typed_in(typed_out({7: Decimal("2.49"), 2: Decimal(0)})) == {
        7: Decimal("2.49"),
        2: Decimal(0),
    }
    assert typed_in("7:x,y:2,") == {}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"how": "percent", "value": "3", "ending": "0.99"}, "+3 %, ending in .99"),
        ({"how": "percent", "value": "-10", "ending": "none", "typed": 2},
         "−10 %, 2 typed by hand"),
        ({"how": "amount", "value": "0.5", "ending": "0.05"}, "+0.50, in steps of 0.05"),
        ({"how": "margin", "value": "30", "ending": "none"}, "margin of 30 %"),
        ({"how": "coefficient", "value": "2.5", "ending": "0.90"}, "cost × 2.5, ending in .90"),
        ({"how": "none", "value": "0", "ending": "none", "typed": 1}, "1 typed by hand"),
        ({"how": "undo"}, "prices as before"),
    ],
)  # fmt: skip
def test_a_formula_is_told_in_words(told, words):
    assert formula(told) == words
