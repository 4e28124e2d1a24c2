"""One id from the header to the answer, the SQL, the log and the task."""

import json
import logging
import queue as threads
import time

import pytest
import structlog
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connection, transaction
from django.http import HttpResponse
from psycopg import sql

from epm.platform import jobs, logs, request_id
from epm.platform.queue import app

WHAT_THE_SERVER_READS = "SELECT current_query()"
HOSTILE = ["*/ DROP TABLE x; --", "a b", "a\tb", "%s", "x" * 129, "", "é", "a\n"]


def what_the_server_reads(statement=WHAT_THE_SERVER_READS):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


class TestTheAnswer:
    def test_repeats_the_callers_id(self, client):
        response = client.get("/health/live", headers={"X-Request-ID": "till-7:2026.01_a"})

        assert response.headers["X-Request-ID"] == "till-7:2026.01_a"

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_has_a_new_id_when_the_callers_is_not_sane(self, client, hostile):
        first = client.get("/health/live", headers={"X-Request-ID": hostile})
        second = client.get("/health/live", headers={"X-Request-ID": hostile})

        assert len(first.headers["X-Request-ID"]) == 36
        assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


@pytest.mark.django_db
class TestTheStatement:
    def test_says_the_id_while_the_request_is_served(self, rf):
        served = request_id.RequestIdMiddleware(lambda _: HttpResponse(what_the_server_reads()))

        answer = served(rf.get("/", headers={"X-Request-ID": "till-7"}))

        assert answer.content.decode() == f"/* request_id=till-7 */ {WHAT_THE_SERVER_READS}"
        assert what_the_server_reads() == WHAT_THE_SERVER_READS

    def test_composed_statements_say_it_too(self):
        with structlog.contextvars.bound_contextvars(request_id="till-7"):
            read = what_the_server_reads(sql.SQL(WHAT_THE_SERVER_READS))

        assert read == f"/* request_id=till-7 */ {WHAT_THE_SERVER_READS}"

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_nothing_breaks_out_of_the_comment(self, hostile):
        with structlog.contextvars.bound_contextvars(request_id=hostile):
            assert what_the_server_reads() == WHAT_THE_SERVER_READS


def test_the_log_says_it():
    record = logging.LogRecord("sales", logging.INFO, __file__, 1, "sold %s", ("é",), None)
    with structlog.contextvars.bound_contextvars(request_id="till-7"):
        line = logs.formatter(format_="json").format(record)

    said = json.loads(line)
    assert "\n" not in line
    assert said.pop("timestamp").endswith("Z")
    assert said == {
        "event": "sold é",
        "logger": "sales",
        "level": "info",
        "request_id": "till-7",
    }


@pytest.mark.django_db(transaction=True)
class TestTheTask:
    def test_works_under_the_id_of_the_request_that_enqueued_it(self):
        heard = threads.Queue()

        @app.task(name="tests.which_request")
        def which_request():
            heard.put((request_id.current(), what_the_server_reads()))

        with structlog.contextvars.bound_contextvars(request_id="till-7"), transaction.atomic():
            jobs.enqueue_on_commit("tests.which_request")

        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
            assert heard.get(timeout=30) == (
                "till-7",
                f"/* request_id=till-7 */ {WHAT_THE_SERVER_READS}",
            )

    def test_is_not_sent_when_the_write_is_undone(self, monkeypatch):
        sent = []
        monkeypatch.setattr(app, "send_task", lambda name, **_: sent.append(name))

        with transaction.atomic():
            jobs.enqueue_on_commit("tests.which_request")
            transaction.set_rollback(True)

        assert sent == []

    def test_a_queue_that_is_down_undoes_no_committed_write(self, monkeypatch):
        nowhere = Celery(set_as_current=False)
        nowhere.config_from_object("django.conf:settings", namespace="CELERY")
        nowhere.conf.broker_url = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(jobs, "app", nowhere)
        began = time.monotonic()

        with transaction.atomic():
            jobs.enqueue_on_commit("tests.which_request")

        assert time.monotonic() - began < 2
