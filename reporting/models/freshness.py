import uuid

from django.db import models


class DataChange(models.Model):
    """“Something that figures or lists depend on was written”, besides the ledger: a mark.

    Written by statement triggers on the tables of `sql/data_changes.v1.sql` in the writer's
    transaction, only ever appended to. The refresher takes the marks away.
    """

    of = models.CharField(max_length=63)

    def __str__(self) -> str:
        return self.of


class StockChange(models.Model):
    """The same of stock, which moves all day: figures of sales do not depend on it."""

    of = models.CharField(max_length=63)

    def __str__(self) -> str:
        return self.of


class DataVersion(models.Model):
    """One row: tokens that a refresh replaces in its own transaction; `stock` is of stock alone."""

    one = models.BooleanField(primary_key=True, default=True)
    token = models.UUIDField(default=uuid.uuid4)
    stock = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(one=True), name="data_version_one_row"),
        ]

    def __str__(self) -> str:
        return str(self.token)
