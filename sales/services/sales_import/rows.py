"""One pass over the raw stage: lines read, resolved, signed and priced, with their first fault."""

from typing import TYPE_CHECKING

from psycopg import sql

from epm.imports import expressions, typed
from epm.imports.staging import Stage, execute
from sales.models import NO_VAT_REGIME
from sales.services.sales_import import faults

if TYPE_CHECKING:
    from sales.services.sales_import.kind import Sales

DISCOUNTS = ("discount_shelf", "discount_loyalty", "discount_coupon")

# `t` is the typed row; the fences are those of epm.imports.typed. Amounts stay in the file's own
# tax basis until they are posted.
ROWS = """
CREATE UNLOGGED TABLE {rows} AS
SELECT
    row_no, ticket, store_l, store_id, sold_at, date_only, customer, product, product_name,
    product_id, category_id, is_piece, kind, line, places,
    CASE WHEN abs(quantity) < 1e9 THEN quantity::numeric(12, 3) END AS quantity,
    CASE WHEN abs(unit_price) < 1e11 THEN unit_price::numeric(18, 6) END AS unit_price,
    round(shelf, places) AS shelf, round(loyalty, places) AS loyalty, round(coupon, places) AS
        coupon,
    round(manufacturer, places) AS manufacturer, round(net, places) AS net, net AS exact_net,
    CASE WHEN abs(unit_cost) < 1e11 THEN unit_cost::numeric(18, 6) END AS unit_cost, cost_given,
    round(tax_rate, 6) AS tax_rate, is_discount,
    coalesce(fault, {more_faults}) AS problem
FROM (
    SELECT
        signed.*,
        CASE WHEN {unread} THEN NULL
        WHEN is_discount THEN -abs(coalesce(amount, gross, quantity * price)) ELSE coalesce(
            CASE WHEN flip THEN -abs(amount) ELSE amount END,
            CASE WHEN flip THEN -abs(gross) ELSE gross END - shelf - loyalty - coupon,
            quantity * price - shelf - loyalty - coupon
        ) END AS net, clock_timestamp() AS fence_3
    FROM (
        SELECT
            flipped.*,
            {shelf} AS shelf, {loyalty} AS loyalty, {coupon} AS coupon, {manufacturer} AS
                manufacturer,
            coalesce(price_given, {product_price}) AS price,
            price_given AS unit_price,
            coalesce(cost_given, {product_cost}) AS unit_cost, clock_timestamp() AS fence_2
        FROM (
            SELECT
                t.row_no, t.fault, t.ticket, lower(t.store) AS store_l, t.store, st.id AS store_id,
                t.sold_at, strpos(t.sold_at_t, ':') = 0 AS date_only, {customer} AS customer,
                t.product, {product_name} AS product_name, {line} AS line,
                p.id AS product_id, p.category_id, coalesce(p.unit = 'piece', true) AS is_piece,
                p.sale_price, p.purchase_price, {on_top} AS on_top,
                CASE WHEN {is_fee} THEN 'fee' ELSE 'item' END AS kind, {is_discount} AS is_discount,
                {is_void} AS is_void,
                epm_currency_exponent(coalesce(st.currency, {new_currency})) AS places,
                {flip} AS flip,
                CASE WHEN {flip} THEN -abs(t.quantity) ELSE t.quantity END AS quantity,
                CASE WHEN {flip} OR t.quantity < 0 OR (t.quantity = 0 AND {amount_or_gross} < 0)
                     THEN -1 ELSE 1 END AS side,
                {unread_amount} AS unread_amount, {unread_gross} AS unread_gross,
                {unread_price} AS unread_price, {unread_discount} AS unread_discount,
                {amount} AS amount, {gross} AS gross, {unit_price} AS price_given,
                {discount_shelf} AS shelf_given, {discount_loyalty} AS loyalty_given,
                {discount_coupon} AS coupon_given, {manufacturer_coupon} AS manufacturer_given,
                {unit_cost} AS cost_given, {tax_rate} AS tax_rate, clock_timestamp() AS fence_1
            FROM ({typed}) t
            LEFT JOIN organization_store st ON lower(st.code) = lower(t.store)
            LEFT JOIN {products} p ON p.code = lower(t.product)
            {tax_join}
        ) flipped
    ) signed
) priced
"""

# An amount that stands in the file but cannot be read is not known: nothing else stands in for it.
UNREAD = sql.SQL(
    "unread_amount OR (amount IS NULL AND (unread_gross OR unread_discount"
    " OR (gross IS NULL AND unread_price)))"
)

# SKU and barcode are one key space for a file; the SKU wins. A UPC-A is an EAN-13 without its zero.
PRODUCTS = """
CREATE UNLOGGED TABLE {products} AS
SELECT DISTINCT ON (code) code, id, category_id, unit, sale_price, purchase_price, tax_class_code
FROM (
    SELECT lower(sku) AS code, 1 AS preference, p.* FROM inventory_product p
    UNION ALL
    SELECT lower(b.code), 2, p.* FROM inventory_barcode b JOIN inventory_product p ON p.id =
        b.product_id
    UNION ALL
    SELECT CASE length(b.code) WHEN 12 THEN '0' || b.code ELSE substr(b.code, 2) END, 3, p.*
    FROM inventory_barcode b JOIN inventory_product p ON p.id = b.product_id
    WHERE b.kind = 'gtin' AND (length(b.code) = 12 OR b.code ~ '^0[0-9]{{12}}$')
) named
ORDER BY code, preference, id
"""

TAX_JOIN = """
LEFT JOIN (
    SELECT regime, class, rate, valid_from,
           lead(valid_from, 1, 'infinity'::date)
               OVER (PARTITION BY regime, class ORDER BY valid_from) AS valid_to
    FROM (  -- all taxes of a class together, from each day that changes one of them
        SELECT DISTINCT regime, class, valid_from,
               sum(change) OVER (PARTITION BY regime, class ORDER BY valid_from) AS rate
        FROM (
            SELECT r.regime, lower(c.code) AS class, r.valid_from,
                   r.rate - lag(r.rate, 1, 0::numeric) OVER (
                       PARTITION BY r.regime, c.id, lower(r.tax) ORDER BY r.valid_from) AS change
            FROM sales_taxrate r JOIN sales_taxclass c ON c.id = r.tax_class_id
        ) changed
    ) summed
) tax ON tax.regime = coalesce(st.vat_regime, {new_regime})
     AND tax.class = lower(coalesce(p.tax_class_code, 'standard'))
     AND t.sold_at::date >= tax.valid_from AND t.sold_at::date < tax.valid_to
"""

# Taxes are added to the store's prices.
ON_TOP = (
    "coalesce(st.vat_regime, {new_regime})"
    " IN (SELECT code FROM sales_taxregime WHERE NOT prices_include_tax)"
)
PRODUCT_PRICE = {
    "ht": "round(sale_price / CASE WHEN on_top THEN 1 ELSE 1 + coalesce(tax_rate, 0) END, 6)",
    "ttc": "round(sale_price * CASE WHEN on_top THEN 1 + coalesce(tax_rate, 0) ELSE 1 END, 6)",
}


def make(stage: Stage, *, kind: "Sales") -> None:
    """Create `rows` in the stage."""
    fields = typed.readable(kind.fields, stage=stage)
    execute(sql.SQL(PRODUCTS).format(products=stage.table("products")))
    execute(sql.SQL("ANALYZE {}").format(stage.table("products")))
    execute(
        sql.SQL(ROWS).format(
            rows=stage.table("rows"),
            products=stage.table("products"),
            typed=typed.select(fields, stage=stage, extra=_flags(stage)),
            more_faults=faults.tests(stage, kind=kind),
            **_given(stage),
            **_rules(stage, kind),
        )
    )
    execute(sql.SQL("CREATE INDEX ON {} USING brin (row_no)").format(stage.table("rows")))
    _mark_repeated_lines(stage, kind)
    execute(sql.SQL("ANALYZE {}").format(stage.table("rows")))


def make_missing_stores(stage: Stage, *, kind: "Sales") -> None:
    """Placeholder stores for codes nobody knows, when the mapping says so."""
    if kind.option(stage, "unknown_store") != "placeholder":
        return
    code = expressions.text_of("store", mapping=stage.mapping, header=stage.header)
    execute(
        sql.SQL(
            "INSERT INTO organization_store (code, name, kind, timezone, day_cutoff_hour, currency,"
            " vat_regime, address, postal_code, city, country, is_placeholder)"
            " SELECT code, code, 'shop', %s, 0, %s, %s, '', '', '', '', true"
            " FROM (SELECT lower(code) AS code_l, min(row_no) AS first_row"
            "  FROM (SELECT row_no, {code} AS code FROM {raw} WHERE misfit IS NULL) named"
            "  WHERE length(code) <= 64 GROUP BY 1) met"
            " JOIN (SELECT row_no, {code} AS code FROM {raw}) named ON row_no = first_row"
            " WHERE NOT EXISTS (SELECT FROM organization_store s WHERE lower(s.code) = code_l)"
            " ORDER BY first_row ON CONFLICT (lower(code)) DO NOTHING"
        ).format(code=code, raw=stage.raw),
        [new_timezone(stage), new_currency(stage), new_regime(stage)],
    )


def new_timezone(stage: Stage) -> str:
    return stage.mapping.options.get("new_store_timezone", "UTC")


def new_currency(stage: Stage) -> str:
    return stage.mapping.options.get("new_store_currency", "EUR")


def new_regime(stage: Stage) -> str:
    return stage.mapping.options.get("new_store_vat_regime", NO_VAT_REGIME)


def _flags(stage: Stage) -> list[sql.Composable]:
    return [
        sql.SQL("{} AS {}").format(
            expressions.matches(match, mapping=stage.mapping, header=stage.header),
            sql.Identifier(f"is_{name}"),
        )
        for name, match in stage.mapping.rows.items()
    ]


def _given(stage: Stage) -> dict[str, sql.Composable]:
    """Every optional field as `t` has it, or as nothing."""
    numbers = (
        "amount", "gross", "unit_price", *DISCOUNTS, "manufacturer_coupon", "unit_cost",
    )  # fmt: skip
    given: dict[str, sql.Composable] = {}
    for name in numbers:
        known = stage.mapping.gives(name)
        given[name] = sql.Identifier("t", name) if known else sql.SQL("NULL::numeric")
    for name in ("customer", "product_name"):
        known = stage.mapping.gives(name)
        given[name] = sql.Identifier("t", name) if known else sql.SQL("NULL::text")
    given["line"] = sql.SQL("t.line") if stage.mapping.gives("line") else sql.SQL("NULL::integer")
    unread = {"amount": ["amount"], "gross": ["gross"], "price": ["unit_price"],
              "discount": DISCOUNTS}  # fmt: skip
    for what, names in unread.items():
        given[f"unread_{what}"] = sql.SQL(" OR ").join(
            [sql.SQL("false"), *[_unread(name) for name in names if stage.mapping.gives(name)]]
        )
    given["unread"] = UNREAD
    given["amount_or_gross"] = sql.SQL("coalesce({}, {}, 0)").format(
        given["amount"], given["gross"]
    )
    return given


def _unread(name: str) -> sql.Composable:
    """Whether `t` has text for this number, but no number."""
    return sql.SQL("({} IS NULL AND {} IS NOT NULL)").format(
        sql.Identifier("t", name), sql.Identifier("t", f"{name}_t")
    )


def _rules(stage: Stage, kind: "Sales") -> dict[str, sql.Composable]:
    """The mapping's decisions as SQL."""
    marked, option = stage.mapping.rows, kind.option
    false = sql.SQL("false")
    flips: list[sql.Composable] = [sql.SQL("t.is_returns")] if "returns" in marked else []
    void: sql.Composable = false
    if "cancelled" in marked:
        if marked["cancelled"].treat_as == "quarantine":
            void = sql.SQL("t.is_cancelled")
        else:
            flips.append(sql.SQL("t.is_cancelled"))
    if option(stage, "quantities") == "all_returned":
        flips = [sql.SQL("true")]
    with_vat = stage.mapping.gives("tax_rate")
    return {
        "flip": sql.SQL("({})").format(sql.SQL(" OR ").join(flips)) if flips else false,
        "is_fee": sql.SQL("t.is_fees") if "fees" in marked else false,
        "is_discount": sql.SQL("t.is_discounts") if "discounts" in marked else false,
        "is_void": void,
        "shelf": _reduction("discount_shelf", "shelf_given", stage),
        "loyalty": _reduction("discount_loyalty", "loyalty_given", stage),
        "coupon": _reduction("discount_coupon", "coupon_given", stage),
        "manufacturer": _reduction("manufacturer_coupon", "manufacturer_given", stage),
        "product_price": _product_price(stage, kind),
        "on_top": sql.SQL(ON_TOP).format(new_regime=sql.Literal(new_regime(stage))),
        "product_cost": sql.SQL("purchase_price")
        if option(stage, "cost_from_product") == "true"
        else sql.SQL("NULL::numeric"),
        "new_currency": sql.Literal(new_currency(stage)),
        "tax_rate": sql.SQL("t.tax_rate") if with_vat else sql.SQL(
            "CASE WHEN coalesce(st.vat_regime, {regime}) = {none} THEN 0 ELSE tax.rate END"
        ).format(regime=sql.Literal(new_regime(stage)), none=sql.Literal(NO_VAT_REGIME)),
        "tax_join": sql.SQL("") if with_vat else sql.SQL(TAX_JOIN).format(
            new_regime=sql.Literal(new_regime(stage))
        ),
    }  # fmt: skip


def _reduction(name: str, given: str, stage: Stage) -> sql.Composable:
    """A discount or coupon with its line's sign, however the file signs it; 0 where it has none."""
    if not stage.mapping.gives(name):
        return sql.SQL("0::numeric")
    return sql.SQL("side * abs(coalesce({}, 0))").format(sql.Identifier(given))


def _product_price(stage: Stage, kind: "Sales") -> sql.Composable:
    """The product's price, in the basis of the store's prices, in that of this file."""
    if kind.option(stage, "price_from_product") != "true":
        return sql.SQL("NULL::numeric")
    return sql.SQL(PRODUCT_PRICE[kind.option(stage, "amounts")])


def _mark_repeated_lines(stage: Stage, kind: "Sales") -> None:
    """A line number met twice in a ticket is a fault; lines alike in every field, if so asked."""
    keys = {}
    if stage.mapping.gives("line"):
        keys["store_l, ticket, line"] = "line IS NOT NULL"
    if kind.option(stage, "repeated_lines") == "quarantine":
        alike = "store_l, ticket, product, quantity, net, sold_at, customer, shelf, loyalty, coupon"
        keys[alike] = "true"
    for key, condition in keys.items():
        execute(
            sql.SQL(
                "UPDATE {rows} r"
                " SET problem = 'repeated-line|line|' || coalesce(r.line::text, r.product)"
                " FROM (SELECT row_no, row_number() OVER (PARTITION BY {key} ORDER BY row_no) AS"
                " nth"
                "  FROM {rows} WHERE ticket IS NOT NULL AND {condition}) again"
                " WHERE again.row_no = r.row_no AND again.nth > 1 AND r.problem IS NULL"
            ).format(rows=stage.table("rows"), key=sql.SQL(key), condition=sql.SQL(condition))
        )
