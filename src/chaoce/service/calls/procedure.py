"""Procedure rules of a guide: what a call asks beyond the clause, each a switch with its source.

The clause says what is paid; the yearly notice (申报通知) of the departments says how it is handled. The two are never mixed:
nothing here changes an amount but the tax basis, which the contract leaves to the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.calls.models import Guide
from chaoce.service.facts.dossier import BASES, DEFAULT


@dataclass(frozen=True)
class Param:
    """What a rule needs to be told: `kind` is text, number, choice or lines (one entry a line)."""

    name: str
    label: str | Promise
    kind: str
    default: Any
    choices: tuple[tuple[str, str | Promise], ...] = ()


@dataclass(frozen=True)
class ProcedureRule:
    """A rule that a guide may switch on. `stops`: a case that fails it waits for a reviewer to clear it."""

    code: str
    label: str | Promise
    help: str | Promise
    stops: bool
    params: tuple[Param, ...] = ()


RULES: dict[str, ProcedureRule] = {
    rule.code: rule
    for rule in (
        ProcedureRule(
            "registered_in",
            _("Registered in the division"),
            _("The firm's place of registration begins with this division code (330481 is Haining)."),
            True,
            (Param("division", _("Division code"), "text", "330481"),),
        ),
        ProcedureRule(
            "tax_basis",
            _("Tax basis"),
            _("Whether amounts paid count net of VAT, with VAT, or by the kind of invoice."),
            False,
            (
                Param(
                    "basis",
                    _("Basis"),
                    "choice",
                    DEFAULT,
                    (("default", _("By kind of invoice")), ("net", _("Net of VAT")), ("gross", _("With VAT"))),
                ),
            ),
        ),
        ProcedureRule(
            "related_parties",
            _("Related parties are flagged"),
            _("A seller that shares an owner with the firm, or is the firm itself, is shown to the reviewers."),
            True,
        ),
        ProcedureRule(
            "credit_list",
            _("Not on the credit list"),
            _("Firms on the list of serious breaches of trust wait for a reviewer. One tax id a line."),
            True,
            (Param("uscc", _("Tax ids on the list"), "lines", ()),),
        ),
        ProcedureRule(
            "records_years",
            _("Years of records"),
            _("Evidence may not be older than so many years on the day of submission."),
            False,
            (Param("years", _("Years"), "number", 3),),
        ),
    )
}


def switched_on(guide: Guide) -> dict[str, Mapping[str, Any]]:
    """The rules that a guide switches on, with their parameters, in the order of the catalogue."""
    return {code: guide.rules[code] for code in RULES if guide.rules.get(code, {}).get("on")}


def value(guide: Guide, code: str, param: str) -> Any:
    """A parameter of a rule: as the guide has it, else the catalogue's default."""
    default = next(one.default for one in RULES[code].params if one.name == param)
    return guide.rules.get(code, {}).get(param, default)


def basis_of(guide: Guide) -> str:
    """The tax basis of a call: what the guide switches on, else by the kind of invoice."""
    basis = value(guide, "tax_basis", "basis") if "tax_basis" in switched_on(guide) else DEFAULT
    return basis if basis in BASES else DEFAULT
