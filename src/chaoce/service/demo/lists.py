"""The demonstration's official list: titles of some synthetic firms, taken over by the department, so that ready claims are there."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.utils import timezone

from chaoce.service.demo.accounts import example_firm
from chaoce.service.demo.story import staff
from chaoce.service.firms.models import Firm
from chaoce.service.lists import importing, takeover
from chaoce.service.lists.models import OfficialList
from chaoce.service.people.models import Department
from chaoce.service.people.roles import Role

TITLE = "大数据应用示范企业名单（演示）"
_ISSUER = "演示用发布单位（虚构）"
#: Firms of the county beside the example one.
_MORE = 3


def take_list_over(department: Department, year: int) -> OfficialList:
    """Hands the list in for a department and takes it over, as its people do; the worker then offers the claims that lack nothing."""
    firms = [example_firm(), *Firm.objects.filter(synthetic=True, cases=None, division="330481").order_by("-uscc")[:_MORE]]
    issued = max(timezone.localdate() - timedelta(days=30), timezone.localdate().replace(year=year, month=1, day=1))
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["序号", "统一社会信用代码", "企业名称"])
    rows.writerows((number, firm.uscc, firm.name) for number, firm in enumerate(dict.fromkeys(firms), start=1))
    member = staff(Role.REVIEWER, department)
    values = {"title": "big_data_demonstration", "level": "provincial", "new": True}
    listed = importing.hand_in(
        member, f"{TITLE}.csv", [out.getvalue().encode()], OfficialList.Kind.FACTS, TITLE, _ISSUER, issued, "recognition", values
    )
    return takeover.begin(member, listed.pk)
