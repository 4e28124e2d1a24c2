"""Labels as PDF: how many pages, and what stands on them."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.utils.translation import override
from pypdf import PdfReader
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from epm.access.models import Role
from inventory.models import Product
from inventory.selectors.labels import Label, labels_of
from inventory.services import label_drawing, labels
from inventory.sheets import SHEETS
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/product/"
PLAIN = Label(
    name="Bread", sku="B", price="1 €", unit_price="", code="", kind="internal", pack=""
)  # fmt: skip


def pages_of(content):
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def label_of(product, *, currency="EUR", unit_prices=True, language="en"):
    with override(language):
        (label,) = labels_of(
            Product.objects.filter(pk=product.pk),
            store=chain.store(currency=currency), on=NOON.date(), unit_prices=unit_prices,
        )  # fmt: skip
    return label


class TestASheet:
    @pytest.mark.parametrize("sheet", SHEETS.values(), ids=str)
    def test_lies_on_its_page(self, sheet):
        left, top = sheet.corner(sheet.count - 1)

        assert left + sheet.width <= sheet.page[0] - sheet.left + 0.01
        assert top + sheet.height <= sheet.page[1] + 0.01

    @pytest.mark.parametrize("sheet", SHEETS.values(), ids=str)
    def test_has_room_for_an_ean_that_can_be_read(self, sheet):
        smallest = 0.8 * 37.29  # GS1: 80 % of the nominal width, quiet zones included
        beside = 0.54 if sheet.width >= 60 else 1

        assert beside * (sheet.width - 2 * label_drawing.PADDING / mm) >= smallest

    def test_is_told_in_words(self):
        assert str(SHEETS["a4-3x8"]) == "A4, 3 × 8 labels of 70 × 37 mm"
        assert str(SHEETS["roll-80x40"]) == "Roll, 80 × 40 mm"


class TestTheFile:
    @pytest.mark.parametrize(
        ("_case", "sheet", "copies", "first", "pages"),
        [
            ("one label", "a4-3x8", 1, 1, 1),
            ("a full sheet", "a4-3x8", 24, 1, 1),
            ("one more than a sheet", "a4-3x8", 25, 1, 2),
            ("a full sheet, begun before", "a4-3x8", 24, 2, 2),
            ("the last label of a sheet", "a4-3x8", 1, 24, 1),
            ("the roll", "roll-80x40", 3, 1, 3),
            ("as many as there may be", "a4-4x10", 2_000, 1, 50),
        ],
    )
    def test_has_as_many_pages_as_it_takes(self, _case, sheet, copies, first, pages):
        content = labels.as_pdf(labels=[PLAIN], sheet=SHEETS[sheet], copies=copies, first=first)

        assert len(PdfReader(BytesIO(content)).pages) == pages

    def test_has_pages_of_the_papers_size(self):
        for sheet in SHEETS.values():
            page = PdfReader(BytesIO(labels.as_pdf(labels=[PLAIN], sheet=sheet))).pages[0]
            size = (float(page.mediabox.width) / mm, float(page.mediabox.height) / mm)
            assert size == pytest.approx(sheet.page, abs=0.01)

    def test_says_name_price_and_code_in_letters_beyond_latin_1(self):
        label = Label(
            name="Œufs frais, Šumava", sku="A100", price="1 234,56 €", unit_price="12,50 €/kg",
            code="3017620422003", kind="gtin", pack="",
        )  # fmt: skip

        (text,) = pages_of(labels.as_pdf(labels=[label], sheet=SHEETS["a4-3x8"]))

        for words in ("Œufs frais, Šumava", "A100", "1 234,56 €", "12,50 €/kg"):
            assert words in text
        assert {"3", "017620", "422003"} <= set(text.split())

    @pytest.mark.parametrize(
        ("code", "kind", "written"),
        [
            ("3017620422003", "gtin", ["3", "017620", "422003"]),
            ("40170725", "gtin", ["4017", "0725"]),
            ("036000291452", "gtin", ["0", "36000", "29145", "2"]),
            ("13017620422000", "gtin", ["13017620422000"]),
            ("3017620422004", "internal", ["3017620422004"]),
            ("SHELF-7", "internal", ["SHELF-7"]),
            ("Ł-7", "internal", ["Ł-7"]),
        ],
    )
    def test_writes_the_code_as_it_is(self, code, kind, written):
        label = Label(
            name="Bread", sku="S", price="P", unit_price="", code=code, kind=kind, pack=""
        )

        (text,) = pages_of(labels.as_pdf(labels=[label], sheet=SHEETS["a4-5x13"]))

        assert [word for word in text.split() if word not in ("Bread", "S", "P")] == written

    def test_cuts_what_is_too_long(self):
        name = "Pâte à tartiner aux noisettes, recette de grand-mère, en très grand pot de verre"
        width = 60 * mm

        lines = label_drawing.wrapped(text=name, font="VeraBd", size=9, width=width, lines=2)

        assert len(lines) == 2
        assert name.startswith(" ".join(lines).removesuffix("…"))
        assert lines[-1].endswith("…")
        assert all(stringWidth(line, "VeraBd", 9) <= width for line in lines)
        assert label_drawing.wrapped(text="Tea", font="VeraBd", size=9, width=width, lines=2) == [
            "Tea"
        ]

    def test_writes_what_the_font_lacks_as_near_as_it_can(self):
        assert label_drawing.printable(text="Łosoś wędzony, 5 € Ж") == "Łosos wedzony, 5 € ?"

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({"copies": 2_001}, labels.TooManyLabels),
            ({"first": 25}, labels.NoSuchLabel),
            ({"first": 0}, labels.NoSuchLabel),
        ],
    )
    def test_is_refused_beyond_its_limits(self, fields, refusal):
        with pytest.raises(refusal):
            labels.as_pdf(labels=[PLAIN], sheet=SHEETS["a4-3x8"], **fields)


class TestALabel:
    def test_has_the_price_as_its_language_and_currency_write_it(self):
        bread = chain.product(sale_price=Decimal("1234.50"))

        assert label_of(bread).price == "€1,234.50"
        assert label_of(bread, language="fr").price.split() == ["1", "234,50", "€"]
        assert label_of(bread, currency="JPY").price == "¥1,235"

    def test_says_so_where_no_price_is_known(self):
        assert label_of(chain.product(sale_price=None)).price == "–"

    @pytest.mark.parametrize(
        ("unit", "price", "told", "compared"),
        [
            ("kg", "12.50", "€12.50/kg", ""),
            ("g", "0.0125", "€0.0125/g", "€12.50/kg"),
            ("ml", "0.002", "€0.002/ml", "€2.00/l"),
            ("m2", "30", "€30.00/m²", ""),
            ("piece", "3.499", "€3.50", ""),
        ],
    )
    def test_compares_prices_per_kilogram_or_litre(self, unit, price, told, compared):
        goods = chain.product(unit=unit, sale_price=Decimal(price))

        label = label_of(goods)

        assert (label.price, label.unit_price) == (told, compared)
        assert label_of(goods, unit_prices=False).unit_price == ""

    def test_has_the_code_of_one_before_the_cartons_and_an_ean_before_ones_own(self):
        milk = chain.product()
        milk.barcodes.create(code="13017620422000", kind="gtin", pack_size=12)
        assert (label_of(milk).code, label_of(milk).pack) == ("13017620422000", "× 12")

        milk.barcodes.create(code="1", kind="internal")
        assert (label_of(milk).code, label_of(milk).pack) == ("1", "")

        milk.barcodes.create(code="3017620422003", kind="gtin")
        assert label_of(milk).code == "3017620422003"

    def test_has_the_price_that_holds_in_the_store_that_day(self):
        milk, shop = chain.product(sale_price=Decimal("12.00")), chain.store(currency="EUR")
        chain.price_list({milk: "9.50"}, store=shop)
        there, elsewhere = (
            labels_of(Product.objects.all(), store=store, on=NOON.date(), unit_prices=False)[0]
            for store in (shop, chain.store(currency="EUR"))
        )

        assert ("9.50" in there.price, "12.00" in elsewhere.price) == (True, True)

    def test_of_many_products_takes_three_queries(self, django_assert_num_queries):
        shop = chain.store()
        for number in range(5):
            chain.product().barcodes.create(code=str(number))

        with django_assert_num_queries(3):
            made = labels_of(Product.objects.all(), store=shop, on=NOON.date(), unit_prices=True)
        assert len(made) == 5


class TestThePage:
    @pytest.fixture
    def shop(self):
        return chain.store(code="P1", currency="EUR")

    @pytest.fixture
    def client(self, shop):
        return chain.signed_in(chain.person(Role.CASHIER, stores=[shop]))

    @pytest.fixture
    def bread(self):
        return chain.product(sku="BREAD", name="Pain de campagne", sale_price=Decimal("3.5"))

    def posted(self, client, *products, across="0", **filled):
        chosen = {"_selected_action": [one.pk for one in products], "select_across": across}
        return client.post(LIST, {"action": "print_labels", **chosen, **filled})

    def filled(self, shop, **changed):
        return {
            "store": shop.pk, "language": "fr", "sheet": "a4-3x8", "copies": 2, "first": 1,
            "unit_prices": "on", **changed,
        }  # fmt: skip

    def test_asks_first(self, client, shop, bread):
        chain.store(code="FOREIGN")

        text = self.posted(client, bread).content.decode()

        assert f'name="_selected_action" value="{bread.pk}"' in text
        assert "A4, 3 × 8 labels of 70 × 37 mm" in text
        assert "P1" in text
        assert "FOREIGN" not in text

    def test_prints_what_is_ticked(self, client, shop, bread):
        chain.product(name="Thé")

        answer = self.posted(client, bread, **self.filled(shop))

        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"] == 'attachment; filename="labels.pdf"'
        (text,) = pages_of(answer.content)
        assert text.count("Pain de campagne") == 2
        assert "3,50 €" in text
        assert "Thé" not in text

    def test_prints_all_that_the_list_shows(self, client, shop, bread):
        chain.product(name="Thé")

        answer = self.posted(client, bread, across="1", **self.filled(shop, sheet="roll-57x32"))

        assert len(pages_of(answer.content)) == 4

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"first": 25}, "The sheet has 24 labels: begin with one of them."),
            ({"sheet": "a5"}, "Select a valid choice"),
            ({"copies": 0}, "greater than or equal to 1"),
        ],
    )
    def test_tells_what_cannot_be(self, client, shop, bread, changed, told):
        answer = self.posted(client, bread, **self.filled(shop, **changed))

        assert "text/html" in answer["Content-Type"]
        assert told in answer.content.decode()

    def test_refuses_more_than_two_thousand(self, client, shop, bread):
        tea = chain.product()

        answer = self.posted(client, bread, tea, **self.filled(shop, copies=1_001))

        assert "At most 2000 labels are printed at once" in answer.content.decode()

    def test_takes_no_foreign_store(self, client, shop, bread):
        foreign = chain.store(code="FOREIGN")

        answer = self.posted(client, bread, **self.filled(foreign))

        assert "Select a valid choice" in answer.content.decode()

    def test_is_offered_in_the_list(self, client, bread):
        assert "Print labels" in client.get(LIST).content.decode()
