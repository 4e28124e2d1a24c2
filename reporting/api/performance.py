"""What a store sold by hour, cashier and register, and a register day by day."""

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.platform.calendars import Period
from epm.platform.endpoints import Endpoint
from epm.platform.filters import DateFilter, StrictFilterSet
from epm.platform.problems import InvalidParameter, in_query
from reporting.selectors import performance
from reporting.selectors.performance import Sums
from sales.selectors.register_sessions import cash_variances
from sales.selectors.registers import registers_visible_to


class PeriodFilters(StrictFilterSet):
    named = {
        "from": DateFilter(label="First business day.", required=True),
        "to": DateFilter(label="Last business day.", required=True),
    }


class SumsOut(serializers.Serializer):
    transactions = serializers.IntegerField()
    net_ht = serializers.DecimalField(18, 3, help_text="Net sales excluding tax.")
    net_ttc = serializers.DecimalField(18, 3, help_text="The same including tax.")
    returned_ttc = serializers.DecimalField(18, 3, help_text="Returned including tax, positive.")


class HourOut(SumsOut):
    hour = serializers.IntegerField(help_text="Of the store's clock.")


class CashierOut(SumsOut):
    cashier = serializers.CharField(
        allow_null=True, required=False, help_text="Left out for who may not see people."
    )


class RegisterSumsOut(SumsOut):
    register = serializers.CharField(allow_null=True, help_text="Code; null: of no register.")


class PerformanceOut(serializers.Serializer):
    store = serializers.CharField()
    currency = serializers.CharField()
    hours = HourOut(many=True)
    cashiers = CashierOut(many=True, help_text="Empty for who may not see people.")
    registers = RegisterSumsOut(many=True)


class DayOut(SumsOut):
    day = serializers.DateField()
    cash_variance = serializers.DecimalField(
        18, 3, allow_null=True, help_text="Cash counted less expected; null when unknown."
    )


class DailySalesOut(serializers.Serializer):
    register = serializers.CharField()
    store = serializers.CharField()
    currency = serializers.CharField()
    days = DayOut(many=True)


class _OfPeriod(Endpoint):
    filterset_class = PeriodFilters
    right = rights.SALES

    def period(self) -> Period:
        words = self.parameters()
        if words["from"] > words["to"]:
            raise InvalidParameter([in_query("to", "invalid", "The period ends before it begins.")])
        return Period(words["from"], words["to"])


class Performance(_OfPeriod):
    """Net sales of one store by hour, cashier and register; each kind sums to its net sales."""

    serializer_class = PerformanceOut

    def get(self, request: Request, *, code: str) -> Response:
        store = None
        if "\0" not in code:
            store = stores_visible_to(request.user).filter(code=code).first()
        if store is None:
            raise Http404
        found = performance.performance(store, period=self.period())
        registers = registers_visible_to(request.user).filter(store=store)
        codes = dict(registers.values_list("pk", "code"))
        cashiers: list[dict[str, Any]] = []
        if rights.sees_people(request.user):
            names = performance.names_of(found.cashiers)
            cashiers = [
                {"cashier": names.get(pk or 0), **_told(each)}
                for pk, each in found.cashiers.items()
            ]
        return Response({
            "store": store.code,
            "currency": store.currency,
            "hours": [{"hour": hour, **_told(each)} for hour, each in found.hours.items()],
            "cashiers": cashiers,
            "registers": [
                {"register": codes.get(pk or 0), **_told(each)}
                for pk, each in found.registers.items()
            ],
        })  # fmt: skip


class DailySales(_OfPeriod):
    """A register's business days with sales, and what its drawer was short or over."""

    serializer_class = DailySalesOut

    def get(self, request: Request, *, pk: int) -> Response:
        register = registers_visible_to(request.user).filter(pk=pk).first()
        if register is None:
            raise Http404
        period = self.period()
        found = performance.daily(register.store, period=period)
        missing = cash_variances([pk], start=period.start, end=period.end)
        days = sorted(day for of, day in found if of == pk)
        return Response({
            "register": register.code,
            "store": register.store.code,
            "currency": register.store.currency,
            "days": [
                {"day": day, **_told(found[pk, day]), "cash_variance": missing.get((pk, day))}
                for day in days
            ],
        })  # fmt: skip


def _told(sums: Sums) -> dict[str, Any]:
    return {
        "transactions": sums.transactions,
        "net_ht": sums.net_ht,
        "net_ttc": sums.net_ttc,
        "returned_ttc": sums.returned_ttc,
    }
