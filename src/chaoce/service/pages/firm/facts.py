"""The facts of a firm with their sources, what it has received, and what it states itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.cases.faults import Refused
from chaoce.service.documents import statements, store
from chaoce.service.documents.lines import Wrong, read_values
from chaoce.service.documents.models import Upload
from chaoce.service.facts.models import Fact
from chaoce.service.pages.firm.common import PAGE, firm_of, member_of, tell, values_of
from chaoce.service.plan.sessions import every_benefit


@require_safe
def facts(request: HttpRequest) -> HttpResponse:
    """The facts that stand, or those that no longer do; and the support received."""
    firm = firm_of(request)
    gone = request.GET.get("show") == "gone"
    rows = (
        firm.facts.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-pk") if gone else firm.facts.standing().order_by("-date", "key")
    )
    page = Paginator(rows.with_sources(), PAGE).get_page(request.GET.get("page"))
    standing = {fact.key for fact in firm.facts.standing().filter(key__in=[fact.key for fact in page.object_list])} if gone else set()
    received = list(firm.received.standing().select_related("row__list", "case_line__case")[:200])
    context = {
        "page": page,
        "rows": [(fact, statements.is_own_statement(fact), fact.key in standing) for fact in page.object_list],
        "gone": gone,
        "received": received,
    }
    return render(request, "firm/facts.html", context)


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Which kind of fact is to be stated."""
    reading: dict[str, list[Any]] = {}
    for policy, benefit in every_benefit():
        reading.setdefault(benefit.on, []).append((policy, benefit))
    kinds = [(kind, reading.get(name, [])) for name, kind in statements.stated_types().items()]
    return render(request, "firm/state_choose.html", {"kinds": kinds})


class Frame(forms.Form):
    """What every stated fact has beside the fields of its type. `day` and the rest are checked by `documents/statements.py`."""

    day = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def state(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a fact that the firm states, drawn from its type; nothing that was entered is lost where something is wrong."""
    fact_type = statements.stated_types().get(kind)
    if fact_type is None:
        raise Http404
    entered = values_of(request)
    context: dict[str, Any] = {"kind": fact_type, "thing": statements.thing_of(fact_type), "most": FILE_BYTES // 1_000_000}
    errors: dict[str, str] = {}
    upload: Upload | None = None
    if request.method == "POST":
        form = Frame(request.POST)
        form.is_valid()
        try:
            upload = _file_of(request)
            if upload is None:
                raise Wrong({"file": _("Attach a file that bears it out: an approval, a contract, a certificate.")})
            day = form.cleaned_data.get("day")
            values = read_values(fact_type, entered)
            note = form.cleaned_data.get("note", "")
            statements.state(member_of(request), kind, day, values, request.POST.get("thing", ""), upload, note)
        except Wrong as wrong:
            errors = wrong.fields
            context["told"] = wrong.text
        except Refused as refused:
            context["told"] = " ".join([refused.text, *refused.points])
        else:
            messages.success(request, _("The fact is recorded as your statement; what is due has been worked out anew."))
            return redirect("firm:facts")
    context |= {
        "fields": [(field, entered.get(field.name, ""), errors.get(field.name, "")) for field in fact_type.fields.values()],
        "day": request.POST.get("day", ""),
        "note": request.POST.get("note", ""),
        "thing_value": request.POST.get("thing", ""),
        "errors": errors,
        "upload": upload,
    }
    return render(request, "firm/state.html", context, status=422 if request.method == "POST" else 200)


def _file_of(request: HttpRequest) -> Upload | None:
    """The file that bears a statement out: the one sent now, else the one that arrived with an earlier, faulty sending."""
    sent = request.FILES.get("file")
    if sent is not None:
        return store.hand_in(member_of(request), sent.name or "", sent.chunks(), sent.size).upload
    earlier = request.POST.get("upload", "")
    rows = Upload.objects.kept().filter(firm=firm_of(request))
    return next((row for row in rows.defer("reading") if str(row.pk) == earlier), None) if earlier else None


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back a fact that the firm stated."""
    fact = get_object_or_404(Fact.objects.seen_by(member_of(request)), pk=pk)
    try:
        statements.withdraw(member_of(request), fact)
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The fact was taken back. You can bring it back from the list of those that no longer stand."))
    return redirect("firm:facts")


@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """States a fact again that was taken back."""
    fact = get_object_or_404(Fact.objects.seen_by(member_of(request)), pk=pk)
    try:
        statements.bring_back(member_of(request), fact)
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The fact stands again."))
    return redirect("firm:facts")
