"""Which middleware a request goes through, and that the shorter ways lose nothing."""

import sys

import pytest
import structlog
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from epm.access.models import Role
from epm.platform import request_id
from epm.platform.request_id import RequestIdMiddleware
from epm.platform.request_log import RequestLogMiddleware
from tests.factories import chain

pytestmark = pytest.mark.django_db

ALWAYS = [
    "HttpMetricsMiddleware",
    "RequestIdMiddleware",
    "SecurityMiddleware",
    "RequestLogMiddleware",
    "PlainTicketsMiddleware",
    "LocaleMiddleware",
    "CommonMiddleware",
    "AccountMiddleware",
    "XFrameOptionsMiddleware",
    "ContentSecurityPolicyMiddleware",
]
PAGE = [
    "HttpMetricsMiddleware",
    "RequestIdMiddleware",
    "SecurityMiddleware",
    "StaticFiles",
    "RequestLogMiddleware",
    "PlainTicketsMiddleware",
    "Sessions",
    "LocaleMiddleware",
    "CommonMiddleware",
    "FormTokens",
    "People",
    "Clock",
    "Messages",
    "AccountMiddleware",
    "SecondFactor",
    "XFrameOptionsMiddleware",
    "ContentSecurityPolicyMiddleware",
    "ViewAs",
]
SKIPPED = ("StaticFiles", "FormTokens", "Clock", "Messages")
API_BY_SESSION = [name for name in PAGE if name not in SKIPPED]
SECURITY_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def gone_through(client, path, **more):
    """The middleware that really worked on the request, in their order: Python itself says so."""
    seen = []

    def watch(frame, event, _argument):
        if event != "call":
            return
        if frame.f_code.co_qualname == "AccountMiddleware.<locals>.sync_middleware":
            seen.append("AccountMiddleware")
        if frame.f_code.co_name == "__call__":
            middleware = frame.f_locals.get("self")
            passes_by = frame.f_code.co_qualname.startswith("Detour.")
            is_one = hasattr(middleware, "get_response") and not isinstance(middleware, BaseHandler)
            if is_one and not passes_by:
                seen.append(type(middleware).__name__)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        answer = client.get(path, **more)
    finally:
        sys.setprofile(before)
    return seen, answer


class TestTheWay:
    @pytest.mark.parametrize(
        ("path", "headers", "expected"),
        [
            ("/accounts/login/", {}, PAGE),
            ("/accounts/login/", {"apikey": "x"}, PAGE),
            ("/no/such/page", {}, PAGE),
            ("/api/docs", {}, PAGE),
            ("/api/auth/login", {}, PAGE),
            ("/api/v1/stores", {}, API_BY_SESSION),
            ("/api/v1/stores", {"authorization": "Basic x"}, API_BY_SESSION),
            ("/api/v1/stores", {"apikey": "x"}, ALWAYS),
            ("/api/v1/stores", {"authorization": "Bearer x"}, ALWAYS),
            ("/api/no/such", {"apikey": "x"}, ALWAYS),
            ("/health/live", {}, ALWAYS),
            ("/metrics", {}, ALWAYS),
        ],
    )
    def test_is_no_longer_than_needed(self, path, headers, expected):
        seen, _answer = gone_through(Client(), path, headers=headers)

        assert seen == expected

    def test_a_key_has_no_session_beside_it(self):
        _row, key = chain.api_key(expires_in=None)
        alone = Client(headers={"apikey": key})
        in_a_browser = chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()]))
        in_a_browser.defaults = alone.defaults
        alone.get("/api/v1/regions")  # a key's first use of the day is noted

        answers = [statements(one, "/api/v1/regions") for one in (alone, in_a_browser)]

        assert [answer.status_code for answer, _said in answers] == [200, 200]
        assert answers[0][1] == answers[1][1]
        assert not any("django_session" in one or "access_user" in one for one in answers[1][1])


def statements(client, path):
    with CaptureQueriesContext(connection) as ran:
        answer = client.get(path)
    return answer, [one["sql"].partition("*/")[2] for one in ran.captured_queries]


class TestNothingIsLost:
    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("/accounts/login/", {}, 200),
            ("/api/v1/regions", {}, 401),
            ("/api/v1/regions", {"apikey": "x"}, 401),
            ("/health/live", {}, 200),
            ("/metrics", {}, 200),
        ],
    )
    def test_headers(self, path, headers, status):
        answer = Client().get(path, headers={**headers, "x-request-id": "till-7"})

        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Request-ID"] == "till-7"
        assert answer.headers["Content-Language"] == "en"

    def test_problems_speak_the_language_asked_for(self):
        headers = {"apikey": "x", "accept-language": "fr"}
        problem = Client().get("/api/v1/regions", headers=headers).json()

        assert (problem["code"], problem["title"]) == (
            "invalid-credentials",
            "Les identifiants ne sont pas valables",
        )

    def test_a_host_that_is_not_ours_is_refused(self):
        headers = {"apikey": "x", "host": "evil.example"}

        assert Client().get("/api/v1/regions", headers=headers).status_code == 400

    def test_writing_by_session_needs_the_form_token_of_the_session(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = client.post("/api/v1/imports", {}, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (403, "permission-denied")


class TestTheLog:
    """One line for each request."""

    @pytest.fixture
    def said(self, caplog):
        def lines():
            return [one.msg for one in caplog.records if one.name == "epm.platform.request_log"]

        return lines

    def test_says_who_asked_what_and_what_came_of_it(self, said):
        user = chain.person(Role.DIRECTOR, whole_chain=True)
        chain.signed_in(user).get(
            "/dashboards/saved?x=1", headers={"x-request-id": "till-7", "user-agent": "Browser"}
        )

        (line,) = said()
        assert line.pop("milliseconds") > 0
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "request_finished",
            "logger": "epm.platform.request_log",
            "level": "info",
            "request": "GET /dashboards/saved?x=1",
            "code": 200,
            "request_id": "till-7",
            "user_id": user.pk,
            "user_agent": "Browser",
        }

    def test_says_the_key_and_no_person(self, said):
        row, key = chain.api_key(expires_in=None)
        Client().get("/api/v1/regions", headers={"apikey": key})

        (line,) = said()
        assert (line["api_key"], line["code"], line["level"]) == (row.prefix, 200, "info")
        assert "user_id" not in line

    @pytest.mark.parametrize(
        ("path", "code", "level"),
        [("/no/such/page", 404, "warning"), ("/api/v1/regions", 401, "warning")],
    )
    def test_what_is_refused_is_a_warning(self, said, path, code, level):
        Client().get(path)

        assert [(one["code"], one["level"]) for one in said()] == [(code, level)]

    def test_a_failure_is_an_error_with_its_traceback_under_the_same_id(
        self, said, caplog, monkeypatch
    ):
        def broken(_request):
            raise LookupError("a mistake of ours")

        monkeypatch.setattr("epm.platform.metrics.may_read", broken)
        Client(raise_request_exception=False).get("/metrics")

        assert [(one["code"], one["level"]) for one in said()] == [(500, "error")]
        (told,) = (one for one in caplog.records if one.name == "django.request")
        assert told.exc_info[0] is LookupError

    def test_nothing_of_one_request_stays_for_the_next(self, said):
        _row, key = chain.api_key(expires_in=None)
        Client().get("/api/v1/regions", headers={"apikey": key})
        Client().get("/health/live")

        assert "api_key" not in said()[1]
        assert structlog.contextvars.get_contextvars() == {}

    def test_a_file_is_made_under_the_id_of_its_request(self):
        def parts():
            yield str(request_id.current()).encode()

        served = RequestIdMiddleware(
            RequestLogMiddleware(lambda _request: StreamingHttpResponse(parts()))
        )
        answer = served(RequestFactory().get("/", headers={"x-request-id": "till-7"}))

        assert request_id.current() is None
        assert b"".join(answer.streaming_content) == b"till-7"
        assert request_id.current() is None
