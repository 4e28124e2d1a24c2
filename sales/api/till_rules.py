"""What a till has to know before it sells."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform import money
from epm.platform.endpoints import Endpoint, Listing
from epm.platform.filters import IdFilter, StrictFilterSet
from sales.models import DiscountReason, RefundRule, TillPolicy
from sales.selectors import discount_reasons
from sales.selectors.registers import registers_visible_to
from sales.selectors.tickets import AMOUNT
from sales.selectors.till_rules import policy_of, role_at_the_till
from sales.selectors.tills import till_of


class DiscountReasonOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class LimitOut(serializers.Serializer):
    role = serializers.CharField()
    discount = serializers.DecimalField(5, 4, help_text="A share: 0.1 is 10 %.")
    price_change = serializers.DecimalField(5, 4, help_text="A share.")
    refund = serializers.DecimalField(16, 3, allow_null=True, help_text="Incl. tax; null: any.")
    returns_without_receipt = serializers.BooleanField()
    approves = serializers.BooleanField()


class TillRulesOut(serializers.Serializer):
    register = serializers.IntegerField()
    register_code = serializers.CharField()
    store = serializers.CharField(help_text="Store code.")
    store_name = serializers.CharField()
    currency = serializers.CharField()
    decimals = serializers.IntegerField(help_text="Of the currency.")
    timezone = serializers.CharField()
    vat_regime = serializers.CharField()
    prices_include_tax = serializers.BooleanField()
    cash_rounding = serializers.DecimalField(6, 3, help_text="0: cash is not rounded.")
    takes_tips = serializers.BooleanField()
    refunds = serializers.ChoiceField(RefundRule.choices)
    unreceipted_refunds = serializers.ChoiceField(RefundRule.choices)
    receipt_header = serializers.CharField()
    receipt_footer = serializers.CharField()
    limit = LimitOut(help_text="How far whoever asks may go alone.")


class RegisterFilters(StrictFilterSet):
    register = IdFilter(required=True, label="Id of the register.")


class DiscountReasons(Listing):
    """Why a price is lowered at a till: the reasons in use."""

    right = rights.SALES
    serializer_class = DiscountReasonOut
    columns = {"code": "code", "name": "name"}
    orderings = {"name": "name"}
    default_ordering = "name"

    def get_queryset(self) -> QuerySet[DiscountReason]:
        return discount_reasons.reasons().order_by()


class TillRules(Endpoint):
    """What the till of a register may do, and how far whoever asks may go alone."""

    right = rights.SALES
    serializer_class = TillRulesOut
    filterset_class = RegisterFilters

    def get(self, request: Request) -> Response:
        asked = self.parameters()["register"]
        register = registers_visible_to(request.user).filter(pk=asked).first()
        role = role_at_the_till(request.user if isinstance(request.user, User) else None)
        till = till_of(asked, role=role, approval=None)
        if register is None or till is None:
            raise Http404
        store = register.store
        return Response({
            "register": register.pk,
            "register_code": register.code,
            "store": store.code,
            "store_name": store.name,
            "currency": till.currency,
            "decimals": money.exponent(till.currency),
            "timezone": till.timezone,
            "vat_regime": till.vat_regime,
            "prices_include_tax": till.prices_include_tax,
            **_policy(policy_of(store)),
            "limit": {"role": role, **asdict(till.limit)},
        })  # fmt: skip


def _policy(policy: TillPolicy) -> dict[str, Any]:
    names = ("takes_tips", "refunds", "unreceipted_refunds", "receipt_header", "receipt_footer")
    rounding = Decimal(policy.cash_rounding).quantize(AMOUNT)
    return {"cash_rounding": rounding, **{name: getattr(policy, name) for name in names}}
