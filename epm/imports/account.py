"""What became of every row, in rows and in money. They add up to the file, or the run fails."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from epm.imports.kinds import ImportKind
from epm.imports.staging import Stage, fetch
from epm.platform.refusals import Refusal

APPLIED = ("new", "changed")


class AccountDoesNotAddUp(Refusal):
    """The rows or the money of a run differ from its file's: a fault of ours, never silent."""

    code = "imports/account-does-not-add-up"
    title = "The account of the import does not add up"


def preview(stage: Stage, *, kind: ImportKind) -> dict[str, Any]:
    """Rows and money by state, refused rows by reason, as they would be applied."""
    states, reasons, unread = _by_state(stage, kind=kind)
    return {
        "rows": {"read": stage.row_count} | {s: states.get(s, (0, None))[0] for s in STATES},
        "money": _money({s: states.get(s, (0, None))[1] for s in STATES}),
        **_common(stage, kind=kind, reasons=reasons, unread=unread),
    }


def final(stage: Stage, *, kind: ImportKind) -> dict[str, Any]:
    """Rows and money applied, unchanged and quarantined. Raises AccountDoesNotAddUp."""
    states, reasons, unread = _by_state(stage, kind=kind)
    rows = {
        "read": stage.row_count,
        "applied": sum(states.get(s, (0, None))[0] for s in APPLIED),
        "unchanged": states.get("unchanged", (0, None))[0],
        "quarantined": states.get("refused", (0, None))[0],
    }
    if rows["read"] != rows["applied"] + rows["unchanged"] + rows["quarantined"]:
        raise AccountDoesNotAddUp(
            _("%(read)s rows were read, but %(told)s are accounted for.")
            % {
                "read": rows["read"],
                "told": rows["applied"] + rows["unchanged"] + rows["quarantined"],
            }
        )
    money = {
        "applied": _sum(states, *APPLIED),
        "unchanged": _sum(states, "unchanged"),
        "quarantined": _sum(states, "refused"),
    }
    in_ledger = kind.applied_money(stage)
    if in_ledger is not None:
        (posted,) = fetch(in_ledger)[0]
        if posted != (money["applied"] or 0):
            raise AccountDoesNotAddUp(
                _("The file's applied rows hold %(file)s, the ledger got %(ledger)s.")
                % {"file": money["applied"], "ledger": posted}
            )
    told = _common(stage, kind=kind, reasons=reasons, unread=unread)
    return {"rows": rows, "money": _money(money), **told}


STATES = ("new", "changed", "unchanged", "refused")


def _by_state(
    stage: Stage, *, kind: ImportKind
) -> tuple[dict[str, tuple[int, Decimal | None]], dict[str, int], int]:
    """Rows and money by state; refused rows by reason, most frequent first; and how many of them
    have no amount that could be read. In one pass.
    """
    found = fetch(
        sql.SQL(
            "SELECT state, CASE WHEN state = 'refused' THEN coalesce(reason, 'ticket-refused') END,"
            " count(*), sum(amount), count(amount) FROM ({}) v GROUP BY 1, 2 ORDER BY 3 DESC, 2"
        ).format(kind.verdicts(stage))
    )
    states: dict[str, tuple[int, Decimal | None]] = {}
    unread = 0
    for state, _reason, count, amount, with_amount in found:
        unread += count - with_amount if state == "refused" else 0
        rows, money = states.get(state, (0, None))
        both = (money or 0) + (amount or 0)
        states[state] = (rows + count, None if money is amount is None else Decimal(both))
    return states, {row[1]: row[2] for row in found if row[1]}, unread


def _common(
    stage: Stage, *, kind: ImportKind, reasons: dict[str, int], unread: int
) -> dict[str, Any]:
    notes = kind.notes(stage)
    if unread and kind.has_money:
        notes["amounts_not_known"] = unread
    return {
        "reasons": reasons,
        "blank_lines": stage.blank_lines,
        "header_lines": _header_lines(stage),
        "notes": notes,
    }


def _header_lines(stage: Stage) -> int:
    """Rows that repeat the header: they hold nothing, and count as unchanged."""
    return int(
        fetch(
            sql.SQL(
                "SELECT count(*) FROM {} WHERE misfit IS NOT NULL"
                " AND misfit::jsonb ->> 'reason' = 'header-line'"
            ).format(stage.raw)
        )[0][0]
    )


def _sum(states: dict[str, tuple[int, Decimal | None]], *names: str) -> Decimal | None:
    amounts = [states[name][1] for name in names if name in states]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _money(parts: dict[str, Decimal | None]) -> dict[str, str] | None:
    known = {name: amount for name, amount in parts.items() if amount is not None}
    if not known:
        return None
    told = {name: format(parts[name] or Decimal(0), "f") for name in parts}
    return {"read": format(sum(known.values(), Decimal(0)), "f"), **told}
