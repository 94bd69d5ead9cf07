"""What the pages of a firm share: whose they are, its rows, and how a step that could not be taken is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case
from chaoce.service.documents.models import Upload
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership
from chaoce.service.plan.sessions import policies, this_year
from chaoce.service.wording import spoken

#: Entries on one page of a list.
PAGE = 25


def member_of(request: HttpRequest) -> Membership:
    """Who acts; the table of rights lets only people of a firm in."""
    return request.member  # type: ignore[attr-defined]


def firm_of(request: HttpRequest) -> Firm:
    """The firm whose pages these are."""
    firm = member_of(request).firm
    assert firm is not None
    return firm


def upload_of(request: HttpRequest, pk: object, **lookups: Any) -> Upload:
    """A file of the firm, or 404; what is no id of a file is none."""
    try:
        number = pk if isinstance(pk, UUID) else UUID(str(pk))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Upload.objects.seen_by(member_of(request)).select_related("firm", "case"), pk=number, **lookups)


def case_of(request: HttpRequest, pk: int) -> Case:
    """A case of the firm, or 404."""
    cases = Case.objects.seen_by(member_of(request)).select_related("call", "call__lead", "guide", "firm")
    return get_object_or_404(cases, pk=pk)


def tell(request: HttpRequest, refused: Refused) -> None:
    """Says at the top of the next page why a step could not be taken."""
    zh = spoken() == "zh"
    points = ("；" if zh else "; ").join(refused.points)
    messages.error(request, f"{refused.text}{'' if zh or not points else ' '}{points}")


def year_of(request: HttpRequest) -> int:
    """The year that a page is about: the one asked for, if a policy has facts in it, else this one."""
    asked = request.GET.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked[:5]) in years() else this_year()


def years() -> list[int]:
    """The years that a firm may ask about: those in which a policy is in force, up to the next one."""
    first = min(policy.term[0].year for policy in policies())
    last = max(policy.term[1].year for policy in policies())
    return list(range(first, min(last, this_year() + 1) + 1))


def guide_in_force(call: Call) -> Guide | None:
    """The last guide published, from guides that were fetched with the call."""
    published = [guide for guide in call.guides.all() if guide.published_at is not None]
    return max(published, key=lambda guide: guide.version, default=None)


def values_of(request: HttpRequest) -> dict[str, str]:
    """What a form drawn from a fact type sent, by the names of the type's fields."""
    names = [name for name in request.POST if name.startswith("value-")]
    return {name.removeprefix("value-"): request.POST.get(name, "") for name in names}


def version_of(request: HttpRequest) -> int:
    """The version of the case that the page was shown with; -1, which no case has, where the page sent none."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
