"""Give the data a new version: what readers kept under the old one is the past."""

from typing import Final

from django.db import connection, transaction

TAKE_MARKS: Final = "DELETE FROM reporting_datachange"
RENEW: Final = """
    INSERT INTO reporting_dataversion (one, token) VALUES (true, gen_random_uuid())
    ON CONFLICT (one) DO UPDATE SET token = EXCLUDED.token
"""
TAKE_STOCK_MARKS: Final = "DELETE FROM reporting_stockchange"
RENEW_STOCK: Final = """
    INSERT INTO reporting_dataversion (one, token, stock)
    VALUES (true, gen_random_uuid(), gen_random_uuid())
    ON CONFLICT (one) DO UPDATE SET stock = EXCLUDED.stock
"""


@transaction.atomic
def renew(*, marks_taken: bool) -> bool:
    """Replace the token, in the transaction that takes the ledger's marks away or rewrites facts.

    `marks_taken`: that transaction changed marks or facts. Marks are counted against the token, so
    those of other tables go with it; those of stock have a token of their own. False, and nothing
    done to the token, when there is nothing new.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE_STOCK_MARKS)
        if cursor.rowcount:
            cursor.execute(RENEW_STOCK)
        cursor.execute(TAKE_MARKS)
        if not (marks_taken or cursor.rowcount):
            return False
        cursor.execute(RENEW)
    return True
