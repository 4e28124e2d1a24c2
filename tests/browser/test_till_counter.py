"""What happens at a counter: goods come back, prices change, receipts, reports, a day's end."""

import re
import secrets
from decimal import ROUND_HALF_UP, Decimal

import pytest

from sales.services.receipts import qr_of
from tests.browser.cashier import (
    answered,
    at,
    chosen,
    paid,
    pay,
    refused,
    report,
    scan,
    shown,
    sold,
    waiting,
    write,
)

PAPER = "[...document.querySelectorAll('#receipt svg path')].map(path => path.getAttribute('d'))"
CUSTOMER = "1001"
"""One of the demo's."""
PRINTED = """([number, marked]) => {
    const said = document.querySelector("#receipt pre")?.textContent ?? "";
    return said.includes(number) && said.includes("COPY 1") === marked;
}"""
QUIET = 4
"""Modules around a QR code."""
MM = 96 / 25.4
LAST = """() => new Promise((done) => {
    const asked = indexedDB.open("epm-till");
    asked.onsuccess = () => {
        const settings = asked.result.transaction("settings").objectStore("settings");
        settings.getAllKeys().onsuccess = ({ target }) => {
            const key = target.result.find((name) => name.startsWith("last-"));
            settings.get(key).onsuccess = (last) => {
                asked.result.close();
                done(last.target.result);
            };
        };
    };
})"""
"""What the browser keeps of the last ticket."""


def number_of(page):
    page.locator("#last-number", has_text="T1-0").wait_for()
    return page.inner_text("#last-number")


def bring_back(page, reference):
    page.keyboard.press("Shift+F3")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    page.locator("dialog [name=line-1]").wait_for()


def other_way(page, name, *keys):
    page.keyboard.press("F10")
    chosen(page, name)
    page.locator("dialog [name=amount]").wait_for()
    answered(page, *keys)


def path_of(text):
    """A QR code as the till draws it, made by the server's own library."""
    return "".join(
        f"M{across},{down}h1v1h-1z"
        for down, row in enumerate(qr_of(text=text), QUIET)
        for across, dark in enumerate(row, QUIET)
        if dark
    )


def cost_now(visitor, sku, price):
    """The director changes what a product costs."""
    director = visitor("director")
    (found,) = director.context.request.get(f"/api/v1/products?sku={sku}").json()["results"]
    page = director.open(f"/admin/inventory/product/{found['id']}/change/")
    page.fill("#id_sale_price", str(price))
    page.click("[name=_save]")
    page.wait_for_url("**/admin/inventory/product/")


def test_each_line_comes_back_its_own_way_as_credit_and_as_an_exchange(till, site, goods):
    (dear, dear_price), (cheap, cheap_price) = goods
    cashier = till()
    page = cashier.page
    scan(page, f"3*{dear}", f"2*{cheap}")
    pay(page, "F9", "100")
    reference = number_of(page)

    bring_back(page, reference)
    page.keyboard.press("Enter")
    page.locator("dialog .wrong", has_text="Say how many").wait_for()
    answered(page, "2", "Tab", "ArrowDown", "Tab", "1", "Enter")
    back = 2 * dear_price + cheap_price
    page.locator("#total", has_text=f"-${back:.2f}").wait_for()
    assert "Damaged" in page.inner_text("#lines .line >> nth=0")
    other_way(page, "Store credit", "Enter")
    page.locator("#last-cards code").wait_for()
    credit = page.inner_text("#last-cards code")
    taken_back = sold(cashier, site)[0]
    assert paid(taken_back) == [("store_credit", -back)]
    assert [line["disposition"] for line in taken_back["lines"]] == ["damaged", "sellable"]

    bring_back(page, reference)
    assert "of 1" in page.inner_text("dialog label >> nth=0")
    answered(page, "1", "Enter")
    scan(page, f"2*{cheap}", f"1*{dear}")
    page.locator("#total", has_text=f"${2 * cheap_price:.2f}").wait_for()
    other_way(page, "Store credit", credit, "Enter")
    number_of(page)
    exchange = sold(cashier, site)[0]
    assert paid(exchange) == [("store_credit", 2 * cheap_price)]
    assert [Decimal(line["quantity"]) for line in exchange["lines"]] == [-1, 2, 1]


def test_a_gift_card_is_sold_printed_and_pays_no_more_than_it_holds(till, site, goods):
    dear, price = goods[0]
    cashier = till()
    page = cashier.page
    page.keyboard.press("Shift+F7")
    answered(page, "5", "Enter")
    page.locator("#lines .card").wait_for()
    pay(page, "F8")
    number_of(page)
    code = page.inner_text("#last-cards code")
    uuid = page.evaluate(LAST)["ticket"]["uuid"]
    page.keyboard.press("Shift+F9")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("1")
    page.locator("#receipt pre").wait_for(state="attached")
    assert page.evaluate(PAPER) == [path_of(uuid), path_of(code)]
    assert code in page.text_content("#receipt")

    scan(page, f"3*{dear}")
    page.keyboard.press("F10")
    chosen(page, "Gift card")
    page.locator("dialog [name=code]").wait_for()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.locator("dialog .text", has_text="the card holds $5.00").wait_for()
    answered(page, "1")
    other_way(page, "Gift card", code, "Tab", "5", "Enter")
    assert shown(page, "#sums .due dd") == f"{3 * price - 5:.2f}"
    pay(page, "F9")
    number_of(page)
    assert paid(sold(cashier, site)[0]) == [("cash", 3 * price - 5), ("gift_card", Decimal(5))]
    refused(cashier, 409)


def test_a_customer_who_is_none_is_told_at_once(till, goods):
    sku, _price = goods[0]
    cashier = till()
    page = cashier.page
    page.keyboard.press("Shift+F2")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type("NOBODY")
    page.keyboard.press("Enter")
    page.locator("dialog .wrong", has_text="There is no customer NOBODY").wait_for()
    page.keyboard.press("Control+a")
    answered(page, CUSTOMER, "Enter")
    scan(page, sku)
    assert CUSTOMER in page.inner_text("#sums")
    pay(page, "F8")
    number_of(page)
    refused(cashier, 422)


def test_a_price_that_changed_since_the_scan_is_told_and_taken(till, visitor, site, goods):
    (dear, dear_price), (cheap, cheap_price) = goods
    cashier = till()
    page = cashier.page
    scan(page, dear, cheap)
    now = dear_price + Decimal("0.30")
    cost_now(visitor, dear, now)
    try:
        before = len(sold(cashier, site))
        page.keyboard.press("F8")
        page.locator("dialog [name=amount]").wait_for()
        page.keyboard.press("Enter")
        told = page.locator("dialog .changes li")
        told.wait_for()
        assert told.count() == 1
        assert f"({dear})" in told.inner_text()
        assert f"${dear_price:.2f} → ${now:.2f}" in told.inner_text()
        assert (waiting(page), len(sold(cashier, site))) == ([], before)
        answered(page, "1")
        assert shown(page, "#total") == f"{now + cheap_price:.2f}"
        pay(page, "F8")
        number_of(page)
        assert paid(sold(cashier, site)[0]) == [("card", now + cheap_price)]
    finally:
        cost_now(visitor, dear, dear_price)
    refused(cashier, 403)


def test_what_is_short_is_told_by_name(till, visitor, goods):
    sku, _price = goods[0]
    (found,) = (
        visitor("manager").context.request.get(f"/api/v1/products?sku={sku}").json()["results"]
    )
    cashier = till()
    page = cashier.page
    scan(page, f"900000*{sku}")
    page.keyboard.press("F8")
    page.locator("dialog [name=amount]").wait_for()
    page.keyboard.press("Enter")
    page.locator("dialog .text", has_text=f"{found['name']} ({sku}): 900000 asked for").wait_for()
    answered(page, "1")
    refused(cashier, 409)


def test_a_receipt_without_a_network_is_provisional_and_takes_goods_back(till, relay, site, goods):
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    relay.down()
    scan(page, f"2*{sku}")
    pay(page, "F9", "50")
    page.locator("#waiting", has_text=re.compile("^1 ")).wait_for()
    page.keyboard.press("Shift+F9")
    answered(page, "1")
    (kept,) = waiting(page)
    assert page.evaluate(PAPER) == [path_of(kept["uuid"])]
    page.emulate_media(media="print")
    paper = page.inner_text("#receipt")
    assert "Provisional receipt" in paper
    assert f"${2 * price:.2f}" in paper
    wide = page.evaluate("document.getElementById('receipt').scrollWidth")
    assert wide <= 74 * MM
    assert not page.locator("main").is_visible()
    page.emulate_media(media="screen")

    relay.up()
    page.wait_for_selector("#waiting", state="hidden", timeout=40_000)
    page.wait_for_selector("#network.online")
    scan(page, kept["uuid"])  # as a scanner reads it from the paper
    page.locator("dialog [name=line-1]").wait_for()
    answered(page, "1", "Enter")
    page.locator("#total", has_text=f"-${price:.2f}").wait_for()
    pay(page, "F9")
    page.locator("#last-number", has_text="T1-0").wait_for()
    assert paid(sold(cashier, site)[0]) == [("cash", -price)]


def test_any_ticket_is_printed_again_as_a_copy(till, goods):
    sku, _price = goods[0]
    page = till().page
    scan(page, sku)
    pay(page, "F8")
    first = number_of(page)
    scan(page, sku)
    pay(page, "F9")
    page.locator("#last-number", has_text=re.compile(f"^(?!{first})T1-0")).wait_for()
    for marked in (False, True):
        page.keyboard.press("Shift+F9")
        page.locator("dialog[open]").wait_for()
        chosen(page, "Another ticket")
        page.locator("dialog [name=receipt]").wait_for()
        page.keyboard.type(first)
        page.keyboard.press("Enter")
        page.locator("dialog h2", has_text=first).wait_for()
        answered(page, "1")
        page.wait_for_function(PRINTED, arg=[first, marked])


def take_out(page, amount):
    page.keyboard.press("Shift+F8")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("3")
    page.locator("dialog [name=amount]").wait_for()
    answered(page, amount, "Tab", "milk for the staff", "Enter")
    page.locator("#notice", has_text="Noted.").wait_for()


def count(page, cash):
    page.keyboard.press("Shift+F1")
    page.locator("dialog[open]").wait_for()
    assert "X report" not in page.inner_text("dialog")
    chosen(page, "Count and close")
    page.locator("dialog [name=cash]").wait_for()
    page.keyboard.type(cash)
    page.keyboard.press("Enter")
    page.locator("dialog h2", has_text="The register is closed").wait_for()


def z_report(page):
    """For who may know it, once the question for a float is put off."""
    at(page, "Riverside")
    page.locator("dialog [name=float]").wait_for()
    answered(page, "Escape")
    page.keyboard.press("Shift+F1")
    chosen(page, "Z report")
    page.locator("dialog .figures").wait_for()
    return page.inner_text("dialog .figures")


def test_a_day_ends_blind_for_a_cashier_and_with_its_z_for_a_manager(till, visitor, goods):
    sku, _price = goods[0]
    cashier = till()
    page = cashier.page
    scan(page, sku)
    pay(page, "F9", "20")
    number_of(page)
    take_out(page, "1.50")
    expected = Decimal(report(visitor)["totals"]["expected"]["cash"])

    count(page, f"0.01x{int(expected * 100) - 100} 0.50x1")
    assert str(expected) not in page.inner_text("dialog")
    answered(page, "Enter")
    assert "The register is closed." in page.inner_text("#closed")

    manager = visitor("manager")
    told = z_report(manager.open("/till/"))
    assert f"Expected: Cash\n${expected:,.2f}" in told
    assert "Variance: Cash\n-$0.50" in told
    manager.look("till-z-report")


def saved(page, path):
    page.click("[name=_save]")
    page.wait_for_url(lambda url: url.rstrip("/").endswith(path))


@pytest.fixture
def montreal(visitor, goods):
    """A store with GST and QST on top and no coin of a cent; the goods bear these taxes there."""
    director = visitor("director")
    ask = director.context.request
    page = director.open("/admin/organization/store/add/")
    code = f"M{secrets.token_hex(3)}".upper()
    page.fill("#id_code", code)
    page.fill("#id_name", code)
    page.fill("#id_timezone", "America/Toronto")
    page.fill("#id_currency", "CAD")
    page.fill("#id_vat_regime", "CA-QC")
    page.fill("#id_opened_on", "2020-01-01")
    saved(page, "/organization/store")
    link = page.locator("a", has_text=code).first.get_attribute("href")
    store = re.search(r"/store/(\d+)/", link)[1]
    for model, told in (
        ("cashregister", {"code": "T1"}),
        ("tillpolicy", {"cash_rounding": "0.05"}),
    ):
        page = director.open(f"/admin/sales/{model}/add/")
        page.evaluate(
            "id => document.getElementById('id_store').append(new Option(id, id, true, true))",
            store,
        )
        for name, value in told.items():
            page.fill(f"#id_{name}", value)
        saved(page, f"/sales/{model}")
    found = [ask.get(f"/api/v1/products?sku={sku}").json()["results"][0] for sku, _price in goods]
    for product in found:
        page = director.open(f"/admin/inventory/product/{product['id']}/change/")
        page.fill("#id_tax_class_code", "standard")
        saved(page, "/inventory/product")
    write(director, "/api/v1/stock/movements", {
        "kind": "receipt",
        "store": code,
        "lines": [{"sku": sku, "quantity": 20} for sku, _price in goods],
    })  # fmt: skip
    yield code
    for product in found:
        page = director.open(f"/admin/inventory/product/{product['id']}/change/")
        page.fill("#id_tax_class_code", product["tax_class"])
        saved(page, "/inventory/product")


def test_taxes_on_top_and_coins_of_five_are_as_the_server_has_them(visitor, montreal, goods):
    (dear, dear_price), (cheap, cheap_price) = goods
    director = visitor("director")
    page = director.open("/till/")
    at(page, montreal)
    page.locator("dialog [name=float]").wait_for()
    answered(page, "20x5 0.05x10", "Enter")
    page.locator("#notice", has_text="$100.50").wait_for()
    scan(page, f"3*{dear}", cheap)
    net = 3 * dear_price + cheap_price
    gst, qst = (
        (net * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for rate in (Decimal("0.05"), Decimal("0.09975"))
    )
    due = net + gst + qst
    coins = (due / Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP) * Decimal("0.05")
    told = re.sub(r"[^\d.% \n]", "", page.inner_text("#sums")).split("\n")
    assert [line.strip() for line in told] == ["5 %", f"{gst}", "9.975 %", f"{qst}"]
    assert shown(page, "#total") == f"{due}"
    page.keyboard.press("F9")
    page.locator("dialog .text", has_text=f"{coins}").wait_for()
    answered(page, "100", "Enter")
    number_of(page)
    assert shown(page, "#last-change") == f"{100 - coins:.2f}"
    scan(page, cheap)
    pay(page, "F8")
    page.locator("#last-number", has_text="T1-00000002").wait_for()

    listed = director.context.request.get(f"/api/v1/sales?store={montreal}").json()["results"]
    assert [Decimal(sale["total_ttc"]) for sale in listed[::-1]] == [coins, *taxed(cheap_price)]


def taxed(net):
    """One total: what is paid by card is not rounded to coins."""
    rates = (Decimal("0.05"), Decimal("0.09975"))
    yield net + sum((net * rate).quantize(Decimal("0.01"), ROUND_HALF_UP) for rate in rates)
