"""Who belongs to a firm, for its owners, and to the city, for the programme office: who is there, who is invited, who leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chaoce.service.pages.account.forms import InviteForm, InviteStaffForm, StaffFilter
from chaoce.service.people import invitations
from chaoce.service.people.guard import FACTORS
from chaoce.service.people.invitations import PeopleFault
from chaoce.service.people.models import FactorReset, Invitation, Membership
from chaoce.service.people.roles import FIRM, Role

_A_PAGE = 25


def _living() -> QuerySet[Membership]:
    factor = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    resets = Prefetch("user__factor_resets", FactorReset.objects.select_related("by"))
    rows = Membership.objects.filter(ended_at=None).select_related("user", "firm", "department", "town")
    return rows.annotate(factor=Exists(factor)).prefetch_related(resets)


def _ended() -> QuerySet[Membership]:
    """Roles that have ended, the last first, with who ended them."""
    rows = Membership.objects.exclude(ended_at=None).select_related("user", "firm", "department", "town", "ended_by")
    return rows.order_by("-ended_at", "-id")


def _waiting() -> QuerySet[Invitation]:
    since = timezone.now() - timedelta(days=Invitation.DAYS)
    rows = Invitation.objects.filter(accepted_at=None, cancelled_at=None, invited_at__gt=since)
    return rows.select_related("firm", "department", "town", "invited_by")


def _invited(request: HttpRequest, form: InviteForm) -> bool:
    """Whether the form held an invitation and it was sent; what was wrong is on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        row = invitations.invite(request.member, data["email"], data["role"], name=data["name"], **form.place())  # type: ignore[attr-defined]
    except PeopleFault as fault:
        form.add_error(None, str(fault))
        return False
    messages.success(request, _("Invited: a mail with a link has gone to %(email)s.") % {"email": row.email})
    return True


@require_http_methods(["GET", "POST"])
def of_firm(request: HttpRequest) -> HttpResponse:
    """The people of the owner's firm."""
    member: Membership = request.member  # type: ignore[attr-defined]
    form = InviteForm(request.POST or None)
    if _invited(request, form):
        return redirect("account:people")
    context: dict[str, Any] = {
        "form": form,
        "people": _living().filter(firm=member.firm_id).order_by("role", "id"),
        "waiting": _waiting().filter(firm=member.firm_id),
        "ended": Paginator(_ended().filter(firm=member.firm_id), _A_PAGE).get_page(request.GET.get("ended")),
    }
    return render(request, "account/people.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def of_city(request: HttpRequest) -> HttpResponse:
    """The people of the city, or of firms where asked for, and invitations into any role."""
    form = InviteStaffForm(request.POST or None)
    if _invited(request, form):
        return redirect("account:staff")
    sieve = StaffFilter(request.GET)
    asked = sieve.cleaned_data if sieve.is_valid() else {}
    wanted = Q(role=asked["role"]) if asked.get("role") else ~Q(role__in=FIRM)
    if asked.get("department"):
        wanted &= Q(department=asked["department"])
    if asked.get("q"):
        words = asked["q"]
        wanted &= Q(user__name__icontains=words) | Q(user__email__icontains=words) | Q(firm__name__icontains=words)
    people = _living().filter(wanted).order_by("user__name", "id")
    context = {
        "form": form,
        "sieve": sieve,
        "page": Paginator(people, _A_PAGE).get_page(request.GET.get("page")),
        "waiting": Paginator(_waiting(), _A_PAGE).get_page(request.GET.get("waiting")),
        "ended": Paginator(_ended().filter(wanted), _A_PAGE).get_page(request.GET.get("ended")),
    }
    return render(request, "account/staff.html", context, status=422 if form.errors else 200)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect("account:staff" if request.member.role == Role.OFFICE else "account:people")  # type: ignore[attr-defined]


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an invitation back."""
    try:
        row = invitations.cancel(request.member, pk)  # type: ignore[attr-defined]
    except PeopleFault as fault:
        if fault.code == "not_yours":
            raise Http404 from None
        messages.error(request, str(fault))
    else:
        messages.success(request, _("Cancelled: the link sent to %(email)s no longer works.") % {"email": row.email})
    return _back(request)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a membership."""
    try:
        row = invitations.end(request.member, pk)  # type: ignore[attr-defined]
    except PeopleFault as fault:
        if fault.code == "not_yours":
            raise Http404 from None
        messages.error(request, str(fault))
        return _back(request)
    messages.success(request, _("Ended: %(name)s is no longer %(role)s.") % {"name": row.user.name, "role": row.get_role_display()})
    return redirect("home") if row.pk == request.member.pk else _back(request)  # type: ignore[attr-defined]


@require_POST
def reset_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes away somebody's second factors."""
    try:
        person = invitations.reset_factor(request.member, pk)  # type: ignore[attr-defined]
    except PeopleFault as fault:
        if fault.code == "not_yours":
            raise Http404 from None
        messages.error(request, str(fault))
    else:
        messages.success(request, _("Taken away: %(name)s sets up a new second factor at the next sign-in.") % {"name": person.name})
    return _back(request)
