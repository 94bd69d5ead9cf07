import pytest
from django.urls import reverse
from service.kit import client_of, make_call, make_member, submitted, reviewed
pytestmark = pytest.mark.django_db

def test_smoke():
    call = make_call()
    case, owner = submitted(call)
    for role in ("reviewer", "head"):
        m = make_member(role, department=call.lead)
        c = client_of(m)
        for url in (reverse("review:queue"), reverse("review:case", args=[case.pk]), reverse("review:visits"), reverse("review:firms"), reverse("review:firm", args=[case.firm_id]), reverse("review:export")):
            r = c.get(url)
            assert r.status_code == 200, (url, r.status_code)
    c2, o2, lead = reviewed(call)
    m = make_member("head", department=call.lead)
    r = client_of(m).get(reverse("review:case", args=[c2.pk]))
    assert r.status_code == 200
    open("/tmp/review/case.html","w").write(r.content.decode())
