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


class ViewRefresh(models.Model):
    """When a materialized view was last rebuilt: its rows show the facts as of then."""

    view = models.CharField(max_length=63, primary_key=True)
    as_of = models.DateTimeField()
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.view} {self.as_of:%Y-%m-%d %H:%M:%S}"
