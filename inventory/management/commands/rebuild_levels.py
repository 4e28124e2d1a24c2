"""`manage.py rebuild_levels`: make stock levels again what their movements say."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from epm.organization.models import Store
from epm.platform.actor import current
from inventory.models import Product, StockRepair
from inventory.selectors import proof
from inventory.services import levels

DIFFERS = 3


class Command(BaseCommand):
    help = (
        "Find the stock levels that are not what their movements and reservations say, and put"
        " them right; the movements themselves are never touched. Names each level. Exit status 0"
        " when all are right now, 3 when some are not: those of a dry run, and those with a"
        " movement that is wrong itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="CODE", help="only of this store")
        parser.add_argument("--sku", help="only of this product")
        parser.add_argument("--dry-run", action="store_true", help="name them, repair nothing")

    def handle(self, **options: Any) -> None:
        store, product = _store(options["store"]), _product(options["sku"])
        wrong = 0
        broken = proof.broken_levels(
            store_id=store.pk if store else None, product_id=product.pk if product else None
        )
        for _level, store_id, product_id in broken:
            repair = None
            if not options["dry_run"]:
                repair = levels.rebuild(store_id=store_id, product_id=product_id, by=current())
            proved = proof.prove(store_id=store_id, product_id=product_id)
            wrong += proved is None or not proved.holds
            self.stdout.write(_told(store_id, product_id, repair=repair, proved=proved))
        if not broken:
            self.stdout.write(_("Every level is what its movements say."))
        if wrong:
            sys.exit(DIFFERS)


def _store(code: str | None) -> Store | None:
    store = Store.objects.filter(code__iexact=code).first() if code else None
    if code and store is None:
        raise CommandError(_("There is no store %(code)s.") % {"code": code})
    return store


def _product(sku: str | None) -> Product | None:
    product = Product.objects.filter(sku__iexact=sku).first() if sku else None
    if sku and product is None:
        raise CommandError(_("There is no product %(sku)s.") % {"sku": sku})
    return product


def _told(
    store_id: int, product_id: int, *, repair: StockRepair | None, proved: proof.Proof | None
) -> str:
    """`PARIS BREAD: on_hand 5.000 → 9.000`, and what is wrong still."""
    store, product = Store.objects.get(pk=store_id), Product.objects.get(pk=product_id)
    said = []
    if repair is not None:
        said += [
            f"{name} {was} → {repair.after[name]}"
            for name, was in repair.before.items()
            if was != repair.after[name]
        ]
    if proved is not None and proved.bad_id is not None:
        said.append(
            _("movement %(id)s (number %(number)s) is wrong: %(wrong)s")
            % {"id": proved.bad_id, "number": proved.bad_position, "wrong": proved.wrong}
        )
    elif proved is None or proved.differs:
        said.append(_("differs from its movements or reservations"))
    return f"{store.code} {product.sku}: " + ", ".join(said)
