"""How sign-in departs from allauth: by invitation only, mails in the language of who reads them, identities linked by their owner."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from chaoce.service.people import sealing
from chaoce.service.people.models import User

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the page of an invitation makes the account."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails speak the language of who reads them, whatever page asked for them."""
        known = User.objects.filter(email=email.lower()).values_list("language", flat=True).first()
        with translation.override(known or translation.get_language()):
            super().send_mail(template_prefix, email, context)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account."""
        return "/account/"


class FactorAdapter(DefaultMFAAdapter):
    """What second factors are called here, and how their secrets are kept."""

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; raises Unreadable where its key is gone."""
        return sealing.unseal(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The service, as a browser names it when it asks for a passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": "chaoce 潮策"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """A name to begin with, told apart by its number."""
        count = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": count}


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """OIDC signs in those who are here already and have linked their identity themselves, signed in, with their password.

    An address alone links nobody: who controls an identity provider, or is given a left colleague's address, would else become
    that colleague here. The link also needs the provider to vouch for the very address of the account. Whoever needs a second
    factor is asked for it after OIDC too, for nothing is known of how the provider checked.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: an identity provider does not decide who belongs to a firm or a department."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Stops a link to an identity with another address, and a sign-in by one that nobody has linked."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            vouched = {row.email.lower() for row in sociallogin.email_addresses if row.verified}
            if request.user.is_authenticated and request.user.email.lower() not in vouched:
                messages.error(
                    request, _("Not linked: the identity provider does not vouch for %(email)s.") % {"email": request.user.email}
                )
                raise ImmediateHttpResponse(redirect("socialaccount_connections"))
        elif not sociallogin.is_existing:
            raise ImmediateHttpResponse(render(request, "socialaccount/not_linked.html", status=403))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Into the log; the page does not tell whoever calls what went wrong at the provider."""
        log.warning("OIDC: %s %s", error, exception)
