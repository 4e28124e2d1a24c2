"""Reading a query string: what cannot be understood is noted, never guessed and never an error."""

import enum
import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.platform import moments
from epm.platform.calendars import Period

LONGEST_DAYS: Final = 366 * 10
LONGEST_TEXT: Final = 300
LARGEST: Final = 2**63 - 1
YEARS: Final = range(2000, 2200)
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
AMOUNT: Final = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,3})?")
WHITE: Final = re.compile(r"\s")
UNREADABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Choice = TypeVar("Choice", bound=enum.StrEnum)


class Reading:
    """One query string, its `mistakes`, and the values that were `typed` by mistake."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.mistakes: list[str | Promise] = []
        self.typed: dict[str, str] = {}

    def named(self, name: str) -> bool:
        return bool(self.query.get(name))

    def day(self, name: str, *, default: date) -> date:
        text = self.query.get(name, "")
        if not text:
            return default
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            said = _("“%(text)s” is not a day: write it as 2026-01-31.") % {"text": text}
            self._mistake(name, said)
            return default
        return day

    def moment(self, name: str) -> datetime | None:
        """A day, which means its end in UTC, or a time with its offset."""
        text = self.query.get(name, "")
        try:
            return moments.moment(text) if text else None
        except ValueError:
            said = _("“%(text)s” is not a day: write it as 2026-01-31.") % {"text": text}
            self._mistake(name, said)
            return None

    def period(self, start: str, end: str, *, default: Period | None) -> Period | None:
        """From the one to the other; `default` for an end that is not named, and for a mistake."""
        if default is None and not (self.named(start) and self.named(end)):
            return None
        today = date(2000, 1, 1)  # never used: without default, both are named
        before = len(self.mistakes)
        found = Period(
            self.day(start, default=default.start if default else today),
            self.day(end, default=default.end if default else today),
        )
        if len(self.mistakes) == before and found.start > found.end:
            self._mistake(start, _("The period ends before it begins."))
        elif len(self.mistakes) == before and (found.end - found.start).days >= LONGEST_DAYS:
            self._mistake(start, _("The period is longer than ten years."))
        if len(self.mistakes) == before:
            return found
        self.typed |= {name: self.query.get(name, "") for name in (start, end)}
        return default

    def one_of(self, name: str, choices: type[Choice], *, default: Choice) -> Choice:
        text = self.query.get(name, "")
        if not text:
            return default
        try:
            return choices(text)
        except ValueError:
            self._not_among(name, text, choices)
            return default

    def word(self, name: str, words: Collection[str] | None) -> str | None:
        """One of `words`; any code without them."""
        text = self.code(name)
        if text is None or words is None or text in words:
            return text
        self._not_among(name, text, words)
        return None

    def matching(
        self, name: str, pattern: re.Pattern[str], *, columns: Collection[str] | None
    ) -> str | None:
        """A column, with a minus for descending."""
        text = self.query.get(name, "")
        if not text:
            return None
        if pattern.fullmatch(text) and (columns is None or text.removeprefix("-") in columns):
            return text
        self._mistake(name, _("Rows cannot be sorted by “%(text)s”.") % {"text": text})
        return None

    def number(self, name: str) -> int | None:
        """A positive whole number."""
        text = self.query.get(name, "")
        if not text:
            return None
        if text.isascii() and text.isdigit() and 0 < int(text[:20]) <= LARGEST and len(text) < 20:
            return int(text)
        self._mistake(
            name, _("“%(text)s” is not a number for “%(name)s”.") % {"text": text, "name": name}
        )
        return None

    def amount(self, name: str) -> Decimal | None:
        """An amount of money, written 1234.5 or 1234,5."""
        text = WHITE.sub("", self.query.get(name, ""))
        if not text:
            return None
        if AMOUNT.fullmatch(text):
            return Decimal(text.replace(",", "."))
        self._mistake(name, _("“%(text)s” is not an amount: write it as 12.50.") % {"text": text})
        return None

    def code(self, name: str) -> str | None:
        return (self.codes(name)[-1:] or (None,))[0]

    def codes(self, name: str) -> tuple[str, ...]:
        """The named codes, each once; whether they exist is for the figures to say."""
        found = []
        for text in self.query.getlist(name):
            if len(text) > LONGEST_TEXT or UNREADABLE.search(text):
                self._mistake(name, _("“%(name)s” cannot be read.") % {"name": name})
            elif text:
                found.append(text)
        return tuple(dict.fromkeys(found))

    def _not_among(self, name: str, text: str, choices: Collection[str] | type[enum.Enum]) -> None:
        known = ", ".join(str(choice) for choice in choices)
        self._mistake(
            name,
            _("“%(text)s” is not one of: %(known)s.") % {"text": text, "known": known},
        )

    def _mistake(self, name: str, said: str | Promise) -> None:
        self.mistakes.append(said)
        self.typed[name] = self.query.get(name, "")
