"""The messages of the person who is signed in: to read, to open what they are about, and which of them come as mails."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.db.models.lookups import IsNull
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chaoce.service.cases.models import Case
from chaoce.service.messaging.catalogue import Side, Words, words
from chaoce.service.messaging.mailing import path_of
from chaoce.service.messaging.models import MailChoice, Message
from chaoce.service.pages.messages.forms import MailForm
from chaoce.service.pages.views import back
from chaoce.service.people.guard import memberships_of

PAGE = 25


@dataclass(frozen=True)
class Shown:
    """A message as the page shows it."""

    message: Message
    words: Words
    leads: bool  # whether there is something to open


@require_safe
def list_messages(request: HttpRequest) -> HttpResponse:
    """All messages, those not read first; `?show=unread` leaves out the others."""
    mine = Message.objects.filter(to=request.user.pk)
    only_unread = request.GET.get("show") == "unread"
    rows = (mine.filter(read_at=None) if only_unread else mine).order_by(IsNull(F("read_at"), True).desc(), "-at", "-id")
    page = Paginator(rows.select_related("case__call", "case__firm"), PAGE).get_page(request.GET.get("page"))
    shown = [Shown(message, words(message), bool(path_of(message))) for message in page.object_list]
    newest = mine.order_by("-id").values_list("id", flat=True).first() or 0
    unread = any(one.message.read_at is None for one in shown)  # they stand first
    context = {"page": page, "shown": shown, "only_unread": only_unread, "newest": newest, "any_unread": unread}
    return render(request, "messages/list.html", context)


@require_POST
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a message as read and goes to what it is about, in a membership that may see it."""
    message = get_object_or_404(Message.objects.select_related("case"), pk=pk, to=request.user.pk)
    _read(Message.objects.filter(pk=message.pk))
    if message.case_id is not None and not _sees(request, message):
        for member in memberships_of(request):
            if Case.objects.seen_by(member).filter(pk=message.case_id).exists():
                request.session["membership"] = member.pk
                break
        else:
            messages.warning(request, _("What this message is about is no longer there for you."))
            return redirect("messages:list")
    return redirect(path_of(message) or "messages:list")


def _sees(request: HttpRequest, message: Message) -> bool:
    return Case.objects.seen_by(request.member).filter(pk=message.case_id or 0).exists()  # type: ignore[attr-defined]


@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a message as read."""
    message = get_object_or_404(Message, pk=pk, to=request.user.pk)
    _read(Message.objects.filter(pk=message.pk))
    return redirect(back(request, "messages:list"))


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Marks all messages as read, up to the newest that was there when the page was made."""
    newest = request.POST.get("newest", "")
    if newest.isascii() and newest.isdigit() and len(newest) < 19:
        _read(Message.objects.filter(to=request.user.pk, pk__lte=int(newest)))
    return redirect("messages:list")


def _read(rows: QuerySet[Message]) -> None:
    rows.filter(read_at=None).update(read_at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: HttpRequest) -> HttpResponse:
    """Which messages come as mails as well."""
    choice = MailChoice.objects.filter(user=request.user.pk).first()
    off = choice.off if choice is not None else []
    sides = sorted({Side.FIRM if member.is_firm else Side.CITY for member in memberships_of(request)})
    form = MailForm(request.POST if request.method == "POST" else None, sides=sides, off=off)
    if form.is_bound and form.is_valid():
        MailChoice.objects.update_or_create(user_id=request.user.pk or 0, defaults={"off": form.off(off)})
        messages.success(request, _("Saved. It holds from the next message on."))
        return redirect("messages:mails")
    return render(request, "messages/mails.html", {"form": form}, status=422 if form.is_bound else 200)
