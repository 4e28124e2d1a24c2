"""django-import-export in its bulk mode, writing the same sale lines by its usual resource."""

import time
from typing import Any

from import_export.resources import ModelResource
from tablib import Dataset

from sales.models import SaleLine

COLUMNS = tuple(field.attname for field in SaleLine._meta.concrete_fields)
NAMES = tuple(field.name for field in SaleLine._meta.concrete_fields)


class SaleLines(ModelResource):
    class Meta:
        model = SaleLine
        fields = NAMES
        import_id_fields = ("id",)
        use_bulk = True
        skip_diff = True


def import_lines(*, rows: int) -> dict[str, Any]:
    """Take lines out of the ledger and import them again: their sales and masters are there."""
    from django.db import connection

    taken = list(SaleLine.objects.order_by("id").values_list(*COLUMNS)[:rows])
    dataset = Dataset(headers=NAMES)
    for line in taken:
        dataset.append(["" if cell is None else cell for cell in line])
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sales_saleline")
    began = time.perf_counter()
    result = SaleLines().import_data(dataset, raise_errors=True)
    seconds = time.perf_counter() - began
    written = SaleLine.objects.count()
    if result.has_errors() or result.has_validation_errors() or written != len(taken):
        raise AssertionError(f"{written} of {len(taken)} lines were imported: {result.totals}")
    return {"rows": written, "seconds": seconds}
