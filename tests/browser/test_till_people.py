"""One browser, several tabs and several people: each ticket once, and each its cashier's."""

import re
import time
from decimal import Decimal

import pytest

from tests.browser.cashier import (
    answered,
    chosen,
    pay,
    refused,
    scan,
    shown,
    sold,
    waiting,
)

PATIENCE = 40
"""Seconds in which the till has caught up twice."""


def emptied(page):
    """Wait until the browser keeps no ticket any more."""
    deadline = time.monotonic() + PATIENCE
    while waiting(page):
        assert time.monotonic() < deadline, waiting(page)
        page.wait_for_timeout(200)


def sign_in(page, name, password):
    """At the page that the till's own link leads to."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/till/")
    page.wait_for_selector("html[data-fresh]")


def sign_out(cashier):
    """As the server does after a while, or an administrator: nobody pressed a button."""
    cashier.context.clear_cookies(name="epm_session")


def test_one_tab_is_the_till_and_the_other_one_stops(till, site, goods):
    sku, price = goods[0]
    cashier = till()
    first = cashier.page
    before = len(sold(cashier, site))
    scan(first, f"2*{sku}")
    first.locator("#lines .line").wait_for()

    second = cashier.context.new_page()
    second.goto("/till/")
    second.locator("dialog .text", has_text="open in another tab").wait_for()
    assert second.locator("#lines .line").count() == 0
    second.keyboard.press("Escape")
    answered(second, "1")
    second.locator("#lines .line").wait_for()
    assert shown(second, "#total") == f"{2 * price:.2f}"
    first.locator("dialog .text", has_text="went on in another tab").wait_for()
    pay(second, "F8")
    second.locator("#last-number", has_text="T1-0").wait_for()

    first.bring_to_front()
    first.keyboard.press("1")
    first.wait_for_selector("html[data-ready]")
    second.locator("dialog .text", has_text="went on in another tab").wait_for()
    assert first.locator("#lines .line").count() == 0
    assert (len(sold(cashier, site)), waiting(first)) == (before + 1, [])
    first.reload()
    first.wait_for_selector("html[data-ready]")
    assert first.locator("dialog[open]").count() == 0


def test_two_tabs_send_what_waits_once(till, relay, site, goods):
    sku, price = goods[1]
    cashier = till()
    first = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]
    relay.down()
    for _ticket in range(3):
        scan(first, sku)
        pay(first, "F9")
    first.locator("#waiting", has_text=re.compile("^3 ")).wait_for()
    second = cashier.context.new_page()
    second.goto("/till/")
    answered(second, "1")
    second.locator("#waiting", has_text=re.compile("^3 ")).wait_for()
    relay.up()
    second.wait_for_selector("#waiting", state="hidden", timeout=40_000)
    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    assert [Decimal(sale["total_ttc"]) for sale in new] == [price] * 3
    assert waiting(second) == []


def test_a_page_that_dies_in_the_middle_of_a_sale_has_sold_once(till, relay, site, goods):
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]
    scan(page, sku)
    page.keyboard.press("F8")
    page.locator("dialog [name=amount]").wait_for()
    relay.deaf = True
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('dialog[open]') === null")
    page.wait_for_timeout(300)
    assert len(waiting(page)) == 1
    page.close()

    relay.down()
    relay.deaf = False
    relay.up()
    page = cashier.context.new_page()
    page.goto("/till/")
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#lines .line").count() == 0
    page.wait_for_selector("#waiting", state="attached")
    emptied(page)
    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    assert [Decimal(sale["total_ttc"]) for sale in new] == [price]


def test_signed_out_without_a_network_loses_nothing(till, relay, site, goods, password):
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]
    relay.down()
    scan(page, sku)
    pay(page, "F8")
    sign_out(cashier)
    relay.up()
    page.locator("#signed-out").wait_for(timeout=40_000)
    assert "Tickets kept here: 1." in page.inner_text("#signed-out")
    scan(page, sku, sku)
    pay(page, "F8")
    assert "Sold and kept." in page.inner_text("#notice")
    assert "Tickets kept here: 2." in page.inner_text("#signed-out")
    cashier.look("till-signed-out")
    assert len(waiting(page)) == 2

    page.click("#signed-out a")
    sign_in(page, "cashier", password)
    emptied(page)
    assert page.locator("#signed-out").is_hidden()
    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    assert [Decimal(sale["total_ttc"]) for sale in reversed(new)] == [price, 2 * price]
    refused(cashier, 401)


def another_signs_in(cashier, name, password):
    page = cashier.page
    cashier.context.clear_cookies()
    page.goto("/accounts/login/?next=/till/")
    sign_in(page, name, password)


def told_of_waiting(page):
    page.keyboard.press("Insert")
    page.locator("dialog[open]").wait_for()
    told = page.inner_text("dialog")
    assert page.locator("dialog .choices button").count() == 0
    answered(page, "Escape")
    return told


def test_a_colleague_neither_sees_nor_sends_nor_loses_what_waits(
    till, relay, site, goods, password
):
    (sku, price), (other, other_price) = goods
    cashier = till()
    page = cashier.page
    before = [sale["id"] for sale in sold(cashier, site)]
    relay.down()
    scan(page, f"3*{sku}")
    pay(page, "F9", "100")
    scan(page, other)
    page.locator("#lines .line").wait_for()
    (kept,) = waiting(page)
    sign_out(cashier)
    relay.up()

    another_signs_in(cashier, "manager", password)
    page.locator("#others", has_text="1 of colleagues").wait_for()
    assert page.locator("#lines .line").count() == 0
    assert page.locator("#last").is_hidden()
    told = told_of_waiting(page)
    assert "cashier has to sign in: 1 tickets wait for it." in told
    assert f"{3 * price:.2f}" not in told
    scan(page, other)
    pay(page, "F8")
    page.locator("#last-number", has_text="T1-0").wait_for()
    assert waiting(page) == [kept]

    another_signs_in(cashier, "cashier", password)
    emptied(page)
    assert shown(page, "#total") == f"{other_price:.2f}"
    new = [sale for sale in sold(cashier, site) if sale["id"] not in before]
    totals = {Decimal(sale["total_ttc"]) for sale in new}
    assert (len(new), totals) == (2, {3 * price, other_price})
    refused(cashier, 401)


def test_a_register_is_closed_over_a_colleagues_tickets_only_after_a_question(
    till, relay, goods, password
):
    sku, _price = goods[0]
    cashier = till()
    page = cashier.page
    relay.down()
    scan(page, sku)
    pay(page, "F8")
    sign_out(cashier)
    relay.up()
    another_signs_in(cashier, "manager", password)
    page.keyboard.press("Shift+F1")
    chosen(page, "Count and close")
    page.locator("dialog .text", has_text="cashier has to sign in").wait_for()
    assert page.locator("dialog [name=cash]").count() == 0
    page.keyboard.press("1")
    page.locator("dialog [name=cash]").wait_for()
    answered(page, "Escape")
    another_signs_in(cashier, "cashier", password)
    emptied(page)
    refused(cashier, 401)


@pytest.mark.parametrize("online", [True, False])
def test_somebody_else_behind_the_page_takes_no_ticket_of_hers(
    till, relay, site, goods, password, online
):
    """Another tab signed somebody else in; this page still is the cashier's."""
    sku, price = goods[0]
    cashier = till()
    page = cashier.page
    sign_out(cashier)
    other = cashier.context.new_page()
    other.goto("/accounts/login/?next=/account/")
    other.locator("input[name=login]").fill("manager")
    other.locator("input[name=password]").fill(password)
    other.locator("input[name=password]").press("Enter")
    other.wait_for_url(lambda url: "/login" not in url)
    other.close()
    if not online:
        relay.down()
    scan(page, sku)
    pay(page, "F8")
    relay.down()
    relay.up()
    page.locator("#signed-out").wait_for(timeout=40_000)
    assert [entry["state"] for entry in waiting(page)] == ["waiting"]
    another_signs_in(cashier, "cashier", password)
    emptied(page)
    assert Decimal(sold(cashier, site)[0]["total_ttc"]) == price
    refused(cashier, 422, 401)
