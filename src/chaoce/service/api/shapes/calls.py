"""Calls and their guides."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chaoce.service.api.shapes.common import Moment, Page, Paged, Shape, example
from chaoce.service.api.shapes.people import DepartmentShape
from chaoce.service.calls.models import Call, Guide

_LEAD = {"id": 1, "zh": "市经信局", "en": "Bureau of Economy and Information Technology"}
CALL: dict[str, Any] = {
    "id": 3, "year": 2026, "zh": "2026年度算力补贴申报", "en": "Compute subsidy 2026",
    "benefits": [{"policy": "haining-ai-2026", "benefit": "compute-purchase"}], "lead": _LEAD,
    "joint": [{"id": 2, "zh": "市财政局", "en": "Bureau of Finance"}], "opens_at": "2026-03-01T09:00:00+08:00",
    "closes_at": "2026-06-30T17:00:00+08:00", "published_at": "2026-02-20T10:00:00+08:00", "closed_at": None, "open": True,
}  # fmt: skip


class Pair(Shape):
    """A benefit of a policy."""

    policy: str
    benefit: str


class CallShape(Shape):
    """A window in which firms apply (申报批次)."""

    id: int
    year: int
    zh: str
    en: str
    benefits: list[Pair]
    lead: DepartmentShape
    joint: list[DepartmentShape]
    opens_at: Moment
    closes_at: Moment = Field(description="From this moment on nothing can be handed in.")
    published_at: Moment | None
    closed_at: Moment | None = Field(description="When it was ended before its time.")
    open: bool

    model_config = example(**CALL)

    @classmethod
    def of(cls, row: Call) -> CallShape:
        """From its row."""
        return cls(**cls.members(row))

    @staticmethod
    def members(row: Call) -> dict[str, Any]:
        """Its members, for the shapes that add to it."""
        return {
            "id": row.pk, "year": row.year, "zh": row.zh, "en": row.en,
            "benefits": [Pair(policy=policy, benefit=benefit) for policy, benefit in row.benefits],
            "lead": DepartmentShape.of(row.lead), "joint": [DepartmentShape.of(one) for one in row.joint.all()],
            "opens_at": row.opens_at, "closes_at": row.closes_at, "published_at": row.published_at, "closed_at": row.closed_at,
            "open": row.is_open,
        }  # fmt: skip


class CallPage(Page):
    """Calls, the latest made first."""

    items: list[CallShape]

    model_config = example(items=[CALL], next=None)


class CallFilter(Paged):
    """Which calls."""

    year: int | None = Field(None, ge=2020, le=2099, description="Only calls of this year.")
    open: bool | None = Field(None, description="Only calls whose window is open now, or only those whose is not.")


class EvidenceItem(Shape):
    """An item of the evidence list."""

    code: str
    zh: str
    en: str
    required: bool
    benefit: str = Field(description="The benefit that asks for it; empty where all do.")


class GuideShape(Shape):
    """A guide (申报指南): once published it never changes."""

    version: int
    rules: dict[str, dict[str, Any]] = Field(description="Procedure rules that are switched on, with their source and parameters.")
    evidence: list[EvidenceItem]
    text_zh: str
    text_en: str
    four_eyes: bool
    review_days: int
    correction_days: int
    published_at: Moment | None

    @classmethod
    def of(cls, row: Guide) -> GuideShape:
        """From its row."""
        return cls(
            version=row.version,
            rules={code: rule for code, rule in row.rules.items() if rule.get("on")},
            evidence=[
                EvidenceItem(
                    code=item["code"], zh=item["zh"], en=item.get("en") or item["zh"], required=bool(item.get("required")),
                    benefit=item.get("benefit", ""),
                )
                for item in row.evidence
            ],
            text_zh=row.text_zh, text_en=row.text_en, four_eyes=row.four_eyes, review_days=row.review_days,
            correction_days=row.correction_days, published_at=row.published_at,
        )  # fmt: skip


class CallWithGuide(CallShape):
    """A call with the guide in force."""

    guide: GuideShape | None

    model_config = example(
        **CALL,
        guide={
            "version": 1, "rules": {"registered_in": {"on": True, "source": "申报通知第二条", "division": "330481"}},
            "evidence": [{"code": "contract", "zh": "采购合同", "en": "Purchase contract", "required": True, "benefit": ""}],
            "text_zh": "", "text_en": "", "four_eyes": True, "review_days": 20, "correction_days": 10,
            "published_at": "2026-02-20T10:00:00+08:00",
        },
    )  # fmt: skip

    @classmethod
    def of(cls, row: Call) -> CallWithGuide:
        """From its row."""
        guide = row.guide
        return cls(**cls.members(row), guide=GuideShape.of(guide) if guide else None)
