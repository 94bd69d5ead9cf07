import os
from pathlib import Path
import pytest
from django.urls import reverse
from django.utils import timezone
from datetime import timedelta
from chaoce.service.cases import steps, queue
from chaoce.service.cases.models import Case, Check
from chaoce.service.calls.models import Guide
from chaoce.service.documents.models import LineAnswer
from chaoce.service.documents.settling import refresh
from chaoce.service.facts.record import add_facts, add_received
from service.browsing import chromium, visit, needs_browser, _axe, _RULES
from service.kit import *
from service.handing import hand, sheet_of, digital_xml, pdf, ofd_digital, item, COMPUTE
pytestmark = [pytest.mark.django_db(transaction=True)]
OUT = Path("/tmp/review/shots")

def scene():
    call = make_call()
    Guide.objects.create(call=call, version=2, review_days=20, published_at=in_days(-1), published_by=call.created_by,
        rules={c: {"on": True, "source": "t"} for c in ("registered_in","related_parties","credit_list","records_years")},
        evidence=[{"code":"contract","zh":"算力服务合同","en":"Contract of the compute service","required":False,"benefit":""}])
    town = make_town()
    firm = make_firm(town=town, name="海宁青禾智能装备有限公司", owners=["海宁青禾控股有限公司"], employees=186, revenue=520000000000, synthetic=True)
    owner = make_member("firm_owner", firm=firm)
    p1 = sheet_of(firm, 1, item("300000.00","18000.00", name="*信息技术服务*智能算力租赁"), item("2000.00","260.00", name="*计算机网络设备*路由器", rate="13%"))
    p2 = sheet_of(firm, 2, item("240000.00","14400.00", name="*信息技术服务*超级计算机时服务"))
    u1 = hand(owner, "算力租赁-三月.pdf", pdf(p1)); u2 = hand(owner, "超算机时.xml", digital_xml(p2))
    for u in (u1, u2):
        assert u.invoice, u.reading
        LineAnswer.objects.create(firm=firm, invoice=u.invoice, line=1, type="compute_purchase", values=COMPUTE, answered_by=owner.user)
    refresh(firm, owner.user)
    add_facts(firm, [purchase("s1", "50000.00", matter="invoice:26332000000447829611#1")], "statement", owner.user)
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, {**FORM, "explanation": "三月与五月两笔算力采购，均用于大模型训练。"})
    case = steps.submit(case, owner, case.version)
    other, _ = submitted(call, facts=[purchase("b", matter="invoice:26332000000447829611")])
    for n in range(4):
        c, _o = submitted(call, firm=make_firm(town=town))
        Case.objects.filter(pk=c.pk).update(version=c.version+1, submitted_at=timezone.now()-timedelta(days=12*n))
    reviewed(call)
    lead = make_member("reviewer", department=call.lead); lead.user.name="王明"; lead.user.save()
    back, _o = submitted(call)
    steps.send_back(back, lead, back.version, [{"text":"请补交合同"}], timezone.localdate()+timedelta(days=3))
    who = {"lead": lead, "joint": make_member("reviewer", department=call.joint.get()), "head": make_member("head", department=call.lead),
       "town": make_member("town", town=town), "expert": make_member("expert"), "auditor": make_member("auditor")}
    return call, case, who

@needs_browser
def test_shots(chromium, live_server):
    call, case, who = scene()
    which = os.environ.get("SHOTS", "")
    def shoot(name, member, url, langs=("zh-hans","en"), widths=(1280,390), act=None):
        if which and not any(w in name for w in which.split(",")): return
        for lang in langs:
            for width in widths:
                with visit(chromium, live_server, member, language=lang, width=width) as page:
                    page.goto(live_server.url + url)
                    if act: act(page)
                    page.screenshot(path=str(OUT / f"{name}-{lang[:2]}-{width}.png"), full_page=True)
                    if os.environ.get("CUT"):
                        height = page.evaluate("document.documentElement.scrollHeight")
                        for n in range(0, (height + 1399) // 1400):
                            page.screenshot(path=str(OUT / f"{name}-{lang[:2]}-{width}-{n}.png"), full_page=True, clip={"x": 0, "y": 1400 * n, "width": width, "height": min(1400, height - 1400 * n)})
                    page.evaluate(_axe())
                    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES)
                    for rule in found["violations"]:
                        print(name, lang, width, rule["id"], rule["help"], [n["html"][:160] for n in rule["nodes"]][:3])
                    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
                    if wide > window: print(name, lang, width, "WIDE", wide)
    shoot("queue", who["lead"], reverse("review:queue") + "?tab=all")
    shoot("submitted", who["lead"], reverse("review:case", args=[case.pk]))
    case = Case.objects.get(pk=case.pk)
    steps.ask_expert(case, who["lead"], case.version, who["expert"].user, "这笔采购属于智能算力吗？")
    case = Case.objects.get(pk=case.pk)
    case = steps.accept(case, who["lead"], case.version)
    case = steps.remark(case, who["lead"], case.version, "合同金额与发票不一致，请会审时留意。", True).case
    case = Case.objects.get(pk=case.pk)
    case = steps.remark(case, who["lead"], case.version, "请说明超算机时的用途。", False).case
    shoot("review", who["lead"], reverse("review:case", args=[case.pk]), act=lambda p: p.locator("text=Show the source, 查看原件").first.click() if False else None)
    shoot("expert", who["expert"], reverse("review:case", args=[case.pk]))
    shoot("town", who["town"], reverse("review:case", args=[case.pk]), widths=(1280,))
    shoot("visits", who["town"], reverse("review:visits"))
    shoot("firms", who["auditor"], reverse("review:firms"))
    shoot("firm", who["auditor"], reverse("review:firm", args=[case.firm_id]))
    shoot("auditor", who["auditor"], reverse("review:case", args=[case.pk]), widths=(1280,))
    case = Case.objects.get(pk=case.pk)
    for c in case.checks.filter(passed=False, stops=True):
        case = steps.clear_check(case, who["lead"], case.version, c.pk, "已核对原件"); case = Case.objects.get(pk=case.pk)
    case = steps.lower(case, who["lead"], case.version, case.lines.first().pk, 10000000, "合同只到六月")
    case = steps.give_verdict(case, who["lead"], case.version, "agrees", "")
    case = steps.give_verdict(case, who["joint"], case.version, "agrees", "资料齐全。")
    case = steps.close_review(case, who["lead"], case.version)
    shoot("decide", who["head"], reverse("review:case", args=[case.pk]))
    case = steps.decide(case, who["head"], case.version, {l.pk: (min(l.claimed or 0, 9000000), "年度预算") for l in case.lines.all()})
    shoot("decided", who["head"], reverse("review:case", args=[case.pk]))
