"""What a till may do: by store, and by the role of whoever stands at it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.access.models import Role
from epm.organization.models import Store
from sales.models.register import CashRegister
from sales.models.sale import Sale


class RefundRule(models.TextChoices):
    """What a customer with a receipt gets back."""

    ORIGINAL = "original", _("As it was paid")
    ORIGINAL_OR_CREDIT = "original_or_credit", _("As it was paid, or store credit")
    CREDIT = "credit", _("Store credit or gift card only")
    ANY = "any", _("Any way")


class TillPolicy(models.Model):
    """How the tills of a store behave. A store without one has what stands here as defaults."""

    store = models.OneToOneField(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    cash_rounding = models.DecimalField(
        _("cash is rounded to"), max_digits=6, decimal_places=3, default=0,
        help_text=_("0.05 where there are no smaller coins; 0: not at all."),
    )  # fmt: skip
    refunds = models.CharField(
        _("refunds with a receipt"), max_length=20, choices=RefundRule,
        default=RefundRule.ORIGINAL_OR_CREDIT,
    )  # fmt: skip
    unreceipted_refunds = models.CharField(
        _("refunds without a receipt"), max_length=20, choices=RefundRule,
        default=RefundRule.CREDIT,
    )  # fmt: skip
    takes_tips = models.BooleanField(_("takes tips"), default=False)
    most_on_a_card = models.DecimalField(
        _("most that a gift card holds"), max_digits=16, decimal_places=3, null=True, blank=True,
        help_text=_("In the store's currency, incl. tax; empty: any amount."),
    )  # fmt: skip
    receipt_header = models.TextField(_("text above the receipt"), max_length=500, blank=True)
    receipt_footer = models.TextField(_("text below the receipt"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("till policy")
        verbose_name_plural = _("till policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(cash_rounding__gte=0), name="till_policy_rounding_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(most_on_a_card__isnull=True) | Q(most_on_a_card__gt=0),
                name="till_policy_cards_hold_something",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)


class TillLimit(models.Model):
    """How far a role may go at a till by itself; beyond, somebody with a wider one approves.

    Shares are fractions: 0.1 is 10 %. `refund` is incl. tax, in the store's currency; empty: any
    amount.
    """

    role = models.CharField(_("role"), max_length=16, choices=Role, unique=True)
    discount = models.DecimalField(
        _("discount on a line or ticket, up to"), max_digits=5, decimal_places=4, default=0
    )
    price_change = models.DecimalField(
        _("price differs from the list by up to"), max_digits=5, decimal_places=4, default=0
    )
    refund = models.DecimalField(
        _("refund up to, incl. tax"), max_digits=16, decimal_places=3, null=True, blank=True
    )
    returns_without_receipt = models.BooleanField(_("returns without a receipt"), default=False)
    approves = models.BooleanField(_("approves what others do"), default=False)

    class Meta:
        verbose_name = _("till limit")
        verbose_name_plural = _("till limits")
        constraints = [
            models.CheckConstraint(
                condition=Q(discount__range=(0, 1), price_change__range=(0, 1)),
                name="till_limit_shares_are_fractions",
            ),
            models.CheckConstraint(
                condition=Q(refund__isnull=True) | Q(refund__gte=0),
                name="till_limit_refund_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_role_display())


class DiscountReason(models.Model):
    """Why a price is lowered at the till."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reason for a discount")
        verbose_name_plural = _("reasons for discounts")

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """The yes of a second person to one ticket: for a few minutes, of one store, used once."""

    id = models.UUIDField(primary_key=True, editable=False)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("approved by"),
    )  # fmt: skip
    granted_at = models.DateTimeField(_("approved at"), db_default=Now())
    expires_at = models.DateTimeField(_("valid until"))
    used_for = models.OneToOneField(
        Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="approval",
        verbose_name=_("used for"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return f"{self.approver_id} · {self.granted_at}"


class OverrideKind(models.TextChoices):
    DISCOUNT = "discount", _("Discount")
    PRICE = "price", _("Other price than the list's")
    OPEN_PRICE = "open_price", _("Price of a product without one")
    NO_RECEIPT = "no_receipt", _("Return without a receipt")
    REFUND_WAY = "refund_way", _("Refund another way than the rule")
    TAX_EXEMPT = "tax_exempt", _("Exempt from tax")


class Override(models.Model):
    """Where a ticket leaves what the lists and rules say, why, and who allowed it. Append-only.

    `amount` is how much less (or, negative, more) it came to than by the list, incl. tax; of a
    return, what was paid back. `line_no` NULL: the whole ticket.
    """

    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, related_name="overrides", verbose_name=_("sale")
    )
    line_no = models.PositiveIntegerField(_("line"), null=True)
    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=12, choices=OverrideKind)
    amount = models.DecimalField(_("amount incl. tax"), max_digits=16, decimal_places=3)
    reason = models.ForeignKey(
        DiscountReason, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        verbose_name=_("reason"),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=200, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False, verbose_name=_("approved by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")

    def __str__(self) -> str:
        return f"{self.sale_id} {self.get_kind_display()} {self.amount}"
