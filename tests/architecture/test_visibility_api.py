"""A one-store principal meets no trace of another store, at any address of the API."""

from datetime import date

import pytest
from django.urls import get_resolver
from model_bakery import baker

from epm.access.models import Role
from epm.imports.models import ImportRun, QuarantinedRow
from sales.models import CashRegister, Customer, StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

OPEN = {"api-schema", "api-docs", "api-nowhere"}
ABSENT = 9_000_000_000
ABSENT_SALE = "0195ec4e-0000-7000-8000-000000000000"


def furnished(mark, *, bread):
    """A store with everything a store can have, each thing named after `mark`."""
    store = chain.store(code=f"{mark}-STORE", name=f"{mark} store", region=chain.region(code=f"{mark}-R"))
    person = chain.person(Role.MANAGER, stores=[store], first_name=mark)
    person.username = f"{mark}-manager"
    person.save()
    run = baker.make(
        ImportRun,
        kind="sales",
        status="done",
        file_names=[f"{mark}.csv"],
        columns=["a"],
        actor=person,
        started_at=NOON,
        account={mark: 1},
    )
    baker.make(
        QuarantinedRow, run=run, file_name=mark, line_number=1, reason=mark, group_key=mark, cells=[mark]
    )
    sale = chain.sale(
        store=store,
        register=baker.make(CashRegister, store=store, code=f"{mark}-T"),
        customer=baker.make(Customer, code=f"{mark}-ANN"),
        external_ref=f"{mark}-1",
        lines=[{"product": bread, "net_ttc": "7777.00" if mark == "FOREIGN" else "6.00"}],
    )
    target = StoreTarget.objects.create(
        store=store, month=date(2025, 3, 1), amount=8888 if mark == "FOREIGN" else 1000
    )
    return {
        "person": person,
        "store": store,
        "paths": {
            "api-regions": "/api/v1/regions",
            "api-region": f"/api/v1/regions/{store.region_id}",
            "api-stores": "/api/v1/stores",
            "api-store": f"/api/v1/stores/{store.pk}",
            "api-sales": "/api/v1/sales",
            "api-sale": f"/api/v1/sales/{sale.pk}",
            "api-targets": "/api/v1/targets",
            "api-target": f"/api/v1/targets/{target.pk}",
            "api-imports": "/api/v1/imports",
            "api-import": f"/api/v1/imports/{run.pk}",
            "api-quarantine": f"/api/v1/imports/{run.pk}/quarantine",
            "api-quarantine-file": f"/api/v1/imports/{run.pk}/quarantine.csv",
        },
    }


CHAIN_WIDE = {
    "api-categories": "/api/v1/categories",
    "api-category": "/api/v1/categories/{category}",
    "api-products": "/api/v1/products",
    "api-product": "/api/v1/products/{product}",
    "api-produit": "/api/produits/{product}",
    "api-kpis": "/api/v1/kpis?from=2025-03-01&to=2025-03-31&by=store",
    "api-kpi-registry": "/api/v1/kpis/registry",
    "api-central": "/api/central?from=2025-03-01&to=2025-03-31",
    "api-consolide": "/api/consolide?from=2025-03-01&to=2025-03-31",
}


@pytest.fixture
def house(time_machine):
    time_machine.move_to(NOON)
    food = chain.category(code="FOOD")
    bread = chain.product(sku="BREAD", category=food)
    words = {"category": food.pk, "product": bread.pk}
    return {
        "mine": furnished("MINE", bread=bread),
        "foreign": furnished("FOREIGN", bread=bread),
        "chain": {name: path.format(**words) for name, path in CHAIN_WIDE.items()},
    }


@pytest.fixture(params=["manager", "regional", "analyst", "key"])
def principal(request, house):
    mine = house["mine"]["store"]
    if request.param == "key":
        return chain.api_client(stores=[mine])
    if request.param == "manager":
        return chain.signed_in(house["mine"]["person"])
    if request.param == "regional":
        return chain.signed_in(chain.person(Role.REGIONAL, regions=[mine.region]))
    return chain.signed_in(chain.person(Role.ANALYST, stores=[mine]))


def body(answer):
    return answer.getvalue().decode()


def test_every_address_is_walked(house):
    known = set(house["mine"]["paths"]) | set(house["chain"]) | OPEN
    names = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("api-")
    }

    assert names == known


def test_no_trace_of_the_foreign_store(house, principal):
    for path in [*house["mine"]["paths"].values(), *house["chain"].values()]:
        answer = principal.get(path)

        assert answer.status_code in {200, 403, 404}, path
        for trace in ("FOREIGN", "7777", "8888"):
            assert trace not in body(answer), path


def test_what_is_foreign_is_answered_like_what_is_absent(house, principal):
    foreign = house["foreign"]
    absent = {
        "api-region": f"/api/v1/regions/{ABSENT}",
        "api-store": f"/api/v1/stores/{ABSENT}",
        "api-sale": f"/api/v1/sales/{ABSENT_SALE}",
        "api-target": f"/api/v1/targets/{ABSENT}",
        "api-import": f"/api/v1/imports/{ABSENT}",
        "api-quarantine": f"/api/v1/imports/{ABSENT}/quarantine",
        "api-quarantine-file": f"/api/v1/imports/{ABSENT}/quarantine.csv",
    }
    for name, path in absent.items():
        seen, not_there = principal.get(foreign["paths"][name]), principal.get(path)

        assert seen.status_code in {403, 404}
        assert (seen.status_code, body(seen)) == (not_there.status_code, body(not_there))


@pytest.mark.parametrize("path", ["/api/v1/stores", "/api/v1/sales", "/api/v1/targets"])
@pytest.mark.parametrize(("word", "foreign", "absent"), [
    ("store", "FOREIGN-STORE", "NOWHERE"),
    ("region", "FOREIGN-R", "NOWHERE"),
])  # fmt: skip
def test_a_foreign_code_in_a_filter_is_absent(house, principal, path, word, foreign, absent):
    seen = principal.get(f"{path}?{word}={foreign}")
    not_there = principal.get(f"{path}?{word}={absent}")

    assert (seen.status_code, body(seen)) == (400, body(not_there))


def test_the_whole_chain_sees_both(house):
    everything = chain.api_client()

    for path in house["foreign"]["paths"].values():
        answer = everything.get(path)

        assert answer.status_code == 200
        assert "FOREIGN" in body(answer)
