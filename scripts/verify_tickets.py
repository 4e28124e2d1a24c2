#!/usr/bin/env python3
"""Prove an export of tickets (manage.py export_tickets) without the system that made it.

    python3 verify_tickets.py FILE        FILE.jsonl or FILE.jsonl.gz

Needs Python 3.9 or later and nothing else; only reads the file. Exit status 0: every ticket is what
it was when it was numbered. 1: not so, and the first bad ticket is named. 2: no such file.

The first line says what the file is. Every other line is a ticket: its content is a line S for the
sale, L for each line and T for each tender (their fields: docs/fiscal.md), and its hash
SHA-256 of "previous_hash|register|number|session|grand_total", a line feed, and the content.
"""

import gzip
import hashlib
import json
import re
import sys
import zlib
from decimal import Decimal

# Made once: they are asked a million times.
WRITTEN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+").fullmatch


class Bad(Exception):
    """What is wrong."""


def spelled(value):
    """The one way such a line is written, to the byte."""
    return WRITTEN(value).encode() + b"\n"


def read(line):
    try:
        value = json.loads(line.decode("utf-8"))
        exact = isinstance(value, dict) and spelled(value) == line
    except (ValueError, RecursionError):
        exact = False
    if not exact:
        raise Bad("the line was changed, it is not as an export writes it")
    return value


def check_header(line):
    header = read(line)
    digest = header.pop("sha256", None)
    if hashlib.sha256(spelled(header)).hexdigest() != digest:
        raise Bad("its hash is not that of what it says")
    if (header.get("format"), header.get("version")) != ("epm-tickets", 1):
        raise Bad("this verifier knows the format epm-tickets, version 1")
    return header


def money(text):
    if not AMOUNT(text):
        raise Bad(f"“{text}” is no amount")
    return Decimal(text)


def total_of(content):
    """The total of the sale, which its lines and its tenders must come to."""
    sale, *others = [line.split("|") for line in content.split("\n")]
    if sale[0] != "S" or len(sale) != 13 or any(line[0] not in ("L", "T") for line in others):
        raise Bad("its content is not that of a ticket")
    try:
        total, excluding, tax = [money(text) for text in sale[7:10]]
        lines = [[money(text) for text in line[11:14]] for line in others if line[0] == "L"]
        tenders = sum(money(line[3]) for line in others if line[0] == "T")
        sums = [sum(line[place] for line in lines) for place in range(3)]
    except IndexError:
        raise Bad("its content is not that of a ticket") from None
    if sums != [total, excluding, tax]:
        raise Bad(f"its total is {total}, its lines come to {sums[0]} (or the tax differs)")
    if tenders != total:
        raise Bad(f"its total is {total}, its tenders come to {tenders}")
    return total


def check_ticket(line, *, number, before, register):
    """`before`: hash and grand total of the ticket before; None where the file begins later on."""
    ticket = read(line)
    try:
        names = ("previous_hash", "register", "number", "session", "grand_total")
        head = previous, owner, found, _session, grand_total = [ticket[name] for name in names]
        content = ticket["content"]
        text = "|".join(str(part) for part in head) + "\n" + content
    except (KeyError, TypeError):
        raise Bad("the line is not that of a ticket") from None
    if found != number:
        raise Bad(f"it is missing: number {found} is in its place")
    if owner != register:
        raise Bad(f"it is of another register ({owner})")
    if before is not None and previous != before[0]:
        raise Bad("it does not go on from the ticket before")
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != ticket.get("hash"):
        raise Bad("its figures are not those that were hashed")
    total = total_of(content)
    if before is not None and money(grand_total) != before[1] + total:
        raise Bad(f"its grand total is {grand_total}, should be {before[1] + total}")
    return digest, money(grand_total)


def verify(lines):
    """What to say of a sound file; raise Bad with the place of the first thing that is not."""
    place = "header"
    try:
        header = check_header(next(lines, b""))
        first, last, register = header["first"], header["last"], header["register"]["id"]
        before = ("", Decimal(0)) if first <= 1 else None
        number = max(first, 1)
        for line in lines:
            place = f"ticket {number}"
            if number > last:
                raise Bad(f"it is one too many: the header says tickets up to {last}")
            before = check_ticket(line, number=number, before=before, register=register)
            number += 1
        place = f"ticket {number}"
        if number <= last:
            raise Bad(f"it is missing: the header says tickets up to {last}")
    except (OSError, EOFError, zlib.error) as error:
        raise Bad(f"{place} or the next: the file is damaged ({error})") from error
    except (KeyError, TypeError):
        raise Bad("header: it is not that of an export") from None
    except Bad as bad:
        raise Bad(f"{place}: {bad}") from None
    said = f"Register {header['register']['code']} of store {header['store']}: "
    tickets = f"{header['count']} tickets, from {first} to {last}, chain intact."
    return said + (tickets if header["count"] else "no tickets.")


def main(words):
    if len(words) != 1:
        print(__doc__)
        return 2
    try:
        with open(words[0], "rb") as file:
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            print(verify(iter(gzip.open(file) if packed else file)))
    except OSError as error:
        print(f"{words[0]}: {error.strerror}")
        return 2
    except Bad as bad:
        print(f"BAD {bad}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
