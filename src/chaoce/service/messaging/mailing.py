"""A message as a mail: in the person's language, no more in it than is needed to come here and look."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chaoce.service.messaging.catalogue import KINDS, Side, words
from chaoce.service.messaging.models import Message


def path_of(message: Message) -> str:
    """Where a message leads, as a path of this service; empty where it leads nowhere."""
    if message.url:
        return message.url
    if message.case_id is None:
        return ""
    try:
        return reverse("firm:case" if message.side == Side.FIRM else "review:case", args=[message.case_id])
    except NoReverseMatch:
        return ""


def address(path: str) -> str:
    """A path of this service with its address in front."""
    return settings.CHAOCE_ADDRESS.rstrip("/") + path


def mail_of(message: Message) -> EmailMessage:
    """The mail of a message. Its Message-ID is always the same: who gets it twice all the same can tell."""
    with override(message.to.language):
        said = words(message)
        lines = [said.body]
        path = path_of(message)
        if path:
            lines += ["", address(path)]
        lines += ["", "-- ", _("chaoce, the service for support policies. Do not answer this mail: nobody reads the answers.")]
        if KINDS[message.code].said(message.side).topic is not None:
            lines.append(_("Which mails you get is up to you: %(address)s") % {"address": address(reverse("messages:mails"))})
        return EmailMessage(
            subject=_("[chaoce] %(subject)s") % {"subject": said.subject},
            body="\n".join(lines),
            to=[message.to.email],
            headers={
                "Message-ID": f"<message-{message.pk}@{urlsplit(settings.CHAOCE_ADDRESS).hostname or 'localhost'}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": "en" if message.to.language == "en" else "zh-Hans",
            },
        )


def send(number: int) -> bool:
    """Mails a message; False where it is gone, was mailed before, or may have been.

    That it is being mailed is written down before, and taken back only where the mail server said no: if this process dies between the
    two, nobody knows whether the mail went, and it is not sent again. The message itself is in the service in any case.
    """
    if not Message.objects.filter(pk=number, mailing_at=None).update(mailing_at=timezone.now()):
        return False
    message = Message.objects.select_related("to", "case__call", "case__firm").get(pk=number)
    try:
        mail_of(message).send()
    except Exception:
        Message.objects.filter(pk=number).update(mailing_at=None)
        raise
    Message.objects.filter(pk=number).update(mailed_at=timezone.now())
    return True
