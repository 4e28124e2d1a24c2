"""Goods on their way from store to store belong to somebody at every moment."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from epm.platform.transitions import InvalidTransition, ReasonMissing, changes_of
from epm.platform.versions import VersionChanged
from inventory.models import (
    Disposition,
    RejectReason,
    Remainder,
    Reservation,
    StockMovement,
    Transfer,
    TransferLine,
    TransferReceipt,
)
from inventory.selectors import transfers as selectors
from inventory.services import transfer_endings, transfers, transit
from inventory.services.stock_refusals import (
    InsufficientStock,
    PostingReused,
    StoresCannotExchange,
)
from inventory.services.transfer_receipts import Arrived, MoreThanSent
from inventory.services.transfers import MoreThanPlanned, NotOnTransfer, Planned, TransferEmpty
from inventory.states import TRANSFER
from tests.concurrency import run_behind
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.stock import ledger_of, level, received
from tests.factories.transfers import (
    broken_laws,
    drafted,
    line,
    readied,
    shipped,
    told,
    worth_of_the_chain,
)
from tests.factories.transfers import received as arrives
from tests.inventory import machines

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def lyon():
    return chain.store(code="LYON")


@pytest.fixture
def nice():
    return chain.store(code="NICE")


@pytest.fixture
def cup(lyon):
    """Ten in Lyon, at 3 each."""
    product = chain.product(sku="CUP")
    received(lyon, product, 10, 3)
    return product


def rejected(product, accepted, refused, reason=RejectReason.DAMAGED, to=Disposition.WRITE_OFF):
    return Arrived(product.pk, D(accepted), D(refused), reason, to)


def cancel(transfer, reason="ordered twice", **how):
    return transfer_endings.cancel(
        transfer_id=transfer.pk, reason=reason, key=uuid4(), at=NOON, **how
    )


class TestTheMachine:
    @pytest.mark.parametrize(("state", "event"), machines.pairs(TRANSFER))
    def test_every_pair_of_state_and_event(self, lyon, nice, state, event):
        document = machines.walked(TRANSFER, drafted(lyon, nice), to=state)

        machines.check_pair(TRANSFER, document, event)

    def test_the_trigger_knows_the_same_steps(self):
        machines.check_trigger(TRANSFER, Transfer)

    def test_there_is_no_other_way_to_a_state_and_none_back_from_an_end(self, lyon, nice):
        machines.check_no_other_way(
            TRANSFER,
            {
                state: machines.walked(TRANSFER, drafted(lyon, nice), to=state)
                for state in TRANSFER.states
            },
        )
        machines.check_beginning(
            TRANSFER,
            lambda state: Transfer.objects.create(source=lyon, destination=nice, state=state),
        )

    @pytest.mark.parametrize("state", TRANSFER.states)
    def test_a_service_refuses_what_is_not_possible_and_moves_nothing(self, lyon, nice, cup, state):
        document = machines.walked(TRANSFER, drafted(lyon, nice, (cup, 2)), to=state)
        which, act = {"transfer_id": document.pk}, {"key": uuid4(), "at": NOON}
        services = {
            "ready": lambda: transfers.ready(**which),
            "redraft": lambda: transfers.redraft(**which),
            "ship": lambda: transfers.ship(**which, **act),
            "receive": lambda: arrives(document, (cup, 1)),
            "close_short": lambda: transfer_endings.close_short(**which, **act, reason="gone"),
            "cancel": lambda: transfer_endings.cancel(**which, **act, reason="gone"),
        }
        for event in services.keys() - set(TRANSFER.events(state)):
            machines.check_refused(
                document, services[event], watching=(StockMovement, TransferReceipt, Reservation)
            )


class TestADraft:
    def test_moves_nothing_and_adds_up_the_lines_of_a_product(self, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2), (cup, 1))

        assert (draft.state, line(draft).quantity) == ("draft", 3)
        assert level(lyon, cup).reserved == 0

    def test_made_by_the_same_act_again_is_the_same(self, lyon, nice, cup):
        same = {"key": uuid4(), "source_id": lyon.pk, "destination_id": nice.pk,
                "lines": [Planned(cup.pk, D(2))]}  # fmt: skip

        assert transfers.create(**same) == transfers.create(**same)
        assert TransferLine.objects.count() == 1

    def test_goes_from_one_store_to_another(self, lyon):
        with pytest.raises(StoresCannotExchange), transaction.atomic():
            drafted(lyon, lyon)
        assert not Transfer.objects.exists()

    def test_stays_within_one_currency(self, lyon):
        with pytest.raises(StoresCannotExchange), transaction.atomic():
            drafted(lyon, chain.store(currency="CHF"))
        assert not Transfer.objects.exists()

    def test_is_edited_as_a_whole(self, lyon, nice, cup):
        plate, draft = chain.product(), drafted(lyon, nice, (cup, 2))

        transfers.edit(transfer_id=draft.pk, lines=[Planned(plate.pk, D(4))], note="Friday",
                       expected_on=NOON.date(), seen=0)  # fmt: skip

        draft.refresh_from_db()
        assert (draft.note, draft.version) == ("Friday", 1)
        assert list(draft.lines.values_list("product", "quantity")) == [(plate.pk, D(4))]

    def test_an_edit_of_another_version_is_refused(self, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))

        with pytest.raises(VersionChanged), transaction.atomic():
            transfers.edit(transfer_id=draft.pk, lines=[], note="", expected_on=None, seen=7)
        assert line(draft).quantity == 2

    def test_once_ready_is_not_edited_nor_its_rows_nor_deleted(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 2))

        with pytest.raises(InvalidTransition), transaction.atomic():
            transfers.edit(transfer_id=ready.pk, lines=[], note="", expected_on=None)
        for write in (
            lambda: ready.lines.update(quantity=3),
            lambda: ready.lines.all().delete(),
            lambda: TransferLine.objects.create(
                transfer=ready, product=chain.product(), quantity=1
            ),
            lambda: Transfer.objects.filter(pk=ready.pk).update(destination=chain.store()),
            ready.delete,
        ):
            with pytest.raises((IntegrityError, ProtectedError)), transaction.atomic():
                write()
        assert line(ready).quantity == 2


class TestReady:
    def test_keeps_the_goods_back_at_the_source(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))

        held = level(lyon, cup)
        assert (held.on_hand, held.reserved) == (10, 4)
        reservation = Reservation.objects.get()
        assert (reservation.state, reservation.document_kind) == ("committed", "transfer")
        assert reservation.document_ref == str(ready.pk)
        assert broken_laws() == []

    def test_is_refused_beyond_what_is_there_and_keeps_nothing_back(self, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 11))

        with pytest.raises(InsufficientStock), transaction.atomic():
            transfers.ready(transfer_id=draft.pk)
        draft.refresh_from_db()
        assert (draft.state, level(lyon, cup).reserved) == ("draft", 0)

    def test_needs_goods(self, lyon, nice):
        with pytest.raises(TransferEmpty), transaction.atomic():
            transfers.ready(transfer_id=drafted(lyon, nice).pk)

    def test_back_to_a_draft_lets_go_and_may_be_ready_again(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))

        transfers.redraft(transfer_id=ready.pk)
        assert level(lyon, cup).reserved == 0
        transfers.ready(transfer_id=ready.pk)

        assert level(lyon, cup).reserved == 4
        assert broken_laws() == []


class TestShipping:
    def test_takes_the_goods_out_of_the_source_into_the_transfer(self, lyon, nice, cup):
        before = worth_of_the_chain()
        sent = shipped(lyon, nice, (cup, 4))

        assert ledger_of(lyon, cup)[-1] == ("transfer_out", D(-4), D(6))
        assert level(lyon, cup).reserved == 0
        assert told(line(sent)) == (4, 0, 0, 0, 0, 4)
        assert (line(sent).value, line(sent).unit_cost) == (D(12), D(3))
        assert worth_of_the_chain() == before
        assert selectors.in_transit(store_ids=[nice.pk]) == [
            selectors.Incoming(nice.pk, cup.pk, D(4), D(4), D(12))
        ]
        assert broken_laws() == []

    def test_less_than_planned_gives_the_rest_back(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))

        transfers.ship(transfer_id=ready.pk, key=uuid4(), at=NOON, quantities={cup.pk: D(1)})

        left = level(lyon, cup)
        assert (left.on_hand, left.reserved, line(ready).shipped) == (9, 0, 1)
        assert broken_laws() == []

    @pytest.mark.parametrize(
        ("quantity", "refusal"), [(D(5), MoreThanPlanned), (D(0), TransferEmpty)]
    )
    def test_of_more_than_planned_or_of_nothing_is_refused(
        self, lyon, nice, cup, quantity, refusal
    ):
        ready = readied(lyon, nice, (cup, 4))

        with pytest.raises(refusal), transaction.atomic():
            transfers.ship(
                transfer_id=ready.pk, key=uuid4(), at=NOON, quantities={cup.pk: quantity}
            )
        assert (level(lyon, cup).on_hand, level(lyon, cup).reserved) == (10, 4)

    def test_of_what_is_not_on_it_is_refused(self, lyon, nice, cup):
        ready, plate = readied(lyon, nice, (cup, 4)), chain.product()

        with pytest.raises(NotOnTransfer), transaction.atomic():
            transfers.ship(transfer_id=ready.pk, key=uuid4(), at=NOON, quantities={plate.pk: D(1)})

    def test_again_with_its_key_changes_nothing(self, lyon, nice, cup):
        ready, key = readied(lyon, nice, (cup, 4)), uuid4()

        for _again in range(2):
            transfers.ship(transfer_id=ready.pk, key=key, at=NOON)

        assert level(lyon, cup).on_hand == 6
        assert changes_of(ready).filter(event="ship").count() == 1

    def test_with_the_key_of_another_is_refused(self, lyon, nice, cup):
        key, other = uuid4(), readied(lyon, nice, (cup, 2))
        transfers.ship(transfer_id=other.pk, key=key, at=NOON)
        ready = readied(lyon, nice, (cup, 2))

        with pytest.raises(PostingReused), transaction.atomic():
            transfers.ship(transfer_id=ready.pk, key=key, at=NOON)


class TestReceiving:
    def test_everything_brings_the_goods_in_at_what_they_left_for(self, lyon, nice, cup):
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (cup, 4))

        arrives(sent, (cup, 4))

        sent.refresh_from_db()
        here = level(nice, cup)
        assert (sent.state, here.on_hand, here.average_cost, here.value) == ("received", 4, 3, 12)
        assert told(line(sent)) == (4, 4, 0, 0, 0, 0)
        assert worth_of_the_chain() == before
        assert broken_laws() == []

    def test_in_parts_is_a_delivery_each(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        arrives(sent, (cup, 1))
        sent.refresh_from_db()
        assert (sent.state, level(nice, cup).on_hand) == ("partially_received", 1)
        arrives(sent, (cup, 3))

        sent.refresh_from_db()
        assert (sent.state, sent.receipts.count()) == ("received", 2)

    def test_breakage_never_reaches_the_shelf_and_is_the_loss_of_the_source(self, lyon, nice, cup):
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (cup, 4))

        arrives(sent, rejected(cup, 3, 1))

        sent.refresh_from_db()
        assert sent.state == "received"
        assert level(nice, cup).on_hand == 3
        assert ledger_of(lyon, cup)[-2:] == [("transfer_in", 1, 7), ("damage", -1, 6)]
        assert told(line(sent)) == (4, 3, 1, 0, 0, 0)
        assert worth_of_the_chain() == before
        assert broken_laws() == []

    @pytest.mark.parametrize(
        ("reason", "kind"),
        [("damaged", "damage"), ("expired", "expiry"), ("wrong", "loss"), ("other", "loss")],
    )
    def test_a_write_off_is_booked_by_its_reason(self, lyon, nice, cup, reason, kind):
        sent = shipped(lyon, nice, (cup, 4))

        arrives(sent, rejected(cup, 0, 4, RejectReason(reason)))

        assert ledger_of(lyon, cup)[-1][0] == kind

    def test_kept_in_quarantine_is_on_hand_but_not_for_sale(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        arrives(sent, rejected(cup, 3, 1, RejectReason.EXPIRED, Disposition.QUARANTINE))

        here = level(nice, cup)
        assert (here.on_hand, here.unavailable) == (4, 1)
        assert here.unavailable_by_reason.get().reason == "quarantine"
        assert broken_laws() == []

    def test_sent_back_waits_at_the_source_out_of_sale(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        arrives(sent, rejected(cup, 3, 1, to=Disposition.RETURN))

        back = level(lyon, cup)
        assert (back.on_hand, back.unavailable, level(nice, cup).on_hand) == (7, 1, 3)
        assert back.unavailable_by_reason.get().reason == "damaged"
        assert broken_laws() == []

    def test_more_than_was_sent_is_refused_unless_it_is_said(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        with pytest.raises(MoreThanSent), transaction.atomic():
            arrives(sent, (cup, 6))

        assert told(line(sent)) == (4, 0, 0, 0, 0, 4)
        assert not TransferReceipt.objects.exists()

    def test_more_than_was_sent_has_left_the_source_too(self, lyon, nice, cup):
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (cup, 4))

        receipt = arrives(sent, (cup, 6), more_than_sent=True)

        sent.refresh_from_db()
        assert (sent.state, line(sent).over, receipt.lines.get().over) == ("over_received", 2, 2)
        assert told(line(sent)) == (6, 6, 0, 0, 0, 0)
        assert (level(lyon, cup).on_hand, level(nice, cup).on_hand) == (4, 6)
        assert worth_of_the_chain() == before
        assert broken_laws() == []

    def test_again_with_its_key_changes_nothing(self, lyon, nice, cup):
        sent, key = shipped(lyon, nice, (cup, 4)), uuid4()

        assert arrives(sent, (cup, 1), key=key) == arrives(sent, (cup, 1), key=key)

        assert level(nice, cup).on_hand == 1

    def test_of_nothing_is_refused(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        with pytest.raises(TransferEmpty), transaction.atomic():
            arrives(sent, (cup, 0))

    def test_a_delivery_is_never_edited(self, lyon, nice, cup):
        receipt = arrives(shipped(lyon, nice, (cup, 4)), (cup, 1))

        for write in (
            lambda: receipt.lines.update(accepted=2),
            lambda: TransferReceipt.objects.update(note="other"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                write()


class TestWorth:
    def test_is_not_lost_by_rounding(self, lyon, nice):
        tea = chain.product()
        received(lyon, tea, 2, "3.333333")
        received(lyon, tea, 1, "3.333335")
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (tea, 3))
        assert line(sent).value == D("10.000001")

        arrives(sent, (tea, 1))
        arrives(sent, (tea, 2))

        assert worth_of_the_chain() == before
        assert (line(sent).value, line(sent).costed) == (0, 0)
        assert level(nice, tea).value == D("10.000001")
        assert broken_laws() == []

    def test_that_is_unknown_stays_unknown(self, lyon, nice):
        tea = chain.product()
        received(lyon, tea, 4)
        sent = shipped(lyon, nice, (tea, 4))

        arrives(sent, (tea, 4))

        here = level(nice, tea)
        assert (here.on_hand, here.costed, here.value, here.average_cost) == (4, 0, 0, None)
        assert broken_laws() == []

    def test_that_is_known_of_a_part_crosses_so(self, lyon, nice):
        tea = chain.product()
        received(lyon, tea, 4)
        received(lyon, tea, 4, 5)
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (tea, 6))
        assert (line(sent).costed, line(sent).value) == (3, 15)

        arrives(sent, (tea, 2))
        assert (level(nice, tea).costed, level(nice, tea).value) == (1, 5)
        arrives(sent, (tea, 4))

        assert worth_of_the_chain() == before
        assert broken_laws() == []

    def test_of_a_cheap_product_is_divided_without_going_below_nothing(self):
        slices = transit._priced(D(1000), D("0.000600"))

        assert slices == [(D(999), D(0)), (D(1), D("0.000600"))]


class TestEndingEarly:
    def test_before_shipping_lets_go_and_moves_nothing(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))

        cancel(ready)

        ready.refresh_from_db()
        assert (ready.state, level(lyon, cup).reserved) == ("cancelled", 0)
        assert [kind for kind, *_rest in ledger_of(lyon, cup)] == ["receipt"]
        assert changes_of(ready).last().reason == "ordered twice"
        assert broken_laws() == []

    def test_after_shipping_brings_the_goods_back(self, lyon, nice, cup):
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (cup, 4))

        cancel(sent, remainder=Remainder.BACK)

        assert (level(lyon, cup).on_hand, level(lyon, cup).value) == (10, 30)
        assert told(line(sent)) == (4, 0, 0, 0, 4, 0)
        assert worth_of_the_chain() == before
        assert broken_laws() == []

    def test_after_shipping_may_write_them_off_as_the_loss_of_the_source(self, lyon, nice, cup):
        before, sent = worth_of_the_chain(), shipped(lyon, nice, (cup, 4))

        cancel(sent, remainder=Remainder.WRITE_OFF)

        assert ledger_of(lyon, cup)[-1] == ("loss", D(-4), D(6))
        assert told(line(sent)) == (4, 0, 0, 4, 0, 0)
        assert worth_of_the_chain() == before
        assert broken_laws() == []

    def test_closed_short_loses_what_never_came(self, lyon, nice, cup):
        sent, key = shipped(lyon, nice, (cup, 4)), uuid4()
        arrives(sent, (cup, 3))

        for _again in range(2):
            transfer_endings.close_short(
                transfer_id=sent.pk, reason="one was missing", key=key, at=NOON
            )

        sent.refresh_from_db()
        assert (sent.state, told(line(sent))) == ("closed_short", (4, 3, 0, 1, 0, 0))
        assert level(lyon, cup).on_hand == 6
        assert broken_laws() == []

    def test_says_why(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        with pytest.raises(ReasonMissing), transaction.atomic():
            cancel(sent, reason=" ")
        sent.refresh_from_db()
        assert (sent.state, line(sent).in_transit) == ("in_transit", 4)


class TestWhoSees:
    def test_both_stores_see_it_and_each_takes_its_own_steps(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))
        sender, receiver, other = (
            chain.person(stores=[place]) for place in (lyon, nice, chain.store())
        )

        assert sent in selectors.transfers_visible_to(sender)
        assert sent in selectors.transfers_visible_to(receiver)
        assert sent not in selectors.transfers_visible_to(other)
        assert selectors.events_for(sender, sent) == ["cancel"]
        assert selectors.events_for(receiver, sent) == ["receive"]


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_deliveries_at_once_are_both_booked_and_no_more(self, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 4))

        outcome = run_behind(lambda: arrives(sent, (cup, 3)), lambda: arrives(sent, (cup, 3)))

        assert isinstance(outcome.exception(), MoreThanSent)
        assert (level(nice, cup).on_hand, line(sent).in_transit) == (3, 1)
        assert broken_laws() == []

    def test_the_same_delivery_sent_twice_at_once_is_one(self, lyon, nice, cup):
        sent, key = shipped(lyon, nice, (cup, 4)), uuid4()

        outcome = run_behind(
            lambda: arrives(sent, (cup, 2), key=key), lambda: arrives(sent, (cup, 2), key=key)
        )

        assert outcome.result().posting == key
        assert level(nice, cup).on_hand == 2

    def test_a_transfer_cancelled_while_it_is_shipped_is_not_shipped(self, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))

        outcome = run_behind(
            lambda: cancel(ready),
            lambda: transfers.ship(transfer_id=ready.pk, key=uuid4(), at=NOON),
        )

        assert isinstance(outcome.exception(), InvalidTransition)
        assert (level(lyon, cup).on_hand, level(lyon, cup).reserved) == (10, 0)

    def test_the_same_act_makes_one_transfer_however_often_it_comes_at_once(self, lyon, nice, cup):
        same = {"key": uuid4(), "source_id": lyon.pk, "destination_id": nice.pk,
                "lines": [Planned(cup.pk, D(2))]}  # fmt: skip

        outcome = run_behind(lambda: transfers.create(**same), lambda: transfers.create(**same))

        assert outcome.result() == Transfer.objects.get()
        assert TransferLine.objects.count() == 1

    def test_of_goods_kept_back_nothing_is_promised_twice(self, lyon, nice, cup):
        first, second = drafted(lyon, nice, (cup, 7)), drafted(lyon, nice, (cup, 7))

        outcome = run_behind(
            lambda: transfers.ready(transfer_id=first.pk),
            lambda: transfers.ready(transfer_id=second.pk),
        )

        assert isinstance(outcome.exception(), InsufficientStock)
        assert level(lyon, cup).reserved == 7


class TestTheDoctor:
    """Each law, broken by hand where the database would not let anybody."""

    BROKEN = {
        "inventory/transfer-is-its-deliveries": "transferline SET rejected = 1, accepted = 1",
        "inventory/transfer-is-its-movements": "transferline SET value = value + 1",
        "inventory/transfer-over-is-empty": "transfer SET state = 'received'",
        "inventory/ready-transfer-keeps-its-goods": "transfer SET state = 'ready'",
    }

    @pytest.mark.parametrize("law", BROKEN)
    def test_names_the_transfer_that_breaks_it(self, lyon, nice, cup, law):
        sent = shipped(lyon, nice, (cup, 4))
        arrives(sent, (cup, 2))
        assert broken_laws() == []

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("transfer", "transferline"):
                cursor.execute(f"ALTER TABLE inventory_{table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE inventory_{self.BROKEN[law]}")

        assert f"transfer {sent.pk}" in dict(broken_laws())[law]
