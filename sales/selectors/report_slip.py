"""X and Z reports and closings as a till prints them, row by row, in the language of who asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from epm.platform import shown
from sales.models import CashRegister, Closing, RegisterSession
from sales.selectors.report_tables import Table, tables
from sales.selectors.session_figures import so_far
from sales.selectors.slip import HASH_SHOWN, RULE, Row, Style, head_of
from sales.selectors.till_rules import policy_of


@dataclass(frozen=True, slots=True)
class Report:
    """A report on paper. `reference`: the register and what it is of."""

    reference: str
    rows: tuple[Row, ...]


def report_of(closing: Closing) -> Report:
    """What a Z report, or the closing of a day, month or year, says: the figures it keeps."""
    zone = ZoneInfo(closing.store.timezone)
    title = f"{closing.get_kind_display()} {closing.number}"
    told = [(_("Business day"), _days(closing))]
    if closing.session is not None:
        told.append((_("Opened at"), shown.moment(closing.session.opened_at.astimezone(zone))))
    told.append((_("Closed at"), shown.moment(closing.closed_at.astimezone(zone))))
    code = bytes(closing.hash).hex()[:HASH_SHOWN]
    below = [RULE, Row(_("Fingerprint %(hash)s") % {"hash": code}, style=Style.SMALL)]
    return Report(
        reference=f"{closing.register.code} {title}",
        rows=(
            *_head(closing.register, title),
            *_facts(told),
            *_figures(tables(closing, currency=closing.store.currency)),
            *below,
        ),
    )


def x_report_of(session: RegisterSession, *, now: datetime) -> Report:
    """What an open session comes to; nothing of it is kept."""
    zone, title = ZoneInfo(session.store.timezone), _("X report")
    told = [
        (_("Business day"), shown.day(session.business_date)),
        (_("Opened at"), shown.moment(session.opened_at.astimezone(zone))),
        (_("Until"), shown.moment(now.astimezone(zone))),
    ]
    return Report(
        reference=f"{session.register.code} {title}",
        rows=(
            *_head(session.register, title),
            *_facts(told),
            *_figures(tables(so_far(session), currency=session.store.currency)),
            RULE,
            Row(_("The register is still open."), style=Style.CENTRE),
        ),
    )


def _head(register: CashRegister, title: str) -> Iterator[Row]:
    store = register.store
    yield from head_of(store, policy_of(store))
    yield RULE
    yield Row(title, style=Style.TITLE)
    name = " · ".join(filter(None, (register.code, register.name)))
    yield Row(_("Cash register %(name)s") % {"name": name}, style=Style.CENTRE)
    yield RULE


def _days(closing: Closing) -> str:
    start, end = shown.day(closing.first_day), shown.day(closing.last_day)
    return start if start == end else _("%(start)s to %(end)s") % {"start": start, "end": end}


def _facts(told: list[tuple[str, str]]) -> Iterator[Row]:
    """The name above what is long."""
    for name, text in told:
        yield Row(name, style=Style.SMALL)
        yield Row(f"  {text}")


def _figures(told: list[Table]) -> Iterator[Row]:
    """A row for each figure: the paper is too narrow for columns."""
    for table in told:
        yield RULE
        yield Row(table.title, style=Style.BOLD)
        for name, *figures in table.rows:
            if not table.headings:
                yield Row(name, figures[0])
                continue
            yield Row(name)
            for heading, figure in zip(table.headings, figures, strict=True):
                yield Row(f"  {heading}", figure, Style.SMALL)
