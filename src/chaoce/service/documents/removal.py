"""A firm takes a file back, and brings it here again. Nothing is deleted; what a live case stands on stays."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.documents.lines import HELD, held_by
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import refresh
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership

_STANDING_ON = (*HELD, State.CORRECTION)


def standing_on(upload: Upload, states: Iterable[str] = _STANDING_ON) -> str:
    """The number of the live case that stands on a file, through a fact of it or its evidence list; empty if none does.

    Those that are back with the firm are among them, unless `states` are the ones in which the lines of the file stand as well.
    """
    keys = list(Fact.objects.filter(upload=upload).values_list("key", flat=True))
    if upload.invoice:
        keys += Fact.objects.filter(firm=upload.firm, key__startswith=f"{upload.invoice}-").values_list("key", flat=True)
    number = held_by(upload.firm, set(keys), states)
    if not number and upload.case is not None and upload.case.state in HELD and upload.case.outcome != "refused":
        number = str(upload.case)
    return number


@transaction.atomic
def take_back(member: Membership, upload: Upload) -> None:
    """Takes a file out of what the firm handed in, and with it the facts that only it gives; raises Refused."""
    firm = _firm_of(member, upload)
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.removed_at is not None:
        return
    number = standing_on(upload)
    if number:
        raise Refused(_("“%(name)s” stays: your case %(number)s stands on it.") % {"name": upload.name, "number": number})
    upload.removed_at = timezone.now()
    upload.save(update_fields=["removed_at"])
    refresh(firm, member.user)


@transaction.atomic
def bring_back(member: Membership, upload: Upload) -> None:
    """Undoes `take_back`; raises Refused where the same file has been handed in anew since."""
    firm = _firm_of(member, upload)
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.removed_at is None:
        return
    again = Upload.objects.kept().filter(firm=firm, sha256=upload.sha256, case=upload.case, evidence=upload.evidence).first()
    if again is not None:
        raise Refused(_("The same file is here already as “%(name)s”.") % {"name": again.name})
    upload.removed_at = None
    upload.save(update_fields=["removed_at"])
    refresh(firm, member.user)


def _firm_of(member: Membership, upload: Upload) -> Firm:
    if not member.is_firm or member.firm_id != upload.firm_id:
        raise Refused(_("Only the firm can do this."))
    return Firm.objects.select_for_update().get(pk=upload.firm_id)
