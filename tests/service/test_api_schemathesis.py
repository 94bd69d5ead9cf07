"""schemathesis over the OpenAPI: whatever is sent, by whichever role, the answer is one that is documented.

Every operation gets requests that fit its schema and such that do not, from programs of the roles that it is for and of others, about
things that are there and things that are not. `make soak` asks many more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from chaoce.service.api.openapi import document
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts
from chaoce.service.people.roles import EVERY_ROLE
from chaoce.service.wsgi import application
from service.api_kit import Program
from service.kit import make_call, make_member, make_town, purchase, reviewed, submitted

load_all_checks()
SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
EXAMPLES = 300 if SOAK else 6

#: Where a request that fits the schema can still be wrong: what no schema can say. Everything else that fits is taken.
_MEANING = {
    "query.cursor", "query.changed_since", "body.expert", "body.grants", "form.item",
    # fields of a fact, which the types of the policies in force decide on
    "date", "values", "type", "thing", "day", "",
}  # fmt: skip

schema = schemathesis.openapi.from_dict(
    document(),
    config=SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": SOAK}}, "generation": {"with-security-parameters": False}}),
)
schema.app = application


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[dict]:
    """A program of every role, and something of every kind to ask about; all in one transaction, which is undone."""
    signals = (request_started, request_finished)
    for signal in signals:  # a WSGI server lets go of the connection around a request; here the transaction hangs on it
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), override_settings(CHAOCE_API_RATE=10**6), transaction.atomic():
        call = make_call(four_eyes=False)
        town = make_town()
        review, owner, lead = reviewed(call)
        draft_call = make_call()
        other, _ = submitted(call)
        review.firm.town = other.firm.town = town
        review.firm.save()
        other.firm.save()
        places = {"firm_owner": {"firm": review.firm}, "firm_staff": {"firm": review.firm}, "town": {"town": town}}
        for role in ("reviewer", "head"):
            places[role] = {"department": lead.department}
        programs = {str(role): Program(make_member(role, **places.get(role, {}))) for role in sorted(EVERY_ROLE)}
        (fact,) = add_facts(review.firm, [purchase("p2", matter="invoice:12345678#1")], "statement", owner.user)
        yield {
            "programs": programs,
            "number": lambda path: draft_call.pk if "/calls/" in path else review.pk,
            "ref": lambda path: fact.pk,
            "uscc": lambda path: review.firm.uscc,
            "policy": lambda path: "haining-ai-2026",
            "benefit": lambda path: "compute-purchase",
            "year": lambda path: 2026,
        }
        transaction.set_rollback(True)
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not SOAK)
def test_every_answer_is_documented(case, world):
    """“schemathesis over the OpenAPI: no 5xx, no undocumented answer.”"""
    dice = Random(repr((case.path_parameters, case.query, case.headers, case.body)))  # the same request is always sent the same way
    roles = document()["paths"][case.operation.path][case.method.lower()]["x-roles"]
    role = dice.choice([*roles, *roles, *roles, *sorted(EVERY_ROLE)])
    program: Program = world["programs"][role]
    if dice.random() < 0.7:
        for name, value in list((case.path_parameters or {}).items()):
            fits = isinstance(value, str) if name in ("uscc", "policy", "benefit") else isinstance(value, int) and 0 < value < 2**63
            if name in world and fits:  # what does not fit the schema stays as it is
                case.path_parameters[name] = world[name](case.operation.path)
    if isinstance(case.body, dict) and isinstance(case.body.get("version"), int) and dice.random() < 0.7:
        number = (case.path_parameters or {}).get("number")
        found = Case.objects.filter(pk=number).first() if isinstance(number, int) else None
        case.body["version"] = found.version if found else case.body["version"]
    response = case.call(headers={"Authorization": f"Bearer {program.token}"})
    left_out = [ignored_auth]
    if response.status_code == 422 and _of_meaning(response.json()):
        left_out.append(positive_data_acceptance)
    case.validate_response(response, excluded_checks=left_out)


def _of_meaning(found: dict) -> bool:
    """Whether a request that fits the schema may be refused like that: a key used before, or what no schema can say."""
    return found["type"].endswith("#key-reused") or {fault["at"] for fault in found["faults"]} <= _MEANING
