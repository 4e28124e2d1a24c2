"""What write endpoints of the API share: a strict body, one call of the domain, done once."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request

from epm.platform import idempotency, problems, versions
from epm.platform.bodies import Nothing, StrictSerializer
from epm.platform.endpoints import Endpoint
from epm.platform.idempotency import Asked, Reply
from epm.platform.refusals import Refusal
from epm.platform.renderers import as_json

LARGEST_BODY: Final = 1 << 20
KEPT_REFUSALS: Final = frozenset({402, 409, 422})
"""Decided by the domain once it had looked. Any other may be mended by asking again."""


class TooLarge(problems.Problem):
    status_code = 413
    default_code = "payload-too-large"


class VersionRequired(problems.Problem):
    status_code = 428
    default_code = "precondition-required"


class Answer(NamedTuple):
    """What a write says when it is done, e.g. 201, the document, and its ETag or Location."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = MappingProxyType({})


class WriteEndpoint(Endpoint):
    """An address that writes. Declare `body`, `write_right` and `http_method_names`, and `write`.

    Every request brings an Idempotency-Key. The claim of the key, the work and its answer commit
    together, put down to whoever asks. An answer worth keeping is given again byte for byte; a
    refusal of the domain is kept too, after all that was done before it is undone.

    `edits`: the address takes If-Match. A PUT has to send it; `self.seen` is the version it names.
    """

    http_method_names = ["post"]
    write_right: ClassVar[str]
    body: ClassVar[type[StrictSerializer]] = Nothing
    success: ClassVar[int] = 201
    edits: ClassVar[bool] = False
    seen: int | None = None

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer | tuple[int, Any]:
        """Make the one call of the domain for the checked body, and tell it in the API's words.

        Nothing but database work: it runs inside the transaction.
        """
        raise NotImplementedError

    def get_body(self) -> type[StrictSerializer]:
        """What the body must look like, where the methods of an address differ."""
        return self.body

    def retold(self, refusal: Refusal) -> Refusal | ValidationError:
        """A refusal in the API's words, e.g. codes for ids; all that was done is undone by then."""
        return refusal

    def post(self, request: Request, **address: Any) -> HttpResponse:
        key = idempotency.checked(request.headers.get("Idempotency-Key"))
        if self.edits:
            self.seen = _seen(request)
        refuse_unreadable(request)
        body = self.get_body()(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        asked = _asked(request, key)
        return self._once(asked, body.validated_data, address)

    put = patch = delete = post

    def _once(self, asked: Asked, said: dict[str, Any], address: dict[str, Any]) -> HttpResponse:
        try:
            reply, again = self.done(asked, said, address)
        except (Refusal, ValidationError) as refusal:
            return self._refused(asked, refusal)
        except idempotency.AnsweredMeanwhile:
            return _replayed(_found(asked))
        return _replayed(reply) if again else _sent(reply)

    def done(
        self, asked: Asked, said: dict[str, Any], address: dict[str, Any]
    ) -> tuple[Reply, bool]:
        """The answer, and whether it was given before. Claim, work and answer commit together."""
        with transaction.atomic():
            known = idempotency.claim(asked)
            if known is not None:
                return known, True
            reply = _reply(Answer(*self.write(said, **address)))
            idempotency.keep(asked, reply)
        return reply, False

    def _refused(self, asked: Asked, refusal: Refusal | ValidationError) -> HttpResponse:
        if isinstance(refusal, Refusal):
            refusal = self.retold(refusal)
        told = problems.handle(refusal, {"view": self})
        if told is None or told.status_code not in KEPT_REFUSALS:
            raise refusal
        reply = Reply(told.status_code, {"Content-Type": told["Content-Type"]}, told.content)
        try:
            idempotency.keep(asked, reply)
        except idempotency.AnsweredMeanwhile:  # a twin began when our work was undone
            return _replayed(_found(asked))
        return _sent(reply)


def _seen(request: Request) -> int | None:
    named = request.headers.get("If-Match")
    if named is not None:
        return versions.seen_in(named)
    if request.method == "PUT":
        raise VersionRequired(_("Send the ETag of the version you saw as If-Match."))
    return None


def refuse_unreadable(request: Request) -> None:
    """What must not even be read: its size, or a dress that hides its size."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise TooLarge(_("A body has at most %(most)d bytes.") % {"most": LARGEST_BODY})
    encoding = request.headers.get("Content-Encoding", "identity")
    _media_type, told = parse_header_parameters(request.content_type or "")
    charset = told.get("charset", "utf-8")
    if encoding.lower() != "identity" or charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(f"{request.content_type}, {encoding}, {charset}")


def _asked(request: Request, key: str) -> Asked:
    principal, actor = credential(request.user)
    wanted = [request.method, request.get_full_path(), request.data]
    return Asked(
        principal=principal,
        route=_route(request),
        key=key,
        digest=idempotency.digest_of(idempotency.canonical(wanted)),
        actor=actor,
        reach=import_module(settings.EPM_REACH).reach_of(request.user),
    )


def _route(request: HttpRequest | Request) -> str:
    found = request.resolver_match
    return found.view_name if found else ""


def credential(principal: Any) -> tuple[str, str]:
    """Whose idempotency keys these are, and the name that what is written is put down to.

    No username has a space in it: “key Tills” is no person.
    """
    if isinstance(principal, get_user_model()):
        return f"user {principal.pk}", principal.get_username()
    return f"key {principal.key_id}", f"key {principal.name}"


def _found(asked: Asked) -> Reply:
    """The answer that a twin has left; it has committed, and is kept for days."""
    with transaction.atomic():
        known = idempotency.claim(asked)
    if known is None:
        raise idempotency.StillRunning
    return known


def _reply(answer: Answer) -> Reply:
    if answer.body is None:
        return Reply(answer.status, dict(answer.headers), b"")
    headers = {"Content-Type": "application/json", **answer.headers}
    return Reply(answer.status, headers, as_json(answer.body))


def _sent(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))


def _replayed(reply: Reply) -> HttpResponse:
    response = _sent(reply)
    response.headers["Idempotency-Replayed"] = "true"
    return response
