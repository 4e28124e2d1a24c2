from django.db import models

from epm.organization.models import Store


class StoreDay(models.Model):
    """What the ledger says of one store's business day: the sums every key figure is made of.

    In the store's currency. Derived: `reporting_store_days()` defines it, `services.facts` keeps
    it, `doctor` proves it. “Net” is after discounts and returns, “returned” a positive amount or
    quantity, discounts are those of the goods sold, “loose” goods are not counted in pieces,
    “covered” lines are those whose cost is known.
    """

    pk = models.CompositePrimaryKey("store_id", "day")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(db_index=True)
    net_ht = models.DecimalField(max_digits=18, decimal_places=3)
    returned_ht = models.DecimalField(max_digits=18, decimal_places=3)
    shelf_ht = models.DecimalField(max_digits=18, decimal_places=3)
    loyalty_ht = models.DecimalField(max_digits=18, decimal_places=3)
    coupon_ht = models.DecimalField(max_digits=18, decimal_places=3)
    manual_ht = models.DecimalField(max_digits=18, decimal_places=3, db_default=0)
    net_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    returned_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    shelf_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    loyalty_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    coupon_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    manual_ttc = models.DecimalField(max_digits=18, decimal_places=3, db_default=0)
    units = models.DecimalField(max_digits=18, decimal_places=3)
    returned_units = models.DecimalField(max_digits=18, decimal_places=3)
    loose_ht = models.DecimalField(max_digits=18, decimal_places=3)
    covered_lines = models.BigIntegerField()
    covered_ht = models.DecimalField(max_digits=18, decimal_places=3)
    cost = models.DecimalField(max_digits=30, decimal_places=9)
    transactions = models.BigIntegerField()
    piece_transactions = models.BigIntegerField()

    class Meta:
        db_table = "reporting_storeday"

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"
