"""Check digits, packs, and what a scale writes into a code."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from epm.access.models import Role
from epm.platform.models import Change
from inventory import gtins
from inventory.models import Barcode, EmbeddedBarcodeRule
from inventory.selectors import barcodes
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

RIGHT = ["40170725", "036000291452", "3017620422003", "0036000291452", "13017620422000"]
WRONG = ["40170726", "036000291453", "3017620422004", "3017620422030", "13017620422001"]
NONE = ["", "7", "123456789", "301762042200", "30176204220O3", "٣017620422003", "3017620422003 "]


def in_sql(code):
    with connection.cursor() as cursor:
        cursor.execute("SELECT inventory_gtin_is_right(%s)", [code])
        return cursor.fetchone()[0]


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def scan(director, code, *, currency=None):
    store = chain.store(currency=currency) if currency else None
    return barcodes.scanned(director, code=code, store=store, at=NOON)


def rule(prefix, embeds, **fields):
    return EmbeddedBarcodeRule.objects.create(
        **{
            "name": f"{embeds} {prefix}",
            "prefix": prefix,
            "embeds": embeds,
            "item_digits": 5,
            "value_digits": 5,
            "value_decimals": {"weight": 3, "price": 2, "quantity": 0}[embeds],
            **fields,
        }
    )


def refused(name, **fields):
    """The write fails by the constraint of that name, and leaves nothing."""
    before = EmbeddedBarcodeRule.objects.count()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        rule(**fields)
    assert EmbeddedBarcodeRule.objects.count() == before


class TestACheckDigit:
    @pytest.mark.parametrize("code", RIGHT)
    def test_is_right_here_and_in_the_database(self, code):
        assert gtins.is_right(code)
        assert in_sql(code)

    @pytest.mark.parametrize("code", WRONG + NONE)
    def test_is_wrong_here_and_in_the_database(self, code):
        assert not gtins.is_right(code)
        assert not in_sql(code)

    @pytest.mark.parametrize("code", WRONG + NONE[1:])
    def test_that_is_wrong_makes_no_gtin(self, code):
        bread = chain.product()

        with (
            pytest.raises(IntegrityError, match="barcode_gtin_check_digit_right"),
            transaction.atomic(),
        ):
            Barcode.objects.create(product=bread, code=code, kind="gtin")

        assert Barcode.objects.count() == 0

    def test_is_not_asked_of_a_code_of_ones_own(self):
        Barcode.objects.create(product=chain.product(), code="3017620422004")

        assert Barcode.objects.get().kind == "internal"


class TestABarcode:
    def test_is_one_gtin_however_it_is_written(self):
        bread, tea = chain.product(), chain.product()
        Barcode.objects.create(product=bread, code="036000291452", kind="gtin")

        with (
            pytest.raises(IntegrityError, match="barcode_gtin_unique_in_any_form"),
            transaction.atomic(),
        ):
            Barcode.objects.create(product=tea, code="0036000291452", kind="gtin")

        assert Barcode.objects.get().product == bread

    @pytest.mark.parametrize("size", [0, -1])
    def test_of_no_pack_at_all_is_refused(self, size):
        bread = chain.product()

        with (
            pytest.raises(IntegrityError, match="barcode_pack_size_positive"),
            transaction.atomic(),
        ):
            Barcode.objects.create(product=bread, code="1", pack_size=size)

        assert Barcode.objects.count() == 0

    def test_written_by_plain_sql_is_internal_and_for_one(self):
        bread = chain.product()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO inventory_barcode (product_id, code) VALUES (%s, 'X')", [bread.pk]
            )

        kept = Barcode.objects.get()
        assert (kept.kind, kept.pack_size) == ("internal", 1)


class TestWhatWasThereBefore:
    def test_is_a_gtin_where_it_can_be_and_makes_no_history(self):
        bread, tea = chain.product(), chain.product()
        kinds = {
            "036000291452": "gtin",
            "0036000291452": "internal",  # the same again, of another product
            "3017620422003": "gtin",
            "3017620422004": "internal",
            "40170725": "gtin",
            "12345678": "internal",
            "SHELF-7": "internal",
        }
        for code in kinds:
            Barcode.objects.create(product=tea if code.startswith("00") else bread, code=code)
        noted = Change.objects.count()

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                import_module("inventory.migrations.0006_barcodes").KINDS_OF_WHAT_IS_THERE
            )

        assert dict(Barcode.objects.values_list("code", "kind")) == kinds
        assert Change.objects.count() == noted


class TestARule:
    @pytest.mark.parametrize(("prefix", "digits"), [("21", 5), ("211", 4), ("2112", 3)])
    def test_does_not_overlap_another_active_one(self, prefix, digits):
        rule("211", "weight", item_digits=4)

        refused("embedded_rule_prefixes_apart", prefix=prefix, embeds="price", item_digits=digits)

        rule("212", "price", item_digits=4)
        rule(prefix, "price", item_digits=digits, is_active=False)

    @pytest.mark.parametrize("prefix", ["30", "2", "2a", "", "03", "٢1"])
    def test_reads_no_codes_but_a_stores_own(self, prefix):
        refused(
            "embedded_rule_prefix_of_stores",
            prefix=prefix,
            embeds="weight",
            item_digits=max(1, 7 - len(prefix)),
        )

    @pytest.mark.parametrize(
        "fields",
        [{"item_digits": 6}, {"value_digits": 4}, {"value_check": True}, {"prefix": "210"}],
    )
    def test_fills_the_twelve_digits(self, fields):
        refused("embedded_rule_fills_ean_13", **{"prefix": "21", "embeds": "weight", **fields})

    def test_has_no_more_decimals_than_digits(self):
        refused(
            "embedded_rule_decimals_within_value",
            prefix="21", embeds="price", item_digits=8, value_digits=2, value_decimals=3,
        )  # fmt: skip

    def test_verifies_four_or_five_digits(self):
        refused(
            "embedded_rule_verifies_4_or_5_digits",
            prefix="21", embeds="price", item_digits=3, value_digits=6, value_check=True,
        )  # fmt: skip


class TestAScan:
    @pytest.mark.parametrize(
        ("kept", "read"),
        [
            ("036000291452", "0036000291452"),
            ("0036000291452", "036000291452"),
            ("036000291452", "00036000291452"),
            ("40170725", "0000040170725"),
            ("3017620422003", " 3017620422003"),
        ],
    )
    def test_finds_a_gtin_in_any_form(self, director, kept, read):
        bread = chain.product()
        bread.barcodes.create(code=kept, kind="gtin")

        assert scan(director, read).product_id == bread.pk

    def test_of_a_carton_means_all_that_is_in_it(self, director):
        milk = chain.product()
        milk.barcodes.create(code="3017620422003", kind="gtin")
        milk.barcodes.create(code="13017620422000", kind="gtin", pack_size=12)

        one, carton = scan(director, "3017620422003"), scan(director, "13017620422000")

        assert (one.product_id, one.quantity) == (milk.pk, 1)
        assert (carton.product_id, carton.quantity, carton.pack_size) == (milk.pk, 12, 12)
        assert (carton.price, carton.rule) == (None, None)

    @pytest.mark.parametrize("code", ["9", "3017620422003", "x" * 65, "a\0b", ""])
    def test_of_what_nobody_has_is_refused(self, director, code):
        with pytest.raises(barcodes.UnknownBarcode):
            scan(director, code)

    def test_that_was_misread_is_told_so(self, director):
        chain.product().barcodes.create(code="3017620422003", kind="gtin")

        with pytest.raises(barcodes.WrongCheckDigit) as refusal:
            scan(director, "3017620422008")

        assert str(refusal.value.detail) == "“3017620422008” should end in 3: scan it again."

    def test_of_an_odd_code_somebody_gave_a_product_is_no_misreading(self, director):
        odd = chain.product()
        odd.barcodes.create(code="3017620422008")

        assert scan(director, "3017620422008").product_id == odd.pk

    def test_by_who_sees_no_store_finds_nothing(self):
        chain.product().barcodes.create(code="1")

        with pytest.raises(barcodes.UnknownBarcode):
            scan(chain.person(Role.MANAGER), "1")


class TestAScalesCode:
    @pytest.fixture
    def cheese(self):
        cheese = chain.product(sku="CHEESE", unit="kg", sale_price=Decimal("20.00"))
        for prefix in ("21", "22", "23", "02"):
            cheese.barcodes.create(code=f"{prefix}12345")
        return cheese

    def test_holds_a_weight(self, director, cheese):
        rule("21", "weight")

        read = scan(director, "2112345012346", currency="EUR")

        assert (read.product_id, read.quantity, read.price) == (cheese.pk, Decimal("1.234"), None)
        assert (read.rule, read.barcode, read.currency) == ("weight 21", "2112345", "EUR")

    def test_holds_a_weight_told_in_grams(self, director):
        saffron = chain.product(unit="g")
        saffron.barcodes.create(code="2112345")
        rule("21", "weight")

        assert scan(director, "2112345012346").quantity == Decimal("1234.000")

    def test_holds_a_price_from_which_the_weight_follows(self, director, cheese):
        rule("22", "price")

        read = scan(director, "2212345003501", currency="EUR")

        assert (read.price, read.quantity) == (Decimal("3.50"), Decimal("0.175"))

    def test_holds_a_price_and_the_weight_is_rounded_half_up(self, director, cheese):
        type(cheese).objects.update(sale_price=Decimal("8"))  # 3.50 / 8 = 0.4375
        rule("22", "price")

        assert scan(director, "2212345003501").quantity == Decimal("0.438")

    @pytest.mark.parametrize("sale_price", [None, Decimal(0), Decimal(99_999)])
    def test_holds_a_price_and_the_weight_is_not_invented(self, director, cheese, sale_price):
        type(cheese).objects.update(sale_price=sale_price)
        rule("22", "price")

        read = scan(director, "2212345003501")

        assert (read.price, read.quantity) == (Decimal("3.50"), None)

    def test_holds_the_price_of_a_piece(self, director):
        flowers = chain.product(unit="piece", sale_price=None)
        flowers.barcodes.create(code="2212345")
        rule("22", "price")

        read = scan(director, "2212345003501")

        assert (read.price, read.quantity) == (Decimal("3.50"), 1)

    def test_holds_a_number_of_packs(self, director):
        eggs = chain.product(unit="piece")
        eggs.barcodes.create(code="2312345", pack_size=6)
        rule("23", "quantity")

        assert scan(director, "2312345000033").quantity == 18

    def test_is_read_as_the_upc_it_is_too(self, director, cheese):
        rule("02", "price")

        assert scan(director, "0212345003503").price == Decimal("3.50")
        assert scan(director, "212345003503").price == Decimal("3.50")

    @pytest.mark.parametrize(
        ("prefix", "item", "value_digits", "good", "bad"),
        [
            ("24", "12345", 4, "2412345928754", "2412345628753"),
            ("25", "1234", 5, "2512346146857", None),
        ],
    )
    def test_has_a_verifier(self, director, prefix, item, value_digits, good, bad):
        ham = chain.product(unit="kg", sale_price=None)
        ham.barcodes.create(code=prefix + item)
        rule(prefix, "price", item_digits=len(item), value_digits=value_digits, value_check=True)

        assert scan(director, good).price == Decimal(good[12 - value_digits : 12]) / 100
        if bad:
            with pytest.raises(barcodes.WrongCheckDigit) as refusal:
                scan(director, bad)
            assert "verifier before 2875 should be 9" in str(refusal.value.detail)

    def test_with_a_wrong_check_digit_is_refused(self, director, cheese):
        rule("21", "weight")

        with pytest.raises(barcodes.WrongCheckDigit):
            scan(director, "2112345012347")

    def test_of_an_item_nobody_has_is_unknown(self, director, cheese):
        rule("22", "price")

        with pytest.raises(barcodes.UnknownBarcode):
            scan(director, "2299999003507")

    def test_is_not_read_by_a_rule_that_rests(self, director, cheese):
        rule("21", "weight", is_active=False)

        with pytest.raises(barcodes.UnknownBarcode):
            scan(director, "2112345012346")

    def test_given_to_a_product_as_it_stands_wins_over_the_rule(self, director, cheese):
        rule("21", "weight")
        other = chain.product()
        other.barcodes.create(code="2112345012346", kind="gtin")

        assert scan(director, "2112345012346").product_id == other.pk

    @pytest.mark.parametrize(
        ("unit", "code", "currency"),
        [("kg", "2112345000008", None), ("piece", "2112345012346", None)],
    )
    def test_that_does_not_fit_is_refused(self, director, unit, code, currency):
        chain.product(unit=unit).barcodes.create(code="2112345")
        rule("21", "weight")

        with pytest.raises(barcodes.EmbeddedValueUnusable):
            scan(director, code, currency=currency)

    def test_with_cents_where_there_are_none_is_refused(self, director, cheese):
        rule("22", "price")

        with pytest.raises(barcodes.EmbeddedValueUnusable):
            scan(director, "2212345003501", currency="JPY")


class TestTheApi:
    def test_tells_what_a_scan_means(self, django_assert_num_queries):
        cheese = chain.product(sku="CHEESE", name="Comté", unit="kg", sale_price=Decimal("20"))
        cheese.barcodes.create(code="2212345")
        rule("22", "price")
        chain.store(code="L1", currency="EUR")
        client = chain.api_client(scopes=["catalogue:read"])
        client.get("/api/v1/products")

        with django_assert_num_queries(6):
            answer = client.get("/api/v1/barcodes/2212345003501?store=l1")

        assert answer.json() == {
            "product_id": cheese.pk,
            "sku": "CHEESE",
            "name": "Comté",
            "unit": "kg",
            "is_active": True,
            "sale_price": "20.00",
            "barcode": "2212345",
            "kind": "internal",
            "pack_size": "1.00",
            "quantity": "0.175",
            "price": "3.50",
            "currency": "EUR",
            "rule": "price 22",
        }

    def test_takes_a_code_with_a_slash(self):
        odd = chain.product()
        odd.barcodes.create(code="A/1")

        assert chain.api_client().get("/api/v1/barcodes/A/1").json()["product_id"] == odd.pk

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("nothing", 404, "inventory/unknown-barcode"),
            ("a%00b", 404, "inventory/unknown-barcode"),
            ("3017620422008", 422, "inventory/wrong-check-digit"),
            ("2112345000008", 422, "inventory/embedded-value-unusable"),
            ("1?store=nowhere", 400, "invalid-parameter"),
            ("1?shop=L1", 400, "invalid-parameter"),
        ],
    )
    def test_refuses(self, path, status, code):
        chain.product(unit="kg").barcodes.create(code="2112345")
        rule("21", "weight")

        answer = chain.api_client().get(f"/api/v1/barcodes/{path}")

        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_does_not_know_a_foreign_store(self):
        mine, foreign = chain.store(), chain.store()
        chain.product().barcodes.create(code="1")
        client = chain.api_client(stores=[mine])

        assert client.get(f"/api/v1/barcodes/1?store={mine.code}").status_code == 200
        assert client.get(f"/api/v1/barcodes/1?store={foreign.code}").status_code == 400

    def test_is_closed_to_a_key_without_the_catalogue(self):
        chain.product().barcodes.create(code="1")

        answer = chain.api_client(scopes=["sales:read"]).get("/api/v1/barcodes/1")

        assert answer.status_code == 403

    def test_finds_products_by_either_form(self):
        bread = chain.product()
        bread.barcodes.create(code="036000291452", kind="gtin")

        answer = chain.api_client().get("/api/v1/products?barcode=0036000291452")

        assert [one["id"] for one in answer.json()["results"]] == [bread.pk]


def test_a_scan_costs_what_the_price_lists_of_the_store_say_that_day(director):
    ham = chain.product(unit="kg", sale_price=Decimal("20.00"))
    Barcode.objects.create(product=ham, code="2112345", kind="internal")
    rule("21", "price")
    store = chain.store(currency="EUR")
    chain.price_list({ham: "10.00"}, store=store)

    def read(at):
        return barcodes.scanned(director, code="2112345005003", store=store, at=at)

    assert (read(NOON).sale_price, read(NOON).price) == (Decimal("10.00"), Decimal("5.00"))
    assert read(NOON).quantity == Decimal("0.500")
    assert read(NOON - timedelta(days=1)).quantity == Decimal("0.250")
