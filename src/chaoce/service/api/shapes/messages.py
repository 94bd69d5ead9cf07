"""Messages to the person of the token."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chaoce.service.api.shapes.common import Moment, Page, Paged, Sent, Shape, example

MESSAGE: dict[str, Any] = {
    "id": 5, "code": "case_accepted", "subject": "申报已受理", "body": "你单位的申报 HN2026-000001 已通过预审。", "case": 12,
    "at": "2026-03-21T10:00:00+08:00", "read_at": None,
}  # fmt: skip


class MessageShape(Shape):
    """A message, in the language of the request."""

    id: int
    code: str = Field(description="What it is about; the words may change, the code does not.")
    subject: str
    body: str
    case: int | None
    at: Moment
    read_at: Moment | None

    model_config = example(**MESSAGE)


class MessagePage(Page):
    """Messages, the latest first."""

    items: list[MessageShape]

    model_config = example(items=[MESSAGE], next=None)


class MessageFilter(Paged):
    """Which messages."""

    unread: bool = Field(False, description="Only those that have not been read.")


class ReadMessage(Sent):
    """Nothing more needs to be said."""

    model_config = example()
