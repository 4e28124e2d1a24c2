"""Whatever goes wrong under /api is a problem document, and says nothing it should not."""

import importlib
import pkgutil
import re

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.test import Client

from epm.access.services import api_keys
from epm.platform import problem_pages, problems
from epm.platform.refusals import Kind, Refusal
from inventory.selectors import products
from tests.factories import chain

pytestmark = pytest.mark.django_db


def refused(answer, *, status, code):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["type"] == f"/problems/{code}"
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    return body


def breaking(monkeypatch, error):
    """An API whose product page raises `error`."""

    def broken(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(products, "one_visible_to", broken)
    return chain.api_client().get("/api/v1/products/1")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nope", "/api/v1", "/api/v1/nope/1", "/api/v2/stores"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address(path, method):
    refused(getattr(Client(), method)(path), status=404, code="not-found")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_not_taken(method):
    answer = getattr(chain.api_client(), method)("/api/v1/stores")

    refused(answer, status=405, code="method-not-allowed")
    assert answer["Allow"] == "GET, HEAD"


def test_a_media_type_that_cannot_be_given():
    answer = chain.api_client().get("/api/v1/stores", headers={"accept": "text/html"})

    refused(answer, status=406, code="not-acceptable")


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "text/html, application/json;q=0.9", ""]
)
def test_json_is_given_to_who_takes_it(accept):
    answer = chain.api_client().get("/api/v1/stores", headers={"accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_host_that_is_not_ours():
    refused(
        Client().get("/api/v1/stores", headers={"host": "evil.example"}),
        status=400,
        code="bad-request",
    )


def test_more_parameters_than_anyone_needs():
    query = "&".join(f"p{number}=1" for number in range(2000))

    refused(chain.api_client().get(f"/api/v1/stores?{query}"), status=400, code="bad-request")


def test_a_bug_says_only_under_which_id_it_was_logged(monkeypatch):
    answer = breaking(monkeypatch, RuntimeError("secret detail"))

    body = refused(answer, status=500, code="internal-error")
    assert body["request_id"] == answer["X-Request-ID"]
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize("error", [OperationalError("host 10.0.0.1"), InterfaceError("closed")])
def test_a_database_that_is_away(monkeypatch, error):
    answer = breaking(monkeypatch, error)

    refused(answer, status=503, code="database-unavailable")
    assert answer["Retry-After"] == "2"
    assert "10.0.0.1" not in answer.content.decode()


def test_a_database_that_is_away_before_any_view(monkeypatch):
    def broken(**_kwargs):
        raise OperationalError

    monkeypatch.setattr(api_keys, "identify", broken)

    answer = Client(headers={"apikey": "x"}).get("/api/v1/stores")

    refused(answer, status=503, code="database-unavailable")


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Kind.INVALID, 422), (Kind.FORBIDDEN, 403), (Kind.MISSING, 404), (Kind.CONFLICT, 409)],
)
def test_a_refusal_of_the_domain(monkeypatch, kind, status):
    refusal = type(
        "Oversold", (Refusal,), {"code": "inventory/oversold", "title": "Too few", "kind": kind}
    )

    answer = breaking(monkeypatch, refusal("2 of 3 are there.", available=2, status="spoofed"))

    body = refused(answer, status=status, code="inventory/oversold")
    assert (body["title"], body["detail"], body["available"]) == ("Too few", "2 of 3 are there.", 2)


def test_it_speaks_the_language_that_is_asked_for():
    english = Client().get("/api/nope", headers={"accept-language": "en"})

    assert english.json()["title"] == "Not found"
    assert english["Content-Language"] == "en"


def test_pages_outside_the_api_keep_their_own_errors():
    answer = Client().get("/nope")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/v1/stores/", "/api/schema/", "/api/v1/products/7/"])
def test_a_stray_slash_is_redirected(path):
    answer = Client().get(f"{path}?page_size=1")

    assert (answer.status_code, answer["Location"]) == (301, f"{path[:-1]}?page_size=1")


class TestPages:
    def codes(self):
        for context in ("epm", "inventory", "sales", "shop", "reporting"):
            package = importlib.import_module(context)
            for module in pkgutil.walk_packages(package.__path__, f"{context}."):
                if not re.search(r"\.(migrations|wsgi|asgi|serving|run|embedded)\b", module.name):
                    importlib.import_module(module.name)
        kinds = [Refusal]
        for kind in kinds:
            kinds.extend(kind.__subclasses__())
        ours = ("epm.", "inventory.", "sales.", "shop.", "reporting.")
        return {
            kind.code
            for kind in kinds
            if hasattr(kind, "code") and kind.__module__.startswith(ours)
        } | set(problems.TITLES)

    def test_every_type_has_one(self):
        missing = {
            code for code in self.codes() if not (problem_pages.PAGES / f"{code}.md").is_file()
        }

        assert missing == set()

    def test_no_page_is_left_over(self):
        pages = {
            str(path.relative_to(problem_pages.PAGES))[:-3]
            for path in problem_pages.PAGES.rglob("*.md")
        }

        assert pages <= self.codes()

    def test_is_open_to_everybody(self):
        answer = Client().get("/problems/not-found")

        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert answer.content.decode().startswith("# ")

    @pytest.mark.parametrize(
        "code", ["nope", "../api", "..%2Fapi", "not-found.md", "a/b/c", "NOT-FOUND"]
    )
    def test_nothing_else_is_served(self, code):
        assert Client().get(f"/problems/{code}").status_code == 404


def test_the_handler_is_the_one_in_the_settings():
    assert settings.REST_FRAMEWORK["EXCEPTION_HANDLER"] == f"{problems.__name__}.handle"
