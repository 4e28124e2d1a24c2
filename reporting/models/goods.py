"""Facts about goods: what the ledger says of a store's month, by product and by category.

Kept up to a day of each month (`GoodsMonth`); later days, and months that are not kept, are read
from the ledger. In the store's currency; the sums are those of `StoreDay`.
"""

from django.db import models

from epm.organization.models import Store


class GoodsMonth(models.Model):
    """The facts below hold this store's month up to `through`, inclusive."""

    pk = models.CompositePrimaryKey("store_id", "month")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(db_index=True)
    through = models.DateField()

    class Meta:
        db_table = "reporting_goodsmonth"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m}"


class GoodsTree(models.Model):
    """The category tree as it was when the facts were made; only what hangs on a top category."""

    category_id = models.BigIntegerField(primary_key=True)
    parent_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        db_table = "reporting_goodstree"

    def __str__(self) -> str:
        return f"{self.category_id} in {self.parent_id}"


class GoodsSums(models.Model):
    """The sums that key figures are made of. Tickets are counted once for each row."""

    transactions = models.IntegerField()
    piece_transactions = models.IntegerField()
    covered_lines = models.IntegerField()
    net_ht = models.DecimalField(max_digits=18, decimal_places=3)
    returned_ht = models.DecimalField(max_digits=18, decimal_places=3)
    shelf_ht = models.DecimalField(max_digits=18, decimal_places=3)
    loyalty_ht = models.DecimalField(max_digits=18, decimal_places=3)
    coupon_ht = models.DecimalField(max_digits=18, decimal_places=3)
    manual_ht = models.DecimalField(max_digits=18, decimal_places=3, db_default=0)
    net_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    units = models.DecimalField(max_digits=18, decimal_places=3)
    returned_units = models.DecimalField(max_digits=18, decimal_places=3)
    loose_ht = models.DecimalField(max_digits=18, decimal_places=3)
    covered_ht = models.DecimalField(max_digits=18, decimal_places=3)
    cost = models.DecimalField(max_digits=30, decimal_places=9)

    class Meta:
        abstract = True


class StoreMonthProduct(GoodsSums):
    """One product in one store's month."""

    pk = models.CompositePrimaryKey("store_id", "month", "product_id")
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    month = models.DateField()
    product = models.ForeignKey(
        "inventory.Product",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        db_table = "reporting_storemonthproduct"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m} {self.product_id}"


class StoreMonthCategory(GoodsSums):
    """One category in one store's month: goods directly in it, or (`whole`) those below it too.

    As on the lines when they were sold; 0 for goods in none. `whole` rows are there for categories
    that have others below them.
    """

    pk = models.CompositePrimaryKey("store_id", "month", "category_id", "whole")
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    month = models.DateField()
    category_id = models.BigIntegerField()
    whole = models.BooleanField()

    class Meta:
        db_table = "reporting_storemonthcategory"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m} {self.category_id}"


class StoreDayCategory(GoodsSums):
    """One top category with all below it in one store's day; 0 for goods in none."""

    pk = models.CompositePrimaryKey("store_id", "day", "category_id")
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField()
    category_id = models.BigIntegerField()

    class Meta:
        db_table = "reporting_storedaycategory"

    def __str__(self) -> str:
        return f"{self.store_id} {self.day} {self.category_id}"
