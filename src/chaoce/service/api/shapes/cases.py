"""Cases as they come out: in a list, and whole."""

from __future__ import annotations

import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from chaoce.service.api.shapes.common import Moment, Money, Page, Paged, Sent, Shape, example, text, yuan
from chaoce.service.cases.flow import Outcome, State, Verdict
from chaoce.service.cases.models import Assessed, Case, CaseLine, Check, Correction, Opinion, Remark, Review, Visit
from chaoce.service.cases.timeline import Entry
from chaoce.service.papers.shelf import Paper

StateName = Literal["draft", "submitted", "correction", "review", "reviewed", "decided", "ready", "withdrawn"]
OutcomeName = Literal["", "granted", "partly", "refused"]
assert set(StateName.__args__) == set(State.values)  # type: ignore[attr-defined]
assert set(OutcomeName.__args__) == {"", *Outcome.values}  # type: ignore[attr-defined]

BRIEF: dict[str, Any] = {
    "id": 12, "number": "HN2026-000001", "state": "review", "outcome": "", "version": 7, "call": 3, "year": 2026,
    "firm": {"uscc": "91330481MA2TEKT025", "name": "海宁某智能科技有限公司"}, "ready_made": False,
    "created_at": "2026-03-20T09:30:00+08:00", "changed_at": "2026-03-24T15:00:00+08:00", "submitted_at": "2026-03-21T09:00:00+08:00",
    "decided_at": None, "claimed": "410000.00", "granted": None,
}  # fmt: skip
REMARK: dict[str, Any] = {
    "id": 4, "inside": False, "text": "请补充合同盖章页。", "who": "市经信局", "person": "王芳", "at": "2026-03-24T15:00:00+08:00",
}  # fmt: skip
_LINE: dict[str, Any] = {
    "id": 31, "policy": "haining-ai-2026", "benefit": "compute-purchase", "fact": "p1", "fact_ref": 17, "ceiling": True,
    "claimed": "410000.00", "computed": None, "lowered": None, "lowered_why": "", "granted": None, "granted_why": "",
}  # fmt: skip
CASE: dict[str, Any] = {
    **BRIEF, "form": {"contact": "沈明", "phone": "0573-87000000", "consent": "yes"}, "lines": [_LINE], "decided_why": "",
    "guide": 1, "corrections": [], "steps": ["withdraw"], "waiting": {"days": 1, "of": 20, "stopped": False, "over": False, "late": False},
}  # fmt: skip


class FirmOf(Shape):
    """The firm of a case."""

    uscc: str
    name: str


class CaseBrief(Shape):
    """A case in a list."""

    id: int
    number: str | None = Field(description="Given when it is first handed in.")
    state: StateName
    outcome: OutcomeName
    version: int = Field(description="Counts every change; a step names the one that the caller saw.")
    call: int
    year: int
    firm: FirmOf
    ready_made: bool = Field(description="Made from an official list; the firm only confirms (免申即享).")
    created_at: Moment
    changed_at: Moment
    submitted_at: Moment | None
    decided_at: Moment | None
    claimed: Money | None
    granted: Money | None

    model_config = example(**BRIEF)

    @classmethod
    def of(cls, row: Case) -> CaseBrief:
        """From its row, with its firm, call and lines."""
        return cls(**cls.members(row))

    @staticmethod
    def members(row: Case) -> dict[str, Any]:
        """Its members, for the shape that adds to it."""
        lines = list(row.lines.all())
        return {
            "id": row.pk, "number": row.number, "state": row.state, "outcome": row.outcome, "version": row.version, "call": row.call_id,
            "year": row.call.year, "firm": FirmOf(uscc=row.firm.uscc, name=row.firm.name), "ready_made": row.ready_made,
            "created_at": row.created_at, "changed_at": row.changed_at, "submitted_at": row.submitted_at, "decided_at": row.decided_at,
            "claimed": _total(lines, "claimed"), "granted": _total(lines, "granted"),
        }  # fmt: skip


def _total(lines: list[CaseLine], name: str) -> str | None:
    said = [amount for line in lines if (amount := getattr(line, name)) is not None]
    return yuan(sum(said)) if said else None


class CasePage(Page):
    """Cases, the latest made first."""

    items: list[CaseBrief]

    model_config = example(items=[BRIEF], next=None)


class CaseFilter(Paged):
    """Which cases."""

    state: StateName | None = Field(None, description="Only cases in this state.")
    call: int | None = Field(None, ge=1, le=2**31 - 1, description="Only cases of this call.")
    firm: text(18) | None = Field(None, description="Only cases of the firm with this identifier.")  # type: ignore[valid-type]
    year: int | None = Field(None, ge=2020, le=2099, description="Only cases of calls of this year.")
    number: text(20) | None = Field(None, description="The case with this number.")  # type: ignore[valid-type]
    changed_since: datetime.datetime | None = Field(None, description="Only cases changed at this moment or later.")


class LineShape(Shape):
    """What a case claims for one fact under one benefit."""

    id: int
    policy: str
    benefit: str
    fact: str = Field(description="The id of the fact in the firm's facts file.")
    fact_ref: int
    ceiling: bool = Field(description="The text gives the computed amount only as a ceiling.")
    claimed: Money | None = Field(description="Computed when it was handed in.")
    computed: Money | None = Field(description="Computed at the decision.")
    lowered: Money | None = Field(description="A reviewer's lower amount; for the firm only once it is decided.")
    lowered_why: str
    granted: Money | None
    granted_why: str

    @classmethod
    def of(cls, row: CaseLine, inside: bool) -> LineShape:
        """From its row with its fact; `inside` for those who see what the review is doing."""
        return cls(
            id=row.pk, policy=row.policy, benefit=row.benefit, fact=row.fact.key, fact_ref=row.fact_id, ceiling=row.ceiling,
            claimed=yuan(row.claimed), computed=yuan(row.computed), lowered=yuan(row.lowered) if inside else None,
            lowered_why=row.lowered_why if inside else "", granted=yuan(row.granted), granted_why=row.granted_why,
        )  # fmt: skip


class PointShape(Shape):
    """A point that the firm is asked to put right, with its answer."""

    text: str
    fact: str
    answer: str


class CorrectionShape(Shape):
    """A correction; while it is open the clock of the case stands."""

    points: list[PointShape]
    deadline: datetime.date
    asked_at: Moment
    answered_at: Moment | None

    @classmethod
    def of(cls, row: Correction) -> CorrectionShape:
        """From its row."""
        points = [PointShape(text=one["text"], fact=one.get("fact", ""), answer=one.get("answer", "")) for one in row.points]
        return cls(points=points, deadline=row.deadline, asked_at=row.asked_at, answered_at=row.answered_at)


class ReviewShape(Shape):
    """One department's part."""

    department: str
    lead: bool
    verdict: Literal["", "agrees", "objects"]
    opinion: str
    by: str | None
    at: Moment | None

    @classmethod
    def of(cls, row: Review) -> ReviewShape:
        """From its row with its department and person."""
        verdict: Any = row.verdict
        by = row.by.name if row.by else None
        return cls(department=row.department.zh, lead=row.lead, verdict=verdict, opinion=row.opinion, by=by, at=row.at)


assert set(Verdict.values) == {"agrees", "objects"}


class CheckShape(Shape):
    """What the pre-check found. A stopping one holds the decision until it is cleared."""

    id: int
    code: str
    text: str
    passed: bool
    stops: bool
    subject: str
    cleared_at: Moment | None
    cleared_why: str

    @classmethod
    def of(cls, row: Check) -> CheckShape:
        """From its row."""
        from chaoce.service.cases.checks import say

        return cls(
            id=row.pk, code=row.code, text=str(say(row)), passed=row.passed, stops=row.stops, subject=row.subject,
            cleared_at=row.cleared_at, cleared_why=row.cleared_why,
        )  # fmt: skip


class WaitingShape(Shape):
    """How long a case has waited, or took: working days, without the time that it was with the firm."""

    days: int
    of: int = Field(description="Working days that the guide says it usually takes.")
    stopped: bool = Field(description="The clock stands: the case is with the firm.")
    over: bool
    late: bool


class CaseShape(CaseBrief):
    """A whole case. `reviews` and `checks` are null for the firm, its town and experts."""

    guide: int = Field(description="The version of the guide that it runs under.")
    form: dict[str, str]
    lines: list[LineShape]
    corrections: list[CorrectionShape]
    decided_why: str
    waiting: WaitingShape | None = Field(description="Null before it is handed in and once it is withdrawn.")
    reviews: list[ReviewShape] | None = None
    checks: list[CheckShape] | None = None
    steps: list[str] = Field(description="The steps of the flow that the caller's role may take from this state.")

    model_config = example(**CASE, reviews=None, checks=None)


class LostClaim(Shape):
    """A benefit of the firm's best claim that would give less once this case is granted."""

    policy: str
    benefit: str
    facts: list[str] = Field(description="The ids of the facts for which it would give less.")
    best: Money = Field(description="What it comes to in the best claim.")
    left: Money = Field(description="What is left of that.")
    lost: Money

    model_config = example(
        policy="haining-ai-2026", benefit="compute-purchase", facts=["p1", "p2"], best="380000.00", left="200000.00", lost="180000.00"
    )


class BetterClaim(Shape):
    """Whether handing this case in would cost the firm a better claim elsewhere; amounts are null where it would not."""

    forecloses: bool
    best: Money | None = Field(description="The firm's best total over everything.")
    case: Money | None = Field(description="What this case brings.")
    rest: Money | None = Field(description="The best total of what is left once it is granted.")
    lost: Money | None
    claims: list[LostClaim] = Field(description="Which claims are lost, the largest first; empty where none is.")

    model_config = example(
        forecloses=True, best="380000.00", case="200000.00", rest="0.00", lost="180000.00",
        claims=[
            {
                "policy": "haining-ai-2026", "benefit": "compute-purchase", "facts": ["p1", "p2"],
                "best": "380000.00", "left": "200000.00", "lost": "180000.00",
            }
        ],
    )  # fmt: skip


class RemarkShape(Shape):
    """Something written on a case; `inside` ones are seen by the departments only."""

    id: int
    inside: bool
    text: str
    who: str = Field(description="The firm, the department or the town.")
    person: str = Field(description="Empty where the caller may not know it: to a firm departments act, not people.")
    at: Moment

    model_config = example(**REMARK)

    @classmethod
    def of(cls, row: Remark, who: str, person: str) -> RemarkShape:
        """From its row, with who wrote it as the caller may know it."""
        return cls(id=row.pk, inside=row.inside, text=row.text, who=who, person=person, at=row.at)


class RemarkPage(Page):
    """Remarks, the latest first."""

    items: list[RemarkShape]

    model_config = example(items=[REMARK], next=None)


class VisitShape(Shape):
    """A first look or a visit on the spot by the town."""

    id: int
    day: datetime.date
    on_site: bool
    sound: bool = Field(description="What was seen agrees with what was handed in.")
    report: str
    by: str
    at: Moment

    model_config = example(
        id=2, day="2026-03-25", on_site=True, sound=True, report="设备在场，与发票一致。", by="李强", at="2026-03-25T16:00:00+08:00"
    )

    @classmethod
    def of(cls, row: Visit) -> VisitShape:
        """From its row with its person."""
        return cls(id=row.pk, day=row.day, on_site=row.on_site, sound=row.sound, report=row.report, by=row.by.name, at=row.at)


class Visits(Shape):
    """All visits of a case, the first one first."""

    items: list[VisitShape]

    model_config = example(
        items=[
            {
                "id": 2, "day": "2026-03-25", "on_site": True, "sound": True, "report": "设备在场，与发票一致。", "by": "李强",
                "at": "2026-03-25T16:00:00+08:00",
            }
        ]
    )  # fmt: skip


class OpinionShape(Shape):
    """An expert asked about a case, and the answer."""

    id: int
    expert: str
    question: str
    asked_at: Moment
    text: str
    recused: bool = Field(description="The expert stands aside.")
    answered_at: Moment | None

    model_config = example(
        id=1,
        expert="周教授",
        question="算力用途是否为模型训练？",
        asked_at="2026-03-24T15:00:00+08:00",
        text="",
        recused=False,
        answered_at=None,
    )

    @classmethod
    def of(cls, row: Opinion) -> OpinionShape:
        """From its row with its expert."""
        return cls(
            id=row.pk, expert=row.expert.name, question=row.question, asked_at=row.asked_at, text=row.text, recused=row.recused,
            answered_at=row.answered_at,
        )  # fmt: skip


class Opinions(Shape):
    """All opinions of a case that the caller may read: an expert reads only the own one."""

    items: list[OpinionShape]

    model_config = example(
        items=[
            {
                "id": 1, "expert": "周教授", "question": "算力用途是否为模型训练？", "asked_at": "2026-03-24T15:00:00+08:00", "text": "",
                "recused": False, "answered_at": None,
            }
        ]
    )  # fmt: skip


class EventShape(Shape):
    """Something that happened to a case. `text` is in the language of the request, `detail` and `points` as they were written."""

    at: Moment
    kind: str
    who: str = Field(description="A firm, a department, a town or a role.")
    person: str = Field(description="Empty where the caller may not know it.")
    text: str
    detail: str
    points: list[str]
    inside: bool

    @classmethod
    def of(cls, entry: Entry) -> EventShape:
        """From the line of the timeline."""
        return cls(
            at=entry.at, kind=entry.kind, who=entry.who, person=entry.person, text=entry.text, detail=entry.detail,
            points=list(entry.points), inside=entry.inside,
        )  # fmt: skip


class Timeline(Shape):
    """All that happened as the caller may see it, the latest first."""

    items: list[EventShape]

    model_config = example(
        items=[
            {
                "at": "2026-03-21T09:00:00+08:00", "kind": "submit", "who": "海宁某智能科技有限公司", "person": "沈明",
                "text": "已提交，申报金额 410000.00 元", "detail": "", "points": [], "inside": False,
            }
        ]
    )  # fmt: skip


class PinnedShape(Shape):
    """An assessment as it was made, with what it was made of; `sha256` is over all of it."""

    id: int
    purpose: Literal["submitted", "decided"]
    at: Moment
    year: int
    policies: dict[str, str]
    engine: str
    decisions: str
    claims: list[list[str]]
    basis: str
    facts: str = Field(description="The facts file, byte for byte.")
    answer: str = Field(description="The answer, byte for byte.")
    sha256: str

    @classmethod
    def of(cls, row: Assessed) -> PinnedShape:
        """From its row."""
        names = ("purpose", "at", "year", "policies", "engine", "decisions", "claims", "basis", "facts", "answer", "sha256")
        return cls(id=row.pk, **{name: getattr(row, name) for name in names})


class Pinned(Shape):
    """The assessments of a case, the first first."""

    items: list[PinnedShape]

    model_config = example(
        items=[
            {
                "id": 1, "purpose": "submitted", "at": "2026-03-21T09:00:00+08:00", "year": 2026,
                "policies": {"haining-ai-2026": "3f0c…"}, "engine": "chaoce 0.1.0 0123456789abcdef", "decisions": "",
                "claims": [["haining-ai-2026", "compute-purchase", "p1"]], "basis": "default", "facts": "{…}", "answer": "{…}",
                "sha256": "9b1c…",
            }
        ]
    )  # fmt: skip


class AttachmentShape(Shape):
    """A file put to an item of the evidence list."""

    upload: UUID
    name: str
    size: int
    item: str


class EvidenceWanted(Shape):
    """An item of the evidence list that the case needs, with the files that answer it."""

    code: str
    zh: str
    en: str
    required: bool
    files: list[AttachmentShape]


class EvidenceList(Shape):
    """The evidence list of a case."""

    version: int
    items: list[EvidenceWanted]

    model_config = example(
        version=3,
        items=[
            {
                "code": "contract", "zh": "采购合同", "en": "Purchase contract", "required": True,
                "files": [
                    {"upload": "6f0c2c1e-6f5c-4c0b-9a52-0d6f5a9a3e11", "name": "合同.pdf", "size": 120000, "item": "contract"}
                ],
            }
        ],
    )  # fmt: skip


class PaperShape(Shape):
    """A paper that a case has now."""

    kind: Literal["application", "receipt", "correction", "decision"]
    correction: int | None = Field(description="Which correction it is about.")
    title: str
    file: str = Field(description="Its name as a file.")
    at: Moment | None
    url: str = Field(description="Where the PDF is.")

    @classmethod
    def of(cls, paper: Paper, url: str) -> PaperShape:
        """From the shelf."""
        kind: Any = paper.kind
        return cls(kind=kind, correction=paper.correction, title=str(paper.label), file=paper.file, at=paper.at, url=url)


class Papers(Shape):
    """The papers of a case, in the order in which they came to be."""

    items: list[PaperShape]

    model_config = example(
        items=[
            {
                "kind": "receipt", "correction": None, "title": "受理回执", "file": "受理回执.pdf", "at": "2026-03-21T09:00:00+08:00",
                "url": "/api/v1/cases/12/papers/receipt",
            }
        ]
    )  # fmt: skip


class WhichPaper(Sent):
    """Which correction letter."""

    correction: int | None = Field(None, ge=1, le=2**63 - 1, description="For correction letters: which correction.")
