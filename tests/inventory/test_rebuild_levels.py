"""`manage.py rebuild_levels` and what `doctor` says before it."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from inventory.models import StockLevel, StockRepair
from tests.factories import chain, stock
from tests.inventory.test_proof import by_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bread():
    product = chain.product(sku="BREAD")
    for code in ("PARIS", "LYON"):
        stock.received(chain.store(code=code), product, 9)
    return product


def run(command, *words):
    """The exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command(command, *words, stdout=out)
    except SystemExit as exit_:
        return exit_.code, out.getvalue()
    return 0, out.getvalue()


def spoil(code, on_hand=5):
    by_force(
        "UPDATE inventory_stocklevel SET on_hand = %s WHERE store_id ="
        " (SELECT id FROM organization_store WHERE code = %s)",
        on_hand,
        code,
    )


def on_hand():
    return dict(StockLevel.objects.values_list("store__code", "on_hand"))


def test_a_level_that_is_gone_is_named_and_made_again():
    by_force(
        "DELETE FROM inventory_stocklevel WHERE store_id ="
        " (SELECT id FROM organization_store WHERE code = 'PARIS')"
    )
    assert run("rebuild_levels", "--dry-run") == (
        3,
        "PARIS BREAD: differs from its movements or reservations\n",
    )

    status, said = run("rebuild_levels")

    assert (status, "on_hand 0.000 → 9.000" in said) == (0, True)
    assert on_hand() == {"PARIS": 9, "LYON": 9}


def test_where_all_is_well_nothing_is_done():
    assert run("rebuild_levels") == (0, "Every level is what its movements say.\n")
    assert not StockRepair.objects.exists()


def test_each_level_that_differs_is_put_right_and_named():
    spoil("PARIS")

    assert run("rebuild_levels") == (0, "PARIS BREAD: on_hand 5.000 → 9.000\n")

    assert on_hand() == {"PARIS": 9, "LYON": 9}
    assert run("rebuild_levels")[1] == "Every level is what its movements say.\n"
    assert StockRepair.objects.count() == 1


def test_a_dry_run_names_them_and_repairs_nothing():
    spoil("PARIS")

    assert run("rebuild_levels", "--dry-run") == (
        3, "PARIS BREAD: differs from its movements or reservations\n",
    )  # fmt: skip
    assert on_hand()["PARIS"] == 5
    assert not StockRepair.objects.exists()


def test_only_the_store_or_the_product_that_is_asked_for():
    spoil("PARIS")
    spoil("LYON")

    assert run("rebuild_levels", "--store", "lyon", "--sku", "bread")[0] == 0

    assert on_hand() == {"PARIS": 5, "LYON": 9}


@pytest.mark.parametrize(("word", "name"), [("--store", "ROME"), ("--sku", "CAKE")])
def test_what_is_not_there_is_said(word, name):
    with pytest.raises(CommandError, match=name):
        run("rebuild_levels", word, name)


def test_a_wrong_movement_is_named_by_both_and_left_alone(bread):
    by_force("UPDATE inventory_stockmovement SET balance = 8, quantity = 8 WHERE store_id ="
             " (SELECT id FROM organization_store WHERE code = 'PARIS')")  # fmt: skip
    stock.received(chain.store(code="ROME"), bread, 1)
    by_force("UPDATE inventory_stockmovement SET balance = 4 WHERE store_id ="
             " (SELECT id FROM organization_store WHERE code = 'ROME')")  # fmt: skip

    status, said = run("doctor", "--json")
    repaired, told = run("rebuild_levels")

    broken = {one["code"]: one["first"] for one in json.loads(said)["invariants"] if one["broken"]}
    assert status == 1
    assert broken["inventory/stock-is-its-movements"].startswith("BREAD in ")
    assert repaired == 3
    assert "PARIS BREAD: on_hand 9.000 → 8.000\n" in told
    assert "ROME BREAD: movement " in told
    assert "(number 1) is wrong: balance 4.000, should be 1.000" in told


def test_doctor_names_the_first_movement_that_does_not_continue(bread):
    stock.received(chain.store(code="ROME"), bread, 1)
    by_force("UPDATE inventory_stockmovement SET balance = 4 WHERE store_id ="
             " (SELECT id FROM organization_store WHERE code = 'ROME')")  # fmt: skip

    status, said = run("doctor")

    assert status == 1
    assert "FAIL  inventory/stock-is-its-movements" in said
    assert "BREAD in ROME" in said
    assert "(number 1): balance 4.000, should be 1.000" in said
