"""Two stores with everything a store can have, and every address of the API that shows it."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.db.models import F
from model_bakery import baker

from epm.access.models import ApiKey, Ending, Role, ViewAsSession
from epm.imports.models import ImportRun, QuarantinedRow
from epm.organization.models import StoreClosure
from epm.platform.actor import acting_as
from epm.platform.ids import uuid7
from epm.platform.models import Change
from inventory.models import (
    ApprovalLimit,
    EmbeddedBarcodeRule,
    MovementKind,
    NegativeStock,
    PriceEdit,
    ReplenishmentProposal,
    ReplenishmentRun,
    Reservation,
    StockAlert,
    StockMovement,
    StockPolicy,
    StockRepair,
    StockRule,
    Supplier,
)
from inventory.services import adjustments
from inventory.services.adjustments import Act, Amount
from inventory.services.movements import Document
from sales.models import (
    Approval,
    CashRegister,
    Closing,
    Customer,
    DiscountReason,
    Override,
    ParkedTicket,
    RefusedTicket,
    StoredValueKind,
    StoreFootfall,
    StoreLabour,
    StoreTarget,
    TaxClass,
    TaxRegime,
    Ticket,
    TicketMail,
    TicketPrint,
    TillLimit,
    TillPolicy,
)
from sales.services import sessions, stored_value
from tests.factories import chain, purchasing, stock, stocktakes, tickets, transfers
from tests.factories.chain import NOON

CHAIN_WIDE = {
    "api-barcode": "/api/v1/barcodes/BREAD-1",
    "api-categories": "/api/v1/categories",
    "api-category": "/api/v1/categories/{category}",
    "api-products": "/api/v1/products",
    "api-product": "/api/v1/products/{product}",
    "api-produit": "/api/produits/{product}",
    "api-discount-reasons": "/api/v1/discount-reasons",
    "api-suppliers": "/api/v1/suppliers",
    "api-supplier": "/api/v1/suppliers/{supplier}",
    "api-kpis": "/api/v1/kpis?from=2025-03-01&to=2025-03-31&by=store",
    "api-kpis-late": "/api/v1/kpis/late?from=2025-03-01&to=2025-03-31&known_at=2025-03-31",
    "api-kpi-registry": "/api/v1/kpis/registry",
    "api-central": "/api/central?from=2025-03-01&to=2025-03-31",
    "api-consolide": "/api/consolide?from=2025-03-01&to=2025-03-31",
}


def house():
    """A store called MINE, one called FOREIGN, and the paths to each thing in them."""
    food = chain.category(code="FOOD")
    bread = chain.product(sku="BREAD", category=food)
    bread.barcodes.create(code="BREAD-1")
    words = {"category": food.pk, "product": bread.pk}
    scale = baker.make(
        EmbeddedBarcodeRule,
        name="Scale",
        prefix="21",
        item_digits=5,
        embeds="weight",
        value_digits=5,
        value_decimals=3,
    )
    tax = baker.make(TaxClass, code="T", name="Tax")
    words["taxregime"] = baker.make(TaxRegime, code="T", name="Tax").pk
    flour = purchasing.supplier(code="FLOUR", name="Flour")
    words |= {
        "supplier": flour.pk,
        "supplierproduct": purchasing.supplied(flour, bread, price=2).pk,
        "discountreason": DiscountReason.objects.earliest("pk").pk,
        "tilllimit": TillLimit.objects.earliest("pk").pk,
        "approvallimit": ApprovalLimit.objects.create(role=Role.MANAGER, amount=500).pk,
    }
    return {
        "words": {**words, "taxclass": tax.pk, "embeddedbarcoderule": scale.pk},
        "mine": _furnished("MINE", bread=bread),
        "foreign": _furnished("FOREIGN", bread=bread),
        "chain": {name: path.format(**words) for name, path in CHAIN_WIDE.items()},
    }


def _named(person, name):
    person.username, person.first_name, person.last_name = name, name, name
    person.email = f"{name}@example.com"
    person.save()
    return person


def _changed_by(person, *, store, product):
    """What a history tells of; the price's is the whole chain's, and so tells no foreign name."""
    with acting_as(person.username):
        type(store).objects.filter(pk=store.pk).update(floor_area_m2=77)
    with acting_as("PRICE-manager"):
        type(product).objects.filter(pk=product.pk).update(sale_price=F("sale_price") + 1)


def _bought(store, bread, *, person):
    """An order of which a part was delivered, every word of it the store's."""
    mark = store.code.partition("-")[0]
    order = purchasing.ordered(
        store, (bread, 9, 2), seller=Supplier.objects.get(), by=person.username,
        note=f"{mark} order",
    )  # fmt: skip
    return order, purchasing.receive(order, (bread, 4), note=f"{mark} note", by=person.username)


def _transfer(mark, *, store, product):
    """Half of what a partner of its own sent has arrived, the note tells of it."""
    partner = chain.store(code=f"{mark}-PARTNER", name=f"{mark} partner")
    stock.received(partner, product, 4, 3)
    with acting_as(f"{mark}-manager"):
        transfer = transfers.shipped(partner, store, (product, 4))
        transfers.received(transfer, (product, 2), note=f"{mark} truck")
    return transfer


def _stock(mark, store, *, bread):
    """A stocktake under review and a write-off, each with a quantity that tells its store."""
    stock.received(store, bread, 7777 if mark == "FOREIGN" else 7)
    with acting_as(f"{mark}-manager"):
        counted = stocktakes.started(store, note=mark)
        stocktakes.count(counted, (bread, 1), by=f"{mark}-cashier")
        stocktakes.reviewed(counted)
        scrapped = adjustments.scrap(
            act=Act(store.pk, uuid4(), f"{mark}-manager", NOON, f"{mark} broke"),
            cause=MovementKind.DAMAGE,
            lines=[Amount(bread.pk, Decimal(1))],
        )
    return counted, scrapped


def _needing(mark, *, store, product):
    """An alert of a product, a rule of the store and a proposal for it."""
    return (
        StockAlert.objects.create(
            store=store, product=product, kind="low", opened_at=NOON, available=1, threshold=5
        ),
        StockRule.objects.create(store=store, minimum=5),
        ReplenishmentProposal.objects.create(
            run=ReplenishmentRun.objects.create(made_at=NOON, as_of=NOON.date(), actor=mark),
            store=store, product=product, route="none", quantity=5, suggested=5, position=1,
            reorder_point=5, maximum=6,
        ),
    )  # fmt: skip


def _kept(mark, store, *, bread, person):
    """Goods that came, of which a part is promised, a policy, and a level that was put right."""
    with acting_as(person.username):
        stock.book(
            MovementKind.RECEIPT,
            (store, bread, 6666 if mark == "FOREIGN" else 60, "1.50"),
            document=Document("delivery", f"{mark}-D"),
        )
    level = stock.level(store, bread)
    basket = stock.hold(store, (bread, 2), holder=f"{mark}-basket")
    return {
        "stocklevel": level.pk,
        "stockmovement": StockMovement.objects.get(store=store, document_ref=f"{mark}-D").pk,
        "basket": basket,
        "reservation": Reservation.objects.get(basket=basket).pk,
        "stockpolicy": StockPolicy.objects.create(store=store, negative=NegativeStock.WARN).pk,
        "stockrepair": StockRepair.objects.create(
            level=level, before={"on_hand": mark}, after={"on_hand": "60"}, actor=f"{mark}-manager"
        ).pk,
    }


def _till(mark, register, *, person):
    """A session that is closed, with its Z report, and one that is open."""
    amount = 7777 if mark == "FOREIGN" else 7
    for note in (f"{mark} float", ""):
        session = tickets.opened(register, opening_float=amount, by=person)
        sessions.pay_in(
            session_id=session.pk, amount=Decimal(1), reason=f"{mark} coins", by=person, now=NOON
        )
        if note:
            counted = {"cash": Decimal(amount)}
            sessions.close(session_id=session.pk, counted=counted, note=note, by=person, now=NOON)
    return {"registersession": session.pk, "closing": Closing.objects.latest("pk").pk}


def _beside(mark, *, store, sale, person):
    """A gift card, and the visitors and hours worked of a day."""
    number = 7777 if mark == "FOREIGN" else 7
    with acting_as(person.username):
        card = stored_value.issue(
            act=stored_value.Act(store.pk, uuid4(), NOON, sale.pk, f"{mark} present"),
            kind=StoredValueKind.GIFT_CARD,
            amount=Decimal(number),
            currency=store.currency,
        )
    day = {"store": store, "business_date": NOON.date()}
    return {
        "storedvalue": card.pk,
        "storefootfall": StoreFootfall.objects.create(**day, visitors=number).pk,
        "storelabour": StoreLabour.objects.create(**day, hours=number).pk,
    }


def _trail(mark, sale, *, session, person):
    """What a till has left: a ticket with all that can be said of one, every word the store's."""
    store, register = sale.store, sale.register
    ticket = Ticket.objects.create(
        sale=sale, register=register, session_id=session, number=1, uuid=uuid4(), taxes=[],
        digest=b"", grand_total=sale.total_ttc, previous_hash=b"", hash=b"",
        discrepancies=[{"kind": mark}],
    )  # fmt: skip
    copy = TicketPrint.objects.create(sale=sale, copy=0, way="mail", printed_by=person)
    return {
        "ticket": ticket.pk,
        "ticketmail": TicketMail.objects.create(
            printed=copy, to=f"{mark}-ann@example.com", language="en", error=mark
        ).pk,
        "override": Override.objects.create(
            sale=sale, register=register, kind="discount", amount=sale.total_ttc, note=mark,
            approved_by=person,
        ).pk,
        "approval": Approval.objects.create(
            id=uuid4(), store=store, approver=person, expires_at=NOON
        ).pk,
        "refusedticket": RefusedTicket.objects.create(
            store=store, register=register, uuid=uuid4(), digest=b"", sent_by=mark, cashier=person,
            came_at=NOON, body={"lines": [{"sku": mark, "quantity": "1"}], "total": mark},
            problem={"code": "validation-error", "detail": mark},
        ).pk,
        "parkedticket": ParkedTicket.objects.create(
            store=store, register=register, label=mark, basket={"note": mark}, parked_by=person
        ).pk,
        "tillpolicy": TillPolicy.objects.create(
            store=store, receipt_header=f"{mark} welcome", receipt_footer=f"{mark} bye"
        ).pk,
    }  # fmt: skip


def _furnished(mark, *, bread):
    """A store with everything a store can have, each thing named after `mark`."""
    store = chain.store(
        code=f"{mark}-STORE",
        name=f"{mark} store",
        city=f"{mark} city",
        region=chain.region(code=f"{mark}-R", name=f"{mark} region"),
    )
    StoreClosure.objects.create(
        store=store, first_day=NOON.date(), last_day=NOON.date(), reason=f"{mark} flood"
    )
    person = _named(chain.person(Role.MANAGER, stores=[store]), f"{mark}-manager")
    cashier = _named(chain.person(Role.CASHIER, stores=[store]), f"{mark}-cashier")
    look = baker.make(
        ViewAsSession,
        viewer=cashier,
        viewed=person,
        started_at=NOON,
        until=NOON,
        ending=Ending.STOPPED,
    )
    run = baker.make(
        ImportRun,
        kind="sales",
        status="done",
        file_names=[f"{mark}.csv"],
        columns=["a"],
        actor=person,
        started_at=NOON,
        account={mark: 1},
    )
    baker.make(
        QuarantinedRow,
        run=run,
        file_name=mark,
        line_number=1,
        reason=mark,
        group_key=mark,
        cells=[mark, f"{mark}-ANN"],
    )
    passkey = Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": mark, "credential": {}}
    )
    register = baker.make(CashRegister, store=store, code=f"{mark}-T", name=f"{mark} till")
    customer = baker.make(
        Customer,
        code=f"{mark}-ANN",
        name=f"{mark} Ann",
        email=f"{mark}-ann@example.com",
        attributes={"likes": mark},
    )
    key = baker.make(ApiKey, name=mark, prefix=mark, key_hash=mark.encode(), scopes=["read"])
    key.stores.add(store)
    sale = chain.sale(
        store=store,
        register=register,
        cashier=cashier,
        customer=customer,
        external_ref=f"{mark}-1",
        lines=[{"product": bread, "net_ttc": "7777.00" if mark == "FOREIGN" else "6.00"}],
    )
    tilled = _till(mark, register, person=person)
    kept = _kept(mark, store, bread=bread, person=person)
    beside = _beside(mark, store=store, sale=sale, person=person)
    target = StoreTarget.objects.create(
        store=store, month=date(2025, 3, 1), amount=8888 if mark == "FOREIGN" else 1000
    )
    listed = chain.price_list(
        {bread: "7777.00" if mark == "FOREIGN" else "6.00"},
        code=f"{mark}-LIST",
        name=f"{mark} prices",
        store=store,
    )
    edit = PriceEdit.objects.create(
        key=uuid7(at=NOON), price_list=listed, changed=1, by=person, made_at=NOON
    )
    edit.rows.create(product=bread, old=None, new=listed.items.get().price)
    alert, rule, proposal = _needing(mark, store=store, product=bread)
    order, receipt = _bought(store, bread, person=person)
    _changed_by(person, store=store, product=bread)
    transfer = _transfer(mark, store=store, product=bread)
    counted, scrapped = _stock(mark, store, bread=bread)
    change = Change.objects.filter(subject="organization_store", whole_id=store.pk).latest("pk")
    return {
        "person": person,
        "store": store,
        "words": {
            "store_code": store.code,
            "store": store.pk,
            "region": store.region_id,
            "user": person.pk,
            "viewassession": look.pk,
            "change": change.pk,
            "passkey": passkey.pk,
            "apikey": key.pk,
            "importrun": run.pk,
            "cashregister": register.pk,
            "customer": customer.pk,
            "sale": sale.pk,
            "storetarget": target.pk,
            "pricelist": listed.pk,
            "priceedit": edit.pk,
            "purchaseorder": order.pk,
            "purchasereceipt": receipt.pk,
            "transfer": transfer.pk,
            "stocktake": counted.pk,
            "stockadjustment": scrapped.pk,
            "stockalert": alert.pk,
            "stockrule": rule.pk,
            "replenishmentproposal": proposal.pk,
            **kept,
            **tilled,
            **beside,
            **_trail(mark, sale, session=tilled["registersession"], person=person),
        },
        "paths": {
            "api-regions": "/api/v1/regions",
            "api-region": f"/api/v1/regions/{store.region_id}",
            "api-stores": "/api/v1/stores",
            "api-store": f"/api/v1/stores/{store.pk}",
            "api-store-performance": (
                f"/api/v1/stores/{store.code}/performance?from=2025-03-01&to=2025-03-31"
            ),
            "api-register-daily-sales": (
                f"/api/v1/registers/{register.pk}/daily-sales?from=2025-03-01&to=2025-03-31"
            ),
            "api-sales": "/api/v1/sales",
            "api-sale": f"/api/v1/sales/{sale.pk}",
            "api-tickets-export": f"/api/v1/registers/{register.pk}/tickets-export",
            "api-prices": f"/api/v1/prices?store={store.code}&product={bread.pk}",
            "api-price-reasons": f"/api/v1/prices/reasons?store={store.code}&product={bread.pk}",
            "api-registers": "/api/v1/registers",
            "api-register-session": f"/api/v1/registers/{register.pk}/session",
            "api-x-report": f"/api/v1/registers/{register.pk}/session/x-report",
            "api-x-report-pdf": f"/api/v1/registers/{register.pk}/session/x-report.pdf",
            "api-closings": "/api/v1/closings",
            "api-closing-pdf": f"/api/v1/closings/{tilled['closing']}/report.pdf",
            "api-closing": f"/api/v1/closings/{tilled['closing']}",
            "api-tickets": "/api/v1/tickets?number=1",
            "api-ticket-receipt": f"/api/v1/tickets/{sale.pk}/receipt.pdf",
            "api-parked": "/api/v1/parked",
            "api-till-rules": f"/api/v1/till-rules?register={register.pk}",
            "api-targets": "/api/v1/targets",
            "api-target": f"/api/v1/targets/{target.pk}",
            "api-footfall": "/api/v1/footfall",
            "api-labour": "/api/v1/labour",
            "api-stock-alerts": "/api/v1/stock/alerts",
            "api-stock-proposals": "/api/v1/stock/proposals",
            "api-purchase-orders": "/api/v1/stock/purchase-orders",
            "api-purchase-order": f"/api/v1/stock/purchase-orders/{order.pk}",
            "api-transfers": "/api/v1/stock/transfers",
            "api-transfer": f"/api/v1/stock/transfers/{transfer.pk}",
            "api-imports": "/api/v1/imports",
            "api-import": f"/api/v1/imports/{run.pk}",
            "api-quarantine": f"/api/v1/imports/{run.pk}/quarantine",
            "api-quarantine-file": f"/api/v1/imports/{run.pk}/quarantine.csv",
            "api-stocktakes": "/api/v1/stock/stocktakes",
            "api-stocktake": f"/api/v1/stock/stocktakes/{counted.pk}",
            "api-stocktake-lines": f"/api/v1/stock/stocktakes/{counted.pk}/lines",
            "api-adjustments": "/api/v1/stock/adjustments",
            "api-adjustment": f"/api/v1/stock/adjustments/{scrapped.pk}",
            "api-stock": "/api/v1/stock",
            "api-stock-level": f"/api/v1/stock/{store.code}/BREAD",
            "api-availability": f"/api/v1/stock/availability?product={bread.pk}",
            "api-stock-feed": f"/api/v1/stock/feed?store={store.code}",
            "api-movements": "/api/v1/stock/movements",
            "api-movement": f"/api/v1/stock/movements/{kept['stockmovement']}",
        },
    }
