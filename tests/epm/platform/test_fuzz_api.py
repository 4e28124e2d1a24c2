"""Whatever stands in a query: an answer or a problem, never a fault of ours."""

import json
from urllib.parse import quote, urlencode

import pytest
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.factories import chain

pytestmark = pytest.mark.django_db

SPITEFUL = [
    *("", "0", "-1", "1", "9" * 30, "1e400", "NaN", "null", "true", "\0", "a\0b", "%00", "\ud7ff"),
    *("2025-03-01", "2025-02-30", "0001-01-01", "9999-12-31", "-9999-01-01", "💥", "İ", "ß"),
    *("';--", "<script>", "../../etc/passwd", "a" * 5000, "[]", "{}", "WyJpZCIsZmFsc2UsMSwxXQ"),
    *("store", "category", "product", "day", "shop", "net_sales", "1"),
]
values = some.one_of(some.sampled_from(SPITEFUL), some.text(max_size=20), some.integers().map(str))
strange_names = some.one_of(
    some.text(max_size=10),
    some.sampled_from(["format", "fields", "id__in", "user__password__startswith"]),
)


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def client():
    chain.sale(store=chain.store(code="1"), lines=[{"product": chain.product(), "net_ttc": "1"}])
    return chain.api_client()


def checked(answer, path):
    assert answer.status_code < 500, (path, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", path
        json.loads(answer.content)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
def test_parameters_of_every_address(client, schema, data):
    reads = sorted(path for path, methods in schema["paths"].items() if "get" in methods)
    path = data.draw(some.sampled_from(reads))
    operation = schema["paths"][path]["get"]
    declared = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    names = some.one_of(some.sampled_from(declared), strange_names) if declared else strange_names
    query = data.draw(some.lists(some.tuples(names, values), max_size=4))
    path = path.replace("{id}", data.draw(some.sampled_from(["1", "0", "9" * 40, "x"])))
    url = f"{path}?{urlencode(query, errors='surrogatepass')}"

    checked(client.get(url), url)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tail=some.text(max_size=30),
    accept=some.text(some.characters(min_codepoint=32, max_codepoint=126)),
)
def test_addresses_and_headers(client, tail, accept):
    url = f"/api/{quote(tail, errors='replace')}"

    answer = client.get(url, headers={"accept": accept, "x-request-id": accept})

    assert answer.status_code < 500, url


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=some.text(some.characters(min_codepoint=1, max_codepoint=255)))
def test_keys(client, key):
    answer = client.get("/api/v1/stores", headers={"apikey": key})

    assert answer.status_code == 401
