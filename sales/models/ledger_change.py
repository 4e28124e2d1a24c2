from django.db import models
from django.db.models.functions import Now


class LedgerChange(models.Model):
    """“Something of this store's day was written”: a mark for whoever keeps figures of it.

    Written by the ledger's own triggers in the writer's transaction, only ever appended to, so
    that two tills never wait for each other. The reporting refresher takes the marks away.
    """

    store_id = models.BigIntegerField()
    business_date = models.DateField()
    marked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.store_id} {self.business_date}"
