import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from epm.access.models import ApiKey, Role
from epm.access.selectors.scope import EVERYTHING, Scope
from epm.access.services import api_keys
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


def create(**changes):
    told = {
        "name": "Till software",
        "scopes": ["read"],
        "stores": [],
        "whole_chain": True,
        "expires_at": None,
        "by": None,
    }
    return api_keys.create(**{**told, **changes})


class TestCreate:
    def test_keeps_only_the_hash(self):
        key, text = create()

        assert api_keys.SHAPE.fullmatch(text)
        key.refresh_from_db()
        assert bytes(key.key_hash) == hashlib.sha256(text.encode()).digest()
        assert text.split("_")[2] == key.prefix
        assert text.split("_")[3] not in str(ApiKey.objects.values().get())

    def test_never_makes_the_same_key_twice(self):
        assert create()[1] != create()[1]

    def test_takes_store_codes_in_any_case(self):
        paris = chain.store(code="Paris-1")

        key, _text = create(stores=["PARIS-1"], whole_chain=False)

        assert list(key.stores.all()) == [paris]

    @pytest.mark.parametrize(
        ("_case", "changes", "refusal"),
        [
            ("no name", {"name": "  "}, api_keys.NameMissing),
            ("a NUL in the name", {"name": "a\0b"}, api_keys.NameMissing),
            ("a name too long", {"name": "n" * 121}, api_keys.NameMissing),
            ("no scope", {"scopes": []}, api_keys.UnknownScope),
            ("an unknown scope", {"scopes": ["read", "write"]}, api_keys.UnknownScope),
            ("an unknown store", {"stores": ["X"], "whole_chain": False}, api_keys.UnknownStore),
            ("no place at all", {"whole_chain": False}, api_keys.PlacesContradict),
            ("chain and stores", {"stores": ["X"]}, api_keys.PlacesContradict),
        ],
    )
    def test_refuses_and_writes_nothing(self, _case, changes, refusal):
        with pytest.raises(refusal):
            create(**changes)

        assert not ApiKey.objects.exists()

    def test_nobody_hands_out_more_than_they_see(self):
        mine, foreign = chain.store(), chain.store()
        manager = chain.person(Role.MANAGER, stores=[mine])

        with pytest.raises(api_keys.BeyondOwnScope):
            create(by=manager)
        with pytest.raises(api_keys.UnknownStore):
            create(by=manager, stores=[foreign.code], whole_chain=False)

        assert not ApiKey.objects.exists()
        key, _text = create(by=manager, stores=[mine.code], whole_chain=False)
        assert key.created_by == manager


class TestIdentify:
    def test_knows_the_client_and_its_scope(self):
        paris = chain.store()
        key, text = create(stores=[paris.code], whole_chain=False, scopes=["kpis:read"])

        client = api_keys.identify(text=text, now=NOON)

        assert client == api_keys.ApiClient(
            key_id=key.pk,
            name="Till software",
            prefix=key.prefix,
            scope=Scope(store_ids=frozenset({paris.pk})),
            scopes=frozenset({"kpis:read"}),
        )

    def test_of_the_whole_chain(self):
        _key, text = create()

        assert api_keys.identify(text=text, now=NOON).scope == EVERYTHING

    def test_a_key_whose_stores_are_taken_away_sees_nothing(self):
        paris = chain.store()
        key, text = create(stores=[paris.code], whole_chain=False)
        key.stores.clear()

        assert api_keys.identify(text=text, now=NOON).scope == Scope()

    def test_costs_one_query_after_the_first_of_the_day(self, django_assert_num_queries):
        key, text = create()

        with django_assert_num_queries(2):
            api_keys.identify(text=text, now=NOON)
        with django_assert_num_queries(1):
            api_keys.identify(text=text, now=NOON + timedelta(hours=11))

        key.refresh_from_db()
        assert key.last_used_on == NOON.date()

    def test_expires_at_its_moment(self):
        _key, text = create(expires_at=NOON)

        assert api_keys.identify(text=text, now=NOON - timedelta(microseconds=1)) is not None
        assert api_keys.identify(text=text, now=NOON) is None

    def test_a_revocation_counts_at_once_and_for_ever(self):
        key, text = create()
        api_keys.identify(text=text, now=NOON)

        assert api_keys.revoke(key_id=key.pk, now=NOON)
        assert not api_keys.revoke(key_id=key.pk, now=NOON + timedelta(days=1))

        assert api_keys.identify(text=text, now=NOON) is None
        key.refresh_from_db()
        assert key.revoked_at == NOON

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text[:-1] + ("a" if text[-1] != "a" else "b"),
            lambda text: text + "a",
            lambda text: text[:-1],
            lambda _text: "",
            lambda text: text.upper(),
            lambda text: text + "\n",
            lambda text: "rk_live_0000000000_" + text[-43:],
            lambda text: text.replace("rk_live_", "rk_test_"),
            lambda _text: "é" * 62,
        ],
    )
    def test_does_not_know_a_spoiled_key(self, spoil):
        key, text = create()

        assert api_keys.identify(text=spoil(text), now=NOON) is None

        key.refresh_from_db()
        assert key.last_used_on is None


class TestCommand:
    def test_prints_the_key_once(self):
        chain.store(code="S1")
        out = StringIO()

        call_command(
            "create_api_key",
            "BI",
            "--scope",
            "kpis:read",
            "--store",
            "s1",
            "--expires",
            "30",
            stdout=out,
        )

        text = out.getvalue().strip()
        key = ApiKey.objects.get()
        assert (key.name, key.scopes, key.whole_chain) == ("BI", ["kpis:read"], False)
        assert key.expires_at - key.created_at == pytest.approx(
            timedelta(days=30), abs=timedelta(minutes=1)
        )
        assert api_keys.identify(text=text, now=key.created_at).key_id == key.pk

    def test_reads_the_whole_chain_by_default(self):
        call_command("create_api_key", "BI", stdout=StringIO())

        key = ApiKey.objects.get()
        assert (key.scopes, key.whole_chain, key.expires_at) == (["read"], True, None)

    @pytest.mark.parametrize(
        "wrong", [["--store", "X"], ["--scope", "root"], ["--expires", "0"], ["--expires", "99999"]]
    )
    def test_says_no_in_one_line(self, wrong):
        with pytest.raises(CommandError) as refused:
            call_command("create_api_key", "BI", *wrong)

        assert "\n" not in str(refused.value)
        assert not ApiKey.objects.exists()
