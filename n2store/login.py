"""`/api/auth/…`: a token for a program or a page of another origin. The admin's session works for the API as well."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.urls import path
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.utils import extend_schema
from knox.models import get_token_model
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.errors import DomainError
from n2store.login_limits import LoginLocked, is_locked
from n2store.roles import IsStaffMember, roles_of


class LoginFailed(DomainError):
    """User name or password is wrong; which of them is not said."""

    status, code = 401, "LOGIN_FAILED"


class Credentials(serializers.Serializer[Any]):
    """What a login sends."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class IssuedToken(serializers.Serializer[Any]):
    """What a login gets."""

    success = serializers.BooleanField()
    token = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


class RememberedTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # its base is not typed
    """Says in the API document what a client sends: the same as for Knox's own class."""

    target_class = "n2store.tokens.RememberedToken"


class Login(APIView):
    """User name and password for a token, shown this once."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(request=Credentials, responses={200: IssuedToken, 401: IssuedToken})
    def post(self, request: Request) -> Response:
        """Issue a token; send it as `Authorization: Token <token>`."""
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        asked_by = request._request  # noqa: SLF001 -- Django's own, which authentication wants
        user = authenticate(asked_by, **given.validated_data)
        if is_locked(asked_by):
            raise LoginLocked
        if not isinstance(user, User):
            raise LoginFailed("User name or password is wrong.")
        user_logged_in.send(sender=User, request=asked_by, user=user)
        _token, text = get_token_model().objects.create(user=user)
        return Response({"success": True, "token": text, "roles": sorted(roles_of(user))})


class Logout(APIView):
    """The end of a token."""

    permission_classes = [IsStaffMember]

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Revoke the token of this request."""
        if isinstance(request.auth, get_token_model()):
            request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [path("login", Login.as_view()), path("logout", Logout.as_view())]
