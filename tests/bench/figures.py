"""What a part of the bench found, and how it is shown and kept."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """Ours beside the limit. `ratio` is ours ÷ limit (or the other way round: `what` says it).

    Without a target it only informs.
    """

    part: str
    what: str
    ours: str
    limit: str
    ratio: float | None = None
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def verdict(self) -> str:
        if self.target is None or self.ratio is None:
            return ""
        met = self.ratio >= self.target if self.better == "higher" else self.ratio <= self.target
        return "ok" if met else "SHORT"

    @property
    def asked(self) -> str:
        if self.target is None:
            return ""
        return f"{'>=' if self.better == 'higher' else '<='} {short(self.target)}"


def short(number: float | None) -> str:
    """Three figures, no exponent."""
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def rate(count: int, seconds: float, unit: str = "rows") -> str:
    return f"{count / seconds:,.0f} {unit}/s"


def ms(seconds: float) -> str:
    return f"{short(seconds * 1000)} ms"


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def show(figures: Sequence[Figure]) -> str:
    """One line each, in columns."""
    table = [("", "what", "ours", "limit", "ratio", "target", "")]
    table += [
        (f.part, f.what, f.ours, f.limit, short(f.ratio), f.asked, f.verdict) for f in figures
    ]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join(lines)


def keep(figures: Sequence[Figure], *, notes: Sequence[str], file: Path) -> None:
    """Write them as JSON, with what they were measured on."""
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_average": os.getloadavg(),
        "notes": list(notes),
        "figures": [asdict(f) | {"verdict": f.verdict} for f in figures],
    }
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} CPUs {_processor()}, {memory:.0f} GiB,"
        f" Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
