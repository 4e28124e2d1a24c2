"""Receipts by mail."""

from typing import Any

from django.http import Http404
from rest_framework import serializers

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform.bodies import StrictSerializer
from epm.platform.writes import Answer, WriteEndpoint
from sales.models import TicketMailState
from sales.selectors.prints import ticket_visible_to
from sales.services import mailing


class MailIn(StrictSerializer):
    to = serializers.EmailField(max_length=254)


class MailOut(serializers.Serializer):
    id = serializers.IntegerField()
    copy = serializers.IntegerField(help_text="The copy of the receipt that is sent.")
    state = serializers.ChoiceField(TicketMailState.choices)


class Mails(WriteEndpoint):
    """Send the receipt as PDF. 202: it is sent soon, once; what fails is tried again."""

    right = rights.SALES
    write_right = rights.TILLS_WRITE
    body = MailIn
    serializer_class = MailOut
    success = 202

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        principal, sale_id = self.request.user, address["pk"]
        if ticket_visible_to(principal, sale_id=sale_id) is None:
            raise Http404
        mail = mailing.ask(
            sale_id=sale_id,
            to=said["to"],
            asked_by_id=principal.pk if isinstance(principal, User) else None,
        )
        return Answer(202, {"id": mail.pk, "copy": mail.printed.copy, "state": mail.state})
