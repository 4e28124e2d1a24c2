"""Visitors and hours worked: rows of a day or of its hours, by file and by page."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from epm.access.models import Role
from epm.platform.models import Change
from sales.models import StoreFootfall, StoreLabour
from tests.factories import chain
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 1)


@pytest.fixture
def paris():
    return chain.store(code="PAR")


def counted():
    return list(StoreFootfall.objects.order_by("id").values_list("hour", "visitors"))


class TestARow:
    def test_is_of_a_day_or_of_each_of_its_hours(self, paris):
        StoreFootfall.objects.create(store=paris, business_date=DAY, visitors=0)
        for hour in (0, 23):
            StoreFootfall.objects.create(
                store=paris, business_date=date(2026, 6, 2), hour=hour, visitors=5
            )
        StoreFootfall.objects.create(store=chain.store(), business_date=DAY, hour=9, visitors=5)
        StoreLabour.objects.create(store=paris, business_date=DAY, hour=9, hours="1.25")

        assert StoreFootfall.objects.count() == 4

    @pytest.mark.parametrize(
        "fields",
        [
            {"visitors": 7},  # the day again
            {"visitors": 7, "hour": 9},  # one of its hours beside it
            {"visitors": -1, "business_date": date(2026, 6, 2)},
            {"visitors": 1, "business_date": date(2026, 6, 2), "hour": 24},
        ],
    )
    def test_of_visitors_that_cannot_be_is_refused(self, paris, fields):
        StoreFootfall.objects.create(store=paris, business_date=DAY, visitors=5)

        with pytest.raises(IntegrityError), transaction.atomic():
            StoreFootfall.objects.create(**{"store": paris, "business_date": DAY, **fields})

        assert counted() == [(None, 5)]

    @pytest.mark.parametrize(
        "fields", [{"hour": None}, {"hour": 9}, {"hour": 10, "hours": Decimal("-0.01")}]
    )
    def test_of_hours_that_cannot_be_is_refused(self, paris, fields):
        words = {"store": paris, "business_date": DAY, "hours": 1}
        StoreLabour.objects.create(**words, hour=9)

        with pytest.raises(IntegrityError), transaction.atomic():
            StoreLabour.objects.create(**{**words, **fields})

        assert StoreLabour.objects.get().hours == 1

    def test_has_a_history(self, paris):
        row = StoreLabour.objects.create(store=paris, business_date=DAY, hours=8)
        StoreLabour.objects.filter(pk=row.pk).update(hours=9)
        row.delete()

        found = Change.objects.filter(subject="sales_storelabour").order_by("pk")
        assert [change.verb for change in found] == ["created", "changed", "deleted"]


class TestImported:
    def test_days_and_hours_and_the_same_again_changes_nothing(self, imported, paris):
        text = """
            store,date,hour,visitors
            par,2026-06-01,,120
            PAR,2026-06-02,9,10
            PAR,2026-06-02,10,0
            """

        run = imported("footfall", text)
        again = imported("footfall", text, name="again.csv")
        changed = imported(
            "footfall", "store,date,visitors\nPAR,2026-06-01,121\n", name="changed.csv"
        )

        assert run.account["rows"]["applied"] == 3
        assert again.account["rows"]["unchanged"] == 3
        assert changed.account["rows"]["applied"] == 1
        assert counted() == [(None, 121), (9, 10), (10, 0)]

    def test_hours_worked(self, imported, paris):
        imported("labour", "store,date,hours\nPAR,2026-06-01,37.5\nPAR,2026-06-02,0\n")

        assert list(StoreLabour.objects.order_by("business_date").values_list("hours", "hour")) == [
            (Decimal("37.50"), None), (0, None),
        ]  # fmt: skip

    def test_what_cannot_be_waits_in_quarantine(self, imported, paris):
        StoreFootfall.objects.create(store=paris, business_date=DAY, visitors=5)
        run = imported(
            "footfall",
            """
            store,date,hour,visitors
            PAR,2026-06-01,9,1
            PAR,2026-06-02,9,1
            PAR,2026-06-02,,9
            PAR,2026-06-03,24,1
            PAR,2026-06-04,9,-1
            PAR,2026-06-05,9,1.5
            PAR,2026-06-06,9,1
            PAR,2026-06-06,9,2
            LYO,2026-06-07,9,1
            PAR,2026-06-08,nine,1
            PAR,2026-06-08,10,1
            """,
        )

        assert reasons(run) == [
            (2, "whole-and-by-hour", "hour = 9"),
            (3, "whole-and-by-hour", "hour = 9"),
            (4, "whole-and-by-hour", "hour = "),
            (5, "out-of-range", "hour = 24"),
            (6, "out-of-range", "visitors = -1"),
            (7, "not-a-integer", "visitors = 1.5"),
            (9, "repeated-key", "key = PAR / 2026-06-06 / 9"),
            (10, "unknown-store", "store = LYO"),
            (11, "not-a-integer", "hour = nine"),
        ]
        assert counted() == [(None, 5), (9, 1), (10, 1)]

    def test_hours_worked_that_cannot_be_wait_too(self, imported, paris):
        run = imported(
            "labour",
            """
            store,date,hours
            PAR,2026-06-01,-1
            PAR,2026-06-02,7.505
            PAR,2026-06-03,100000
            """,
        )

        assert reasons(run) == [
            (2, "out-of-range", "hours = -1"),
            (3, "too-many-decimals", "hours = 7.505"),
            (4, "out-of-range", "hours = 100000"),
        ]
        assert not StoreLabour.objects.exists()


class TestPages:
    @pytest.fixture
    def client(self):
        return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    def test_a_day_is_typed_in(self, client, paris):
        form = {"store": paris.pk, "business_date": "2026-06-01", "hour": "", "visitors": "120"}

        answer = client.post("/admin/sales/storefootfall/add/", form)

        assert answer.status_code == 302
        assert counted() == [(None, 120)]
        page = client.get("/admin/sales/storefootfall/").content.decode()
        assert "Monday 1 June 2026" in page
        assert "whole day" in page

    def test_not_both_by_hour_and_as_a_whole(self, client, paris):
        StoreLabour.objects.create(store=paris, business_date=DAY, hours=8)
        form = {"store": paris.pk, "business_date": "2026-06-01", "hour": "9", "hours": "1"}

        answer = client.post("/admin/sales/storelabour/add/", form)

        assert "This day is told the other way" in answer.content.decode()
        assert StoreLabour.objects.count() == 1


class TestApi:
    def test_lists_days_of_your_stores_latest_first(self, paris):
        lyon = chain.store(code="LYO")
        for day in (1, 2):
            StoreFootfall.objects.create(
                store=paris, business_date=date(2026, 6, day), visitors=day
            )
        StoreFootfall.objects.create(store=lyon, business_date=DAY, hour=9, visitors=9)
        client = chain.api_client(stores=[paris])

        found = client.get("/api/v1/footfall").json()["results"]
        narrowed = client.get("/api/v1/footfall?to=2026-06-01").json()["results"]

        assert [(row["store"], row["date"], row["hour"], row["visitors"]) for row in found] == [
            ("PAR", "2026-06-02", None, 2), ("PAR", "2026-06-01", None, 1),
        ]  # fmt: skip
        assert narrowed == found[1:]

    def test_tells_hours_as_a_decimal_string(self, paris):
        StoreLabour.objects.create(store=paris, business_date=DAY, hour=9, hours="7.5")

        (row,) = chain.api_client().get("/api/v1/labour").json()["results"]

        assert (row["hour"], row["hours"]) == (9, "7.50")

    def test_takes_the_right_to_targets(self, paris):
        client = chain.api_client(scopes=["sales:read"])

        assert client.get("/api/v1/footfall").status_code == 403
        assert client.get("/api/v1/labour").status_code == 403
