"""The demo through the import engine: what is loaded stays, what a killed run left is completed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from epm.imports.mapping import ImportMapping, mapping_from, read_mapping
from epm.imports.models import ImportRun, RunStatus
from epm.imports.services import runs
from epm.imports.staging import Progress
from epm.organization.models import Store
from epm.platform import jobs
from epm.platform.refusals import Refusal
from reporting.services.demo import (
    assortment,
    day_targets,
    decisions,
    full_year,
    logins,
    shipped,
    stock_history,
)

SLICE_DOOR: Final = "demo"
FULL_DOOR: Final = "demo-full"
MAPPINGS: Final = Path(settings.BASE_DIR) / "epm" / "imports" / "mappings"
FINISHED: Final = (RunStatus.DONE, RunStatus.DONE_WITH_ERRORS)

Tell = Callable[[ImportRun], None]


class NotTheDemosSystem(Refusal):
    code = "reporting/not-the-demos-system"
    title = "The system holds sales that are not this demo's"


@dataclass(frozen=True, slots=True)
class Step:
    """A file; without a named mapping, columns are called like fields. `dated`: moved with time."""

    kind: str
    path: Path
    mapping: str = ""
    dated: bool = False


def is_wanted() -> bool:
    """Whether a system that starts should load the demo: it is empty, or was stopped at it."""
    begun = ImportRun.objects.filter(door=SLICE_DOOR)
    if begun.exists():
        return bool(_missing(_slice_steps(), door=SLICE_DOOR))
    return not Store.objects.exists() and not ImportRun.objects.exists()


def load_slice(*, now: datetime, tell: Tell, progress: Progress) -> bool:
    """Load the shipped slice, moved by whole weeks to end on the last Sunday; whether anything was.

    A run that was killed is completed by the same shift, on whatever day. Raises
    NotTheDemosSystem before anything is written.
    """
    shift = slice_shift(now=now)
    missing = _missing(_slice_steps(), door=SLICE_DOOR)
    if not missing:
        return False
    _refuse_other_sales(door=SLICE_DOOR)
    day_targets.write(path=_made("targets.csv"), shift_days=shift)
    assortment.write_prices(path=_made("prices.csv"))
    assortment.write_supplied(path=_made("supplier_products.csv"))
    _load(missing, door=SLICE_DOOR, shift_days=shift, now=now, tell=tell, progress=progress)
    return True


def load_full_year(*, now: datetime, tell: Tell, progress: Progress) -> bool:
    """Load the full year as it is, downloading it first; whether anything was.

    Raises NotTheDemosSystem, FullYearUnavailable before anything is written.
    """
    folder = Path(settings.EPM_DATA) / "full-year"
    missing = _missing(_full_steps(folder), door=FULL_DOOR)
    if not missing:
        return False
    _refuse_other_sales(door=FULL_DOOR)
    full_year.obtain(folder=folder)
    full_year.write_stores(folder=folder)
    _load(missing, door=FULL_DOOR, shift_days=0, now=now, tell=tell, progress=progress)
    return True


def slice_shift(*, now: datetime) -> int:
    """By how many days the slice is moved: as it was begun, else to the last Sunday."""
    begun = ImportRun.objects.filter(door=SLICE_DOOR).order_by("pk").first()
    if begun is None:
        return shipped.days_to_last_weekend(now=now)
    return int(begun.mapping["format"]["shift_days"])


def _slice_steps() -> list[Step]:
    ours = shipped.FOLDER
    return [
        Step("stores", ours / "stores.csv", dated=True),
        Step("products", ours / "products.csv.gz", "complete-journey-products"),
        Step("products", _made("prices.csv")),
        Step("suppliers", ours / "suppliers.csv"),
        Step("supplier_products", _made("supplier_products.csv")),
        Step("customers", ours / "customers.csv", "complete-journey-customers"),
        Step("targets", _made("targets.csv")),
        Step("footfall", ours / "footfall.csv.gz", dated=True),
        Step("labour", ours / "labour.csv.gz", dated=True),
        Step("stock", ours / "opening_stock.csv.gz", dated=True),
        Step("sales", ours / "sale_lines.csv.gz", "complete-journey-slice-sales", dated=True),
    ]


def _full_steps(folder: Path) -> list[Step]:
    return [
        Step("stores", folder / full_year.STORES),
        Step("stores", shipped.FOLDER / "stores.csv"),
        Step("products", folder / "products.parquet", "complete-journey-products"),
        Step("customers", folder / "demographics.parquet", "complete-journey-customers"),
        Step("sales", folder / "transactions.parquet", "complete-journey-sales"),
    ]


def _made(name: str) -> Path:
    """A file that is not shipped but made of those that are."""
    return Path(settings.EPM_DATA) / "demo" / name


def _missing(steps: Sequence[Step], *, door: str) -> list[Step]:
    """The steps no run of this door has ended; none once it has ended the last."""
    ended = ImportRun.objects.filter(door=door, status__in=FINISHED)
    done = {(kind, *names) for kind, names in ended.values_list("kind", "file_names")}
    left = [step for step in steps if (step.kind, step.path.name) not in done]
    return left if steps[-1] in left else []


def _load(
    steps: Sequence[Step],
    *,
    door: str,
    shift_days: int,
    now: datetime,
    tell: Tell,
    progress: Progress,
) -> None:
    for step in steps:
        if step.kind == "sales":  # the last step: a run killed later has made them, too
            logins.make_missing()
            if door == SLICE_DOOR:
                stock_history.book(shift_days=shift_days)
                decisions.make_missing(shift_days=shift_days)
        run = runs.import_files(
            kind_name=step.kind,
            paths=[step.path],
            mapping=_mapping(step, shift_days=shift_days if step.dated else 0),
            by=None,
            door=door,
            now=now,
            progress=progress,
        )
        tell(run)
    with connection.cursor() as cursor:  # what follows reads tables that were empty a moment ago
        cursor.execute("ANALYZE")
    jobs.run_here("reporting.refresh_views")


def _mapping(step: Step, *, shift_days: int) -> ImportMapping:
    document = {}
    if step.mapping:
        document = dict(read_mapping(MAPPINGS / f"{step.mapping}.toml", kind=step.kind).source)
    document["format"] = {**document.get("format", {}), "shift_days": shift_days}
    return mapping_from(document, kind=step.kind)


def _refuse_other_sales(*, door: str) -> None:
    own = list(ImportRun.objects.filter(door=door).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM sales_sale"
            " WHERE import_run_id IS NULL OR import_run_id <> ALL (%s))",
            [own],
        )
        (others,) = cursor.fetchone()
    if others:
        raise NotTheDemosSystem(
            _(
                "This system holds sales that are not this demo's. Choose another data folder:"
                " EPM_DATA=./var-demo make run."
            )
        )
