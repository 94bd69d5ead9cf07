"""Messages to the person of the token."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query

from chaoce.service.api.operations.asked import member_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.messages import MessageFilter, MessagePage, MessageShape, ReadMessage
from chaoce.service.cases.models import Case
from chaoce.service.messaging.catalogue import words
from chaoce.service.messaging.models import Message

group = Group("Messages")


def _mine(request: HttpRequest) -> QuerySet[Message]:
    """Those to the person, but for cases that this membership does not see."""
    member = member_of(request)
    rows = Message.objects.filter(to=member.user_id).filter(Q(case=None) | Q(case__in=Case.objects.seen_by(member)))
    return rows.select_related("case__call", "case__firm")


def _shape(row: Message) -> MessageShape:
    said = words(row)
    body = f"{said.body}\n\n{said.more}" if said.more else said.body
    return MessageShape(id=row.pk, code=row.code, subject=said.subject, body=body, case=row.case_id, at=row.at, read_at=row.read_at)


@group.reads("/messages", Scope.READ_MESSAGES, MessagePage, "List messages", "消息列表")
def messages(request: HttpRequest, query: Query[MessageFilter]) -> MessagePage:
    """Messages to the person of the token about what its membership sees."""
    rows = _mine(request).filter(read_at=None) if query.unread else _mine(request)
    return MessagePage(**page_of(request, rows, query, _shape))


@group.writes("/messages/{int:number}/read", Scope.WRITE_MESSAGES, MessageShape, "Mark a message as read", "标为已读")
def read_message(request: HttpRequest, number: int, body: ReadMessage) -> MessageShape:
    """Marks a message as read; one that was read already keeps its moment."""
    Message.objects.filter(to=member_of(request).user_id, pk=number, read_at=None).update(read_at=timezone.now())
    row = _mine(request).filter(pk=number).first()
    if row is None:
        raise Http404
    return _shape(row)
