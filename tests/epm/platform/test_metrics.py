"""/metrics: complete, never public, never broken by one of its parts."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from epm.platform import metrics, metrics_folder
from inventory.models import MovementKind
from reporting.services import facts
from sales.models import LedgerChange
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ELSEWHERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def _nothing_is_known():
    metrics.forget()
    yield
    metrics.forget()


def read(client=None):
    """{(name, labels): value} of the page."""
    answer = (client or Client()).get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


class TestWhoMayRead:
    @pytest.mark.parametrize(
        ("address", "headers", "status"),
        [
            ("127.0.0.1", {}, 200),
            ("::1", {}, 200),
            ("", {}, 200),
            (ELSEWHERE, {}, 404),
            ("nonsense", {}, 404),
            ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
            ("127.0.0.1", {"x-forwarded-for": ELSEWHERE}, 404),
            ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
            ("127.0.0.1", {"x-real-ip": "127.0.0.1"}, 404),
            ("127.0.0.1", {"via": "1.1 proxy"}, 404),
            ("10.1.2.3", {}, 200),
            ("10.1.2.3", {"x-forwarded-for": "10.1.2.3"}, 404),
            ("11.1.2.3", {}, 404),
            (ELSEWHERE, {"authorization": "Bearer long and secret"}, 200),
            (ELSEWHERE, {"authorization": "Bearer long and secret", "x-forwarded-for": "x"}, 200),
            (ELSEWHERE, {"authorization": "Bearer wrong"}, 404),
            (ELSEWHERE, {"authorization": "Bearer é"}, 404),
            (ELSEWHERE, {"authorization": "Bearer "}, 404),
        ],
    )
    def test_the_machine_the_networks_and_the_token(self, settings, address, headers, status):
        settings.EPM_METRICS_TOKEN = "long and secret"
        settings.EPM_METRICS_NETWORKS = ["10.0.0.0/8"]

        answer = Client().get("/metrics", headers=headers, REMOTE_ADDR=address)

        assert answer.status_code == status

    def test_without_a_token_an_empty_one_opens_nothing(self):
        headers = {"authorization": "Bearer "}
        assert Client().get("/metrics", headers=headers, REMOTE_ADDR=ELSEWHERE).status_code == 404

    def test_refused_it_is_like_any_page_that_is_not_there(self):
        refused = Client().get("/metrics", REMOTE_ADDR=ELSEWHERE)
        absent = Client().get("/metricz", REMOTE_ADDR=ELSEWHERE)

        def plain(answer):
            return re.sub(rb"[0-9a-f-]{36}|metric[sz]", b"", answer.content)

        assert plain(refused) == plain(absent)

    def test_a_signed_in_director_elsewhere_reads_nothing(self):
        client = chain.signed_in(chain.person("director", whole_chain=True))

        assert client.get("/metrics", REMOTE_ADDR=ELSEWHERE).status_code == 404


def test_sales_of_today_by_store_kind():
    zone = "Europe/Paris"
    today = timezone.localdate(timezone=__import__("zoneinfo").ZoneInfo(zone))
    shop, web = chain.store(timezone=zone), chain.store(timezone=zone, kind="web")
    product = chain.product()
    now = timezone.now()
    for store, day in ((shop, today), (shop, today), (web, today - timedelta(days=1))):
        chain.sale(
            store=store, at=now, business_date=day, lines=[{"product": product, "net_ttc": "12.00"}]
        )

    said = read()

    assert said["epm_sales_today", "EUR", "shop"] == 2
    assert said["epm_sales_today_amount", "EUR", "shop"] == 20
    assert said["epm_sales_today", "EUR", "web"] == 0
    assert said["epm_sales_today_amount", "EUR", "web"] == 0


def test_what_the_stock_is_worth_and_what_of_it_wants_a_look():
    shop, away = chain.store(), chain.store(kind="web", currency="USD")
    product = chain.product()
    stock.received(shop, product, 4, "2.50")
    stock.received(away, product, 3, 1)
    stock.hold(shop, (product, 1))
    stock.hold(shop, (product, 2), seconds=0)
    stock.book(MovementKind.SALE, (away, product, -5), forced=True)

    said = read()

    assert said["epm_stock_value", "EUR", "shop"] == 10
    assert said["epm_stock_value", "USD", "web"] == -2
    assert said["epm_stock_short_levels",] == 1
    assert said["epm_stock_holds",] == 1
    assert said["epm_stock_holds_unswept",] == 1


def test_how_far_the_facts_are_behind():
    assert read()["epm_refresh_lag_seconds",] == 0
    chain.sale(store=chain.store(), lines=[{"product": chain.product(), "net_ttc": "12.00"}])
    LedgerChange.objects.update(marked_at=timezone.now() - timedelta(seconds=90))
    metrics.forget()

    said = read()
    assert said["epm_refresh_marks",] == 2
    assert 80 < said["epm_refresh_lag_seconds",] < 120
    facts.refresh()
    metrics.forget()
    assert read()["epm_refresh_marks",] == 0


def test_what_is_asked_for_is_kept_for_seconds(django_assert_num_queries):
    read()
    chain.store(kind="warehouse")

    with django_assert_num_queries(0):
        assert ("epm_sales_today", "EUR", "warehouse") not in read()


def broken():
    raise LookupError("a mistake of ours")


def lost():
    raise OperationalError("the server has gone")


@pytest.mark.parametrize("fault", ["broken", "lost"])
def test_a_broken_part_is_left_out_and_says_so(settings, fault):
    name = f"{__name__}.{fault}"
    settings.EPM_METRICS = [
        name,
        "epm.platform.metrics_queue.collect",
        "no.such.module",
        *(["reporting.selectors.metrics.collect"] if fault == "broken" else []),
    ]

    said = read()

    assert said["epm_collector_up", name] == 0
    assert said["epm_collector_up", "no.such.module"] == 0
    assert said["epm_collector_up", "epm.platform.metrics_queue.collect"] == 1
    assert ("epm_refresh_marks",) in said or fault == "lost"


def test_a_slow_statement_is_ended(settings, monkeypatch):
    settings.EPM_METRICS = [f"{__name__}.slow"]
    monkeypatch.setattr(metrics, "STATEMENT_MILLISECONDS", 50)

    assert read()["epm_collector_up", f"{__name__}.slow"] == 0


def slow():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    return []


def test_odd_requests_make_no_labels():
    client = Client(raise_request_exception=False)
    client.generic("BREW", "/health/live")
    client.get("/no/such/page/at/all")
    said = read()

    labels = [name for name in said if name[0].startswith("django_http_responses")]
    assert {"404", "<unnamed view>", "GET"} in [set(one[1:]) for one in labels]
    assert not [one for one in said if "BREW" in one or "no/such" in str(one)]


def test_statements_and_requests_are_counted():
    before = read()
    client = chain.api_client()
    client.get("/api/v1/regions")
    after = read()

    name = "django_http_responses_total_by_status_view_method_total"
    added = {key: value - before.get(key, 0) for key, value in after.items() if key[0] == name}
    assert sorted(key[1:] for key, value in added.items() if value)[0][0] == "200"
    assert after["epm_db_queries_total",] > before["epm_db_queries_total",]


def test_the_page_of_operations_lists_them_all():
    table = OPERATIONS.partition("## Metrics")[2].partition("\n## ")[0]
    told = set(re.findall(r"`((?:epm|django)_[a-z_]+)`", "".join(table.split("| Metric |")[1])))
    told.discard("epm_task")
    read()
    ours = {
        family.name
        for source in (REGISTRY, metrics._collected)
        for family in source.collect()
        if family.name.startswith("epm_") or family.name.startswith("django_http")
    }

    assert ours <= told
    assert told <= ours


class TestSeveralProcesses:
    COUNT = (
        "from prometheus_client import Counter, Histogram, Gauge\n"
        "Counter('epm_c', 'c', ['a']).labels('x').inc(2)\n"
        "Histogram('epm_h', 'h', buckets=(1, 5)).observe(3)\n"
        "Gauge('epm_g', 'g', multiprocess_mode='livesum').inc()\n"
        "import os; print(os.getpid())\n"
    )

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("EPM_DATA", str(tmp_path))
        monkeypatch.delenv(metrics_folder.VARIABLE, raising=False)
        left = tmp_path / "metrics" / "web-999999999"
        left.mkdir(parents=True)
        metrics_folder.prepare("web")
        assert not left.exists()
        return Path(os.environ[metrics_folder.VARIABLE])

    def counted(self):
        return {
            sample.name + str(sorted(sample.labels.values())): sample.value
            for family in metrics._Counted().collect()
            for sample in family.samples
        }

    def one_process(self):
        said = subprocess.run(
            [sys.executable, "-c", self.COUNT], env=os.environ, capture_output=True, check=True
        )
        return int(said.stdout)

    EXPECTED = {
        "epm_c_total['x']": 4.0,
        "epm_h_bucket['1.0']": 0.0,
        "epm_h_bucket['5.0']": 2.0,
        "epm_h_bucket['+Inf']": 2.0,
        "epm_h_count[]": 2.0,
        "epm_h_sum[]": 6.0,
    }

    def test_count_together_and_gauges_are_of_the_living(self, folder):
        for _ in range(2):
            self.one_process()

        assert self.counted() == self.EXPECTED

    def test_what_the_dead_had_counted_stays_in_one_file(self, folder):
        for _ in range(2):
            metrics_folder.fold(self.one_process())

        assert self.counted() == self.EXPECTED
        assert sorted(file.name for file in folder.glob("*.db")) == [
            "counter_folded.db",
            "histogram_folded.db",
        ]

    def test_a_worker_beside_is_counted_too(self, folder, monkeypatch):
        self.one_process()
        metrics_folder.prepare("worker")
        self.one_process()
        monkeypatch.setenv(metrics_folder.VARIABLE, str(folder))

        assert self.counted() == self.EXPECTED

    def test_a_folder_that_cannot_be_made_is_no_failure(self, tmp_path, monkeypatch):
        monkeypatch.delenv(metrics_folder.VARIABLE, raising=False)
        (tmp_path / "file").touch()
        monkeypatch.setenv("EPM_DATA", str(tmp_path / "file"))

        metrics_folder.prepare("web")

        assert metrics_folder.files() is None


def test_every_answer_says_who_gave_it(settings):
    for address in ("/health/live", "/no/such/page", "/api/v1/kpis", "/accounts/login/"):
        answer = Client().get(address)
        assert answer.headers["X-Request-ID"]
        assert answer.headers["X-Service-Name"] == "epm-retail"
        assert answer.headers["X-Gateway"] == "none"
        assert answer.headers["X-Instance-ID"] == settings.EPM_ANSWER_HEADERS["X-Instance-ID"]
