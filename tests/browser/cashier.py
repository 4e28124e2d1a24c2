"""What a cashier does at the till's page, and what then stands in the browser and on the server."""

import re
import secrets
from decimal import Decimal

STORE = "367"
KEYS = ("Enter", "Tab", "ArrowDown", "Escape")
TAKEN_OVER = """() => new Promise(done => {
    const { serviceWorker: worker } = navigator;
    if (worker.controller) done(true);
    else worker.addEventListener("controllerchange", () => done(true), { once: true });
})"""


def write(person, path, body):
    """A write of the API by somebody who is signed in."""
    person.open("/")
    token = next(one["value"] for one in person.context.cookies() if one["name"] == "epm_csrf")
    answer = person.context.request.post(
        path,
        data=body,
        headers={"X-CSRFToken": token, "Idempotency-Key": secrets.token_hex(12)},
    )
    assert answer.ok, answer.text()
    return answer.json()


def begin(page):
    """Say which till this is, and open it where it is closed."""
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("1")
    page.wait_for_selector("html[data-fresh]")
    page.locator("#closed[hidden], dialog[open]").first.wait_for(state="attached")
    if page.locator("dialog[open]").count():
        page.keyboard.type("100")
        page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for(state="detached")
    # A worker that has not yet taken the page over would not open it without a network.
    page.evaluate(TAKEN_OVER)


def at(page, name):
    """Say that this is the till of the store with that name."""
    page.locator("dialog[open] .choices button", has_text=name).click()
    page.wait_for_selector("html[data-fresh]")


def answered(page, *keys):
    """Type into a dialog that is open (or about to be), key by key, until it is gone."""
    page.locator("dialog[open]").wait_for()
    for key in keys:
        if key in KEYS:
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
    page.locator("dialog[open]").wait_for(state="detached")


def chosen(page, text):
    """Take a way that a dialog offers."""
    page.locator("dialog[open] .choices button", has_text=text).click()


def refused(person, *statuses):
    """These answers were wanted; a browser's console calls each of them an error."""
    wanted = tuple(f"status of {status}" for status in statuses)
    person.faults[:] = [fault for fault in person.faults if not any(w in fault for w in wanted)]


def scan(page, *codes):
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def pay(page, key, amount=""):
    page.keyboard.press(key)
    page.locator("dialog[open]").wait_for()
    if amount:
        page.keyboard.type(amount)
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for(state="detached")
    page.locator("#empty").wait_for()


def shown(page, place):
    return re.sub(r"[^\d.-]", "", page.inner_text(place))


def waiting(page):
    """Tickets in the browser's own database, which no server has."""
    return page.evaluate(
        """() => new Promise((done) => {
            const asked = indexedDB.open("epm-till");
            asked.onsuccess = () => {
                const all = asked.result.transaction("queue").objectStore("queue").getAll();
                all.onsuccess = () => { asked.result.close(); done(all.result); };
            };
        })"""
    )


def sold(cashier, site):
    """Every sale of the store that a till recorded, latest first, each with lines and tenders."""
    ask = cashier.context.request
    listed = ask.get(f"{site}/api/v1/sales?store={STORE}&page_size=100").json()["results"]
    mine = [row["id"] for row in listed if row["register"]]
    return [ask.get(f"{site}/api/v1/sales/{pk}").json() for pk in mine]


def paid(sale):
    return sorted((tender["kind"], Decimal(tender["amount"])) for tender in sale["tenders"])


def report(visitor):
    """What the session of the store's register comes to, for the manager's eyes."""
    ask = visitor("manager").context.request
    register = ask.get(f"/api/v1/registers?store={STORE}").json()["results"][0]["id"]
    return ask.get(f"/api/v1/registers/{register}/session/x-report").json()
