"""A one-store principal meets no trace of another store, at any address of the API."""

import re

import pytest
from django.urls import get_resolver

from epm.access.models import Role
from tests.architecture.addresses import PURCHASE_STEPS, STOCKTAKE_STEPS, tells_no_name
from tests.factories import chain
from tests.factories import house as building
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

OPEN = {"api-schema", "api-docs", "api-nowhere"}
SIGN_IN = {"api-login", "api-second-factor", "api-refresh", "api-logout"}
WRITES = {
    "api-import-confirm",
    *(f"api-purchase-order-{step}" for step in PURCHASE_STEPS),
    *(
        f"api-transfer-{step}"
        for step in ("ready", "redraft", "ship", "receive", "close-short", "cancel")
    ),
    "api-adjustment-reverse",
    *(f"api-stocktake-{step}" for step in STOCKTAKE_STEPS),
    *("api-sales-batch", "api-sales-quote", "api-approvals", "api-parked-resume"),
    *("api-parked-discard", "api-register-sessions", "api-drawer", "api-close"),
    *("api-ticket-prints", "api-ticket-mail"),
    "api-target-shares",
    "api-stored-value",
    "api-stored-value-balance",
    "api-stored-value-block",
}
# A basket is its holder's alone: tests/inventory/test_holds_api.py.
BASKETS = {
    "api-hold", "api-holds", "api-holds-bulk", "api-hold-extend", "api-hold-commit",
    "api-hold-release", "api-hold-consume",
}  # fmt: skip
# Keys and hashes may have any digits.
DRAWN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
ABSENT = 9_000_000_000
ABSENT_SALE = "0195ec4e-0000-7000-8000-000000000000"


@pytest.fixture
def house(time_machine):
    time_machine.move_to(NOON)
    return building.house()


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
    return answer.getvalue().decode(errors="replace")


def test_every_address_is_walked(house):
    known = set(house["mine"]["paths"]) | set(house["chain"]) | OPEN | SIGN_IN | WRITES
    known |= BASKETS
    names = {
        name
        for name in get_resolver().reverse_dict
        if isinstance(name, str) and name.startswith("api-")
    }

    assert names == known


def test_no_trace_of_the_foreign_store(house, principal):
    for path in [*house["mine"]["paths"].values(), *house["chain"].values()]:
        answer = principal.get(path)

        assert answer.status_code in {200, 403, 404}, path
        told = DRAWN.sub("", body(answer))
        for trace in ("FOREIGN", "7777", "8888"):
            assert trace not in told, path


def test_what_is_foreign_is_answered_like_what_is_absent(house, principal):
    foreign = house["foreign"]
    absent = {
        "api-region": f"/api/v1/regions/{ABSENT}",
        "api-store": f"/api/v1/stores/{ABSENT}",
        "api-sale": f"/api/v1/sales/{ABSENT_SALE}",
        "api-tickets-export": f"/api/v1/registers/{ABSENT}/tickets-export",
        "api-store-performance": "/api/v1/stores/NOWHERE/performance?from=2025-03-01&to=2025-03-31",
        "api-register-daily-sales": (
            f"/api/v1/registers/{ABSENT}/daily-sales?from=2025-03-01&to=2025-03-31"
        ),
        "api-target": f"/api/v1/targets/{ABSENT}",
        "api-transfer": f"/api/v1/stock/transfers/{ABSENT}",
        "api-purchase-order": f"/api/v1/stock/purchase-orders/{ABSENT}",
        "api-stock-level": "/api/v1/stock/NOWHERE/BREAD",
        "api-movement": f"/api/v1/stock/movements/{ABSENT_SALE}",
        "api-import": f"/api/v1/imports/{ABSENT}",
        "api-quarantine": f"/api/v1/imports/{ABSENT}/quarantine",
        "api-quarantine-file": f"/api/v1/imports/{ABSENT}/quarantine.csv",
        "api-stocktake": f"/api/v1/stock/stocktakes/{ABSENT}",
        "api-stocktake-lines": f"/api/v1/stock/stocktakes/{ABSENT}/lines",
        "api-adjustment": f"/api/v1/stock/adjustments/{ABSENT}",
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

        assert answer.status_code == 200, path
        assert tells_no_name(path) or "FOREIGN" in body(answer), path
