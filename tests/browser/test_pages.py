"""Every page of the dashboards and of one's account: no fault in either language or theme, on desk
and phone."""

import itertools

import pytest

ROLES = ("director", "regional", "manager", "cashier", "analyst")
BYS = ("region", "store", "category", "product", "day", "week", "month")
NOWHERE = "0195ec4e-0000-7000-8000-000000000000"
PAGES = {
    "overview": "/dashboards/",
    "overview-day": "/dashboards/?period=day",
    "overview-year": "/dashboards/?period=year_to_date&vs=last_year",
    "overview-before-all": "/dashboards/?period=month&on=2019-02-01",
    **{f"by-{by}": f"/dashboards/consolidation?by={by}" for by in BYS},
    "drilled": "/dashboards/consolidation?by=category&store=367&period=quarter",
    "tickets": "/dashboards/tickets?period=day",
    "tickets-returns": "/dashboards/tickets?having=returns",
    "no-tickets": "/dashboards/tickets?from=2019-01-01&to=2019-01-02",
    "as-known": "/dashboards/consolidation?by=store&known_at=2026-03-03",
    "came-in-later": "/dashboards/late?known_at=2026-03-03",
    "store": "/dashboards/stores/367",
    "performance": "/dashboards/stores/367/performance",
    "cashiers": "/dashboards/cashiers",
    "inventory": "/dashboards/inventory",
    "inventory-drilled": "/dashboards/inventory?store=367&category=GROCERY&period=quarter",
    "inventory-before-all": "/dashboards/inventory?period=month&on=2019-02-01",
    "assortment": "/dashboards/inventory/assortment",
    "assortment-cell": "/dashboards/inventory/assortment?by=AX",
    "shortages": "/dashboards/inventory/shortages",
    "saved": "/dashboards/saved",
    "permissions": "/access/permissions",
    "view-as": "/access/view-as",
    "sessions": "/accounts/sessions/",
    "password": "/accounts/password/change/",
    "second-factor": "/accounts/2fa/",
    "totp": "/accounts/2fa/totp/activate/",
    "passkey": "/accounts/2fa/webauthn/add/",
    "passkeys": "/accounts/2fa/webauthn/",
    "log-out": "/accounts/logout/",
}
MISTAKES = {
    "mistakes": ("/dashboards/?from=tomorrow&to=2026-02-31&by=moon", 400),
    "mistakes-by": ("/dashboards/consolidation?by=moon", 400),
    "no-such-store": ("/dashboards/stores/NOWHERE", 404),
    "no-such-product": ("/dashboards/products/999999999", 404),
    "no-such-ticket": (f"/dashboards/tickets/{NOWHERE}", 404),
    "no-such-page": ("/nowhere", 404),
}
VIEWS = [
    pytest.param(language, phone, id=f"{language}-{'phone' if phone else 'desk'}")
    for language, phone in itertools.product(("en", "fr"), (False, True))
]


@pytest.mark.parametrize(("language", "phone"), VIEWS)
def test_every_page_reads_well(visitor, request, language, phone):
    director = visitor("director", language=language, phone=phone)
    view = request.node.callspec.id
    for name, path in PAGES.items():
        director.open(path)
        director.look_by_day_and_night(f"{name}-{view}")
    director.open("/dashboards/tickets?period=day")
    director.page.locator("table.figures tbody th a").first.click()
    director.look_by_day_and_night(f"ticket-{view}")
    director.page.locator("tbody th a[href*='/dashboards/products/']").first.click()
    director.look_by_day_and_night(f"product-{view}")
    for name, (path, status) in MISTAKES.items():
        director.open(path, status=status)
        director.look_by_day_and_night(f"{name}-{view}")


@pytest.mark.parametrize(("language", "phone"), VIEWS)
def test_the_door_reads_well(visitor, request, language, phone):
    stranger = visitor(language=language, phone=phone)
    stranger.open("/accounts/login/")
    stranger.look_by_day_and_night(f"login-{request.node.callspec.id}")
    stranger.type_password("nobody", "not the password")
    stranger.page.locator("[role=alert]").wait_for()
    stranger.look_by_day_and_night(f"login-refused-{request.node.callspec.id}")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_a_home(visitor, role, phone):
    person = visitor(role, phone=phone)
    person.open("/")
    person.look(f"home-{role}{'-phone' * phone}")


def test_whoever_has_no_store_is_told_whom_to_ask(visitor, newcomer):
    person = visitor().sign_in(*newcomer(role="manager"))
    person.open("/dashboards/")
    assert "No store is yours to see" in person.page.inner_text("main")
    person.look("no-store")
