"""A cashier at the till in a browser: without a mouse, and without a network."""

import re
from decimal import Decimal

import pytest

from tests.browser.cashier import paid, pay, report, scan, shown, sold, waiting


def sell_three(page, goods):
    """Two cheap ones for 100 in cash, one of each for cash, three dear ones by card."""
    (dear, _dear_price), (cheap, cheap_price) = goods
    scan(page, f"2*{cheap}")
    pay(page, "F9", "100")
    assert shown(page, "#last-change") == f"{100 - 2 * cheap_price:.2f}"
    scan(page, dear, cheap)
    pay(page, "F9")
    scan(page, f"3*{dear}")
    pay(page, "F8")
    page.locator("#waiting", has_text=re.compile("^3 ")).wait_for()


def test_four_tickets_once_each_though_the_network_went(visitor, till, relay, site, goods):
    (dear, dear_price), (_cheap, cheap_price) = goods
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]
    begun = report(visitor)

    scan(page, dear)
    pay(page, "F8")
    assert waiting(page) == []

    relay.down()
    sell_three(page, goods)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector("#network.offline")
    page.locator("#waiting", has_text=re.compile("^3 ")).wait_for()
    kept = waiting(page)
    assert len({entry["uuid"] for entry in kept}) == 3

    relay.up()
    page.wait_for_selector("#waiting", state="hidden", timeout=40_000)
    assert waiting(page) == []
    page.wait_for_selector("#network.online")

    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    totals = [Decimal(sale["total_ttc"]) for sale in reversed(new)]
    assert totals == [dear_price, 2 * cheap_price, dear_price + cheap_price, 3 * dear_price]
    after = report(visitor)
    assert (after["tickets"], after["last_number"]) == (
        begun["tickets"] + 4,
        begun["last_number"] + 4,
    )
    assert [paid(sale) for sale in reversed(new)] == [
        [("card", dear_price)],
        [("cash", 2 * cheap_price - 100), ("cash", Decimal(100))],
        [("cash", dear_price + cheap_price)],
        [("card", 3 * dear_price)],
    ]


def test_a_ticket_whose_answer_was_lost_is_one_ticket(till, relay, site, goods):
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]

    relay.deaf = True
    scan(page, sku)
    pay(page, "F8")
    page.wait_for_selector("#network.offline")
    assert len([sale for sale in sold(cashier, site) if sale["id"] not in before]) == 1
    assert len(waiting(page)) == 1

    relay.down()
    relay.deaf = False
    relay.up()
    page.wait_for_selector("#waiting", state="hidden", timeout=40_000)
    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    assert [Decimal(sale["total_ttc"]) for sale in new] == [price]
    assert waiting(page) == []


def test_a_sale_without_a_mouse(till, site, goods):
    (dear, dear_price), (cheap, cheap_price) = goods
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]

    scan(page, f"3*{dear}", cheap)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("-")
    page.keyboard.press("+")
    page.keyboard.press("-")
    total = 2 * dear_price + cheap_price
    page.locator("#total", has_text=f"{total:.2f}").wait_for()
    page.keyboard.press("F9")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    page.locator("#sums .due").wait_for()
    assert shown(page, "#sums .due dd") == f"{total - 10:.2f}"
    pay(page, "F9", "50")
    assert shown(page, "#last-change") == f"{60 - total:.2f}"
    page.locator("#last-number", has_text="T1-0").wait_for()

    (sale,) = [one for one in sold(cashier, site) if one["id"] not in before]
    assert Decimal(sale["total_ttc"]) == total
    assert paid(sale) == [("cash", total - 60), ("cash", Decimal(10)), ("cash", Decimal(50))]


def test_goods_come_back_without_a_mouse(till, site, goods):
    (dear, dear_price), _cheap = goods
    cashier = till()
    page = cashier.page
    scan(page, f"3*{dear}")
    pay(page, "F9")
    page.locator("#last-number", has_text="T1-0").wait_for()
    reference = page.inner_text("#last-number")

    page.keyboard.press("Shift+F3")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    page.locator("dialog select[name=disposition-1]").wait_for()
    assert "3" in page.inner_text("dialog label >> nth=0")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.locator("#lines .returned").wait_for()
    assert shown(page, "#total") == f"-{dear_price:.2f}"
    pay(page, "F9")

    back = sold(cashier, site)[0]
    assert (Decimal(back["total_ttc"]), back["is_pure_return"]) == (-dear_price, True)
    assert paid(back) == [("cash", -dear_price)]
    assert [Decimal(line["quantity"]) for line in back["lines"]] == [Decimal(-1)]

    page.keyboard.press("Shift+F3")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    page.locator("dialog select[name=disposition-1]").wait_for()
    assert "2" in page.inner_text("dialog label >> nth=0")
    page.keyboard.press("Escape")


def test_a_basket_is_put_aside_and_taken_up(till, goods):
    sku, price = goods[0]
    page = till().page
    scan(page, f"2*{sku}")
    page.keyboard.press("F3")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type("blue coat")
    page.keyboard.press("Enter")
    page.locator("#empty").wait_for()
    page.keyboard.press("F4")
    page.locator("dialog[open] >> text=blue coat").wait_for()
    page.keyboard.press("1")
    page.locator("dialog h2 >> text=blue coat").wait_for()
    page.keyboard.press("1")
    page.locator("#lines .line").wait_for()
    assert shown(page, "#total") == f"{2 * price:.2f}"
    page.locator("dialog[open]").wait_for(state="detached")
    pay(page, "F8")


def test_a_manager_approves_what_a_cashier_may_not(till, site, goods, password):
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    scan(page, sku)
    page.keyboard.press("F7")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type("20%")
    page.keyboard.press("Enter")
    page.locator("dialog [role=alert]", has_text="Choose a reason.").wait_for()
    page.locator("dialog [name=much]").press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for(state="detached")
    page.keyboard.press("F8")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Enter")
    page.locator("dialog [name=username]").fill("manager")
    page.locator("dialog [name=password]").fill(password)
    page.keyboard.press("Enter")
    page.locator("#last-number", has_text="T1-0").wait_for()
    assert waiting(page) == []
    taken = Decimal(sold(cashier, site)[0]["total_ttc"])
    assert taken == price - (price / 5).quantize(Decimal("0.01"))
    cashier.faults[:] = [fault for fault in cashier.faults if "status of 403" not in fault]


def test_what_the_server_refuses_goes_back_to_the_basket(till, site, goods):
    sku, _price = goods[0]
    cashier = till()
    page = cashier.page
    before = len(sold(cashier, site))

    scan(page, f"900000*{sku}")
    page.keyboard.press("F8")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Enter")
    page.locator("dialog[open] .choices").wait_for()
    assert [entry["state"] for entry in waiting(page)] == ["refused"]
    page.keyboard.press("1")
    page.locator("dialog[open]").wait_for(state="detached")
    assert (waiting(page), len(sold(cashier, site))) == ([], before)
    assert page.locator("#lines .line").count() == 1
    page.keyboard.press("Shift+Delete")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("1")
    page.locator("#empty").wait_for()
    cashier.faults[:] = [fault for fault in cashier.faults if "status of 409" not in fault]


DIALOGS = {
    "F9": "cash",
    "F6": "discount",
    "F1": "help",
    "F10": "other",
    "F3": "aside",
    "Shift+F2": "customer",
    "Shift+F3": "return",
    "Shift+F7": "card",
    "Shift+F8": "drawer",
    "Shift+F1": "session",
    "Insert": "waiting",
}
SMALL = """[...document.querySelectorAll("button, input, select, a")]
    .filter(one => one.offsetParent)
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
"""What a finger would miss."""
RINGED = """getComputedStyle(document.activeElement).outlineStyle !== "none"
    || getComputedStyle(document.activeElement).boxShadow !== "none" """
SIZES = [(1280, 800), (1024, 768), (640, 400), (390, 844)]
"""The third is the first, at 200 %."""


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[0])
def test_the_till_reads_well(till, goods, language, size):
    cashier = till(language=language)
    page = cashier.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    assert page.locator("html").get_attribute("lang") == language
    words = {"en": ("Scan, or type a name", "Cash"), "fr": ("Scannez", "Espèces")}[language]
    assert words[0] in page.get_attribute("#search", "placeholder")
    assert words[1] in page.inner_text("[data-act=cash]")
    scan(page, *[sku for sku, _price in goods])
    name = f"till-{language}-{size[0]}"
    cashier.look_by_day_and_night(name)
    assert page.evaluate(SMALL) == []
    page.locator("#search").press_sequentially("milk")
    page.locator("#results li").first.wait_for()
    cashier.look(f"{name}-search")
    page.keyboard.press("Escape")
    for key, what in DIALOGS.items():
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()
        cashier.look(f"{name}-{what}")
        assert page.evaluate(SMALL) == []
        assert page.evaluate(RINGED), what
        page.keyboard.press("Escape")
        page.locator("dialog[open]").wait_for(state="detached")
    page.keyboard.press("Shift+Delete")
    page.keyboard.press("1")
    page.locator("#empty").wait_for()


MONEY = [
    ("units('12,34', 2)", 1234),
    ("units('-0.5', 2)", -50),
    ("units('1.999', 2)", None),
    ("units('1.990', 2)", 199),
    ("units('1e3', 2)", None),
    ("units('7', 0)", 7),
    ("plain(-5, 2)", "-0.05"),
    ("plain(1234, 0)", "1234"),
    ("plain(1234, 3)", "1.234"),
    ("quantity(1500)", "1.5"),
    ("quantity(10000)", "10"),
    # 0.335 kg at 2.99 is 1.00165; 3 at 0.005 is 0.015: the half goes up, no float about it.
    ("worth(335, price('2.99'), 2)", 100),
    ("worth(3000, price('0.005'), 2)", 2),
    ("worth(1000, price('1.005'), 2)", 101),
    ("worth(999999999, price('999999.999999'), 2)", 99999999899900),
    ("shareOf(999, 1000)", 100),
    ("shareOf(995, 1000)", 100),
    ("toCoins(1233, 5)", 1235),
    ("toCoins(1232, 5)", 1230),
    ("toCoins(-1233, 5)", -1235),
    ("toCoins(1233, 0)", 1233),
    ("Number(halfUp(-5, 2))", -3),
    ("shared(100, [1, 1, 1])", [34, 33, 33]),
    ("shared(5, [0, 0])", [0, 0]),
    ("shown(123456, {currency: 'EUR', decimals: 2, language: 'en'})", "€1,234.56"),
]


def test_money_is_exact(till):
    page = till().page
    calls = ", ".join(call for call, _expected in MONEY)
    names = "{units, plain, quantity, worth, price, shareOf, toCoins, halfUp, shared, shown}"
    found = page.evaluate(f"import('/static/till/money.js').then(({names}) => [{calls}])")
    assert found == [expected for _call, expected in MONEY]


def test_cash_is_paid_as_the_server_reckons_it(till):
    page = till().page
    cash, card = ({"kind": kind, "amount": 2000} for kind in ("cash", "card"))
    asked = {
        "rounded": ("payable", [1233, [cash], 5], 1235),
        "not for cards": ("payable", [1233, [card], 5], 1233),
        "change": ("change", [1233, [cash], 5], 765),
        "cash beside a card": ("due", [3233, [card], 5, "cash"], 1235),
        "too much by card": ("settled", [1233, [card], 5], False),
        "too much in cash": ("settled", [1233, [cash], 5], True),
        "nothing for nothing": ("settled", [0, [], 5], True),
        "paid back": ("settled", [-500, [{"kind": "cash", "amount": -500}], 0], True),
    }
    found = page.evaluate(
        """asked => import("/static/till/tenders.js").then(
            tenders => asked.map(([name, given]) => tenders[name](...given)))""",
        [call[:2] for call in asked.values()],
    )
    assert dict(zip(asked, found, strict=True)) == {
        name: expected for name, (_call, _given, expected) in asked.items()
    }
