"""Gift cards and store credit: what the chain owes to whoever holds a code."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Right
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from epm.platform import shown
from sales.models.customer import Customer
from sales.models.sale import Sale

SHOWN_DIGITS = 4


class StoredValueKind(models.TextChoices):
    GIFT_CARD = "gift_card", _("Gift card")
    STORE_CREDIT = "store_credit", _("Store credit")


class EntryKind(models.TextChoices):
    ISSUE = "issue", _("Issue")
    LOAD = "load", _("Load")
    REDEEM = "redeem", _("Redemption")
    REFUND = "refund", _("Refund")
    EXPIRE = "expire", _("Expiry")
    ADJUST = "adjust", _("Adjustment")


INCOMING_VALUE = (EntryKind.ISSUE, EntryKind.LOAD, EntryKind.REFUND)
OUTGOING_VALUE = (EntryKind.REDEEM, EntryKind.EXPIRE)


class StoredValue(models.Model):
    """An account of prepaid value, in one currency, usable in every store that has it.

    `code` is money to whoever knows it: 16 digits, the last one a check digit, shown in full once.
    `balance` (tax included: a means of payment) and `position`, the number of the last entry,
    follow the entries; the entries' trigger alone writes them (sales/sql/stored_value.v1.sql).
    `expires_on` is the last business day it can be used on.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=StoredValueKind)
    code = models.CharField(_("code"), max_length=16)
    currency = models.CharField(_("currency"), max_length=3)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("issued by"),
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("customer"),
    )  # fmt: skip
    issued_at = models.DateTimeField(_("issued at"))
    expires_on = models.DateField(_("usable until"), null=True, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    balance = models.DecimalField(
        _("balance"), max_digits=16, decimal_places=3, default=0, editable=False
    )
    position = models.BigIntegerField(_("entries"), default=0, editable=False)

    class Meta:
        verbose_name = _("gift card or store credit")
        verbose_name_plural = _("gift cards and store credit")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="stored_value_code_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=StoredValueKind.values), name="stored_value_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{16}$"), name="stored_value_code_of_16_digits"
            ),
            models.CheckConstraint(condition=Q(balance__gte=0), name="stored_value_not_negative"),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="stored_value_store_idx"),
            models.Index(Right("code", SHOWN_DIGITS), name="stored_value_last_digits_idx"),
            models.Index(
                fields=["expires_on"],
                condition=Q(balance__gt=0, expires_on__isnull=False),
                name="stored_value_expiring_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked}"

    @property
    def masked(self) -> str:
        """The code as far as anybody may read it later."""
        return masked(self.code)


class StoredValueEntry(models.Model):
    """One change of an account's balance. Append-only: a mistake is put right by another entry.

    Its trigger locks the account, fills `position` (1, 2 …), `balance` (after it), `business_date`
    (of `store`, where it happened), `actor` and `door`, and writes the account's balance with it.
    `amount` is signed, in the account's currency, tax included. `posting` and `line_no` are the act
    that wrote it: the same act is booked once.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(
        StoredValue, on_delete=models.PROTECT, related_name="entries", db_index=False,
        db_constraint=False, verbose_name=_("account"),
    )  # fmt: skip
    position = models.BigIntegerField(_("number"), editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=EntryKind)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=3)
    balance = models.DecimalField(_("balance after"), max_digits=16, decimal_places=3)
    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("sale"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("store"),
    )  # fmt: skip
    note = models.CharField(_("reason"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("happened at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    business_date = models.DateField(_("business date"))
    actor = models.CharField(_("by"), max_length=150)
    door = models.CharField(_("door"), max_length=32, blank=True)
    posting = models.UUIDField(_("posting"))
    line_no = models.IntegerField(_("line"), default=1)

    class Meta:
        verbose_name = _("entry of stored value")
        verbose_name_plural = _("entries of stored value")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "position"], name="stored_value_entry_one_per_position"
            ),
            models.UniqueConstraint(
                fields=["posting", "line_no"], name="stored_value_entry_once_per_posting"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="stored_value_entry_kind_known"
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=INCOMING_VALUE) & Q(amount__gt=0))
                | (Q(kind__in=OUTGOING_VALUE) & Q(amount__lt=0))
                | (Q(kind=EntryKind.ADJUST) & ~Q(amount=0)),
                name="stored_value_entry_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.ISSUE, position=1)
                | (~Q(kind=EntryKind.ISSUE) & Q(position__gt=1)),
                name="stored_value_entry_issued_first",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.ADJUST) | ~Q(note=""),
                name="stored_value_entry_adjusts_for_a_reason",
            ),
            models.CheckConstraint(condition=~Q(actor=""), name="stored_value_entry_has_an_actor"),
        ]
        indexes = [
            models.Index(
                fields=["sale"],
                condition=Q(sale__isnull=False),
                name="stored_value_entry_sale_idx",
            ),
            models.Index(fields=["store", "business_date"], name="stored_value_entry_day_idx"),
        ]

    def __str__(self) -> str:
        return f"#{self.position} {self.get_kind_display()}: {shown.exact(self.amount)}"


def masked(code: str) -> str:
    """A code of which the last four digits are left."""
    return "•••• " + code[-SHOWN_DIGITS:]
