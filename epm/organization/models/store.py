import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.organization.models.region import Region


class StoreKind(models.TextChoices):
    SHOP = "shop", _("Shop")
    WAREHOUSE = "warehouse", _("Warehouse")
    WEB = "web", _("Web shop")


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not an IANA time zone such as Europe/Paris."),
            params={"name": name},
        )


class Store(models.Model):
    """A place that sells or keeps goods: shop, warehouse or web shop."""

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16, choices=StoreKind, default=StoreKind.SHOP)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="stores",
        null=True,
        blank=True,
        verbose_name=_("region"),
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    day_cutoff_hour = models.PositiveSmallIntegerField(
        _("day cut-off hour"),
        default=0,
        validators=[MaxValueValidator(23)],
        help_text=_("Sales before this local hour belong to the day before."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, e.g. EUR."))],
    )
    vat_regime = models.CharField(
        _("VAT regime"),
        max_length=32,
        default="none",
        help_text=_("Names the set of tax rates of this store; “none” sells without VAT."),
    )
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    floor_area_m2 = models.DecimalField(
        _("floor area (m²)"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    is_placeholder = models.BooleanField(
        _("placeholder"),
        default=False,
        help_text=_("Made by an import that met an unknown code; complete it and untick."),
    )

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="store_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="store_code_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=StoreKind.values), name="store_kind_known"),
            models.CheckConstraint(
                condition=Q(day_cutoff_hour__lte=23), name="store_day_cutoff_within_day"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="store_currency_iso_4217",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True)
                | Q(opened_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="store_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(floor_area_m2__isnull=True) | Q(floor_area_m2__gte=0),
                name="store_floor_area_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="store_coordinates_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"
