"""A second person says yes at a till."""

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access import second_person
from epm.access.adapters import RETRY_AFTER_SECONDS
from epm.access.models import User
from epm.access.second_person import Not
from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from epm.platform.actor import acting_as
from epm.platform.bodies import IdField, StrictSerializer, TextField, not_found
from epm.platform.endpoints import Endpoint
from epm.platform.writes import credential, refuse_unreadable
from sales.selectors.registers import place_of
from sales.services import approvals

LONGEST_PASSWORD: Final = 4096


class ApprovalIn(StrictSerializer):
    """Without `username` whoever asks approves; with it, somebody who has come to the till."""

    register = IdField()
    username = TextField(max_length=150, required=False)
    password = TextField(max_length=LONGEST_PASSWORD, required=False, trim_whitespace=False)
    code = TextField(
        max_length=32, required=False,
        help_text=_("Of the authenticator app, or a recovery code: of who has a second factor."),
    )  # fmt: skip

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("username" in said) != ("password" in said):
            raise ValidationError({"password": [_("A name and a password go together.")]})
        return said


class ApprovalOut(serializers.Serializer):
    approval = serializers.UUIDField(help_text="Send it with the ticket, once.")
    approver = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Approvals(Endpoint):
    """The yes of a second person to one ticket of the register's store, for five minutes.

    It takes no Idempotency-Key, and nothing of the body is kept: asked again it is another
    approval. Tries with a wrong password or code count as those to sign in.
    """

    http_method_names = ["post"]
    right = rights.SALES
    write_right = rights.TILLS_WRITE
    serializer_class = ApprovalOut

    @extend_schema(request=ApprovalIn, responses={201: ApprovalOut})
    def post(self, request: Request) -> Response:
        refuse_unreadable(request)
        body = ApprovalIn(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        said = body.validated_data
        place = place_of(said["register"])
        if place is None or not scope_of(request.user).allows(place.store_id):
            raise ValidationError({"register": not_found()})
        asker = request.user if isinstance(request.user, User) else None
        approver = self._approver(said, asker)
        with acting_as(credential(request.user)[1], door="api"):
            granted = approvals.grant(
                store_id=place.store_id,
                approver=approver,
                asked_by=asker if "username" in said else None,
                now=timezone.now(),
            )
        return Response(
            {
                "approval": granted.pk,
                "approver": approver.get_full_name() or approver.get_username(),
                "expires_at": granted.expires_at,
            },
            status=201,
        )

    def _approver(self, said: dict[str, Any], asker: User | None) -> User:
        if "username" not in said:
            if asker is None:
                raise ValidationError({"username": [_("A key approves nothing: name a person.")]})
            return asker
        found = second_person.recognised(
            self.request._request,  # noqa: SLF001 - cookies and address are Django's
            username=said["username"],
            password=said["password"],
            code=said.get("code", ""),
        )
        if found is Not.NOW:
            raise Throttled(wait=RETRY_AFTER_SECONDS)
        if found is Not.WITHOUT_CODE:
            raise approvals.ApproverNeedsCode(_("Type the code of the authenticator app, too."))
        if found is Not.WITHOUT_FACTOR:
            raise PermissionDenied
        if found is Not.KNOWN:
            raise approvals.ApproverUnknown(_("The name, the password or the code is wrong."))
        return found
