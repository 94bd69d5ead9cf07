"""One's own account, and the page of an invitation."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from chaoce.service.pages.account.forms import AcceptForm, AccountForm
from chaoce.service.pages.language import remember
from chaoce.service.people import invitations
from chaoce.service.people.guard import FACTORS, lacks_factor, memberships_of
from chaoce.service.people.invitations import PeopleFault
from chaoce.service.people.models import Membership, User


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Name and language to change; password, second factor, sessions, linked identity and roles to see, each with its page."""
    user = cast(User, request.user)
    form = AccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return remember(redirect("account:home"), request, user.language)
    factors = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    context = {
        "form": form,
        "app": Authenticator.Type.TOTP in factors,
        "passkeys": factors.count(Authenticator.Type.WEBAUTHN),
        "codes": Authenticator.Type.RECOVERY_CODES in factors,
        "has_factor": any(kind in FACTORS for kind in factors),
        "needs_factor": any(row.is_staff for row in memberships_of(request)),
        "sessions": UserSession.objects.filter(user=user).count(),
        "oidc": [app.name for app in get_adapter().list_apps(request)],
        "linked": SocialAccount.objects.filter(user=user).exists(),
        "memberships": memberships_of(request),
    }
    return render(request, "account/home.html", context, status=422 if form.errors else 200)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one of one's own sessions."""
    get_object_or_404(UserSession, user=request.user, pk=pk).end()
    messages.success(request, _("The session has ended."))
    return redirect("usersessions_list")


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What is offered, and how to take it up: a name and a password for a new person, one button for who is signed in."""
    row = invitations.found(token)
    if row is None:
        return render(request, "account/invitation_closed.html", status=404)
    user = request.user if request.user.is_authenticated else None
    known = invitations.has_account(row.email)
    form = None if user or known else AcceptForm(row.email, request.POST or None, initial={"name": row.name})
    fault = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        given = {"name": form.cleaned_data["name"], "password": form.cleaned_data["password1"]} if form else {}
        try:
            if user is None and form is None:
                raise PeopleFault("sign_in")
            member = invitations.accept(token, user, language=translation.get_language(), **given)
        except PeopleFault as refusal:
            fault = str(refusal)
        else:
            return _enter(request, member, signed_in=user is not None)
    context = {"invitation": row, "form": form, "known": known, "other": user is not None and user.email != row.email, "fault": fault}
    return render(request, "account/invitation.html", context, status=422 if fault or (form and form.errors) else 200)


def _enter(request: HttpRequest, member: Membership, signed_in: bool) -> HttpResponse:
    """On into the new membership; a new person is signed in, for the link and the password were just given."""
    answer = redirect("home")
    if not signed_in:
        record_authentication(request, member.user, method="password", reauthenticated=True, email=member.user.email)
        answer = perform_login(request, member.user, redirect_url="/")
    if request.user.is_authenticated:
        request.session["membership"] = member.pk
    if not lacks_factor(member.user, [member]):
        messages.success(request, _("Welcome. You act here as %(role)s.") % {"role": member.get_role_display()})
    return answer
