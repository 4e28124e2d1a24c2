"""Questions about stores that need nobody's rights."""

from datetime import datetime

from django.db.models import DateField, DateTimeField, F, Func, Value
from django.db.models.functions import Cast, Now

from epm.organization.models import Store


def has_closed(store_id: int, *, at: datetime | None = None) -> bool:
    """Whether its last day, by its own calendar, is over `at` this moment; by the database's
    clock where none is given."""
    moment = Now() if at is None else Value(at, output_field=DateTimeField())
    today = Cast(Func(F("timezone"), moment, function="timezone"), DateField())
    return Store.objects.filter(pk=store_id, closed_on__lt=today).exists()
