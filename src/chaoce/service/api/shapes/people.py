"""Who calls."""

from __future__ import annotations

from pydantic import Field

from chaoce.service.api.models import Token
from chaoce.service.api.shapes.common import Moment, Shape, example
from chaoce.service.people.models import Department, Membership, Town


class DepartmentShape(Shape):
    """A department, by its name in the text."""

    id: int
    zh: str
    en: str

    @classmethod
    def of(cls, row: Department) -> DepartmentShape:
        """From its row."""
        return cls(id=row.pk, zh=row.zh, en=row.en)


class TownShape(Shape):
    """A town, by its code."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, row: Town) -> TownShape:
        """From its row."""
        return cls(code=row.code, zh=row.zh, en=row.en)


class Me(Shape):
    """The membership that acts, and the token."""

    name: str
    role: str = Field(description="firm_owner, firm_staff, town, reviewer, head, expert, finance, auditor, office or leader.")
    firm: str | None = Field(description="统一社会信用代码 of the firm, for its people.")
    department: DepartmentShape | None
    town: TownShape | None
    token: str | None = Field(description="The name of the token; null for somebody who is signed in.")
    scopes: list[str]
    expires_at: Moment | None

    model_config = example(
        name="沈明", role="firm_owner", firm="91330481MA2TEKT025", department=None, town=None, token="ERP", scopes=["read:cases"],
        expires_at="2027-01-05T00:00:00+08:00",
    )  # fmt: skip

    @classmethod
    def of(cls, member: Membership, token: Token | None) -> Me:
        """From its rows."""
        return cls(
            name=member.user.name,
            role=member.role,
            firm=member.firm.uscc if member.firm else None,
            department=DepartmentShape.of(member.department) if member.department else None,
            town=TownShape.of(member.town) if member.town else None,
            token=token.name if token else None,
            scopes=list(token.scopes) if token else [],
            expires_at=token.expires_at if token else None,
        )
