"""Goods bought, sent and counted by a store's manager, page by page, to the exact figure."""

import secrets
from datetime import UTC, datetime

import pytest

from tests.browser.test_journeys import csrf, text

OURS, THEIRS = "367", "406"
STOCK = "/admin/inventory"
NAMED = """() => {
    const here = document.activeElement;
    return here.ariaLabel || here.labels?.[0]?.innerText || here.innerText;
}"""


@pytest.fixture
def product(visitor):
    """The SKU of a product that no store has had yet."""
    sku = f"J{secrets.token_hex(4)}".upper()
    page = visitor("director").open(f"{STOCK}/product/add/")
    page.fill("#id_sku", sku)
    page.fill("#id_name", "Journey tea")
    save(page)
    return sku


@pytest.fixture
def supplier(visitor):
    """The code of a supplier who takes the store's own money."""
    code = f"S{secrets.token_hex(4)}".upper()
    page = visitor("director").open(f"{STOCK}/supplier/add/")
    page.fill("#id_code", code)
    page.fill("#id_name", "Journey mill")
    page.fill("#id_currency", "USD")
    save(page)
    return code


@pytest.fixture
def manager(visitor):
    return visitor("manager")


@pytest.fixture
def looks(visitor):
    """Looks at the page in view, and at the same in French, by night, on a phone."""

    def look(person, name, *, role="manager"):
        person.look(name)
        abroad = visitor(role, language="fr", scheme="dark", phone=True)
        abroad.open(person.page.url)
        abroad.look(f"{name}-fr-phone")

    return look


def save(page):
    page.click("[name=_save]")
    page.wait_for_url(lambda url: "/add/" not in url)


def choose(page, field, word):
    """Type into a choice with a search and take what it finds, by keyboard."""
    page.locator(f"#id_{field} + .select2 [role=combobox]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(word)
    page.locator(".select2-results__option--highlighted", has_text=word).wait_for()
    page.keyboard.press("Enter")


def ask(page, step):
    """Go to the form of a document's step by its button."""
    page.get_by_role("link", name=step, exact=True).press("Enter")
    page.wait_for_url("**/step/**")


def answer(page, **said):
    """Fill the step's fields by name, and take it by keyboard."""
    for name, value in said.items():
        field = page.locator(f"#content [name={name}], #content [name$='-{name}']")
        if field.evaluate("field => field.localName") == "select":
            field.select_option(label=value)
        else:
            field.fill(value)
    page.locator("#content button[type=submit]").press("Enter")
    page.wait_for_url("**/change/")


def take(page, step, **said):
    ask(page, step)
    answer(page, **said)


def state(page):
    return text(page.locator(".epm-steps span").first)


def rows_of(table):
    """A table's lines, each by the names of its columns."""
    heads = [text(head) for head in table.locator("thead th").all()]
    rows = table.locator("tbody tr:visible:has(> :nth-child(2))").all()
    return [dict(zip(heads, map(text, row.locator("th, td").all()), strict=False)) for row in rows]


def read(row, *names):
    return [row[name] for name in names]


def told(person, store, sku):
    """What the API says of a level: on hand, out of sale, available and worth."""
    answer = person.page.request.get(f"{person.site}/api/v1/stock/{store}/{sku}")
    assert answer.status == 200, answer.text()
    return read(answer.json(), "on_hand", "unavailable", "available", "value")


def move(person, kind, sku, quantity, **line):
    """A till or a partner tells a movement of our store."""
    answer = person.page.request.post(
        f"{person.site}/api/v1/stock/movements",
        data={"kind": kind, "store": OURS, "lines": [{"sku": sku, "quantity": quantity, **line}]},
        headers={
            "X-CSRFToken": csrf(person), "Referer": f"{person.site}/admin/",
            "Idempotency-Key": secrets.token_hex(8),
        },
    )  # fmt: skip
    assert answer.status == 201, answer.text()


def open_card(person, sku):
    """Search the levels as she would, and open the card of the one found."""
    page = person.open(f"{STOCK}/stocklevel/")
    page.locator("#searchbar").fill(sku)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.get_by_role("link", name=sku, exact=True).press("Enter")
    page.wait_for_url("**/change/**")
    return page


def figures(page):
    tiles = page.locator(".epm-tiles > div").all()
    return {text(tile.locator("dt")): text(tile.locator("dd")) for tile in tiles}


def order_twelve(page, *, supplier, product):
    page.goto(f"{STOCK}/purchaseorder/add/")
    assert text(page.locator("#id_store + .select2")).startswith(OURS)
    choose(page, "supplier", supplier)
    choose(page, "lines-0-product", product)
    page.fill("#id_lines-0-ordered", "12")
    page.fill("#id_lines-0-unit_cost", "2.50")


def test_a_delivery_comes_short_and_the_order_is_closed(visitor, manager, looks, product, supplier):
    """Twelve are ordered at 2.50; nine are taken in, one came broken; nobody waits for the rest."""
    page = manager.page
    order_twelve(page, supplier=supplier, product=product)
    manager.look("journey-order-new")
    save(page)
    order = page.url
    take(page, "Submit")
    take(visitor("director").open(order), "Approve")
    take(manager.open(order), "Order")
    ask(page, "Receive")
    looks(manager, "journey-order-receive")
    answer(page, accepted="9", rejected="1", reason="Damaged", delivery_note="DN-17")
    assert state(page).casefold() == "partially received"
    take(page, "Close short", reason="The mill has no more.")

    assert state(page).casefold() == "closed"
    (line,) = rows_of(page.locator("#lines-group table"))
    assert read(line, "Ordered", "Unit cost excl. tax", "Received", "Rejected") == [
        "12", "2.50", "9", "1",
    ]  # fmt: skip
    assert read(line, "Incoming", "Surplus", "Cancelled") == ["0", "0", "3"]
    looks(manager, "journey-order-closed")

    open_card(manager, product)
    assert read(figures(page), "On hand", "Value excl. tax", "Ordered") == ["9", "$22.50", "0"]
    (receipt,) = rows_of(page.locator("#movements table"))
    assert read(receipt, "Kind", "Quantity", "On hand after", "Unit cost", "Document") == [
        "Receipt", "+9", "9", "$2.50", "Purchase order",
    ]  # fmt: skip
    looks(manager, "journey-order-card")
    assert told(manager, OURS, product) == ["9.00", "0.00", "9.00", "22.50"]


def test_a_transfer_arrives_broken_in_part(visitor, manager, looks, product):
    """Ten leave; eight reach the shelf, one is written off, one goes back out of sale."""
    move(manager, "receipt", product, "20", unit_cost="2.50")
    page = manager.open(f"{STOCK}/transfer/add/")
    page.fill("#id_to", THEIRS)
    page.get_by_role("link", name="Add another").press("Enter")
    choose(page, "lines-0-product", product)
    page.fill("#id_lines-0-quantity", "10")
    manager.look("journey-transfer-new")
    save(page)
    take(page, "Make ready")
    take(page, "Ship")
    looks(manager, "journey-transfer-shipped")

    other = visitor("regional")
    there = other.open(page.url)
    take(there, "Receive", accepted="8", rejected="1", reason="Damaged", disposition="Write off")
    ask(there, "Receive")
    looks(other, "journey-transfer-receive", role="regional")
    answer(there, accepted="0", rejected="1", reason="Damaged", disposition="Send back")
    assert state(there).casefold() == "received"
    (line,) = rows_of(there.locator("#lines-group table"))
    assert read(line, "Shipped", "Accepted", "Rejected", "Lost", "Returned", "In transit") == [
        "10", "8", "2", "0", "0", "0",
    ]  # fmt: skip
    deliveries = rows_of(there.locator("[aria-labelledby=deliveries] table"))
    assert [read(each, "Accepted", "Rejected", "Why, and then") for each in deliveries] == [
        ["8", "1", "Damaged · Write off"], ["0", "1", "Damaged · Send back"],
    ]  # fmt: skip
    looks(other, "journey-transfer-received", role="regional")

    open_card(manager, product)
    assert read(figures(page), "On hand", "Unavailable", "Available") == ["11", "1", "10"]
    looks(manager, "journey-transfer-card")
    assert told(manager, OURS, product) == ["11.00", "1.00", "10.00", "27.50"]
    assert told(other, THEIRS, product) == ["8.00", "0.00", "8.00", "20.00"]


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("stocklevel/", "CSV"),
        ("stocktake/add/", "Store"),
        ("transfer/add/", "From"),
        ("stockadjustment/add/", "Store"),
    ],
)
def test_the_menu_is_skipped_by_keyboard(manager, path, first):
    page = manager.open(f"{STOCK}/{path}")
    page.wait_for_load_state("networkidle")  # a new form takes the focus to its first field
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    manager.look(f"journey-skip-{path.split('/')[0]}")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(NAMED) == first


def plan_a_count(person, product):
    page = person.open(f"{STOCK}/stocktake/add/")
    page.fill("#id_scheduled_on", f"{datetime.now(UTC):%Y-%m-%d}")
    page.fill("#id_codes", product)
    person.look("journey-count-new")
    save(page)
    take(page, "Start counting")
    return page


def scan(page, words, *, counted):
    """The field is in focus already: type as a scanner does."""
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.get_by_text(f": {counted} counted.").wait_for()


def prove(page):
    """The sums by which the card proves its stock."""
    page.get_by_role("link", name="Prove this stock").press("Enter")
    proof = page.locator("#proof [role=status]")
    assert text(proof.locator("p")) == "Proved: opening and movements make what is on hand."
    rows = proof.locator("tr").all()
    return {text(row.locator("th")): text(row.locator("td")) for row in rows}


def test_goods_are_counted_while_they_are_sold(manager, looks, product):
    """One of twenty is missing. Three are sold between two scans, two more before the posting."""
    move(manager, "receipt", product, "20", unit_cost="2.50")
    page = plan_a_count(manager, product)
    stocktake = page.url
    page.get_by_role("link", name="Count", exact=True).press("Enter")
    page.wait_for_url("**/count/")
    scan(page, f"12*{product}", counted="12")
    move(manager, "sale", product, "3")
    scan(page, f"4*{product}", counted="16")
    looks(manager, "journey-count-sheet")
    move(manager, "sale", product, "2")
    take(manager.open(stocktake), "End the counting")
    page.get_by_role("link", name="Variances").press("Enter")
    page.wait_for_url("**/variances/")
    (line,) = rows_of(page.locator("#content table"))
    assert read(line, "Expected", "Counted", "Variance", "Value excl. tax") == [
        "17", "16", "\N{MINUS SIGN}1", "\N{MINUS SIGN}$2.50",
    ]  # fmt: skip
    assert "moved while it was counted" in line["Product"]
    looks(manager, "journey-count-variances")
    take(manager.open(stocktake), "Approve")
    take(page, "Post")
    assert state(page).casefold() == "posted"
    looks(manager, "journey-count-posted")

    open_card(manager, product)
    sums = prove(page)
    assert read(sums, "All movements since", "On hand, as shown") == ["+14", "14"]
    assert read(sums, "Value by its movements", "Value, as shown") == ["$35.00", "$35.00"]
    movements = rows_of(page.locator("#movements table"))
    assert [read(each, "Kind", "Quantity", "On hand after") for each in movements] == [
        ["Count", "\N{MINUS SIGN}1", "14"],
        ["Sale", "\N{MINUS SIGN}2", "15"],
        ["Sale", "\N{MINUS SIGN}3", "17"],
        ["Receipt", "+20", "20"],
    ]
    looks(manager, "journey-count-proved")
    assert told(manager, OURS, product) == ["14.00", "0.00", "14.00", "35.00"]
