"""The steps that people take with an alert, each asked before it is taken."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from epm.platform.admin_steps import Given, Step, StepForm
from inventory.models import StockAlert
from inventory.services import stock_alerts


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar."""

    input_type = "date"


def in_a_week() -> date:
    return timezone.now().date() + timedelta(days=7)


class SnoozeForm(StepForm):
    until = forms.DateField(
        label=_("Until"), initial=in_a_week, widget=DayInput,
        help_text=_("It is open again on that day, if the figures are still so."),
    )  # fmt: skip


def _acknowledge(alert: StockAlert, _given: Given) -> object:
    return stock_alerts.acknowledge(alert_id=alert.pk)


def _snooze(alert: StockAlert, given: Given) -> Any:
    return stock_alerts.snooze(
        alert_id=alert.pk, until=given.fields["until"], today=given.at.date()
    )


STEPS: Final = {
    "acknowledge": Step(
        _("Acknowledge"), _acknowledge, variant="primary",
        help=_("Somebody takes care of it. It is resolved by itself once the figures are right."),
        done=_("The alert is acknowledged."),
    ),
    "snooze": Step(
        _("Snooze"), _snooze, form=SnoozeForm,
        help=_("Nobody is reminded of it until then."),
        done=_("The alert is snoozed."),
    ),
}  # fmt: skip
