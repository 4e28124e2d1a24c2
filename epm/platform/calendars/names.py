"""What periods are called: by programs, and by people."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from epm.platform import shown
from epm.platform.calendars.kinds import period_of, retail_calendar
from epm.platform.calendars.periods import Period, PeriodKind


def key(kind: PeriodKind, period: Period) -> str:
    """2026-11-21, 2026-W47, 2026-P10 (retail month), 2026-11, 2026-Q4; else both days."""
    start = period.start
    match kind:
        case PeriodKind.DAY:
            return start.isoformat()
        case PeriodKind.WEEK:
            year, week, _weekday = start.isocalendar()
            return f"{year:04}-W{week:02}"
        case PeriodKind.RETAIL_MONTH:
            year, month = retail_calendar().month_of(start)
            return f"{year:04}-P{month:02}"
        case PeriodKind.MONTH:
            return f"{start:%Y-%m}"
        case PeriodKind.QUARTER:
            return f"{start.year:04}-Q{(start.month + 2) // 3}"
    return f"{start}..{period.end}"


def label(kind: PeriodKind, period: Period) -> str:
    """In the language of the page; a part of a week, month or quarter is told by its days."""
    if kind is PeriodKind.DAY and period.days == 1:
        return shown.day(period.start)
    named = kind in (
        PeriodKind.WEEK, PeriodKind.RETAIL_MONTH, PeriodKind.MONTH, PeriodKind.QUARTER,
    )  # fmt: skip
    if not named or period != period_of(kind, period.start):
        return _("%(start)s to %(end)s") % {
            "start": shown.day(period.start),
            "end": shown.day(period.end),
        }
    match kind:
        case PeriodKind.WEEK:
            year, week, _weekday = period.start.isocalendar()
            return _("Week %(week)d of %(year)d") % {"week": week, "year": year}
        case PeriodKind.RETAIL_MONTH:
            year, month = retail_calendar().month_of(period.start)
            return _("Period %(month)d of %(year)d (%(weeks)d weeks)") % {
                "month": month,
                "year": year,
                "weeks": period.days // 7,
            }
        case PeriodKind.MONTH:
            return date_format(period.start, "F Y")
        case _:
            quarter = (period.start.month + 2) // 3
            return _("Q%(quarter)d %(year)d") % {"quarter": quarter, "year": period.start.year}
