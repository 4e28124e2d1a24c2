"""Files of the shape of the real year: a part of it, or invented where it cannot be had."""

from pathlib import Path
from typing import Final

TRANSACTIONS: Final = """
    SELECT 1 + (basket * 7919) % 2469 AS household_id, 300 + (basket * 31) % 450 AS store_id,
           31198570000 + basket AS basket_id, 25671 + (line * 7907) % 92331 AS product_id,
           1 + (line % 9 = 0)::INTEGER AS quantity,
           round(0.5 + line % 997 / 100.0, 2) AS sales_value,
           round((line % 3 = 0)::INTEGER * (line % 71) / 100.0, 2) AS retail_disc,
           0.0::DOUBLE AS coupon_disc, 0.0::DOUBLE AS coupon_match_disc,
           1 + basket * 52 // (SELECT 1 + $lines // 9) AS week,
           TIMESTAMP '2017-01-01 12:00:00'
           + to_seconds(basket * 31449600 // (SELECT 1 + $lines // 9)) AS transaction_timestamp
    FROM (SELECT line, line // 9 AS basket FROM range($lines) AS numbers (line))
"""
PRODUCTS: Final = """
    SELECT 25671 + n AS product_id, n % 6471 AS manufacturer_id,
           'DEPARTMENT ' || n % 30 AS department,
           'National' AS brand, 'CATEGORY ' || n % 300 AS product_category,
           'TYPE ' || n % 2300 AS product_type, n % 48 || ' OZ' AS package_size
    FROM range(92331) AS numbers (n)
"""
DEMOGRAPHICS: Final = """
    SELECT 1 + n * 3 AS household_id, '45-54' AS age, '50-74K' AS income,
           'Homeowner' AS home_ownership, 'Married' AS marital_status, '2' AS household_size,
           '2 Adults No Kids' AS household_comp, '0' AS kids_count
    FROM range(801) AS numbers (n)
"""


def write(*, folder: Path, lines: int) -> None:
    """Invented files with the columns, keys and sizes of the real ones."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name, query in (
            ("transactions", TRANSACTIONS.replace("$lines", str(lines))),
            ("products", PRODUCTS),
            ("demographics", DEMOGRAPHICS),
        ):
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")


def first_lines(folder: Path, *, lines: int) -> str:
    """The name of a file with the first `lines` transactions."""
    import duckdb

    name = f"transactions-{lines}.parquet"
    if not (folder / name).exists():
        with duckdb.connect() as connection:
            connection.execute("SET preserve_insertion_order = true")
            source = folder / "transactions.parquet"
            part = f"SELECT * FROM '{source}' LIMIT {lines}"
            connection.execute(f"COPY ({part}) TO '{folder / name}' (FORMAT parquet)")
    return name
