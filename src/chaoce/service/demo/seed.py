"""The demonstration's first data, one noun after the other."""

from __future__ import annotations

from django.db import transaction

from chaoce.service.demo.accounts import settle_accounts
from chaoce.service.demo.county import settle_county
from chaoce.service.demo.lists import take_list_over
from chaoce.service.demo.story import PLAN, open_calls, play, record_decisions
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import User
from chaoce.service.people.places import fill_places
from chaoce.service.people.roles import Role
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import this_year

#: Synthetic firms beside the example one.
FIRMS = 200


@transaction.atomic
def seed() -> str:
    """Writes whatever is not there yet, all or nothing; what there is now, in a line."""
    fill_places()
    accounts = settle_accounts()
    if not YearDecisions.objects.exists():
        year = this_year()
        settle_county(FIRMS, year)
        office = User.objects.get(memberships__role=Role.OFFICE, memberships__ended_at=None)
        record_decisions(year, office)
        calls = open_calls(year, office)
        play(calls)
        take_list_over(next(call for call in calls if (PLAN, "provincial-data-award") in call.pairs).lead, year)
    return f"seed: {len(accounts)} accounts, {Firm.objects.count()} firms"
