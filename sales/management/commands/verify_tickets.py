"""`manage.py verify_tickets`: is every ticket what it was when it was numbered?"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from sales.management.registers import registers_named
from sales.models import CashRegister
from sales.selectors import ticket_proof
from sales.selectors.ticket_proof import Broken


class Command(BaseCommand):
    help = (
        "Prove the tickets: numbers without a gap, each hash from the ledger and from the hash"
        " before, grand totals, and where each register's chain ends. Names the first ticket of"
        " each register that fails, and what it fails. Exit status 1 when one does. An export that"
        " is proved without this system: manage.py export_tickets."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="CODE", help="only of this store")
        parser.add_argument("--register", metavar="CODE", help="only registers of this code")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options: Any) -> None:
        registers = {
            register.pk: register
            for register in registers_named(store=options["store"], code=options["register"])
        }
        total = ticket_proof.count_of(list(registers))
        with tqdm(
            total=total, desc=_("Tickets"), unit_scale=True, disable=not sys.stderr.isatty()
        ) as bar:
            broken = ticket_proof.first_broken(list(registers), proved=bar.update)
        found = [(register, broken[pk]) for pk, register in registers.items() if pk in broken]
        if options["json"]:
            self.stdout.write(json.dumps(_told(found, len(registers), total), ensure_ascii=False))
        else:
            self._say(found, len(registers), total)
        if found:
            sys.exit(1)

    def _say(self, found: list[tuple[CashRegister, Broken]], registers: int, tickets: int) -> None:
        for register, first in found:
            checks = "; ".join(_words()[check] for check in first.checks)
            self.stdout.write(f"{register.store.code} {_reference(register, first)}: {checks}")
        if not found:
            tills = ngettext("%(n)s register", "%(n)s registers", registers) % {"n": registers}
            self.stdout.write(
                _("%(tickets)s tickets of %(registers)s: every one is as it was written.")
                % {"tickets": tickets, "registers": tills}
            )


def _reference(register: CashRegister, first: Broken) -> str:
    """As the ticket is printed; a sale without a ticket by its own key."""
    if first.number is None:
        return f"{register.code} {first.sale_id}"
    return f"{register.code}-{first.number:08d}"


def _words() -> dict[str, str]:
    return {
        "missing": _("it is missing"),
        "previous": _("it does not go on from the ticket before"),
        "grand-total": _("its grand total is not the one before plus its own total"),
        "hash": _("its figures are not those that were hashed"),
        "chain": _("the register's chain does not end with it"),
        "no-ticket": _("a sale of the register that has no number"),
    }


def _told(found: list[tuple[CashRegister, Broken]], registers: int, tickets: int) -> dict[str, Any]:
    return {
        "ok": not found,
        "registers": registers,
        "tickets": tickets,
        "broken": [
            {
                "store": register.store.code,
                "register": register.code,
                "number": first.number,
                "reference": _reference(register, first),
                "sale": str(first.sale_id) if first.sale_id else None,
                "checks": list(first.checks),
            }
            for register, first in found
        ],
    }
