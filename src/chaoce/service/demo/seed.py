"""The demonstration's first data, one noun after the other."""

from __future__ import annotations

from django.db import transaction

from chaoce.service.demo.accounts import settle_accounts
from chaoce.service.demo.county import settle_county
from chaoce.service.demo.story import open_calls, play, record_decisions
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
        play(open_calls(year, office))
    return f"seed: {len(accounts)} accounts, {Firm.objects.count()} firms"
