import random, time
import pytest
from django.utils import timezone
pytestmark = pytest.mark.django_db
from service.test_lists import *
def test_big():
    random.seed(1)
    chars="晶微华绣利得新材海纳云智鸿翔天通万凯卡森蒙努钱江潮盐官许村长安丁桥斜桥袁花黄湾周王庙"
    firms=[Firm(uscc=make_uscc(n),name="海宁"+"".join(random.choice(chars) for _ in range(3))+random.choice(["智能科技","针织","纺织","电子","经编","家纺"])+"有限公司",industry="C39",division="330481") for n in range(20000)]
    Firm.objects.bulk_create(firms, batch_size=5000)
    member=reviewer()
    text=HEAD+"".join(f"{f.uscc},{f.name},数智优品,省级,2026-05-08\n" for f in firms[:10000])
    t=time.time(); listed=csv_list(member,text,title="big"); tasks.check(listed.pk); print("check 10000 by id", time.time()-t)
    t=time.time(); listed.refresh_from_db(); takeover.plan(listed); print("plan", time.time()-t)
    import cProfile,pstats
    t=time.time(); takeover.begin(member,listed.pk); pr=cProfile.Profile(); pr.enable(); tasks.take_over(listed.pk); pr.disable(); print("take", time.time()-t); pstats.Stats(pr).sort_stats("cumtime").print_stats(35)
    t=time.time(); takeover.plan(listed); print("plan again", time.time()-t)
    text=HEAD+"".join(f",{f.name[:-4]}公司,数智优品,省级,2026-05-08\n" for f in firms[:1000])
    t=time.time(); listed=csv_list(member,text,title="names"); tasks.check(listed.pk); print("check 1000 names", time.time()-t, takeover.counts(listed))
    from chaoce.service.calls.models import Guide
    call=make_call(benefits=(("haining-ai-2026","provincial-application-award"),))
    Guide.objects.create(call=call, version=2, evidence=[], published_at=timezone.now(), published_by=call.created_by)
    big=OfficialList.objects.get(title="big")
    Fact.objects.filter(firm__in=firms[1000:10000])
    t=time.time(); n=ready.offer_for_list(big, timezone.now()); print("ready", len(n), time.time()-t)
