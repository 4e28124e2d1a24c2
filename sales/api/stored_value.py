"""Gift cards and store credit. A code is money: it comes in bodies, never in an address."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.guesses import counted
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.platform.endpoints import Endpoint
from epm.platform.ids import uuid7
from epm.platform.writes import Answer, WriteEndpoint, refuse_unreadable
from sales.api.card_guesses import GUESSES
from sales.api.stored_value_bodies import BalanceOut, CardIn, IssuedOut, IssueIn
from sales.models import StoredValue, StoredValueKind
from sales.selectors.stored_value import with_code
from sales.services import stored_value
from sales.services.stored_value import Act


class Issue(WriteEndpoint):
    """Issue a gift card or store credit in one of your stores. The answer alone has its code."""

    right = rights.STORED_VALUE
    write_right = rights.STORED_VALUE_WRITE
    body = IssueIn
    serializer_class = IssuedOut

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        stores = stores_visible_to(self.request.user)
        store = stores.filter(code__iexact=said["store"]).first()
        if store is None:
            raise ValidationError({"store": [_("There is no such store.")]})
        now = timezone.now()
        account = stored_value.issue(
            act=Act(store.pk, uuid7(at=now), now),
            kind=StoredValueKind(said["kind"]),
            amount=said["amount"],
            currency=said["currency"],
            expires_on=said.get("expires_on"),
        )
        told = {"code": account.code, "store": store.code, "issued_at": account.issued_at}
        return Answer(201, _told(account) | told)


class Balance(Endpoint):
    """What a card holds, whichever store issued it. Nothing is written: no key is needed.

    20 codes of nothing in a quarter of an hour, and you are answered 429.
    """

    http_method_names = ["post"]
    right = rights.STORED_VALUE
    serializer_class = BalanceOut

    @extend_schema(request=CardIn, responses=BalanceOut)
    def post(self, request: Request) -> Response:
        refuse_unreadable(request)
        body = CardIn(data=request.data)
        body.is_valid(raise_exception=True)
        with counted(request, of=GUESSES):
            return Response(_told(_with_code(request.user, body.validated_data["code"])))


class Block(WriteEndpoint):
    """Let nothing be paid with a card any more: it was lost, or stolen. Again is harmless."""

    right = rights.STORED_VALUE
    write_right = rights.STORED_VALUE_WRITE
    body = CardIn
    serializer_class = BalanceOut
    success = 200

    def post(self, request: Request, **address: Any) -> HttpResponse:
        with counted(request, of=GUESSES):
            return super().post(request, **address)

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        account = _with_code(self.request.user, said["code"])
        return Answer(200, _told(stored_value.block(account_id=account.pk)))


def _with_code(principal: Principal, code: str) -> StoredValue:
    account = with_code(principal, code=code)
    if account is None:
        raise Http404
    return account


def _told(account: StoredValue) -> dict[str, Any]:
    return {
        name: getattr(account, name)
        for name in ("kind", "currency", "balance", "expires_on", "is_blocked")
    }
