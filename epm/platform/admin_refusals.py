"""What a form says when the database's laws refuse."""

from collections.abc import Mapping
from typing import ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import ModelForm
from django.utils.functional import Promise


class Telling(ModelForm):
    """Says why a constraint refuses in the page's words, not by the constraint's name."""

    refusals: ClassVar[Mapping[str, str | Promise]] = {}

    def _update_errors(self, errors: ValidationError) -> None:
        """Django's own hook for what the model refuses."""
        laws = {
            str(law.get_violation_error_message()): law.name
            for law in self._meta.model._meta.constraints  # noqa: SLF001 - Django's API
        }
        for refused in getattr(errors, "error_dict", {}).get(NON_FIELD_ERRORS, []):
            name = laws.get(str(refused.message), "")
            refused.message = self.refusals.get(name, refused.message)
        super()._update_errors(errors)  # type: ignore[misc]


def telling(form: type[ModelForm], refusals: Mapping[str, str | Promise]) -> type[ModelForm]:
    """`form`, saying these `refusals`."""
    return type(form.__name__, (Telling, form), {"refusals": refusals})
