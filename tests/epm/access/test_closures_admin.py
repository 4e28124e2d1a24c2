"""Temporary closures are kept on their store's page."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from epm.access.models import Role
from epm.access.selectors.scope import closures_visible_to
from epm.organization.models import StoreClosure
from tests.factories import chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def paris():
    return chain.store(code="PAR", name="Paris")


def saved(client, store, *closures):
    rows = {"closures-TOTAL_FORMS": len(closures), "closures-INITIAL_FORMS": 0}
    for number, (first, last, reason) in enumerate(closures):
        rows[f"closures-{number}-first_day"] = first
        rows[f"closures-{number}-last_day"] = last
        rows[f"closures-{number}-reason"] = reason
        rows[f"closures-{number}-store"] = store.pk
    fields = {
        "code": store.code, "name": store.name, "kind": "shop", "timezone": "Europe/Paris",
        "day_cutoff_hour": 0, "currency": "EUR", "vat_regime": "none", "_save": "1",
    }  # fmt: skip
    return client.post(f"/admin/organization/store/{store.pk}/change/", fields | rows)


def test_a_director_notes_one(paris):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = saved(client, paris, ("2026-08-03", "2026-08-16", "Works"))

    assert answer.status_code == 302
    (closure,) = StoreClosure.objects.all()
    assert (closure.store, closure.reason) == (paris, "Works")
    assert (closure.first_day, closure.last_day) == (date(2026, 8, 3), date(2026, 8, 16))


def test_a_closure_does_not_end_before_it_begins(paris):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = saved(client, paris, ("2026-08-16", "2026-08-03", ""))

    assert "The last day is before the first." in answer.content.decode()
    assert not StoreClosure.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        StoreClosure.objects.create(
            store=paris, first_day=date(2026, 8, 16), last_day=date(2026, 8, 3)
        )


def test_a_manager_reads_those_of_his_store_and_changes_none(paris):
    manager = chain.person(Role.MANAGER, stores=[paris])
    for store, reason in ((paris, "Works"), (chain.store(), "Fire elsewhere")):
        StoreClosure.objects.create(
            store=store, first_day=date(2026, 8, 3), last_day=date(2026, 8, 3), reason=reason
        )
    client = chain.signed_in(manager)

    text = client.get(f"/admin/organization/store/{paris.pk}/change/").content.decode()
    answer = saved(client, paris, ("2026-09-01", "2026-09-02", "Mine"))

    assert "Works" in text
    assert "Fire elsewhere" not in text
    assert answer.status_code == 403
    assert [closure.reason for closure in closures_visible_to(manager)] == ["Works"]
    assert StoreClosure.objects.count() == 2
