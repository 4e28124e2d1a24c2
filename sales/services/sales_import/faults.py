"""What reading alone cannot see in a line: the reasons to refuse it, in the order they are told."""

from typing import TYPE_CHECKING

from psycopg import sql

from epm.imports.staging import Stage

if TYPE_CHECKING:
    from sales.services.sales_import.kind import Sales


def tests(stage: Stage, *, kind: "Sales") -> sql.Composable:
    """A CASE over the priced line: `reason|field|text` of its first fault, or NULL."""
    found: list[sql.Composable] = [
        sql.SQL("WHEN is_void THEN 'cancelled|ticket|' || ticket"),
        sql.SQL("WHEN sold_at < timestamp '2000-01-02' THEN 'before-2000|sold_at|' || sold_at"),
        sql.SQL("WHEN sold_at > now() AT TIME ZONE 'UTC' + interval '2 days'"
                " THEN 'in-the-future|sold_at|' || sold_at"),
        sql.SQL("WHEN abs(quantity) >= 1e9 THEN 'out-of-range|quantity|' || quantity"),
        sql.SQL("WHEN quantity <> round(quantity, 3)"
                " THEN 'too-many-decimals|quantity|' || quantity"),
        sql.SQL("WHEN net IS NULL THEN 'no-amount|product|' || product"),
        sql.SQL("WHEN abs(net) >= 1e11 OR abs(unit_price) >= 1e11"
                " THEN 'out-of-range|amount|' || net"),
        sql.SQL("WHEN unit_cost < 0 OR unit_cost >= 1e11"
                " THEN 'out-of-range|unit_cost|' || unit_cost"),
        sql.SQL("WHEN kind = 'item' AND NOT is_discount AND (side * net < 0 OR side * quantity < 0)"
                " THEN 'amount-against-quantity|amount|' || net"),
        sql.SQL("WHEN tax_rate IS NULL THEN 'no-tax-rate|product|' || product"),
        sql.SQL("WHEN tax_rate < 0 OR round(tax_rate, 6) >= 1"
                " THEN 'out-of-range|tax_rate|' || tax_rate"),
        sql.SQL("WHEN greatest(abs(shelf), abs(loyalty), abs(coupon), abs(manufacturer)) >= 1e11"
                " THEN 'out-of-range|discount|' || greatest(abs(shelf), abs(loyalty), abs(coupon),"
                " abs(manufacturer))"),
    ]  # fmt: skip
    wrong_sign = ">" if kind.option(stage, "discounts") == "negative" else "<"
    for column, name in _given_amounts(stage).items():
        if name.startswith("discount"):
            found.append(
                sql.SQL("WHEN side > 0 AND {c} " + wrong_sign + " 0 THEN {reason} || {c}").format(
                    c=sql.Identifier(column), reason=sql.Literal(f"discount-of-wrong-sign|{name}|")
                )
            )
    if kind.option(stage, "decimals") == "exact":
        found += _too_fine(stage)
    if kind.option(stage, "unknown_store") != "placeholder":
        found.append(sql.SQL("WHEN store_id IS NULL THEN 'unknown-store|store|' || store"))
    if kind.option(stage, "unknown_product") != "placeholder":
        found.append(
            sql.SQL(
                "WHEN product_id IS NULL AND NOT is_discount THEN 'unknown-product|product|' ||"
                " product"
            )
        )
    return sql.SQL("CASE {} END").format(sql.SQL(" ").join(found))


def _given_amounts(stage: Stage) -> dict[str, str]:
    """The amounts this file gives: their column here → the name of their field."""
    named = {
        "amount": "amount", "gross": "gross", "shelf_given": "discount_shelf",
        "loyalty_given": "discount_loyalty", "coupon_given": "discount_coupon",
        "manufacturer_given": "manufacturer_coupon",
    }  # fmt: skip
    return {column: name for column, name in named.items() if stage.mapping.gives(name)}


def _too_fine(stage: Stage) -> list[sql.Composable]:
    """Amounts finer than the currency; prices, costs and rates finer than six decimals."""
    fine = {("price_given", "unit_price"), ("cost_given", "unit_cost"), ("tax_rate", "tax_rate")}
    places = [(column, name, "places") for column, name in _given_amounts(stage).items()]
    places += [(column, name, "6") for column, name in sorted(fine) if stage.mapping.gives(name)]
    return [
        sql.SQL("WHEN {c} <> round({c}, {places}) THEN {reason} || {c}").format(
            c=sql.Identifier(column),
            places=sql.SQL(digits),
            reason=sql.Literal(f"too-many-decimals|{name}|"),
        )
        for column, name, digits in places
    ]
