"""The back office's pages of transfers."""

from datetime import date
from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.organization.models import Store
from epm.platform.transitions import changes_of
from inventory.models import StockMovement, Transfer, UnitOfMeasure
from inventory.services import transfers
from tests.factories import chain
from tests.factories.stock import ledger_of, level, received
from tests.factories.transfers import broken_laws, drafted, line, readied, shipped, told

D = Decimal
pytestmark = pytest.mark.django_db
LIST = "/admin/inventory/transfer/"
LONG_AGO = date(2024, 12, 31)


@pytest.fixture
def lyon():
    return chain.store(code="LYON", name="Lyon")


@pytest.fixture
def nice():
    return chain.store(code="NICE", name="Nice")


@pytest.fixture
def cup(lyon):
    product = chain.product(sku="CUP", name="Cup")
    received(lyon, product, 10, "3.77")
    return product


@pytest.fixture
def sender(lyon):
    return chain.signed_in(chain.person(stores=[lyon], first_name="Sarah"))


@pytest.fixture
def receiver(nice):
    return chain.signed_in(chain.person(stores=[nice]))


def page(transfer, step=None):
    return f"{LIST}{transfer.pk}/step/{step}/" if step else f"{LIST}{transfer.pk}/change/"


def text(answer):
    return answer.content.decode()


def asked(browser, transfer, step):
    """The hidden fields of a step's form, as a browser would send them."""
    form = browser.get(page(transfer, step)).context_data["asked"].form
    return {"key": form.initial["key"], "version": form.initial["version"]}


def take(browser, transfer, step, **said):
    return browser.post(page(transfer, step), {**asked(browser, transfer, step), **said})


def row(transfer, **said):
    return {f"line-{line(transfer).pk}-{name}": value for name, value in said.items()}


def refused(answer):
    return " ".join(answer.context_data["asked"].form.non_field_errors())


class TestADraft:
    def form(self, lyon, *lines, to="nice", **changed):
        rows = {
            f"lines-{number}-{name}": value
            for number, one in enumerate(lines)
            for name, value in one.items()
        }
        return {
            "source": lyon.pk, "to": to, "note": "Friday",
            "lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **rows, **changed,
        }  # fmt: skip

    def test_is_made_with_its_lines_for_a_store_named_by_code(self, sender, lyon, nice, cup):
        answer = sender.post(f"{LIST}add/", self.form(lyon, {"product": cup.pk, "quantity": "2.5"}))

        made = Transfer.objects.get()
        assert answer.headers["Location"] == page(made)
        assert (made.source, made.destination, made.note) == (lyon, nice, "Friday")
        assert (made.state, line(made).quantity) == ("draft", D("2.5"))

    @pytest.mark.parametrize(
        ("to", "why"),
        [("nowhere", "No store has this code."), ("LYON", "from one store to another one")],
    )
    def test_for_no_other_store_is_refused_in_the_form(self, sender, lyon, cup, to, why):
        answer = sender.post(f"{LIST}add/", self.form(lyon, to=to))

        assert why in text(answer)
        assert not Transfer.objects.exists()

    def test_for_a_closed_store_is_refused_in_the_form(self, sender, lyon, nice, cup):
        Store.objects.filter(pk=nice.pk).update(closed_on=LONG_AGO)

        answer = sender.post(f"{LIST}add/", self.form(lyon))

        assert "The store has closed" in text(answer)
        assert not Transfer.objects.exists()

    def test_is_never_made_from_a_store_of_others(self, receiver, lyon, nice, cup):
        receiver.post(f"{LIST}add/", self.form(lyon))

        assert not Transfer.objects.exists()

    def test_is_edited_and_counts_a_version(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))
        kept = line(draft)

        sender.post(
            page(draft),
            self.form(
                lyon,
                {"id": kept.pk, "transfer": draft.pk, "product": cup.pk, "quantity": "3"},
                **{"lines-INITIAL_FORMS": 1, "note": "Monday"},
            ),
        )

        draft.refresh_from_db()
        assert (draft.note, draft.version, line(draft).quantity) == ("Monday", 1, 3)

    def test_of_two_tabs_takes_the_first_and_tells_the_second(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))
        hidden = 'name="seen_version" value="0"'
        assert hidden in text(sender.get(page(draft)))

        sender.post(page(draft), self.form(lyon, note="first", seen_version=0))
        late = sender.post(page(draft), self.form(lyon, note="second", seen_version=0))

        assert "It has changed since you opened this page." in text(late)
        assert 'value="second"' in text(late)
        assert hidden in text(late)
        draft.refresh_from_db()
        assert (draft.note, draft.version) == ("first", 1)

    def test_once_ready_is_only_read(self, sender, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 2))

        answer = sender.post(page(ready), self.form(lyon, note="Monday"), follow=True)

        assert "Nothing was saved: meanwhile its state is “Ready to ship”." in text(answer)
        assert 'name="note"' not in text(sender.get(page(ready)))
        assert sender.post(f"{LIST}{ready.pk}/delete/", {"post": "yes"}).status_code == 403
        ready.refresh_from_db()
        assert (ready.note, line(ready).quantity) == ("", 2)

    def test_is_deleted_by_its_source(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))

        sender.post(f"{LIST}{draft.pk}/delete/", {"post": "yes"})

        assert not Transfer.objects.exists()


class TestTheButtons:
    def labels(self, browser, transfer):
        return [
            step.label
            for step, _to in browser.get(page(transfer)).context_data["document"]["steps"]
        ]

    def test_are_the_steps_of_the_state_that_are_ones_own(self, sender, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))

        assert self.labels(sender, sent) == ["Cancel"]
        assert self.labels(receiver, sent) == ["Receive"]

    def test_are_not_there_for_who_only_reads(self, lyon, nice, cup):
        analyst = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))
        sent = shipped(lyon, nice, (cup, 2))

        assert self.labels(analyst, sent) == []
        assert analyst.get(page(sent, "receive")).status_code == 403

    def test_lead_nowhere_for_a_store_that_is_not_part_of_it(self, lyon, nice, cup):
        other = chain.signed_in(chain.person(stores=[chain.store()]))
        sent = shipped(lyon, nice, (cup, 2))

        for step in ("receive", "nonsense"):
            assert other.get(page(sent, step)).status_code == 404
            assert other.post(page(sent, step), {}).status_code == 404
        assert line(sent).in_transit == 2

    def test_of_the_other_store_are_forbidden(self, sender, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))

        assert sender.post(page(sent, "receive"), {}).status_code == 403
        assert line(sent).in_transit == 2

    def test_for_what_is_not_possible_any_more_lead_back(self, sender, lyon, nice, cup):
        answer = sender.get(page(shipped(lyon, nice, (cup, 2)), "ship"), follow=True)

        assert "not possible now: the state is “In transit”" in text(answer)


class TestAStep:
    def test_is_put_down_to_the_user_and_told_on_the_page(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))

        take(sender, draft, "ready")

        told_there = text(sender.get(page(draft)))
        assert changes_of(draft).get().actor in told_there
        assert "Draft → Ready to ship" in told_there
        assert level(lyon, cup).reserved == 2

    def test_names_nobody_to_who_sees_no_people(self, lyon, nice, cup, sender):
        draft = drafted(lyon, nice, (cup, 2))
        take(sender, draft, "ready")
        analyst = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))

        assert changes_of(draft).get().actor not in text(analyst.get(page(draft)))

    def test_that_is_refused_says_why_in_the_form(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 11))

        answer = take(sender, draft, "ready")

        assert refused(answer) == "CUP: asked for 11, available are 10."
        assert level(lyon, cup).reserved == 0

    def test_sent_twice_is_taken_once(self, sender, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 2))
        said = {**asked(sender, ready, "ship"), **row(ready, quantity="2")}

        answers = [sender.post(page(ready, "ship"), said, follow=True) for _twice in range(2)]

        assert "The goods are on their way." in text(answers[0])
        assert "it was not done twice" in text(answers[1])
        assert level(lyon, cup).on_hand == 8
        assert changes_of(ready).filter(event="ship").count() == 1

    def test_by_an_old_page_is_refused(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))
        said = asked(sender, draft, "ready")
        transfers.edit(transfer_id=draft.pk, lines=[], note="other", expected_on=None)

        answer = sender.post(page(draft, "ready"), said)

        assert "changed since you opened this page" in refused(answer)
        draft.refresh_from_db()
        assert draft.state == "draft"

    def test_that_needs_a_reason_asks_for_it(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))

        answer = take(sender, draft, "cancel")

        assert answer.context_data["asked"].form.errors.keys() == {"reason"}
        take(sender, draft, "cancel", reason="ordered twice")
        draft.refresh_from_db()
        assert (draft.state, changes_of(draft).get().reason) == ("cancelled", "ordered twice")


class TestADelivery:
    def test_with_breakage_and_the_rest_still_to_come(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 6))
        assert 'value="6"' in text(receiver.get(page(sent, "receive")))

        take(receiver, sent, "receive", note="wet box", **row(
            sent, accepted="3", rejected="1", reason="damaged", disposition="write_off"
        ))  # fmt: skip

        sent.refresh_from_db()
        assert (sent.state, told(line(sent))) == ("partially_received", (6, 3, 1, 0, 0, 2))
        assert level(nice, cup).on_hand == 3
        assert ledger_of(lyon, cup)[-1][0] == "damage"
        shown = text(receiver.get(page(sent)))
        assert "wet box" in shown
        assert "Damaged · Write off" in shown
        assert broken_laws() == []

    def test_of_more_than_was_sent_must_be_said(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))
        said = row(sent, accepted="3", reason="damaged", disposition="write_off")

        answer = take(receiver, sent, "receive", **said)
        assert "1.000 more would arrive" in refused(answer)
        take(receiver, sent, "receive", more_than_sent="on", **said)

        sent.refresh_from_db()
        assert sent.state == "over_received"

    def test_in_the_french_way_of_writing_numbers(self, receiver, lyon, nice, cup):
        cup.unit = UnitOfMeasure.KILOGRAM
        cup.save()
        sent = shipped(lyon, nice, (cup, 2))
        said = {**asked(receiver, sent, "receive"),
                **row(sent, accepted="1,5", reason="damaged", disposition="return")}  # fmt: skip

        receiver.post(page(sent, "receive"), said, headers={"accept-language": "fr"})

        assert line(sent).accepted == D("1.5")

    def test_of_nonsense_moves_nothing(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))
        before = StockMovement.objects.count()

        answer = take(receiver, sent, "receive", **row(sent, accepted="-1", reason="x"))

        assert answer.context_data["asked"].rows[0].errors.keys() >= {"accepted", "reason"}
        assert StockMovement.objects.count() == before

    def test_that_is_missing_is_closed_short_by_the_receiver(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))
        take(receiver, sent, "receive", **row(
            sent, accepted="1", reason="damaged", disposition="write_off"
        ))  # fmt: skip

        take(receiver, sent, "close_short", reason="never came", remainder="write_off")

        sent.refresh_from_db()
        assert (sent.state, line(sent).lost) == ("closed_short", 1)


class TestTheList:
    def test_says_who_has_to_do_what(self, receiver, sender, lyon, nice, cup):
        sent, draft = shipped(lyon, nice, (cup, 2)), drafted(lyon, nice, (cup, 2))

        listed = text(receiver.get(LIST))
        assert "NICE: receive" in listed
        assert "LYON: make ready" in listed
        waiting = receiver.get(f"{LIST}?waiting=us").context_data["cl"].queryset
        assert list(waiting) == [sent]
        assert list(sender.get(f"{LIST}?waiting=us").context_data["cl"].queryset) == [draft]

    def test_is_of_ones_own_stores(self, lyon, nice, cup):
        other = chain.signed_in(chain.person(stores=[chain.store()]))
        sent = shipped(lyon, nice, (cup, 2))

        assert "LYON" not in text(other.get(LIST))
        assert other.get(page(sent)).status_code == 404

    def test_asks_as_often_for_many_as_for_one(
        self, sender, lyon, nice, cup, django_assert_num_queries, django_assert_max_num_queries
    ):
        shipped(lyon, nice, (cup, 1))
        sender.get(LIST)
        with django_assert_max_num_queries(40) as one:
            sender.get(LIST)
        for _more in range(4):
            drafted(lyon, nice, (cup, 1))
        with django_assert_num_queries(len(one)):
            sender.get(LIST)

    def test_and_page_tell_costs_to_who_may_see_them(self, lyon, nice, cup, sender):
        sent = shipped(lyon, nice, (cup, 2))

        assert "7.54" in text(sender.get(page(sent)))
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[lyon]))
        assert cashier.get(LIST).status_code == 403
