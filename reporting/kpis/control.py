"""Control limits of rates: what chance alone makes of a rate that is the same for everybody.

Shewhart charts for attributes, NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3: the p-chart
for shares (x of n tickets), the u-chart for events per ticket. The centre is the pooled rate of the
group, Σx / Σn; the limits are the centre ± 3σ with σ from each one's own n:
σ = √(p̄(1 − p̄) / n) for shares, σ = √(ū / n) for events.
"""

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

Key = TypeVar("Key")
SIGMAS: Final = 3
FEWEST: Final = 30
"""With fewer tickets chance makes nearly everything of a rate: nothing is said."""


class Chart(enum.StrEnum):
    SHARE = "p"
    EVENTS = "u"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One's own rate between its limits. Without limits: too few tickets."""

    rate: float
    centre: float
    lower: float | None
    upper: float | None

    @property
    def too_few(self) -> bool:
        return self.upper is None

    @property
    def flagged(self) -> bool:
        return self.upper is not None and self.rate > self.upper


def judged(of: Mapping[Key, tuple[int, int]], *, chart: Chart) -> dict[Key, Verdict]:
    """Each one's rate x / n beside the limits that the whole group's rate sets; `of`: (x, n)."""
    total = sum(n for _x, n in of.values())
    centre = sum(x for x, _n in of.values()) / total if total else 0.0
    return {key: _verdict(x, n, centre, chart) for key, (x, n) in of.items()}


def _verdict(x: int, n: int, centre: float, chart: Chart) -> Verdict:
    rate = x / n if n else 0.0
    if n < FEWEST:
        return Verdict(rate, centre, None, None)
    spread = centre * (1 - centre) if chart is Chart.SHARE else centre
    reach = SIGMAS * math.sqrt(max(0.0, spread) / n)
    return Verdict(rate, centre, max(0.0, centre - reach), centre + reach)
