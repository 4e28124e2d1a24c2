"""A director hands in dirty files by page, and mends what they got wrong."""

import io
import secrets
from decimal import Decimal

import pytest
import xlsxwriter

HEADINGS = ("Receipt", "Shop", "When", "Item", "Pieces", "Paid")
FIELDS = ("ticket", "store", "sold_at", "product", "quantity", "amount")
GOOD_SKU, OTHER_SKU = "826790", "837248"
PATIENCE = 90_000


def dirty(day):
    """Two tickets that are right, one whose product nobody knows, one whose number is a word."""
    mark = secrets.token_hex(4)
    return [
        (f"{mark}-1", "367", f"{day} 09:15", GOOD_SKU, "2", "100.00"),
        (f"{mark}-1", "367", f"{day} 09:15", OTHER_SKU, "1", "50.00"),
        (f"{mark}-2", "406", f"{day} 10:00", GOOD_SKU, "1", "200.00"),
        (f"{mark}-3", "406", f"{day} 11:00", "NO-SUCH-SKU", "1", "1000.00"),
        (f"{mark}-4", "367", f"{day} 12:00", GOOD_SKU, "three", "30.00"),
    ]


def as_csv(rows):
    lines = (";".join(cells) for cells in (HEADINGS, *rows))
    return {"name": "till.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def as_xlsx(rows):
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sales")
        for number, cells in enumerate((HEADINGS, *rows)):
            sheet.write_row(number, 0, cells)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "till.xlsx", "mimeType": kind, "buffer": kept.getvalue()}


def net_sales(person, day):
    """Of the whole chain and one day, as the overview says."""
    page = person.open(f"/dashboards/?from={day}&to={day}")
    told = page.locator("[data-kpi=net_sales] .value").inner_text()
    return Decimal(told.replace("$", "").replace(",", ""))


def preview(person, file):
    """Upload, map by form; the page of the preview when it is done."""
    page = person.open("/admin/imports/importrun/add/")
    assert page.locator("main h2, #content h2").first.inner_text() == "Import a file"
    page.select_option("#id_kind", "sales")
    page.set_input_files("#id_file", file)
    page.click("text=Next: the columns")
    page.wait_for_url("**/uploads/**")
    person.look(f"import-columns-{file['name']}")
    for heading, field in zip(HEADINGS, FIELDS, strict=True):
        page.get_by_label(heading, exact=True).select_option(field)
    page.get_by_role("button", name="Preview").click()
    page.locator("[data-state=preview]").wait_for(timeout=PATIENCE)
    return page


def account(page):
    """Part of the account → rows and money."""
    rows = page.locator("table:has(th:text-is('Money')) tbody tr").all()
    return {cells[0]: cells[1:] for row in rows for cells in [row.locator("td").all_inner_texts()]}


@pytest.mark.parametrize("as_file", [as_csv, as_xlsx], ids=["csv", "xlsx"])
def test_a_dirty_file_is_previewed_applied_and_mended(visitor, as_file):
    director = visitor("director")
    day = director.open("/dashboards/?period=day").input_value("input[name=on]")
    before = net_sales(director, day)

    page = preview(director, as_file(dirty(day)))
    director.look(f"import-preview-{as_file.__name__}")
    told = account(page)
    assert told["Read"] == ["5", "1,380.00"]
    assert told["New"] == ["3", "350.00"]
    assert told["Refused"] == ["2", "1,030.00"]
    assert net_sales(director, day) == before

    page.go_back()
    page.get_by_role("button", name="Confirm and import").click()
    page.locator("[data-state=done_with_errors]").wait_for(timeout=PATIENCE)
    director.look(f"import-done-{as_file.__name__}")
    assert net_sales(director, day) == before + 350

    page.go_back()
    page.get_by_role("link", name="Mend the quarantined rows").click()
    page.wait_for_url("**/mend/")
    director.look(f"import-mend-{as_file.__name__}")
    assert page.locator("fieldset").count() == 2
    wrong = page.locator("fieldset", has=page.locator("input[value='NO-SUCH-SKU']"))
    wrong.get_by_label("Item").fill(GOOD_SKU)
    wrong.get_by_role("button", name="Apply this row").click()
    page.locator("[data-state=done]").wait_for(timeout=PATIENCE)
    assert net_sales(director, day) == before + 1350
