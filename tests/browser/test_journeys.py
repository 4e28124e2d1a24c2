"""What a director and a manager do of a morning, by clicking and by keyboard alone."""

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

OVER_ALL = "/dashboards/consolidation?period=rolling_28&by=region"


def text(locator):
    return re.sub(r"\s+", " ", locator.inner_text()).strip()


def column(table, name):
    """The column's place among a row's data cells and heading."""
    heads = [re.sub(r"\W+$", "", head) for head in table.locator("thead th").all_inner_texts()]
    return [re.sub(r"\s+", " ", head).strip() for head in heads].index(name)


def cell(row, place):
    return row.locator("th, td").nth(place)


def rounded(amount):
    return Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def lines_of(download):
    return list(csv.reader(Path(download.path()).read_text("utf-8-sig").splitlines()))


def total_of(page):
    table = page.locator("table.figures")
    return text(cell(table.locator("tfoot tr"), column(table, "Net sales excl. tax")))


def step_down(page):
    """Click the first row's name; its net sales must be the next page's total."""
    table = page.locator("table.figures")
    row = table.locator("tbody tr").first
    wanted = text(cell(row, column(table, "Net sales excl. tax")))
    row.locator("th a").click()
    page.wait_for_load_state("load")
    return wanted


def test_the_director_drills_from_the_chain_to_a_ticket(visitor):
    director = visitor("director")
    page = director.open(OVER_ALL)
    seen = []
    for _level in range(10):
        wanted = step_down(page)
        if "/dashboards/products/" in page.url:
            break
        seen.append(parse_qs(urlsplit(page.url).query)["by"][0])
        assert total_of(page) == wanted
    assert seen[:2] == ["store", "category"]
    assert seen[-1] == "product"
    value = page.locator("[data-kpi=net_sales] .value")
    assert text(value) == wanted
    product = text(page.locator("h1"))

    value.locator("a").click()
    page.wait_for_url("**/dashboards/tickets?**")
    assert product in text(page.locator("#tickets-title"))
    reference = text(page.locator("table.figures tbody th a").first)
    page.locator("table.figures tbody th a").first.click()
    page.wait_for_load_state("load")
    assert text(page.locator("h1")) == f"Ticket {reference}"
    assert product in page.inner_text("main")


def test_a_figure_leads_to_tickets_that_add_up_to_it(visitor):
    director = visitor("director")
    page = director.open("/dashboards/?period=day&store=367")
    tile = page.locator("[data-kpi=net_sales] .value a")
    whole = text(tile)
    tile.click()
    page.wait_for_url("**/dashboards/tickets?**")
    to_the_cent = text(page.locator(".facts div", has_text="Net sales excl. tax").locator("dd"))
    with page.expect_download() as download:
        page.click("text=CSV")
    names, *lines = lines_of(download.value)
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    net = next(name for name in rows[0] if name.lower().startswith("net") and "excl" in name)
    total = sum(Decimal(row[net]) for row in rows)
    assert to_the_cent == f"${total:,.2f}"
    assert whole == f"${rounded(total):,}"


def test_the_period_is_changed_by_keyboard_alone(visitor):
    director = visitor("director")
    page = director.open("/dashboards/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "period":
            break
    page.keyboard.type("Mon")
    assert page.locator("select[name=period]").input_value() == "month"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "button":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**period=month**")
    assert re.search(r"\w+ \d{4}", text(page.locator(".head p").first))
    assert page.locator(".periods [aria-current]").inner_text() == "Month"


def test_the_contract_of_a_figure_opens_and_closes_by_keyboard(visitor):
    page = visitor("director").open("/dashboards/")
    contract = page.locator("[data-kpi=net_sales] details.contract")
    contract.locator("summary").focus()
    page.keyboard.press("Enter")
    told = text(contract.locator("dl"))
    assert "net_sales" in told
    page.keyboard.press("Escape")
    assert contract.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_file_is_the_screen_in_its_order(visitor):
    director = visitor("director")
    page = director.open("/dashboards/consolidation?by=store")
    page.locator("thead a", has_text="Transactions").click()
    page.wait_for_url("**sort=-transactions**")
    table = page.locator("table.figures")
    place, net = column(table, "Transactions"), column(table, "Net sales excl. tax")
    rows = table.locator("tbody tr, tfoot tr").all()
    screen = [
        (text(row.locator("th a")) if row.locator("th a").count() else text(row.locator("th")),
         text(cell(row, place)), text(cell(row, net)))
        for row in rows
    ]  # fmt: skip
    counts = [int(count.replace(",", "")) for _name, count, _net in screen[:-1] if count != "n/a"]
    assert counts == sorted(counts, reverse=True)
    with page.expect_download() as download:
        page.click(".files >> text=CSV")
    lines = lines_of(download.value)
    names = [name.partition(" [")[0] for name in lines[0]]
    file = [
        (line[1], line[names.index("Transactions")], line[names.index("Net sales excl. tax")])
        for line in lines[1:]
    ]
    told = [
        (name, f"{int(Decimal(count)):,}" if count != "n/a" else count,
         f"${rounded(amount):,}" if amount != "n/a" else amount)
        for name, count, amount in file
    ]  # fmt: skip
    assert told == screen


def test_a_view_is_kept_opened_and_deleted(visitor, newcomer):
    director = visitor("director")
    page = director.open("/dashboards/consolidation?by=category&store=367&period=week")
    heading = text(page.locator("h1"))
    page.click("details.keep summary")
    page.fill("#view-name", "Riverside by category")
    page.press("#view-name", "Enter")
    page.locator(".messages").wait_for()
    director.open("/dashboards/saved")
    director.look("saved-one")
    page.click("text=Riverside by category")
    page.wait_for_load_state("load")
    assert text(page.locator("h1")) == heading
    assert parse_qs(urlsplit(page.url).query)["by"] == ["category"]
    director.open("/dashboards/saved")
    page.get_by_role("button", name="Delete Riverside by category").click()
    page.locator(".empty").wait_for()
    assert "Riverside by category" not in page.inner_text("main .empty")


def test_language_and_theme_are_kept(visitor):
    director = visitor("director")
    page = director.open("/dashboards/?period=week")
    page.click("button[name=language][value=fr]")
    page.wait_for_load_state("load")
    page.click("button[name=theme][value=dark]")
    page.wait_for_load_state("load")
    page.reload()
    assert page.get_attribute("html", "lang") == "fr"
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 22, 28)"
    assert "period=week" in page.url
    director.look("overview-chosen-fr-dark")
    director.open("/admin/")
    assert page.get_attribute("html", "lang") == "fr"


def test_it_prints_without_its_filters(visitor):
    page = visitor("director").open("/dashboards/")
    page.emulate_media(media="print")
    for hidden in (".filters", ".top", ".periods", ".keep"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".on-paper").is_visible()
    assert page.locator("[data-kpi=net_sales] .value").is_visible()
    page.emulate_media(media="null")
    paper = page.pdf(format="A4", print_background=True)
    assert paper.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) in (1, 2)


def test_on_a_phone_the_filters_unfold(visitor):
    page = visitor("director", phone=True).open("/dashboards/")
    assert not page.locator("form.filters").is_visible()
    page.locator("#filters-shown").focus()
    page.keyboard.press("Space")
    assert page.locator("form.filters").is_visible()


def test_the_manager_sees_one_store_and_no_trace_of_others(visitor):
    manager = visitor("manager")
    page = manager.open("/dashboards/")
    assert page.locator("h1").inner_text().startswith("Riverside Market")
    for path in ("/dashboards/", "/dashboards/consolidation?by=store", "/dashboards/tickets"):
        manager.open(path)
        shown = page.inner_text("body")
        for foreign in ("Orchard Street", "Harbor Square", "Station Road", "Hilltop", "Old Mill"):
            assert foreign not in shown, path
    manager.open("/dashboards/stores/367")
    manager.open("/dashboards/stores/406", status=404)
    foreign = page.inner_text("body")
    manager.open("/dashboards/stores/NOWHERE", status=404)
    assert page.inner_text("body") == foreign


def test_the_director_looks_with_the_managers_eyes(visitor, newcomer, password):
    director = visitor().sign_in("director")
    page = director.open("/access/view-as")
    page.get_by_role("button", name="View as manager").click()
    banner = page.locator("[data-view-as]")
    banner.wait_for()
    director.open("/dashboards/")
    assert "manager" in text(banner)
    assert page.locator("h1").inner_text().startswith("Riverside Market")
    director.look("viewing-as")
    director.open("/dashboards/stores/406", status=404)

    director.open("/admin/")
    refused = page.request.post(
        f"{director.site}/dashboards/saved",
        form={"name": "not mine", "path": "/dashboards/", "query": ""},
        headers={"X-CSRFToken": csrf(director), "Referer": f"{director.site}/dashboards/"},
    )
    assert refused.status == 403
    assert "Nothing changes" in refused.text()

    director.open("/dashboards/")
    banner.get_by_role("button", name="Stop").click()
    page.wait_for_load_state("load")
    director.open("/dashboards/")
    assert banner.count() == 0
    assert page.locator("h1").inner_text() == "Whole chain"


def csrf(person):
    return next(
        (one["value"] for one in person.context.cookies() if "csrf" in one["name"].lower()), ""
    )
