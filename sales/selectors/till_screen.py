"""What a till in a browser must know to sell, also without the network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from epm.access.selectors.scope import Principal
from epm.platform import money
from inventory.selectors.prices import business_day
from sales.models import CashRegister, TillPolicy
from sales.selectors.registers import registers_visible_to
from sales.selectors.taxes import regime_of, taxes_in


def tills_visible_to(principal: Principal, *, now: datetime) -> list[dict[str, Any]]:
    """The registers in use of the stores in scope, each with its store and what holds there.

    Amounts are text, in the store's currency; `taxes` are by class, and only there where prices do
    not include them: a till adds them itself.
    """
    registers = list(registers_visible_to(principal).filter(is_active=True))
    policies = TillPolicy.objects.in_bulk(
        {register.store_id for register in registers}, field_name="store_id"
    )
    stores = {register.store_id: register.store for register in registers}
    of_store = {
        pk: _of_store(store, policies.get(pk) or TillPolicy(store=store), now)
        for pk, store in stores.items()
    }
    return [_told(register, of_store[register.store_id]) for register in registers]


def _told(register: CashRegister, of_store: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": register.pk, "code": register.code, "name": register.name, **of_store}


def _of_store(store: Any, policy: TillPolicy, now: datetime) -> dict[str, Any]:
    regime = regime_of(store.vat_regime)
    inclusive = regime is None or regime.prices_include_tax
    return {
        "store": store.code,
        "store_name": store.name,
        "timezone": store.timezone,
        "day_cutoff_hour": store.day_cutoff_hour,
        "currency": store.currency,
        "decimals": money.exponent(store.currency),
        "prices_include_tax": inclusive,
        "taxes": {} if inclusive else _taxes(store, now),
        "cash_rounding": str(policy.cash_rounding),
        "takes_tips": policy.takes_tips,
        "receipt_header": policy.receipt_header,
        "receipt_footer": policy.receipt_footer,
    }


def _taxes(store: Any, now: datetime) -> dict[str, list[list[str]]]:
    found = taxes_in(regime=store.vat_regime, on=business_day(store, at=now))
    return {code: [[tax.code, str(tax.rate)] for tax in taxes] for code, taxes in found.items()}
