from decimal import Decimal
from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states, keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"
# Role, discount, other price, refund up to, returns without a receipt, approves.
LIMITS = [
    ("cashier", "0.1", "0", "150", False, False),
    ("manager", "0.5", "0.5", None, True, True),
    ("regional", "1", "1", None, True, True),
    ("director", "1", "1", None, True, True),
]
REASONS = [
    ("damaged", "Damaged or opened packing"),
    ("price-match", "A competitor's price"),
    ("goodwill", "Goodwill"),
    ("staff", "Staff"),
]


def add(apps, _schema_editor):
    limit, reason = (
        apps.get_model("sales", "TillLimit"),
        apps.get_model("sales", "DiscountReason"),
    )
    for role, discount, price, refund, unreceipted, approves in LIMITS:
        limit.objects.create(
            role=role,
            discount=Decimal(discount),
            price_change=Decimal(price),
            refund=None if refund is None else Decimal(refund),
            returns_without_receipt=unreceipted,
            approves=approves,
        )
    for code, name in REASONS:
        reason.objects.create(code=code, name=name)


class Migration(migrations.Migration):
    """Tills: sessions, tickets and their chain, closings, rules, approvals."""

    dependencies = [
        ("inventory", "0014_four_eyes"),
        ("organization", "0003_keep_history"),
        ("platform", "0010_idempotency"),
        ("sales", "0009_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DiscountReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "reason for a discount",
                "verbose_name_plural": "reasons for discounts",
            },
        ),
        migrations.AddField(
            model_name="tender",
            name="line_no",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="line"),
        ),
        migrations.AddField(
            model_name="tender",
            name="reference",
            field=models.CharField(
                blank=True, db_default="", max_length=64, verbose_name="reference"
            ),
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "granted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="approved at",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                (
                    "approver",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "used_for",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="sales.sale",
                        verbose_name="used for",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval",
                "verbose_name_plural": "approvals",
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(null=True, verbose_name="line")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("discount", "Discount"),
                            ("price", "Other price than the list's"),
                            ("open_price", "Price of a product without one"),
                            ("no_receipt", "Return without a receipt"),
                            ("refund_way", "Refund another way than the rule"),
                            ("tax_exempt", "Exempt from tax"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=3, max_digits=16, verbose_name="amount incl. tax"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.discountreason",
                        verbose_name="reason",
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="sales.sale",
                        verbose_name="sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "override",
                "verbose_name_plural": "overrides",
            },
        ),
        migrations.CreateModel(
            name="RegisterSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closing", "Closing"), ("closed", "Closed")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("version", models.BigIntegerField(default=0, verbose_name="version")),
                ("is_late", models.BooleanField(default=False, verbose_name="late")),
                ("business_date", models.DateField(verbose_name="business date")),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="opened at",
                    ),
                ),
                (
                    "opening_float",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=16, verbose_name="float"
                    ),
                ),
                ("counted", models.JSONField(blank=True, null=True, verbose_name="counted")),
                (
                    "count_note",
                    models.CharField(blank=True, max_length=300, verbose_name="note on the count"),
                ),
                (
                    "closing_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closing since"),
                ),
                (
                    "last_number",
                    models.BigIntegerField(blank=True, null=True, verbose_name="last ticket"),
                ),
                (
                    "closing_failed",
                    models.CharField(blank=True, max_length=300, verbose_name="why closing failed"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "counted_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="counted by",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "register session",
                "verbose_name_plural": "register sessions",
            },
        ),
        migrations.CreateModel(
            name="RegisterChain",
            fields=[
                (
                    "register",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="chain",
                        serialize=False,
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                ("number", models.BigIntegerField(default=0, verbose_name="last ticket")),
                ("last_hash", models.BinaryField(default=b"")),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        max_digits=20,
                        verbose_name="grand total incl. tax",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.registersession",
                        verbose_name="open session",
                    ),
                ),
            ],
            options={
                "verbose_name": "register chain",
                "verbose_name_plural": "register chains",
            },
        ),
        migrations.CreateModel(
            name="DrawerMovement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pay_in", "Pay-in"),
                            ("pay_out", "Pay-out"),
                            ("no_sale", "Opened without a sale"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=16, verbose_name="amount"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "moved_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
                (
                    "moved_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawer_movements",
                        to="sales.registersession",
                        verbose_name="register session",
                    ),
                ),
            ],
            options={
                "verbose_name": "drawer movement",
                "verbose_name_plural": "drawer movements",
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("session", "Z report"),
                            ("day", "Day"),
                            ("month", "Month"),
                            ("year", "Year"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="number")),
                ("first_day", models.DateField(verbose_name="from")),
                ("last_day", models.DateField(verbose_name="to")),
                ("first_number", models.BigIntegerField(verbose_name="first ticket")),
                ("last_number", models.BigIntegerField(verbose_name="last ticket")),
                ("tickets", models.BigIntegerField(verbose_name="tickets")),
                ("late_tickets", models.BigIntegerField(default=0, verbose_name="late tickets")),
                (
                    "sales_ttc",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="sold incl. tax"
                    ),
                ),
                (
                    "returns_ttc",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="returned incl. tax"
                    ),
                ),
                (
                    "total_ttc",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="total incl. tax"
                    ),
                ),
                (
                    "total_ht",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="total excl. tax"
                    ),
                ),
                (
                    "total_vat",
                    models.DecimalField(decimal_places=3, max_digits=20, verbose_name="VAT"),
                ),
                ("totals", models.JSONField(verbose_name="by tax and by tender")),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="grand total incl. tax"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="closed at",
                    ),
                ),
                ("previous_hash", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing",
                        to="sales.registersession",
                        verbose_name="register session",
                    ),
                ),
            ],
            options={
                "verbose_name": "closing",
                "verbose_name_plural": "closings",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="ticket",
                        serialize=False,
                        to="sales.sale",
                        verbose_name="sale",
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="ticket number")),
                ("uuid", models.UUIDField(unique=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("taxes", models.JSONField(verbose_name="taxes")),
                ("is_offline", models.BooleanField(default=False, verbose_name="sold offline")),
                (
                    "told_at",
                    models.DateTimeField(null=True, verbose_name="time by the till's clock"),
                ),
                ("discrepancies", models.JSONField(null=True, verbose_name="discrepancies")),
                (
                    "grand_total",
                    models.DecimalField(
                        decimal_places=3, max_digits=20, verbose_name="grand total incl. tax"
                    ),
                ),
                ("previous_hash", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="sales.registersession",
                        verbose_name="register session",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "verbose_name_plural": "tickets",
            },
        ),
        migrations.CreateModel(
            name="TicketPrint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "copy",
                    models.PositiveIntegerField(
                        help_text="0 is the original.", verbose_name="copy"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("paper", "Paper"),
                            ("pdf", "PDF"),
                            ("mail", "E-mail"),
                            ("gift", "Gift receipt"),
                        ],
                        max_length=8,
                        verbose_name="way",
                    ),
                ),
                (
                    "printed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
                (
                    "printed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prints",
                        to="sales.sale",
                        verbose_name="sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "print of a ticket",
                "verbose_name_plural": "prints of tickets",
            },
        ),
        migrations.CreateModel(
            name="TillLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("director", "Director"),
                            ("regional", "Regional manager"),
                            ("manager", "Store manager"),
                            ("cashier", "Cashier"),
                            ("analyst", "Analyst"),
                        ],
                        max_length=16,
                        unique=True,
                        verbose_name="role",
                    ),
                ),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=5,
                        verbose_name="discount on a line or ticket, up to",
                    ),
                ),
                (
                    "price_change",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=5,
                        verbose_name="price differs from the list by up to",
                    ),
                ),
                (
                    "refund",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=16,
                        null=True,
                        verbose_name="refund up to, incl. tax",
                    ),
                ),
                (
                    "returns_without_receipt",
                    models.BooleanField(default=False, verbose_name="returns without a receipt"),
                ),
                (
                    "approves",
                    models.BooleanField(default=False, verbose_name="approves what others do"),
                ),
            ],
            options={
                "verbose_name": "till limit",
                "verbose_name_plural": "till limits",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount__range", (0, 1)), ("price_change__range", (0, 1))
                        ),
                        name="till_limit_shares_are_fractions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("refund__isnull", True), ("refund__gte", 0), _connector="OR"
                        ),
                        name="till_limit_refund_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TillPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cash_rounding",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        help_text="0.05 where there are no smaller coins; 0: not at all.",
                        max_digits=6,
                        verbose_name="cash is rounded to",
                    ),
                ),
                (
                    "refunds",
                    models.CharField(
                        choices=[
                            ("original", "As it was paid"),
                            ("original_or_credit", "As it was paid, or store credit"),
                            ("credit", "Store credit or gift card only"),
                            ("any", "Any way"),
                        ],
                        default="original_or_credit",
                        max_length=20,
                        verbose_name="refunds with a receipt",
                    ),
                ),
                (
                    "unreceipted_refunds",
                    models.CharField(
                        choices=[
                            ("original", "As it was paid"),
                            ("original_or_credit", "As it was paid, or store credit"),
                            ("credit", "Store credit or gift card only"),
                            ("any", "Any way"),
                        ],
                        default="credit",
                        max_length=20,
                        verbose_name="refunds without a receipt",
                    ),
                ),
                ("takes_tips", models.BooleanField(default=False, verbose_name="takes tips")),
                (
                    "receipt_header",
                    models.TextField(
                        blank=True, max_length=500, verbose_name="text above the receipt"
                    ),
                ),
                (
                    "receipt_footer",
                    models.TextField(
                        blank=True, max_length=500, verbose_name="text below the receipt"
                    ),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "till policy",
                "verbose_name_plural": "till policies",
            },
        ),
        migrations.CreateModel(
            name="ParkedTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("parked", "Parked"),
                            ("resumed", "Resumed"),
                            ("discarded", "Discarded"),
                        ],
                        default="parked",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.BigIntegerField(default=0, verbose_name="version")),
                ("label", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("basket", models.JSONField(verbose_name="basket")),
                (
                    "parked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="parked at",
                    ),
                ),
                (
                    "parked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="parked by",
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "parked ticket",
                "verbose_name_plural": "parked tickets",
                "indexes": [models.Index(fields=["store", "-id"], name="parked_ticket_store_idx")],
            },
        ),
        migrations.AddIndex(
            model_name="registersession",
            index=models.Index(fields=["store", "business_date"], name="register_session_day_idx"),
        ),
        migrations.AddIndex(
            model_name="registersession",
            index=models.Index(fields=["register", "-id"], name="register_session_register_idx"),
        ),
        migrations.AddConstraint(
            model_name="registersession",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("is_late", False), models.Q(("state", "closed"), _negated=True)
                ),
                fields=("register",),
                name="register_session_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="registersession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_late", True), models.Q(("state", "closed"), _negated=True)),
                fields=("register", "business_date"),
                name="register_session_one_late_per_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="registersession",
            constraint=models.CheckConstraint(
                condition=models.Q(("opening_float__gte", 0)),
                name="register_session_float_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawermovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "pay_in")),
                    models.Q(("amount__lt", 0), ("kind", "pay_out")),
                    models.Q(("amount", 0), ("kind", "no_sale")),
                    _connector="OR",
                ),
                name="drawer_movement_sign_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawermovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="drawer_movement_has_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="closing",
            index=models.Index(fields=["store", "last_day"], name="closing_store_day_idx"),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.UniqueConstraint(
                fields=("register", "kind", "number"), name="closing_number_once_per_register"
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total_ttc",
                        django.db.models.expressions.CombinedExpression(
                            models.F("sales_ttc"), "-", models.F("returns_ttc")
                        ),
                    )
                ),
                name="closing_total_is_sales_less_returns",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total_ttc",
                        django.db.models.expressions.CombinedExpression(
                            models.F("total_ht"), "+", models.F("total_vat")
                        ),
                    )
                ),
                name="closing_ttc_is_ht_plus_vat",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "tickets",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("last_number"), "-", models.F("first_number")
                            ),
                            "+",
                            models.Value(1),
                        ),
                    )
                ),
                name="closing_tickets_without_a_gap",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("discrepancies__isnull", False)),
                fields=["sale"],
                name="ticket_discrepancies_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=("register", "number"), name="ticket_number_once_per_register"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gt", 0)), name="ticket_number_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketprint",
            constraint=models.UniqueConstraint(
                fields=("sale", "copy"), name="ticket_print_counted_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tillpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_rounding__gte", 0)),
                name="till_policy_rounding_not_negative",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                run_sql(SQL / "sale_line.v2.sql", down=SQL / "sale_line.v2.down.sql")
            ],
            state_operations=[
                migrations.AddField(
                    model_name="saleline",
                    name="discount_manual",
                    field=models.DecimalField(
                        db_default=0,
                        decimal_places=3,
                        default=0,
                        max_digits=16,
                        verbose_name="discount given at the till",
                    ),
                ),
                migrations.AddField(
                    model_name="saleline",
                    name="disposition",
                    field=models.CharField(
                        choices=[
                            ("sellable", "Sellable again"),
                            ("damaged", "Damaged"),
                            ("quarantine", "Quarantine"),
                        ],
                        max_length=12,
                        null=True,
                        verbose_name="what became of it",
                    ),
                ),
                migrations.AddField(
                    model_name="saleline",
                    name="taxes",
                    field=models.JSONField(null=True, verbose_name="taxes"),
                ),
                migrations.AlterField(
                    model_name="saleline",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("item", "Item"),
                            ("fee", "Fee"),
                            ("tip", "Tip"),
                            ("rounding", "Cash rounding"),
                            ("value", "Gift card or store credit"),
                        ],
                        default="item",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                migrations.AlterField(
                    model_name="saleline",
                    name="product",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
            ],
        ),
        run_sql(SQL / "ticket.v1.sql", down=SQL / "ticket.v1.down.sql"),
        run_sql(SQL / "sell_once.v1.sql", down=SQL / "sell_once.v1.down.sql"),
        guard_states(
            "sales_registersession",
            initial="open",
            terminal=["closed"],
            steps=["open>close>closing", "closing>finish>closed", "open>take_in>closed"],
        ),
        guard_states(
            "sales_parkedticket",
            initial="parked",
            terminal=["resumed", "discarded"],
            steps=["parked>resume>resumed", "parked>discard>discarded"],
        ),
        keep_history("sales_tillpolicy"),
        keep_history("sales_tilllimit"),
        keep_history("sales_discountreason"),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
