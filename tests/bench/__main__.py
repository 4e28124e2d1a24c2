"""Our figures beside the limits of the same machine; docs/performance.md says what they are."""

import argparse
import os
import sys
import traceback
from pathlib import Path
from typing import Final

from tests.bench import (
    dashboards,
    figures,
    importing,
    kpis,
    oscar,
    refreshing,
    selling,
    serving,
    stocking,
)
from tests.bench.ledgers import tell
from tests.bench.servers import ROOT, Servers, clean

PARTS: Final = {
    "import": importing.run,
    "refresh": refreshing.run,
    "kpi": kpis.run,
    "api": serving.run,
    "pages": dashboards.run,
    "stock": stocking.run,
    "tills": selling.run,
}
IF_ASKED: Final = {"oscar": oscar.run}
"""They install what they measure."""


def main() -> int:
    asked = _arguments()
    base = Path(os.environ.get("EPM_DATA") or ROOT / "var").resolve()
    if asked.clean:
        clean(base / "bench")
        print(f"{base / 'bench'} is gone.")
        return 0
    servers = Servers(base / "bench")
    print(f"{figures.machine()}\nload average {os.getloadavg()[0]:.1f}; data in {servers.data}\n")
    servers.prepare()
    found: list[figures.Figure] = []
    notes: list[str] = []
    crashed = False
    for part in asked.parts or PARTS:
        try:
            found += (PARTS | IF_ASKED)[part](
                servers, lines=asked.lines, rounds=asked.rounds, tell=lambda x: tell(x, notes)
            )
        except Exception:  # noqa: BLE001 - the other parts can still be measured
            traceback.print_exc()
            notes.append(f"{part} crashed")
            crashed = True
        figures.keep(found, notes=notes, file=base / "bench.json")
    print(figures.show(found))
    missed = any(figure.verdict == "SHORT" for figure in found)
    return 1 if crashed or (asked.strict and missed) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="of: import refresh kpi api pages stock tills; oscar",
    )
    parser.add_argument("--lines", type=int, help="fewer sale lines than the full measure")
    parser.add_argument("--rounds", type=int, default=3, help="of each measure (default 3)")
    parser.add_argument("--strict", action="store_true", help="status 1 when a target is missed")
    parser.add_argument("--clean", action="store_true", help="remove what earlier runs have kept")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS | IF_ASKED]:
        parser.error(f"{unknown[0]} is none of: {' '.join(PARTS | IF_ASKED)}")
    if asked.rounds < 1 or (asked.lines is not None and asked.lines < 1):
        parser.error("--lines and --rounds are 1 or more")
    return asked


if __name__ == "__main__":
    sys.exit(main())
