"""The cached report: the same answers, never another's, never yesterday's."""

from datetime import timedelta

import pytest
from django.utils import translation

from epm.access.models import Role, ScopeKind, StoreScope
from epm.access.selectors.sight import sight_of
from reporting.kpis.registry import REGISTRY
from reporting.selectors import cached, kpis
from reporting.selectors.kpis import BadPeriod
from reporting.services import facts
from tests.factories import chain
from tests.factories.chain import NOON

TODAY = NOON.date()


@pytest.fixture
def trade(db):
    """Two stores of two regions; one has sold 10 net."""
    first = chain.store(region=chain.region())
    second = chain.store(region=chain.region())
    product = chain.product(category=chain.category())
    sell(first, product)
    return first, second, product


def sell(store, product, net="12.00"):
    chain.sale(store=store, lines=[{"product": product, "net_ttc": net}])


@pytest.fixture
def computed(monkeypatch):
    """The times that a report has really been read."""
    runs = []
    real = kpis.reports

    def reports(**words):
        runs.append(words)
        return real(**words)

    monkeypatch.setattr(kpis, "reports", reports)
    return runs


def ask(principal, **words):
    return cached.report(principal=principal, start=TODAY, end=TODAY, **words)


def net(report):
    return report.total["net_sales"]


@pytest.mark.parametrize("by", [None, "store", "region", "category", "product", "day", "month"])
def test_it_answers_as_the_report_does(trade, computed, by):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    words = {"by": by, "kpis": list(REGISTRY)}

    first, second = ask(director, **words), ask(director, **words)

    assert len(computed) == 1
    assert first == second
    told = kpis.report(principal=director, start=TODAY, end=TODAY, **words)
    assert second.as_json() | {"as_of": ""} == told.as_json() | {"as_of": ""}
    assert type(second) is type(told)
    assert second.period == told.period
    assert second.by is told.by


def test_a_sale_committed_between_two_questions_is_in_the_second(trade, computed):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    first = ask(director)
    sell(trade[0], trade[2])
    second = ask(director)
    facts.refresh()
    third = ask(director)

    assert (net(first), net(second), net(third)) == ("10.00", "20.00", "20.00")
    assert first.as_of < second.as_of < third.as_of
    assert len(computed) == 3


def test_a_renamed_store_has_its_new_name(trade):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    ask(director, by="store")
    trade[0].name = "Renamed"
    trade[0].save()

    assert "Renamed" in [row.label for row in ask(director, by="store").rows]


def test_as_of_is_when_it_was_read(trade, computed):
    director = chain.person(Role.DIRECTOR, whole_chain=True)

    assert ask(director).as_of == ask(director).as_of
    assert len(computed) == 1


def test_people_of_different_stores_share_nothing(trade, computed):
    first, second, _product = trade
    people = [
        chain.person(Role.MANAGER, stores=[first]),
        chain.person(Role.MANAGER, stores=[second]),
        chain.person(Role.REGIONAL, regions=[second.region]),
        chain.person(Role.DIRECTOR, whole_chain=True),
        chain.person(Role.MANAGER),
    ]

    told = [net(ask(person)) for person in people for _again in range(2)]

    assert told == ["10.00", "10.00", "0.00", "0.00", "0.00", "0.00", "10.00", "10.00", None, None]
    assert len(computed) == 5


def test_people_of_the_same_store_and_role_share(trade, computed):
    for _ in range(3):
        ask(chain.person(Role.MANAGER, stores=[trade[0]]))

    assert len(computed) == 1


def test_a_changed_scope_counts_at_once(trade):
    first, second, _product = trade
    person = chain.person(Role.MANAGER, stores=[second])
    assert net(ask(person)) == "0.00"
    StoreScope.objects.filter(user=person).update(store=first)
    moved = type(person).objects.get(pk=person.pk)

    assert net(ask(moved)) == "10.00"


def test_a_store_that_joins_a_region_is_seen_by_its_manager(trade):
    first, second, _product = trade
    person = chain.person(Role.REGIONAL, regions=[second.region])
    assert net(ask(person)) == "0.00"
    first.region = second.region
    first.save()

    assert net(ask(type(person).objects.get(pk=person.pk))) == "10.00"


def sights(trade):
    """Each sees the whole chain or the first store, and yet not the same."""
    first = trade[0]
    yield chain.person(Role.DIRECTOR, whole_chain=True)
    yield chain.person(Role.ANALYST, whole_chain=True)
    yield chain.person(Role.CASHIER, stores=[first])
    yield chain.person(Role.MANAGER, stores=[first])
    yield chain.person("", stores=[first])
    yield chain.person(Role.DIRECTOR, whole_chain=True, is_superuser=True)
    yield chain.person(Role.DIRECTOR, whole_chain=True, is_active=False)
    for scopes in (("read",), ("kpis:read",), ("kpis:read", "costs:read")):
        request = chain.api_key(scopes=scopes, expires_in=None)
        yield client_of(request[1])


def client_of(text):
    from epm.access.services import api_keys

    return api_keys.identify(text=text, now=NOON)


def test_rights_and_language_are_part_of_the_key(trade):
    seen = [sight_of(principal) for principal in sights(trade)]
    with translation.override("fr"):
        french = [sight_of(principal) for principal in sights(trade)]

    assert len(set(seen)) == len(seen)
    assert not set(seen) & set(french)
    assert [sight_of(principal) for principal in sights(trade)] == seen


def test_who_sees_no_margins_gets_no_margins_of_others(trade):
    """The same words, one key without costs: what the other was told is not given."""
    whole = chain.api_client(scopes=("kpis:read", "costs:read"))
    without = chain.api_client(scopes=("kpis:read",))
    words = {"from": str(TODAY), "to": str(TODAY)}

    assert whole.get("/api/v1/kpis", words).json()["total"]["net_sales"] == "10.00"
    assert "gross_margin" not in without.get("/api/v1/kpis", words).json()["total"]


def test_a_refusal_is_refused_each_time(trade, computed):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    for _ in range(2):
        with pytest.raises(BadPeriod):
            cached.report(principal=director, start=TODAY, end=TODAY - timedelta(days=1))

    assert len(computed) == 2


@pytest.mark.parametrize(
    "words",
    [
        {"stores": ["S"], "regions": []},
        {"kpis": ["net_sales"]},
        {"kpis": []},
        {"last_year": "date"},
        {"by": "store"},
        {"by": "day"},
        {"category": "x"},
        {"category": ""},
    ],
)
def test_every_word_is_part_of_the_key(trade, monkeypatch, words):
    keys = []
    monkeypatch.setattr(cached, "remember", lambda **asked: keys.append(asked["key"]) or [None])
    director = chain.person(Role.DIRECTOR, whole_chain=True)

    ask(director)
    ask(director, **words)

    assert keys[0] != keys[1]


def test_a_lost_scope_is_no_scope(trade):
    person = chain.person(Role.MANAGER, stores=[trade[0]])
    assert net(ask(person)) == "10.00"
    StoreScope.objects.filter(user=person, kind=ScopeKind.STORE).delete()

    assert net(ask(type(person).objects.get(pk=person.pk))) is None
