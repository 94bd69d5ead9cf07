"""How sign-in departs from allauth: nobody signs up without an invitation."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the page of an invitation makes the account."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """OIDC signs in those who are already here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: an identity provider does not decide who belongs to a firm or a department."""
        return False
