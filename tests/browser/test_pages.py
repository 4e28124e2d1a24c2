"""Every page, in both languages and themes, on desk and phone: no fault of any kind."""

import os
from pathlib import Path

import pytest

SHOTS = os.environ.get("EPM_SCREENSHOTS")
ROLES = ("director", "regional", "manager", "cashier", "analyst")
DASHBOARDS = ("/dashboards/",)
ADMIN = ("/admin/", "/admin/sales/sale/", "/admin/inventory/product/", "/admin/organization/store/")


def look(visitor, path, *, name):
    visitor.open(path)
    visitor.page.wait_for_load_state("load")
    visitor.check_accessibility()
    if SHOTS:
        visitor.shoot(name, folder=Path(SHOTS))


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_dashboards(visitor, language, scheme, phone):
    director = visitor(language=language, scheme=scheme, phone=phone).sign_in("director")
    for path in DASHBOARDS:
        name = f"{path.strip('/').replace('/', '-')}-{language}-{scheme}{'-phone' * phone}"
        look(director, path, name=name)
        director.check_width()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_a_home(visitor, role):
    person = visitor().sign_in(role)
    look(person, "/", name=f"home-{role}")
    look(person, "/admin/", name=f"admin-{role}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_administration(visitor, language, scheme):
    director = visitor(language=language, scheme=scheme).sign_in("director")
    for path in ADMIN:
        name = f"{path.strip('/').replace('/', '-')}-{language}-{scheme}"
        look(director, path, name=name)
