"""Import of sales: what a row can say, and what the mapping decides."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from epm.imports.fields import Field, Option
from epm.imports.kinds import ImportKind
from epm.imports.mapping import BadMapping, ImportMapping, known_time_zone
from epm.imports.staging import Progress, Stage, fetch
from epm.platform.refusals import Kind as RefusalKind
from epm.platform.refusals import Refusal
from sales.services.sales_import import posting, rows, tickets

UNKNOWN = ("quarantine", "refuse", "placeholder")


class UnknownCodes(Refusal):
    code = "imports/unknown-codes"
    title = "The file names what is not known"
    kind = RefusalKind.INVALID


class Sales(ImportKind):
    """Tickets, one line a row. The ticket is the unit: one refused line refuses it whole."""

    name = "sales"
    label = gettext_lazy("Sales")
    about = gettext_lazy(
        "A ticket comes in whole or not at all, and once. One that comes again, but different,"
        " waits in the quarantine."
    )
    fields: ClassVar[Sequence[Field]] = (
        Field(
            "ticket",
            required=True,
            max_length=120,
            help=gettext_lazy("Its number, unique in the store."),
        ),
        Field("store", required=True, max_length=64, help=gettext_lazy("Code of the store.")),
        Field(
            "sold_at",
            "moment",
            required=True,
            help=gettext_lazy("A date alone is the start of that day."),
        ),
        Field(
            "customer", max_length=64, help=gettext_lazy("Code of the customer; empty: not known.")
        ),
        Field(
            "product",
            required=True,
            max_length=64,
            help=gettext_lazy("SKU or barcode, in any case."),
        ),
        Field(
            "product_name",
            max_length=300,
            help=gettext_lazy("Names the products an import has to make."),
        ),
        Field("line", "integer", help=gettext_lazy("Number of the line in its ticket.")),
        Field("quantity", "number", required=True, help=gettext_lazy("Negative: a return.")),
        Field("amount", "number", help=gettext_lazy("Of the line, after discounts.")),
        Field("gross", "number", help=gettext_lazy("Of the line, before discounts.")),
        Field("unit_price", "number", help=gettext_lazy("Before discounts.")),
        Field(
            "discount_shelf",
            "number",
            help=gettext_lazy("Of the line: price reduction for everybody."),
        ),
        Field("discount_loyalty", "number", help=gettext_lazy("Of the line: for card holders.")),
        Field(
            "discount_coupon",
            "number",
            help=gettext_lazy("Of the line: coupon at the store's expense."),
        ),
        Field(
            "manufacturer_coupon",
            "number",
            help=gettext_lazy("Of the line: a tender, not a discount."),
        ),
        Field("unit_cost", "number", help=gettext_lazy("Excluding tax.")),
        Field(
            "tax_rate", "number", help=gettext_lazy("0.2 means 20 %; else by tax class and regime.")
        ),
    )
    options: ClassVar[Sequence[Option]] = (
        Option("amounts", ("ttc", "ht"), gettext_lazy("Whether amounts include VAT.")),
        Option("unknown_product", UNKNOWN),
        Option("unknown_customer", UNKNOWN),
        Option("unknown_store", UNKNOWN),
        Option("new_store_timezone", (), gettext_lazy("Of stores made as placeholders.")),
        Option("new_store_currency", (), gettext_lazy("Of stores made as placeholders.")),
        Option("new_store_vat_regime", (), gettext_lazy("Of stores made as placeholders.")),
        Option(
            "price_from_product",
            ("false", "true"),
            gettext_lazy("Where a line has neither amount nor price."),
        ),
        Option("cost_from_product", ("true", "false"), gettext_lazy("Where a line has no cost.")),
        Option(
            "decimals",
            ("exact", "nearest"),
            gettext_lazy("Amounts finer than the currency: refuse or round."),
        ),
        Option(
            "discounts", ("positive", "negative"), gettext_lazy("How the file writes a discount.")
        ),
        Option(
            "quantities",
            ("as_given", "all_returned"),
            gettext_lazy("A file of returns has plain numbers."),
        ),
        Option(
            "ticket_times",
            ("quarantine", "first"),
            gettext_lazy("One ticket with two time stamps."),
        ),
        Option(
            "ticket_customers",
            ("quarantine", "first"),
            gettext_lazy("One ticket with two customers."),
        ),
        Option(
            "repeated_lines", ("keep", "quarantine"), gettext_lazy("Lines alike in every field.")
        ),
        Option(
            "changed_tickets",
            ("quarantine", "correct"),
            gettext_lazy("Came again with other content."),
        ),
        Option(
            "stock",
            ("leave", "move"),
            gettext_lazy("Whether sold goods leave the stock of their store."),
        ),
    )
    row_matches: ClassVar[Mapping[str, Sequence[str]]] = {
        "returns": (), "cancelled": ("return", "quarantine"), "fees": (), "discounts": (),
    }  # fmt: skip
    has_money = True
    tasks_after = ("reporting.refresh_facts",)

    def classify(self, stage: Stage) -> None:
        rows.make(stage, kind=self)
        tickets.make(stage, kind=self)

    def verdicts(self, stage: Stage) -> sql.Composable:
        return tickets.verdicts(stage, correct=self.option(stage, "changed_tickets") == "correct")

    def check(self, mapping: ImportMapping) -> None:
        super().check(mapping)
        zone, currency = (mapping.options.get(f"new_store_{n}") for n in ("timezone", "currency"))
        if zone is not None:
            known_time_zone(zone, where="options.new_store_timezone")
        if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
            raise BadMapping(
                _("options.new_store_currency is “%(given)s”; it must be like EUR.")
                % {"given": currency}
            )

    def apply(self, stage: Stage, *, progress: Progress) -> None:
        self._refuse_unknown(stage)
        posting.post(stage, kind=self, progress=progress)

    def _refuse_unknown(self, stage: Stage) -> None:
        """One unknown code refuses the whole file, where the mapping asks for that."""
        for what, table in (("store", "rows"), ("product", "rows"), ("customer", "tickets")):
            if self.option(stage, f"unknown_{what}") == "refuse":
                codes = unknown_codes(stage, table=table, problem=f"unknown-{what}")
                if codes:
                    raise UnknownCodes(
                        _("Not known (%(what)s): %(codes)s. Nothing was applied.")
                        % {"what": what, "codes": ", ".join(codes)}
                    )

    def moves_stock(self, stage: Stage) -> bool:
        return self.option(stage, "stock") == "move"

    def applied_money(self, stage: Stage) -> sql.Composable | None:
        return posting.money_of_run(stage, basis=self.option(stage, "amounts"))

    def notes(self, stage: Stage) -> dict[str, int | str]:
        return tickets.notes(stage)

    def prepare(self, stage: Stage) -> None:
        """Make the stores the file needs, before anything is dated in their time zone."""
        rows.make_missing_stores(stage, kind=self)


def unknown_codes(stage: Stage, *, table: str, problem: str) -> list[str]:
    """The first few codes that were refused for `problem`."""
    found = fetch(
        sql.SQL(
            "SELECT DISTINCT split_part(problem, '|', 3) FROM {} WHERE problem LIKE %s LIMIT 5"
        ).format(stage.table(table)),
        [f"{problem}|%"],
    )
    return sorted(code for (code,) in found)
