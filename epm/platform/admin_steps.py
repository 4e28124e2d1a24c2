"""What a document's page asks before a step is taken: a form, maybe with a grid of lines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from epm.platform import shown
from epm.platform.admin_decimals import DecimalInput
from epm.platform.transitions import LONGEST_REASON


@dataclass(frozen=True, slots=True)
class Given:
    """What a person has confirmed. `key` names this very submission: use it as a posting.

    `lines`: of a grid, each line of the document with what was put in its row.
    """

    key: UUID
    by: Any
    at: datetime
    reason: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[tuple[Any, Mapping[str, Any]]] = ()


class QuantityField(forms.DecimalField):
    """A quantity, not below 0: 2.500 is shown as 2.5, or 2,5 in French. Left empty it is none."""

    def __init__(self, **given: Any) -> None:
        words: dict[str, Any] = {
            "max_digits": 12, "decimal_places": 3, "min_value": Decimal(0), "localize": True,
            "required": False, "widget": DecimalInput,
        }  # fmt: skip
        super().__init__(**(words | given))

    def prepare_value(self, value: Any) -> Any:
        return shown.plain(value, at_least=0) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        return super().clean(value) or Decimal(0)


class StepForm(forms.Form):
    """The form of a step. Subclass it to ask for more; `self.document` is there before it asks."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, document: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        if needs_reason:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                max_length=LONGEST_REASON,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            )


class LineForm(forms.Form):
    """One row of a step's grid: what is `told` of a line, and the fields to fill in."""

    headings: ClassVar[Sequence[str | Promise]] = (_("Line"),)
    """Of what is told; the fields bring their own labels."""

    def __init__(self, *args: Any, line: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def told(self) -> Sequence[str]:
        return [str(self.line)]

    def cells(self) -> list[tuple[str, str]]:
        """What is told, each with its heading: a narrow screen has no room for columns."""
        named = zip(self.headings, self.told(), strict=True)
        return [(str(heading), text) for heading, text in named]

    @classmethod
    def columns(cls) -> list[str]:
        labels = [each.label or name for name, each in cls.base_fields.items()]
        return [str(capfirst(str(word))) for word in (*cls.headings, *labels)]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a machine as a page offers it.

    `act(document, given)` makes the one call of a service; it runs as the user, in a transaction,
    with the document locked. `lines(document)` and `line_form` lay a grid under the form. Besides
    the page's `permission` to view or change, `may(principal, document)` can say no. `variant`:
    "primary" for the usual way on, "danger" for what is not taken back.
    `done` is said afterwards, where “Done.” is not enough.
    """

    label: str | Promise
    act: Callable[[Any, Given], object]
    help: str | Promise = ""
    done: str | Promise = ""
    form: type[StepForm] = StepForm
    line_form: type[LineForm] | None = None
    lines: Callable[[Any], Iterable[Any]] | None = None
    permission: str = "change"
    may: Callable[[Any, Any], bool] | None = None
    variant: str = "default"


class Asked:
    """The form of a step and its rows, bound to what was sent."""

    def __init__(
        self, request: HttpRequest, document: Any, step: Step, *, needs_reason: bool
    ) -> None:
        sent = request.POST if request.method == "POST" else None
        self.form = step.form(
            sent,
            document=document,
            needs_reason=needs_reason,
            initial={"key": uuid4(), "version": document.version},
        )
        self.rows: list[LineForm] = []
        self.columns: list[str] = []
        if step.line_form and step.lines:
            self.columns = step.line_form.columns()
            self.rows = [
                step.line_form(sent, prefix=f"line-{line.pk}", line=line)
                for line in step.lines(document)
            ]

    def is_answered(self) -> bool:
        answers = [
            each.is_valid() for each in (self.form, *self.rows)
        ]  # all of them tell what is wrong
        return all(answers)

    @property
    def version(self) -> int:
        return int(self.form.cleaned_data["version"])

    def given(self, *, by: Any, at: datetime) -> Given:
        said = dict(self.form.cleaned_data)
        said.pop("version")
        return Given(
            key=said.pop("key"),
            by=by,
            at=at,
            reason=said.pop("reason", ""),
            fields=said,
            lines=[(row.line, row.cleaned_data) for row in self.rows],
        )
