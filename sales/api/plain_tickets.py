"""A plain ticket takes the short way: one question, one statement, nothing in between.

Most tickets are goods at the list's price, sent by a till's key and paid at once. They need nothing
of what pages and people need, so this middleware answers them before all that. Whatever is not
plain, and whatever is not right, takes the ordinary way (sales/api/till_views.py): it does the same
by the same rules, and says what is wrong. The short way never refuses.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.serializers import Field

from epm.access.authentication import HEADER
from epm.access.selectors import rights
from epm.access.selectors.reach import reach_of
from epm.access.services import api_keys
from epm.access.services.api_keys import ApiClient
from epm.platform import idempotency, parsers
from epm.platform.bodies import YEARS
from epm.platform.content_security import HEADER as CONTENT_SECURITY
from epm.platform.content_security import OUR_POLICY
from epm.platform.idempotency import Asked
from epm.platform.refusals import Refusal
from epm.platform.writes import credential
from sales.api.selling import SALES, sold_once
from sales.api.till_bodies import MOST_LINES, MOST_TENDERS, TenderIn, TicketIn, TicketLineIn
from sales.api.till_reading import refuse_fine, served_by
from sales.models import TenderKind
from sales.selectors.till_facts import Facts, facts_of
from sales.selectors.till_rules import ALONE
from sales.services.till import recording
from sales.services.till.basket import Basket, Paid, Sold

LARGEST: Final = 16_384
"""Bytes of a body; so many lines have other worries than the way."""
ODD: Final = ("HTTP_AUTHORIZATION", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING")
ACCEPTED: Final = ("*/*", "application/json", "application/json, text/plain, */*")
"""What clients commonly say that they take; whoever says anything else is asked by the API."""
HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "X-Frame-Options": "DENY",
    CONTENT_SECURITY: OUR_POLICY,
}
PAID_AT_ONCE: Final = frozenset(TenderKind) - {TenderKind.GIFT_CARD, TenderKind.STORE_CREDIT}
Fields = Mapping[str, Field]


def _of(body: Any, *names: str) -> Fields:
    """The very fields of a body, by their names."""
    declared: Fields = body._declared_fields  # noqa: SLF001 - DRF has no other name for them
    return {name: declared[name] for name in names}


TICKET: Final = _of(TicketIn, "uuid", "register", "sold_at", "currency", "cashier", "total")
LINE: Final = _of(TicketLineIn, "sku", "product", "quantity", "unit_price")
TENDER: Final = _of(TenderIn, "kind", "amount", "reference")


class Unplain(Exception):
    """It takes the ordinary way, whatever comes of it there."""


class PlainTicketsMiddleware:
    """Beside the API's own way, for `POST /api/v1/sales` by key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == SALES and request.method == "POST" and HEADER in request.META:
            try:
                return _answer(request)
            except (Unplain, Refusal, APIException, DatabaseError, idempotency.AnsweredMeanwhile):
                structlog.contextvars.unbind_contextvars("api_key")
        return self.get_response(request)


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # raises what is not ours, as everywhere
    now = timezone.now()
    told = _told(request)
    said = _said(told)
    text = request.META[HEADER]
    facts = _facts(said, text=text, now=now)
    client = _client(facts, text=text, now=now)
    request.resolver_match = _match()
    structlog.contextvars.bind_contextvars(api_key=client.prefix)
    canonical = idempotency.canonical(told)
    digest = idempotency.digest_of(canonical)
    basket = _basket(said, facts, digest=digest, now=now)
    principal, actor = credential(client)
    asked = Asked(
        principal=principal,
        route=request.resolver_match.view_name,
        key=idempotency.checked(request.META.get("HTTP_IDEMPOTENCY_KEY")),
        digest=idempotency.digest_of(f'["POST","{SALES}",{canonical}]'),
        actor=actor,
        reach=reach_of(client),
    )
    sold = sold_once(asked, recording.reckon(basket=basket, now=now, facts=facts))
    if sold is None:
        raise Unplain
    reply, again = sold
    response = HttpResponse(reply.body, status=reply.status, headers={**HEADERS, **reply.headers})
    response.headers["Content-Length"] = str(len(reply.body))
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@cache
def _match() -> ResolverMatch:
    return resolve(SALES)


def _told(request: HttpRequest) -> dict[str, Any]:
    sent = request.META
    if (
        not 0 < int(sent.get("CONTENT_LENGTH") or 0) <= LARGEST
        or sent.get("CONTENT_TYPE") != "application/json"
        or sent.get("QUERY_STRING")
        or sent.get("HTTP_ACCEPT", "*/*") not in ACCEPTED
        or any(header in sent for header in ODD)
    ):
        raise Unplain
    told = parsers.understood(request.body)
    if not isinstance(told, dict):
        raise Unplain
    return told


def _said(told: dict[str, Any]) -> dict[str, Any]:
    """The checked body, by the rules of TicketIn. Raise ValidationError."""
    lines, tenders = told.get("lines"), told.get("tenders")
    if not (
        isinstance(lines, list)
        and isinstance(tenders, list)
        and 0 < len(lines) <= MOST_LINES
        and 0 < len(tenders) <= MOST_TENDERS
    ):
        raise Unplain
    said = _read({k: v for k, v in told.items() if k not in {"lines", "tenders"}}, TICKET)
    said["lines"] = [_read(line, LINE) for line in lines]
    said["tenders"] = [_read(tender, TENDER) for tender in tenders]
    if (
        not {"uuid", "register"} <= said.keys()
        or any(
            "quantity" not in line
            or ("sku" in line) == ("product" in line)
            # Which letters are one in another case is PostgreSQL's to say.
            or not line.get("sku", "").isascii()
            for line in said["lines"]
        )
        or any(
            not {"kind", "amount"} <= tender.keys()
            or tender["kind"] not in PAID_AT_ONCE
            or tender["amount"] <= 0
            for tender in said["tenders"]
        )
    ):
        raise Unplain
    return said


def _read(told: Any, fields: Fields) -> dict[str, Any]:
    if not isinstance(told, dict) or not told.keys() <= fields.keys():
        raise Unplain
    return {name: fields[name].run_validation(value) for name, value in told.items()}


def _facts(said: Mapping[str, Any], *, text: str, now: datetime) -> Facts:
    prefix = api_keys.prefix_in(text=text)
    if prefix is None:
        raise Unplain
    facts = facts_of(
        said["register"],
        at=said.get("sold_at", now),
        role=ALONE,
        products=[line["product"] for line in said["lines"] if "product" in line],
        skus=[line["sku"] for line in said["lines"] if "sku" in line],
        key_prefix=prefix,
    )
    if facts is None:
        raise Unplain
    return facts


def _client(facts: Facts, *, text: str, now: datetime) -> ApiClient:
    """Whose key it is, if that may sell on this till."""
    client = api_keys.client_in(row=facts.key, text=text, now=now)
    if (
        client is None
        or rights.missing_scopes(client, rights.TILLS_WRITE)
        or not client.scope.allows(facts.till.store_id)
    ):
        raise Unplain
    return client


def _basket(said: Mapping[str, Any], facts: Facts, *, digest: bytes, now: datetime) -> Basket:
    till = facts.till
    sold_at = said.get("sold_at", now)
    if said.get("currency", till.currency) != till.currency or sold_at.year not in YEARS:
        raise Unplain
    refuse_fine(said, till.currency)
    by_sku = {good.sku.lower(): good for good in facts.goods.values()}
    lines = []
    for line in said["lines"]:
        good = (
            facts.goods.get(line["product"])
            if "product" in line
            else by_sku.get(line["sku"].lower())
        )
        if good is None or (good.is_piece and line["quantity"] % 1):
            raise Unplain
        lines.append(Sold(good.id, line["quantity"], line.get("unit_price")))
    return Basket(
        uuid=said["uuid"],
        digest=digest,
        register_id=till.register_id,
        lines=lines,
        tenders=[
            Paid(TenderKind(tender["kind"]), tender["amount"], tender.get("reference", ""))
            for tender in said["tenders"]
        ],
        sold_at=sold_at,
        cashier_id=served_by(said["cashier"], store_id=till.store_id).pk
        if "cashier" in said
        else None,
        total=said.get("total"),
        role=ALONE,
    )
