"""What the ledger comes to per day, and what follows for each level. Projections: rebuildable."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product


class StockDay(models.Model):
    """One business day of one level on which something moved; days between are like the last one.

    `sellable` is what was on hand less what was out of sale when the day ended. `in_stock`: the
    product could be bought that day, because something was sellable as it began, or became so
    during it, or was sold (where books may go below zero, what was sold was there). A day without
    a row is in stock when the last one before it ended with something sellable. What is reserved
    does not count: promises of a past day are not kept.

    `received` are opening stock, receipts and transfers in. `cost` is what sales less returns were
    worth as they left, excl. tax in the store's currency; `costed` how much of them had a cost.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(_("day"))
    on_hand = models.DecimalField(_("on hand"), max_digits=12, decimal_places=3)
    sellable = models.DecimalField(_("sellable"), max_digits=12, decimal_places=3)
    sold = models.DecimalField(_("sold"), max_digits=12, decimal_places=3)
    returned = models.DecimalField(_("returned"), max_digits=12, decimal_places=3)
    received = models.DecimalField(_("received"), max_digits=12, decimal_places=3)
    cost = models.DecimalField(_("cost of sales excl. tax"), max_digits=20, decimal_places=6)
    costed = models.DecimalField(_("sold with a known cost"), max_digits=12, decimal_places=3)
    in_stock = models.BooleanField(_("in stock"))

    class Meta:
        verbose_name = _("day of stock")
        verbose_name_plural = _("days of stock")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "day"], name="stock_day_one_per_level_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_id}/{self.product_id} {self.day}: {self.on_hand}"


class StockNeed(models.Model):
    """What a level needs, as its demand and the rules say it (selectors/demand.py, kpis.md 4.4).

    `ads` is average daily sales over the last in-stock trading days, `sigma` their deviation, in
    the product's unit; NULL: too few such days to tell. `reorder_point` and `maximum` are NULL
    where neither demand nor a rule says them. `position` is the movement up to which the days are
    known, `as_of` the day before which demand was looked at.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    position = models.BigIntegerField(_("movements"))
    as_of = models.DateField(_("as of"), null=True)
    ads = models.DecimalField(_("daily sales"), max_digits=14, decimal_places=6, null=True)
    sigma = models.DecimalField(_("deviation"), max_digits=14, decimal_places=6, null=True)
    days = models.PositiveSmallIntegerField(_("days in stock"), default=0)
    last_sold_on = models.DateField(_("last sold on"), null=True)
    stocked_since = models.DateField(_("in stock since"), null=True)
    oldest_on = models.DateField(_("oldest goods of"), null=True)
    lead_days = models.PositiveSmallIntegerField(_("lead time in days"), default=0)
    minimum = models.DecimalField(_("minimum"), max_digits=12, decimal_places=3, null=True)
    reorder_point = models.DecimalField(
        _("reorder point"), max_digits=14, decimal_places=3, null=True
    )
    maximum = models.DecimalField(_("maximum"), max_digits=14, decimal_places=3, null=True)
    dead_days = models.PositiveSmallIntegerField(_("days without a sale"), default=0)
    aged_days = models.PositiveSmallIntegerField(_("days of age"), default=0)

    class Meta:
        verbose_name = _("need of stock")
        verbose_name_plural = _("needs of stock")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product"], name="stock_need_one_per_store_and_product"
            ),
            models.CheckConstraint(
                condition=Q(reorder_point__isnull=True) | Q(reorder_point__gte=0),
                name="stock_need_reorder_point_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["product"], name="stock_need_product_idx")]

    def __str__(self) -> str:
        return f"{self.store_id}/{self.product_id}: {self.ads} a day"


class StockWatch(models.Model):
    """How far a store's stock has been looked at: movements up to `through`, every need `as_of`.

    `as_of` NULL: all of its needs are to be looked at again, since a rule changed.
    """

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    through = models.DateTimeField(_("looked at up to"))
    as_of = models.DateField(_("all needs as of"), null=True)

    class Meta:
        verbose_name = _("watch over stock")
        verbose_name_plural = _("watches over stock")

    def __str__(self) -> str:
        return f"{self.store_id}: {self.through}"
