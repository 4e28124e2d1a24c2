"""The administration: a home for each role, lists, forms, histories, the search."""

import pytest

from tests.browser.test_pages import ROLES

LISTS = (
    "sales/sale", "sales/customer", "sales/cashregister", "sales/taxclass", "sales/taxregime",
    "sales/storetarget",
    "sales/storefootfall", "sales/storelabour",
    "inventory/product", "inventory/category", "inventory/embeddedbarcoderule",
    "inventory/pricelist", "inventory/priceedit", "organization/store", "organization/region",
    "imports/importrun", "access/user", "access/apikey", "access/viewassession", "platform/change",
)  # fmt: skip
FORMS = ("organization/store", "inventory/product", "sales/sale", "sales/storetarget")
NEW = (
    "access/user",
    "inventory/product",
    "inventory/pricelist",
    "inventory/priceedit",
    "organization/store",
    "imports/importrun",
    "sales/storefootfall",
)
VIEWS = [("en", "light"), ("fr", "dark")]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_a_home(visitor, role):
    person = visitor(role)
    person.open("/admin/")
    person.look(f"admin-{role}")


def test_the_home_fits_a_phone(visitor):
    manager = visitor("manager", phone=True)
    manager.open("/admin/")
    manager.look("admin-manager-phone")


@pytest.mark.parametrize(("language", "scheme"), VIEWS, ids=["en-light", "fr-dark"])
def test_lists(visitor, language, scheme):
    director = visitor("director", language=language, scheme=scheme)
    for name in LISTS:
        director.open(f"/admin/{name}/")
        director.look(f"admin-{name.replace('/', '-')}-{language}-{scheme}")


@pytest.mark.parametrize(("language", "scheme"), VIEWS, ids=["en-light", "fr-dark"])
def test_a_target_spread_anew(visitor, language, scheme):
    director = visitor("director", language=language, scheme=scheme)
    page = director.open("/admin/sales/storetarget/")
    address = page.locator("#result_list tbody th a").first.get_attribute("href")
    director.open(f"{address.partition('/change/')[0]}/spread/")
    director.look(f"admin-target-spread-{language}-{scheme}")


@pytest.mark.parametrize(("language", "scheme"), VIEWS, ids=["en-light", "fr-dark"])
def test_forms_and_histories(visitor, language, scheme):
    director = visitor("director", language=language, scheme=scheme)
    for name in NEW:
        director.open(f"/admin/{name}/add/")
        director.look(f"admin-{name.replace('/', '-')}-add-{language}-{scheme}")
    for name in FORMS:
        page = director.open(f"/admin/{name}/")
        address = page.locator("#result_list tbody th a").first.get_attribute("href")
        director.open(address)
        director.look(f"admin-{name.replace('/', '-')}-form-{language}-{scheme}")
        director.open(address.partition("?")[0].replace("/change/", "/history/"))
        director.look(f"admin-{name.replace('/', '-')}-history-{language}-{scheme}")
