from typing import NoReturn

from django.db import models

from epm.organization.models import Store


class ReadModel(models.Model):
    """A row of a view. `save` and `delete` fail in Python before PostgreSQL refuses them too."""

    class Meta:
        abstract = True
        managed = False

    def save(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is read-only")

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is read-only")


class MonthlyStoreRevenue(ReadModel):
    """One store's month, in its currency, as of the view's last refresh."""

    pk = models.CompositePrimaryKey("store_id", "month")
    store = models.ForeignKey(Store, on_delete=models.DO_NOTHING, related_name="+")
    month = models.DateField()
    net_sales_ht = models.DecimalField(max_digits=18, decimal_places=3)
    net_sales_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    transactions = models.BigIntegerField()

    class Meta(ReadModel.Meta):
        db_table = "mv_ca_magasin_mensuel"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m}"


class MonthlyProductRank(ReadModel):
    """One product's place in a store's month, or (store 0) in the chain's, by currency.

    As of the view's last refresh. Of a store: the 200 best by any measure. Without a known cost
    there is no margin and no place by it.
    """

    pk = models.CompositePrimaryKey("store_id", "month", "currency", "product_id")
    store_id = models.BigIntegerField()
    month = models.DateField()
    currency = models.CharField(max_length=3)
    product = models.ForeignKey("inventory.Product", on_delete=models.DO_NOTHING, related_name="+")
    net_sales_ht = models.DecimalField(max_digits=18, decimal_places=3)
    units = models.DecimalField(max_digits=18, decimal_places=3)
    margin_ht = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    by_sales = models.BigIntegerField()
    by_units = models.BigIntegerField()
    by_margin = models.BigIntegerField(null=True)

    class Meta(ReadModel.Meta):
        db_table = "mv_classement_produits_mensuel"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m} {self.product_id}"


class MonthlyCategoryRevenue(ReadModel):
    """One category with all below it in one store's month, as of the view's last refresh."""

    pk = models.CompositePrimaryKey("store_id", "month", "category_id")
    store = models.ForeignKey(Store, on_delete=models.DO_NOTHING, related_name="+")
    month = models.DateField()
    category_id = models.BigIntegerField(help_text="0: goods in no category.")
    net_sales_ht = models.DecimalField(max_digits=18, decimal_places=3)
    net_sales_ttc = models.DecimalField(max_digits=18, decimal_places=3)
    units = models.DecimalField(max_digits=18, decimal_places=3)
    margin_ht = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    transactions = models.IntegerField()

    class Meta(ReadModel.Meta):
        db_table = "mv_ca_categorie_mensuel"

    def __str__(self) -> str:
        return f"{self.store_id} {self.month:%Y-%m} {self.category_id}"


class ViewRefresh(models.Model):
    """When a materialized view was last rebuilt: its rows show the facts as of then."""

    view = models.CharField(max_length=63, primary_key=True)
    as_of = models.DateTimeField()
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.view} {self.as_of:%Y-%m-%d %H:%M:%S}"
