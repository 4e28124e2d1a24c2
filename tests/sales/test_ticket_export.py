"""An export of tickets proves itself, without the system that made it."""

import gzip
import hashlib
import io
import json
import random
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from epm.access.models import Role
from sales.models import Ticket
from sales.selectors.ticket_export import export_of
from tests.factories import chain, tills
from tests.sales.test_ticket_proof import by_force

pytestmark = pytest.mark.django_db
VERIFIER = Path(__file__).resolve().parents[2] / "scripts" / "verify_tickets.py"


@pytest.fixture
def register():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(register):
    return tills.stocked(register, chain.product(sale_price=Decimal("10.00")))


@pytest.fixture
def tickets(register, bread):
    """Six tickets: the fourth came late and is of the day before, the sixth gives one back."""
    sold = [
        tills.sell(register, [(bread, number)], [("cash", f"{number}0.00")]) for number in (1, 2, 3)
    ]
    tills.sell(
        register, [(bread, 1)], [("card", "10.00")], offline=True,
        sold_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    tills.sell(register, [(bread, 1)], [("card", "10.00")])
    tills.sell(register, [tills.back(sold[2].sale_id, 1, 1)], [("cash", "-10.00")])
    by_force("UPDATE sales_tender SET reference = reference")  # and so are they still
    return sold


def exported(register, **days):
    export = export_of(register, start=days.get("start"), end=days.get("end"))
    return b"".join(export.lines(now=timezone.now()))


def verified(path):
    """In an interpreter that sees no installed package and nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(path)],
        capture_output=True, text=True, check=False, timeout=60, cwd="/",
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def file(tmp_path):
    def kept(content, name="tickets.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return kept


@pytest.fixture(scope="module")
def verifier():
    """The verifier in this process, for thousands of damages."""
    names = {"__name__": "verifier"}
    exec(compile(VERIFIER.read_text(), str(VERIFIER), "exec"), names)

    def judged(content):
        try:
            return 0, names["verify"](iter(io.BytesIO(content)))
        except names["Bad"] as bad:
            return 1, str(bad)

    return judged


@pytest.mark.parametrize("name", ["tickets.jsonl", "tickets.jsonl.gz"])
def test_the_verifier_proves_what_the_command_wrote(tickets, tmp_path, name):
    out = io.StringIO()
    asked = ["export_tickets", "--store", "paris", "--register", "T1", str(tmp_path / name)]
    call_command(*asked, stdout=out)

    assert out.getvalue() == f"6 tickets, 1 to 6, in {tmp_path / name}.\n"
    assert verified(tmp_path / name) == (
        0, "Register T1 of store PARIS: 6 tickets, from 1 to 6, chain intact.\n",
    )  # fmt: skip
    before = (tmp_path / name).read_bytes()
    with pytest.raises(CommandError):
        call_command(*asked)
    assert (tmp_path / name).read_bytes() == before


def test_a_line_is_all_that_its_hash_was_made_of(register, tickets):
    header, *lines = [json.loads(line) for line in exported(register).splitlines()]
    assert (header["first"], header["last"], header["count"]) == (1, 6, 6)
    for line, ticket in zip(lines, Ticket.objects.order_by("number"), strict=True):
        parts = [line[name] for name in
                 ("previous_hash", "register", "number", "session", "grand_total")]  # fmt: skip
        text = "|".join(map(str, parts)) + "\n" + line["content"]
        assert hashlib.sha256(text.encode()).digest() == bytes(ticket.hash)
    assert [line["grand_total"] for line in lines] == [
        "10.000", "30.000", "60.000", "70.000", "80.000", "70.000",
    ]  # fmt: skip


def test_days_are_exported_without_a_gap(register, tickets, file):
    today = timezone.now().date()
    yesterday = today - timedelta(days=1)
    late = exported(register, start=yesterday, end=yesterday)
    assert verified(file(late))[1].endswith("1 tickets, from 4 to 4, chain intact.\n")
    assert verified(file(exported(register, start=today)))[1].endswith(
        "6 tickets, from 1 to 6, chain intact.\n"
    )
    none = exported(register, end=today - timedelta(days=2))
    assert verified(file(none)) == (0, "Register T1 of store PARIS: no tickets.\n")


def test_any_changed_byte_is_named(register, tickets, verifier):
    content = exported(register)
    ends = [at for at, byte in enumerate(content) if byte == 10]
    chance = random.Random(20251128)
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= chance.randrange(1, 256)
        status, told = verifier(bytes(damaged))
        line = sum(end < at for end in ends)
        place = f"ticket {line}:" if line else "header:"
        assert (status, told.startswith(place)) == (1, True), (at, told)


def test_a_changed_byte_is_named_by_the_program(register, tickets, file):
    content = exported(register)
    ends = [at for at, byte in enumerate(content) if byte == 10]
    chance = random.Random(5)
    for at in [0, len(content) - 1, *chance.sample(range(len(content)), 10)]:
        damaged = bytearray(content)
        damaged[at] ^= chance.randrange(1, 256)
        line = sum(end < at for end in ends)
        status, told = verified(file(bytes(damaged)))
        assert status == 1
        assert told.startswith(f"BAD ticket {line}: " if line else "BAD header: ")


def test_a_packed_file_that_is_damaged_is_told(register, tickets, file):
    packed = gzip.compress(exported(register), mtime=0)
    chance = random.Random(6)
    for at in [10, len(packed) - 8, *chance.sample(range(10, len(packed) - 8), 10)]:
        damaged = bytearray(packed)
        damaged[at] ^= chance.randrange(1, 256)
        status, told = verified(file(bytes(damaged), "tickets.jsonl.gz"))
        assert (status, told[:4]) == (1, "BAD ")
    assert verified(file(packed[: len(packed) // 2], "half.jsonl.gz"))[0] == 1


def test_lines_taken_out_put_in_or_swapped_are_named(register, tickets, verifier):
    header, *lines = exported(register).splitlines(keepends=True)

    def judged(*kept):
        return verifier(header + b"".join(kept))

    assert judged(*lines)[0] == 0
    assert judged(*lines[:2], *lines[3:]) == (
        1, "ticket 3: it is missing: number 4 is in its place",
    )  # fmt: skip
    assert judged(*lines[:5]) == (1, "ticket 6: it is missing: the header says tickets up to 6")
    assert judged(*lines, lines[5])[1].startswith("ticket 7: it is one too many")
    assert judged(lines[0], lines[2], lines[1])[1].startswith("ticket 2: it is missing")


def forged(line, **changes):
    """A line changed by somebody who can hash."""
    ticket = json.loads(line) | changes
    parts = [ticket[name] for name in
             ("previous_hash", "register", "number", "session", "grand_total")]  # fmt: skip
    text = "|".join(map(str, parts)) + "\n" + ticket["content"]
    ticket["hash"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(ticket, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def test_figures_that_do_not_add_up_are_named_whatever_their_hash(register, tickets, verifier):
    header, *lines = exported(register).splitlines(keepends=True)
    content = json.loads(lines[1])["content"]

    def judged(**changes):
        return verifier(header + lines[0] + forged(lines[1], **changes))[1]

    assert judged(content=content.replace("|20.000\n", "|21.000\n", 1)) != ""
    assert judged(content=content.replace("T|1|cash|20.000", "T|1|cash|21.000")) == (
        "ticket 2: its total is 20.000, its tenders come to 21.000"
    )
    assert judged(content=content.replace("EUR|20.000", "EUR|21.000")).startswith(
        "ticket 2: its total is 21.000, its lines come to 20.000"
    )
    assert judged(grand_total="31.000") == ("ticket 2: its grand total is 31.000, should be 30.000")
    assert judged(grand_total="NaN") == "ticket 2: “NaN” is no amount"
    assert judged(register=0) == "ticket 2: it is of another register (0)"
    assert judged(previous_hash="") == "ticket 2: it does not go on from the ticket before"
    assert judged(content="S") == "ticket 2: its content is not that of a ticket"
    assert verifier(header + lines[0] + forged(lines[1]) + lines[2])[1].startswith(
        "ticket 4: it is missing"
    )


def test_what_the_ledger_lost_is_missing_in_the_export(register, tickets, file):
    by_force("DELETE FROM sales_ticket WHERE number = 2")
    assert verified(file(exported(register))) == (
        1, "BAD ticket 2: it is missing: number 3 is in its place\n",
    )  # fmt: skip


def test_no_file_and_no_words(tmp_path):
    assert verified(tmp_path / "nowhere")[0] == 2
    assert verified(tmp_path)[0] == 2


def asked(client, register, **words):
    return client.get(f"/api/v1/registers/{register.pk}/tickets-export", words)


def test_the_api_streams_the_same_file(register, tickets, file):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    answer = asked(client, register)

    assert (answer.status_code, answer.streaming) == (200, True)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tickets-PARIS-T1.jsonl"'
    assert verified(file(answer.getvalue()))[0] == 0
    wrong = asked(client, register, **{"from": "yesterday"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid-parameter")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.MANAGER, 200), (Role.REGIONAL, 200), (Role.CASHIER, 403), (Role.ANALYST, 403)],
)
def test_the_file_holds_costs_and_customers_and_is_for_who_may_see_them(register, role, status):
    client = chain.signed_in(chain.person(role, stores=[register.store]))
    assert asked(client, register).status_code == status
    assert asked(client, tills.register()).status_code == 404


def test_a_key_without_the_scopes_is_told_which(register):
    client = chain.api_client(scopes=["sales:read", "costs:read"], stores=[register.store])
    answer = asked(client, register)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission-denied")
    assert "customers:read" in answer.json()["detail"]
