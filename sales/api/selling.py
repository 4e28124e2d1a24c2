"""A ticket and its answer, by one statement (sales/sql/sell_once.v2.sql)."""

from contextlib import nullcontext
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from epm.platform import idempotency, prepared
from epm.platform.idempotency import Asked, Reply
from epm.platform.renderers import as_json
from sales.selectors import tickets
from sales.services.till import recording
from sales.services.till.recording import Reckoned
from sales.services.till.refusals import TicketReused, refused_at_the_till

SALES: Final = "/api/v1/sales"
SELL: Final = """
    SELECT outcome, status, headers, body
    FROM sales_sell_once(%s::text, %s::text, %s::text, %s::bytea, %s::text, %s::text,
                         %s::jsonb, %s::text, %s::jsonb)
"""


def sold_once(asked: Asked, reckoned: Reckoned) -> tuple[Reply, bool] | None:
    """The answer, and whether it was given before; None when the ticket was known."""
    sale_id = reckoned.document["sale"]["id"]
    place = {"Content-Type": "application/json", "Location": f"{SALES}/{sale_id}"}
    values: list[Any] = [
        *(asked.principal, asked.route, asked.key, asked.digest, asked.actor, asked.door),
        recording.as_text(reckoned.document),
        as_json(_told(reckoned)).decode(),
        asked.kept(place),
    ]
    alone = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with idempotency.claimed_once(), alone, refused_at_the_till():
        ((outcome, status, headers, body),) = prepared.rows(SELL, values)
    if outcome == "known":
        return None
    if outcome == "reused":
        raise TicketReused(_("The key is of another ticket; make a new one for each."))
    kept = idempotency.answered(asked, outcome, status, headers, body)
    return (kept, True) if kept else (Reply(status, place, bytes(body)), False)


def _told(reckoned: Reckoned) -> dict[str, Any]:
    """The answer, with the database's words still to come (sales/sql/sell_once.v2.sql)."""
    document, till = reckoned.document, reckoned.bill.till
    sale = document["sale"]
    return tickets.told(
        {
            "id": sale["id"], "uuid": document["uuid"], "store": till.store_code,
            "register": till.register_id, "number": "$number",
            "reference": tickets.reference_of(till.code, "$reference"), "session": "$session",
            "is_late": "$late", "sold_at": sale["sold_at"],
            "business_date": sale["business_date"], "recorded_at": "$recorded",
            "currency": till.currency,
        },
        lines=document["lines"],
        tenders=document["tenders"],
        taxes=document["taxes"],
        discrepancies=document["discrepancies"],
        issued=[
            tickets.issued_told(card["kind"], card["code"], entry["amount"])
            for card, entry in recording.issued(reckoned.bill)
        ],
        hashed="$hash",
    )  # fmt: skip
