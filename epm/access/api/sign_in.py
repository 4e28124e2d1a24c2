"""Tokens for people's programs: django-allauth signs in, these doors speak our API's language."""

import json
from typing import Any, Final, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless import app_settings
from allauth.headless.account.views import LoginView
from allauth.headless.base.views import APIView
from allauth.headless.constants import Client
from allauth.headless.mfa.views import AuthenticateView
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.adapters import RETRY_AFTER_SECONDS
from epm.access.authentication import BearerAuthentication
from epm.access.services import sessions
from epm.access.tokens import RotatingTokens
from epm.platform.endpoints import Endpoint
from epm.platform.problems import problem

CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="epm"'}


class CredentialsIn(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class CodeIn(serializers.Serializer):
    code = serializers.CharField(
        max_length=32, help_text="Of the authenticator app, or a recovery code."
    )


class RefreshIn(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=8192)


class TokensOut(serializers.Serializer):
    access_token = serializers.CharField(help_text="For the header `Authorization: Bearer …`.")
    refresh_token = serializers.CharField(help_text="Renews the pair, once.")
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds the access token lives.")


class Door(Endpoint):
    """Whoever is not signed in yet."""

    http_method_names = ["post"]
    authentication_classes = []
    permission_classes = [AllowAny]
    serializer_class = TokensOut
    body: type[serializers.Serializer]

    def checked(self, request: Request) -> dict[str, Any]:
        """The body as declared; django-allauth reads the same bytes again."""
        _kept = request._request.body  # noqa: SLF001 - else the parser uses the stream up
        words = self.body(data=request.data)
        words.is_valid(raise_exception=True)
        return dict(words.validated_data)


class SignIn(Door):
    """A pair of tokens for a name and a password. With a second factor: 401 and what to do next."""

    body = CredentialsIn

    @extend_schema(request=CredentialsIn, responses=TokensOut, auth=[])
    def post(self, request: Request) -> Response | HttpResponse:
        self.checked(request)
        return _answer(LoginView, request)


class SecondFactor(Door):
    """The second half of signing in."""

    body = CodeIn

    @extend_schema(
        request=CodeIn,
        responses=TokensOut,
        auth=[],
        parameters=[
            OpenApiParameter(
                "X-Session-Token", str, OpenApiParameter.HEADER, required=True,
                description="`session_token` of the problem `second-factor-needed`.",
            )
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response | HttpResponse:
        self.checked(request)
        return _answer(AuthenticateView, request)


class Refresh(Door):
    """A new pair for a refresh token. One that is shown twice ends the session of both."""

    body = RefreshIn

    @extend_schema(request=RefreshIn, responses=TokensOut, auth=[])
    def post(self, request: Request) -> Response | HttpResponse:
        made = RotatingTokens().refresh_token(self.checked(request)["refresh_token"])
        if made is None:
            return _refused(_("The refresh token is not valid, or was used before: sign in."))
        return _pair(*made)


class LogOut(Endpoint):
    """End the session of the token that is sent, and all its tokens."""

    http_method_names = ["post"]
    authentication_classes = [BearerAuthentication]
    permission_classes = [IsAuthenticated]
    serializer_class = TokensOut

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        sessions.end_family(session=cast("SessionBase", request.auth))
        return Response(status=204)


def _answer(view: type[APIView], request: Request) -> Response | HttpResponse:
    try:
        answer = view.as_api_view(client=Client.APP)(request._request)  # noqa: SLF001
    except ImmediateHttpResponse as instead:
        answer = instead.response
    if answer.get("Content-Type") == "application/problem+json":
        return cast("HttpResponse", answer)
    said = json.loads(answer.content or b"{}")
    if answer.status_code == 200:
        return _pair(said["meta"]["access_token"], said["meta"]["refresh_token"])
    codes = {one.get("code") for one in said.get("errors", ())}
    if answer.status_code == 429 or "too_many_login_attempts" in codes:
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return problem(429, "rate-limited", headers=retry)
    for flow in said.get("data", {}).get("flows", ()):
        if flow["id"] == "mfa_authenticate" and "session_token" in said.get("meta", {}):
            facts = {"session_token": said["meta"]["session_token"], "types": flow["types"]}
            return problem(401, "second-factor-needed", facts=facts, headers=CHALLENGE)
    return _refused(_("The name, the password or the code is wrong, or it took too long."))


def _pair(access_token: str, refresh_token: str) -> Response:
    return Response({
        "access_token": access_token,
        "refresh_token": refresh_token,
        "token_type": "Bearer",
        "expires_in": app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN,
    })  # fmt: skip


def _refused(why: Any) -> HttpResponse:
    return problem(401, "invalid-credentials", detail=why, headers=CHALLENGE)
