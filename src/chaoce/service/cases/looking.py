"""What each check of `cases/checks.py` looks for. A search yields what it found and nothing where all is well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from chaoce.dates import year_of
from chaoce.evidence.findings import FAULT, Finding
from chaoce.evidence.invoice import Invoice, Line, from_json
from chaoce.facts.matter import overlap
from chaoce.marked import Names
from chaoce.money import parse_yuan, say_yuan
from chaoce.service.calls.procedure import value
from chaoce.service.cases import matters
from chaoce.service.cases.amounts import Reckoned
from chaoce.service.cases.form import unanswered
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import about
from chaoce.service.documents.words import say
from chaoce.service.facts.dossier import base_of, grant_of
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import benefit_of, policy_of


@dataclass(frozen=True)
class Found:
    """One finding, before it is written down. `subject` tells it from the others of its code; `others` are cases that it is about."""

    code: str
    passed: bool = False
    subject: str = ""
    particulars: dict[str, Any] = field(default_factory=dict)
    others: tuple[int, ...] = ()
    stops: bool = True


class Look:
    """A case with all that the searches read, asked for once."""

    def __init__(self, case: Case, reckoned: Reckoned):
        self.case, self.reckoned = case, reckoned
        self.lines: list[CaseLine] = list(case.lines.select_related("fact"))

    @cached_property
    def facts(self) -> list[Fact]:
        """The facts of the lines, each once."""
        return list({line.fact_id: line.fact for line in self.lines}.values())

    @cached_property
    def shared(self) -> dict[str, str]:
        """Matters that another firm could hand in as well -> the key of a fact that has it."""
        return {matter: fact.key for fact in self.facts for matter in fact.matters if matter.startswith(matters.SHARED)}

    @cached_property
    def clashes(self) -> dict[str, list[int]]:
        """Matters that other cases claim -> those cases."""
        return matters.clashes(self.case, self.lines)

    @cached_property
    def invoices(self) -> dict[str, Invoice]:
        """The invoices that the facts stand on, as the firm's files carry them, by key; the first copy that has lines."""
        keys = {base.removeprefix("invoice:") for fact in self.facts for base in fact.bases if base.startswith("invoice:")}
        found: dict[str, Invoice] = {}
        for upload in Upload.objects.kept().filter(firm=self.case.firm_id, invoice__in=keys).order_by("uploaded_at", "pk"):
            invoice = invoice_of(upload)
            if invoice is not None and (upload.invoice not in found or not found[upload.invoice].lines):
                found[upload.invoice] = invoice
        return found

    def passed_particulars(self, code: str) -> dict[str, Any]:
        """What the sentence of a check that passed names."""
        if code == "registered_in":
            return {"division": _division(self.case)}
        if code == "records_years":
            return {"years": _years(self.case)}
        return {"year": self.case.call.year} if code == "outside_term" else {}


def invoice_of(upload: Upload) -> Invoice | None:
    """The invoice that was read in a file, if there is one."""
    reading = upload.reading
    return from_json(reading["invoice"]) if isinstance(reading, dict) and "invoice" in reading else None


def line_of(invoice: Invoice, matter: str) -> Line | None:
    """The line of an invoice that a matter names; None where it names the whole, or no line that is there."""
    number = matter.partition("#")[2]
    return next((line for line in invoice.lines if str(line.number) == number), None)


# The switches of a guide.


def _division(case: Case) -> str:
    return str(value(case.guide, "registered_in", "division")).strip()


def _years(case: Case) -> int:
    return int(value(case.guide, "records_years", "years"))


def registered_in(look: Look) -> Iterator[Found]:
    """Firms that are registered in another division than the guide names."""
    division, have = _division(look.case), look.case.firm.division
    if not have.startswith(division):
        yield Found("registered_in", particulars={"division": division, "have": have})


def credit_list(look: Look) -> Iterator[Found]:
    """Firms on the guide's list of serious breaches of trust."""
    listed = value(look.case.guide, "credit_list", "uscc")
    entries = listed.split() if isinstance(listed, str) else listed
    if look.case.firm.uscc in {str(entry).strip().upper() for entry in entries}:
        yield Found("credit_list")


def related_parties(look: Look) -> Iterator[Found]:
    """Sellers that are the firm itself, that it owns or that own it, or that share an owner with it."""
    sellers = {fact.key: _seller(look, fact) for fact in look.facts}
    names = {name for name, _code in sellers.values() if name}
    codes = {code for _name, code in sellers.values() if code}
    known = list(Firm.objects.filter(Q(uscc__in=codes) | Q(name__in=names | {_full_width(name) for name in names})))
    mine, owners = _called(look.case.firm), {_bare(owner) for owner in look.case.firm.owners if owner.strip()}
    for key, (name, code) in sellers.items():
        seller = {_bare(word) for word in (name, code) if word}
        theirs: set[str] = set()
        for firm in known:
            if _called(firm) & seller:
                seller |= _called(firm)
                theirs |= {_bare(owner) for owner in firm.owners if owner.strip()}
        if seller & mine or seller & owners or theirs & mine or theirs & owners:
            yield Found("related_parties", subject=key, particulars={"fact": key, "seller": name or code})


def _called(firm: Firm) -> set[str]:
    return {_bare(firm.name), _bare(firm.uscc)}


def _bare(name: str) -> str:
    """A name as papers agree on it: without blanks, with one width and one case of letters and brackets."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def _full_width(name: str) -> str:
    return name.replace("(", "（").replace(")", "）")


_CODE = re.compile(r"(?P<name>.*?)\s*(?P<code>[0-9A-Z]{15,20})?")


def _seller(look: Look, fact: Fact) -> tuple[str, str]:
    """The seller of a fact, (name, tax id), by its evidence, else by the invoice that was read; either may be empty."""
    evidence = fact.raw.get("evidence")
    said = str(evidence.get("seller") or "").strip() if isinstance(evidence, dict) else ""
    if said and (match := _CODE.fullmatch(said)):
        return match["name"], match["code"] or ""
    for base in fact.bases:
        invoice = look.invoices.get(base.removeprefix("invoice:"))
        if invoice is not None:
            return invoice.seller.name, invoice.seller.id
    return "", ""


def records_years(look: Look) -> Iterator[Found]:
    """Facts older than the guide takes on the day of submission."""
    years = _years(look.case)
    day = timezone.localdate(look.case.submitted_at) if look.case.submitted_at else timezone.localdate()
    try:
        oldest = day.replace(year=day.year - years)
    except ValueError:  # 29 February
        oldest = date(day.year - years, 2, 28)
    for fact in look.facts:
        if fact.date < oldest:
            yield Found(
                "records_years",
                subject=fact.key,
                particulars={"fact": fact.key, "date": fact.date.isoformat(), "years": years},
                stops=False,
            )


# What every case is held against.


def same_matter(look: Look) -> Iterator[Found]:
    """Matters that another case claims or was granted, of another firm or of this one."""
    for matter, ids in look.clashes.items():
        numbers = sorted(str(case) for case in Case.objects.filter(pk__in=ids))
        yield Found("same_matter", subject=matter, particulars={"matter": matter, "numbers": ", ".join(numbers)}, others=tuple(ids))


def handed_in_elsewhere(look: Look) -> Iterator[Found]:
    """The same invoice, contract or certificate among the files or facts of another firm whose case does not claim it already."""
    by_base: dict[str, set[int]] = {}
    bases = {base_of(matter) for matter in look.shared}
    facts = Fact.objects.standing().filter(bases__overlap=sorted(bases)).exclude(firm=look.case.firm_id) if bases else []
    for fact in facts:
        for base in bases.intersection(fact.bases):
            if any(overlap(mine, other) for mine in look.shared if base_of(mine) == base for other in fact.matters):
                by_base.setdefault(base, set()).add(fact.firm_id)
    keys = [base.removeprefix("invoice:") for base in bases if base.startswith("invoice:")]
    for invoice, firm in Upload.objects.kept().filter(invoice__in=keys).exclude(firm=look.case.firm_id).values_list("invoice", "firm"):
        by_base.setdefault(f"invoice:{invoice}", set()).add(firm)
    claiming: dict[str, set[int]] = {}
    for matter, ids in look.clashes.items():
        claiming.setdefault(base_of(matter), set()).update(Case.objects.filter(pk__in=ids).values_list("firm", flat=True))
    for base, firms in sorted(by_base.items()):
        others = sorted(firms - claiming.get(base, set()))
        if others:
            yield Found("handed_in_elsewhere", subject=base, particulars={"matter": base, "firms": others})


def paid_elsewhere(look: Look) -> Iterator[Found]:
    """Support that other firms received for one of the matters, outside the cases here."""
    bases = {base_of(matter) for matter in look.shared}
    rows = Received.objects.standing().filter(base__in=bases, case_line=None).exclude(firm=look.case.firm_id)
    for row in rows:
        if any(overlap(row.matter, matter) for matter in look.shared):
            said = {"matter": row.matter, "amount": say_yuan(row.amount), "date": row.date.isoformat(), "firms": [row.firm_id]}
            yield Found("paid_elsewhere", subject=f"{row.matter} {row.pk}", particulars=said)


def granted_before(look: Look) -> Iterator[Found]:
    """Support that the firm itself received for a matter that it claims. It is taken off, and that is for the eye, as for a title held
    at two levels; where a case here was granted the very same benefit for it, somebody has to say why it is paid a second time."""
    received = list(look.case.firm.received.standing().exclude(case_line__case=look.case))
    claimed = {(line.fact_id, line.policy, line.benefit) for line in look.lines}
    for fact in look.facts:
        for row in received:
            if grant_of(row).touches(fact.matters):
                again = row.case_line_id is not None and (fact.pk, row.policy, row.benefit) in claimed
                said = {"fact": fact.key, "amount": say_yuan(row.amount), "benefit": _title(row.policy, row.benefit)}
                yield Found("granted_before", subject=f"{fact.key} {row.pk}", particulars=said, stops=again)


def _title(policy: str, benefit: str) -> dict[str, str]:
    """The title of a benefit in both languages; its id where no policy here has it."""
    try:
        title: Names = benefit_of(policy, benefit).title
    except KeyError:
        return {"zh": benefit, "en": benefit}
    return {"zh": title.zh, "en": title.en}


def fact_withdrawn(look: Look) -> Iterator[Found]:
    """Facts that no longer stand."""
    for fact in look.facts:
        if fact.withdrawn_at is not None:
            yield Found("fact_withdrawn", subject=fact.key, particulars={"fact": fact.key})


def not_due(look: Look) -> Iterator[Found]:
    """Lines that the rule gives nothing any more although their fact stands."""
    due = look.reckoned.amounts
    for line in look.lines:
        if (line.policy, line.benefit, line.fact.key) not in due and line.fact.withdrawn_at is None:
            yield Found("not_due", subject=f"{line.benefit} {line.fact.key}", particulars={"fact": line.fact.key})


def outside_term(look: Look) -> Iterator[Found]:
    """Facts, or the invoices that they stand on, that are of another year than the call or lie outside the policy's term."""
    year = look.case.call.year
    for line in look.lines:
        policy = policy_of(line.policy)
        first, last = policy.term
        dates = [(line.fact.date, {"zh": "事实", "en": "the fact"})]
        for base in line.fact.bases:
            invoice = look.invoices.get(base.removeprefix("invoice:"))
            if invoice is not None:
                dates.append((invoice.date, {"zh": f"发票 {invoice.key}", "en": f"invoice {invoice.key}"}))
        for day, source in dates:
            if year_of(day, policy.settings.year_starts) != year or not first <= day <= last:
                said = {
                    "fact": line.fact.key, "date": day.isoformat(), "source": source, "year": year,
                    "first": first.isoformat(), "last": last.isoformat(),
                }  # fmt: skip
                yield Found("outside_term", subject=f"{line.policy} {line.fact.key} {day.isoformat()}", particulars=said)


def above_invoice(look: Look) -> Iterator[Found]:
    """Facts that state more paid than the line of the invoice that they stand on comes to with tax."""
    for fact in look.facts:
        paid = parse_yuan(fact.raw.get("paid"))
        if paid is None or len(fact.matters) != 1:
            continue
        key = fact.bases[0].removeprefix("invoice:")
        invoice = look.invoices.get(key)
        if invoice is None:
            continue
        line = line_of(invoice, fact.matters[0])
        most = invoice.gross if line is None else line.net + line.tax
        if paid > most:
            said = {"fact": fact.key, "paid": say_yuan(paid), "most": say_yuan(most), "invoice": key}
            yield Found("above_invoice", subject=fact.key, particulars=said)


def evidence(look: Look) -> Iterator[Found]:
    """Items that the guide requires and no usable file answers: refused after it was handed in, taken back, or still unread."""
    for item in unanswered(look.case, look.lines):
        yield Found("evidence", subject=item["code"], particulars={"item": {"zh": item["zh"], "en": item.get("en") or item["zh"]}})


def own_word(look: Look) -> Iterator[Found]:
    """Facts that the firm states itself, with a file that bears it out and that nothing has read: somebody has to look at it."""
    stated = [fact for fact in look.facts if fact.source == Source.STATEMENT]
    names = dict(Upload.objects.filter(pk__in=[fact.upload_id for fact in stated if fact.upload_id]).values_list("pk", "name"))
    for fact in stated:
        yield Found("own_word", subject=fact.key, particulars={"fact": fact.key, "file": names[fact.upload_id] if fact.upload_id else "—"})


#: Which check a finding of reading belongs to, by the beginning of its code.
_CHECK_OF = (
    ("buyer.", "buyer"),
    ("red.", "red_invoice"),
    ("totals.", "sums"),
    ("line.", "sums"),
    ("discount", "sums"),
    ("copy.", "copies"),
    ("taxid.", "tax_ids"),
)


def invoices(look: Look) -> Iterator[Found]:
    """What reading the firm's files found about the invoices that the case stands on. A fault stops, the rest is to be looked at."""
    for key, finding in about(look.case.firm, look.facts):
        code = next((check for start, check in _CHECK_OF if finding.code.startswith(start)), "invoice")
        said = {"fact": key, "finding": _in_both(finding)}
        yield Found(code, subject=" ".join(_identity(key, finding)), particulars=said, stops=finding.severity == FAULT)


def _in_both(finding: Finding) -> dict[str, str]:
    """A finding with its file, in both languages."""
    said = {}
    for lang, language, colon in (("zh", "zh-hans", "："), ("en", "en", ": ")):
        with override(language):
            said[lang] = colon.join([*([finding.file] if finding.file else []), say(finding)])
    return said


def _identity(key: str, finding: Finding) -> Iterable[str]:
    return (str(part) for part in (key, finding.code, finding.file, finding.invoice, finding.line) if part is not None)


def amount_changed(look: Look) -> Iterator[Found]:
    """Lines whose amount is another now than when the firm submitted."""
    due = look.reckoned.amounts
    for line in look.lines:
        now = due.get((line.policy, line.benefit, line.fact.key), 0)
        if line.claimed is not None and now != line.claimed:
            said = {"fact": line.fact.key, "before": say_yuan(line.claimed), "after": say_yuan(now)}
            yield Found("amount_changed", subject=f"{line.benefit} {line.fact.key}", particulars=said, stops=False)


Search = Callable[[Look], Iterator[Found]]

#: Searches that run only where a guide switches them on.
BY_RULE = frozenset({"registered_in", "credit_list", "related_parties", "records_years"})
#: All searches, in the order in which a case is looked at.
SEARCHES: dict[str, Search] = {
    search.__name__: search
    for search in (
        registered_in, credit_list, related_parties, records_years, same_matter, handed_in_elsewhere, paid_elsewhere, granted_before,
        fact_withdrawn, not_due, outside_term, invoices, above_invoice, evidence, own_word, amount_changed,
    )
}  # fmt: skip
#: Searches that hold a case against several checks at once -> those checks.
CODES_OF: dict[str, tuple[str, ...]] = {"invoices": ("buyer", "red_invoice", "sums", "copies", "tax_ids", "invoice")}
