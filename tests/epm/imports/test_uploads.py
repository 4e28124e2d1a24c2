"""Files handed in by page: seen before they are written, written once, mended where they stand."""

import contextlib
import csv
import io
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction

from epm.access.models import Role
from epm.imports import quarantine, staging
from epm.imports.kinds import kind_named
from epm.imports.models import ImportRun, RunStatus, SavedMapping, Upload
from epm.imports.selectors.runs import alive_key, is_alive, is_interrupted
from epm.imports.services import files, progress, runs, uploads
from epm.organization.models import Store
from tests.concurrency import run_behind
from tests.factories import chain
from tests.factories.chain import NOON

STORES = b"Code magasin;Nom;Surface\nA;Alpha;100,5\nB;Beta;many\n"
BASE = "/admin/imports/importrun/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept_here(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def client(director):
    return chain.signed_in(director)


def hand_in(client, content=STORES, name="magasins.csv", **more):
    file = SimpleUploadedFile(name, content)
    return client.post(f"{BASE}add/", {"kind": "stores", "file": file, **more})


def mapped(client, upload, **more):
    page = client.get(f"{BASE}uploads/{upload.pk}/")
    form = page.context["form"]
    given = {name: form[name].value() or "" for name in form.fields}
    return client.post(f"{BASE}uploads/{upload.pk}/", {**given, **more})


def received(content=STORES, kind="stores", mapping=None):
    return uploads.receive(
        kind_name=kind, chunks=[content], file_name="x.csv", by=None, now=NOON, mapping=mapping
    )


def started(upload, *, dry_run=True, mapping=None):
    return uploads.start(
        upload_id=upload.pk, mapping=mapping or {}, dry_run=dry_run, by=None, door="page", now=NOON
    )


def cells(row, *texts):
    return {f"cell-{row.pk}-{number}": text for number, text in enumerate(texts, 1)}


def work(run):
    uploads.carry_on(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_the_page_says_what_each_kind_does_before_and_after_the_file(client, director):
    page = client.get(f"{BASE}add/")

    assert [labels for labels, _about in page.context["abouts"]] == [
        "Stores, Categories, Products, Suppliers, Suppliers' products, Customers, Store targets",
        "Opening stock",
        "Sales",
        "Visitors, Hours worked",
    ]
    once = "once for each product of a store"
    assert once in page.content.decode()
    upload = received(b"store,sku,quantity\nA,BREAD,5\n", "stock")
    assert once in client.get(f"{BASE}uploads/{upload.pk}/").content.decode()


def test_from_the_file_to_the_account(client, director):
    assert hand_in(client).status_code == 302
    upload = Upload.objects.get()
    page = client.get(f"{BASE}uploads/{upload.pk}/").content.decode()
    assert "Code magasin" in page
    assert "<code>Alpha</code>" in page

    answer = mapped(client, upload, decimal_mark=",", save_as="Our stores")
    preview = ImportRun.objects.get()
    assert answer.headers["Location"] == f"{BASE}{preview.pk}/change/"
    assert preview.mapping == {
        "kind": "stores",
        "format": {"decimal_mark": ","},
        "columns": {"code": "Code magasin", "name": "Nom", "floor_area_m2": "Surface"},
    }
    assert SavedMapping.objects.get().document == preview.mapping
    assert work(preview).status == RunStatus.PREVIEW
    assert preview.account["rows"] == {
        "read": 2, "new": 1, "changed": 0, "unchanged": 0, "refused": 1
    }  # fmt: skip
    assert not Store.objects.exists()
    shown = client.get(f"{BASE}{preview.pk}/change/").content.decode()
    assert "Confirm and import" in shown
    assert "magasins.csv:3" in shown

    client.post(f"{BASE}{preview.pk}/confirm/")
    client.post(f"{BASE}{preview.pk}/confirm/")
    run = ImportRun.objects.get(dry_run=False)
    assert work(run).status == RunStatus.DONE_WITH_ERRORS
    assert run.actor == director
    assert list(Store.objects.values_list("code", "floor_area_m2")) == [("A", Decimal("100.50"))]


def test_a_quarantined_row_is_mended_where_it_stands(client):
    hand_in(client)
    mapped(client, Upload.objects.get(), decimal_mark=",")
    preview = work(ImportRun.objects.get())
    client.post(f"{BASE}{preview.pk}/confirm/")
    run = work(ImportRun.objects.get(dry_run=False))
    row = run.quarantine.get()
    assert 'value="many"' in client.get(f"{BASE}{run.pk}/mend/").content.decode()

    client.post(f"{BASE}{run.pk}/mend/", {**cells(row, "B", "Beta", "20,25"), "only": row.pk})

    again = work(ImportRun.objects.latest("pk"))
    assert (again.door, again.status) == ("reapply", RunStatus.DONE)
    assert Store.objects.get(code="B").floor_area_m2 == Decimal("20.25")
    row.refresh_from_db()
    assert row.resolved_by == again
    assert row.cells == ["B", "Beta", "many"]


def test_a_preview_is_confirmed_not_mended(client):
    run = work(started(received(b"code,floor_area_m2\nA,many\n")))

    client.post(f"{BASE}{run.pk}/mend/", cells(run.quarantine.get(), "A", "1"))

    assert ImportRun.objects.count() == 1
    assert run.quarantine.get().corrected_cells is None


@pytest.mark.parametrize(
    ("role", "whole_chain"),
    [(Role.DIRECTOR, False), (Role.REGIONAL, True), (Role.MANAGER, False), (Role.CASHIER, True),
     (Role.ANALYST, True)],
)  # fmt: skip
def test_only_a_director_of_the_whole_chain_hands_in(role, whole_chain):
    upload = received()
    preview = work(started(upload))
    stranger = chain.signed_in(chain.person(role, whole_chain=whole_chain))

    assert hand_in(stranger).status_code == 403
    assert stranger.get(f"{BASE}uploads/{upload.pk}/").status_code == 403
    for act in ("confirm", "cancel", "resume", "mend"):
        assert stranger.post(f"{BASE}{preview.pk}/{act}/").status_code == 403

    assert Upload.objects.count() == 1
    assert ImportRun.objects.count() == 1
    assert not Store.objects.filter(code="A").exists()


def test_what_is_no_table_is_not_kept(client, settings):
    settings.EPM_UPLOAD_MB = 1
    assert "PDF" in hand_in(client, b"%PDF-1.7 x").content.decode()
    assert "1 MB" in hand_in(client, b"code\n" + b"x" * (1 << 20)).content.decode()

    assert not Upload.objects.exists()
    assert list(files.folder().iterdir()) == []


def test_two_confirmations_at_once_are_one_import():
    preview = work(started(received(b"code\nA\n")))

    def confirm():
        return uploads.confirm(run_id=preview.pk, by=None, door="page", now=NOON)

    second = run_behind(confirm, confirm)

    assert second.result() == ImportRun.objects.get(dry_run=False)


def test_the_database_itself_takes_a_file_once():
    upload = received()
    started(upload, dry_run=False)
    with pytest.raises(Exception, match="import_run_applies_a_file_once"), transaction.atomic():
        ImportRun.objects.create(kind="stores", started_at=NOON, upload=upload, dry_run=False)

    assert ImportRun.objects.count() == 1


def test_while_another_of_its_kind_is_at_work_an_import_waits():
    run = started(received(b"code\nA\n"), dry_run=False)
    with contextlib.closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('import stores', 0))")
        assert work(run).status == RunStatus.WAITING
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended('import stores', 0))")

    assert work(run).status == RunStatus.DONE


def test_a_run_that_ends_while_it_is_looked_at_is_not_called_interrupted():
    run = started(received(b"code\nA\n"), dry_run=False)
    seen_at_work = ImportRun(pk=run.pk, status=RunStatus.APPLYING)
    assert work(run).status == RunStatus.DONE
    assert not is_interrupted(seen_at_work)


def test_a_killed_worker_leaves_an_import_that_is_resumed(monkeypatch):
    run = started(received(b"code\nA\nB\n"), dry_run=False)
    ImportRun.objects.filter(pk=run.pk).update(status=RunStatus.APPLYING)  # as a killed one does
    run.refresh_from_db()
    assert is_interrupted(run)

    uploads.resume(run_id=run.pk)

    assert work(run).status == RunStatus.DONE
    assert not is_interrupted(run)
    assert run.account["rows"] == {"read": 2, "applied": 2, "unchanged": 0, "quarantined": 0}
    with pytest.raises(uploads.NotResumable):
        uploads.resume(run_id=run.pk)


def test_done_twice_is_done_once():
    run = work(started(received(b"code\nA\n"), dry_run=False))
    account = run.account

    assert work(run).account == account
    assert Store.objects.count() == 1


def test_a_cancelled_import_is_not_done_and_may_be_confirmed_again():
    preview = work(started(received(b"code\nA\n")))
    run = uploads.confirm(run_id=preview.pk, by=None, door="page", now=NOON)
    uploads.cancel(run_id=run.pk)

    assert work(run).status == RunStatus.CANCELLED
    assert not Store.objects.exists()
    again = uploads.confirm(run_id=preview.pk, by=None, door="page", now=NOON)
    assert work(again).status == RunStatus.DONE
    with pytest.raises(uploads.NotCancellable):
        uploads.cancel(run_id=again.pk)


def test_a_preview_cancelled_while_it_reads_writes_no_account(monkeypatch):
    run = started(received(b"code\nA\n"))
    taken_up = runs._taken_up

    def cancelled_meanwhile(waiting, *, fingerprint):
        found = taken_up(waiting, fingerprint=fingerprint)
        uploads.cancel(run_id=waiting.pk)
        return found

    monkeypatch.setattr(runs, "_taken_up", cancelled_meanwhile)

    assert work(run).status == RunStatus.CANCELLED
    assert run.account == {}


@pytest.mark.parametrize("dies_in", ["open_table", "_work"])
def test_what_breaks_off_fails_in_plain_words_and_tells_the_log(monkeypatch, caplog, dies_in):
    run = started(received(b"code\nA\n"), dry_run=False)

    def broken(*_args, **_kwargs):
        raise ProgrammingError('relation "secret" does not exist')

    monkeypatch.setattr(runs, dies_in, broken)
    with pytest.raises(ProgrammingError):
        uploads.carry_on(run_id=run.pk)
    run.refresh_from_db()

    assert run.status == RunStatus.FAILED
    assert run.error.startswith("The import broke off unexpectedly.")
    assert "secret" not in run.error
    assert "secret" in caplog.text
    assert not Store.objects.exists()

    monkeypatch.undo()
    uploads.resume(run_id=run.pk)
    assert work(run).status == RunStatus.DONE


def test_a_mapping_kept_from_before_its_bounds_fails_the_run():
    run = started(received(b"code\nA\n"), dry_run=False)
    ImportRun.objects.filter(pk=run.pk).update(mapping={"file": {"skip_lines": 10**17}})

    assert work(run).status == RunStatus.FAILED
    assert run.error == "file.skip_lines must be a whole number from 0 to 1000."
    assert not Store.objects.exists()


def test_a_file_without_the_mark_its_encoding_needs_fails_the_run():
    run = started(received(b"code\nA\n"), mapping={"file": {"encoding": "utf-16"}})

    assert work(run).status == RunStatus.FAILED
    assert "this is not utf-16" in run.error


def test_a_run_sent_for_twice_keeps_one_worker_busy(monkeypatch):
    run = started(received(b"code\nA\n"))
    monkeypatch.setattr(uploads, "_work_on", lambda *_args, **_kwargs: pytest.fail("busy"))
    with contextlib.closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [alive_key(run.pk)])

        assert work(run).status == RunStatus.WAITING


def test_a_cancelled_preview_lets_go_of_its_worker_in_the_middle_of_a_statement(monkeypatch):
    run = started(received(b"code\nA\n"))
    canceller = []

    def cancelled_meanwhile(_self, _stage):
        def cancel():
            try:
                uploads.cancel(run_id=run.pk)
            finally:
                connection.close()

        canceller.append(threading.Timer(0.2, cancel))
        canceller[0].start()
        staging.fetch("SELECT pg_sleep(60)")
        pytest.fail("the statement went on")

    monkeypatch.setattr(type(kind_named("stores")), "classify", cancelled_meanwhile)

    assert work(run).status == RunStatus.CANCELLED
    canceller[0].join()
    assert (run.account, run.error) == ({}, "")
    assert not is_alive(run)


def test_blank_lines_without_end_are_called_off_too(monkeypatch):
    run = started(received(b"code\nA\n" + b"\n" * (2 << 20)))
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0)
    told, real = [], progress.Told.__call__

    def once(self, phase, done, total):
        told.append(phase)
        if len(told) == 2:  # by another connection: COPY has the first
            with self._connection.cursor() as cursor:
                cursor.execute("UPDATE imports_importrun SET status = 'cancelled'")
        real(self, phase, done, total)

    monkeypatch.setattr(progress.Told, "__call__", once)

    assert work(run).status == RunStatus.CANCELLED
    assert told == ["read", "read"]


def test_a_header_is_not_looked_for_behind_blank_lines_without_end():
    run = started(received(b"\n" * (2 << 20) + b"code\nA\n"))

    assert work(run).status == RunStatus.FAILED
    assert "there is no header line" in run.error


@pytest.mark.parametrize(
    ("name", "shown"),
    [("=1+1", "'=1+1"), ("＝1+1", "'＝1+1"), ("\u00a0=1+1", "'\u00a0=1+1"), ("'=1+1", "''=1+1"),
     ("'Alpha", "'Alpha"), ("-5", "-5")],
)  # fmt: skip
def test_an_export_for_people_runs_nothing_and_comes_back_as_it_was(name, shown):
    run = work(started(received(f"code,name\n,{name}\n".encode()), dry_run=False))
    export = "".join(quarantine.csv_lines(run))
    assert shown in next(csv.reader([export.splitlines()[1]]))

    stage = staging.Stage(run_id=0, header=["_row", "c"], mapping=None)
    staging.execute("CREATE UNLOGGED TABLE import_staging.run_0_raw (c1 text, c2 text)")
    staging.execute("INSERT INTO import_staging.run_0_raw VALUES ('1', %s)", [shown])
    staging._undo_apostrophes(stage)
    ((back,),) = staging.fetch("SELECT c2 FROM import_staging.run_0_raw")
    staging.drop(run_ids=[0])
    assert back == name


def test_headings_run_nothing_either_and_are_known_again(imported):
    columns = {"code": "code", "name": '=HYPERLINK("http://x")', "city": "'=1"}
    text = 'code,"=HYPERLINK(""http://x"")",\'=1\n,Alpha,Lille\n'
    run = imported("stores", text, columns=columns)
    export = list(csv.reader(quarantine.csv_lines(run)))
    assert export[0][5:] == ["code", '\'=HYPERLINK("http://x")', "''=1"]

    export[1][5] = "A"
    corrected = io.StringIO()
    csv.writer(corrected).writerows(export)
    again = imported("stores", corrected.getvalue(), name="corrected.csv", columns=columns)

    assert again.account["rows"]["applied"] == 1
    assert not run.quarantine.filter(resolved_by=None).exists()
    assert list(Store.objects.values_list("code", "name", "city")) == [("A", "Alpha", "Lille")]


def test_progress_is_told(client):
    run = started(received(b"code\nA\n"))
    asked = f"{BASE}{run.pk}/progress.json"
    assert client.get(asked).json() == {
        "state": "waiting", "percent": None, "moving": True,
        "sentence": "Waiting for its turn. Imports of one kind run one after the other.",
    }  # fmt: skip

    work(run)

    assert client.get(asked).json()["moving"] is False
    assert (run.phase, run.done, run.total) == ("check", 0, 1)
    foreign = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
    assert foreign.get(asked).status_code == 404


def test_files_are_deleted_when_their_time_is_over(settings):
    upload = received(b"code\nA\n")
    run = work(started(upload))

    assert uploads.forget_files(now=NOON) == 0
    assert uploads.forget_files(now=NOON + timedelta(days=31)) == 1

    assert list(files.folder().iterdir()) == []
    late = uploads.confirm(run_id=run.pk, by=None, door="page", now=NOON)
    assert work(late).status == RunStatus.FAILED
    assert "no longer kept" in late.error


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.csv", "b.csv"), ("", "file"), (".\x00hid", "hid"),
     ("é" * 61, "é" * 60)],
)  # fmt: skip
def test_names_are_made_harmless(given, kept):
    assert files.plain_name(given=given) == kept


def test_a_file_with_an_unclosed_quote_can_be_read_without_quotes(client):
    hand_in(client, b'code;name\nA;Alpha\nB;12" disc\nC;"Gamma\n')
    upload = Upload.objects.get()

    page = client.get(f"{BASE}uploads/{upload.pk}/")
    assert page.context["form"]["quote"].value() == "none"
    mapped(client, upload, quote='"')
    failed = work(ImportRun.objects.get())
    assert failed.status == RunStatus.FAILED
    shown = client.get(f"{BASE}{failed.pk}/change/").content.decode()
    assert "Change the mapping" in shown
    assert 'button form="import-resume"' not in shown
    with pytest.raises(uploads.NotResumable):
        uploads.resume(run_id=failed.pk)

    mapped(client, upload)
    preview = work(ImportRun.objects.latest("pk"))
    assert preview.mapping["file"] == {"quote": ""}
    assert preview.account["rows"]["new"] == 3


def test_a_mark_that_would_be_taken_out_of_numbers_is_refused_by_the_form(client):
    hand_in(client)
    upload = Upload.objects.get()

    answer = mapped(client, upload, decimal_mark=",", thousands=",")

    assert "1,5 would be 15. They must differ." in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_what_the_first_rows_say_of_numbers_and_dates_is_chosen_already(client):
    given = "Ticket;Magasin;Date;Article;Qté;Montant\nT8;L1;16/11/2026;A1;1;1 002,50 €\n"
    hand_in(client, given.encode(), kind="sales")
    form = client.get(f"{BASE}uploads/{Upload.objects.get().pk}/").context["form"]

    names = ("decimal_mark", "thousands", "strip", "dates", "quote")
    assert [form[name].value() for name in names] == [",", " ", "€", "%d/%m/%Y", '"']


def test_what_they_do_not_say_is_left_and_told(client):
    hand_in(client, b"ticket;store;date;product;quantity\nT8;L1;05/06/2026;A1;1,250\n",
            kind="sales")  # fmt: skip
    page = client.get(f"{BASE}uploads/{Upload.objects.get().pk}/")

    form = page.context["form"]
    assert [form[name].value() for name in ("decimal_mark", "dates")] == [".", ""]
    assert page.content.decode().count("do not say it for certain") == 2
