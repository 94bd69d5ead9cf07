"""Builds `haining-firm/`: the evidence of one invented firm, in every format that `chaoce evidence` reads.

Run it from anywhere; it writes beside itself, and again gives the same bytes. Needs reportlab. All names and tax
numbers are invented (their check characters are right), no file bears a true signature.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from papers import Item, Paper, digital_xml, ofd_2019, ofd_digital, xlsx
from printing import pdf

FIRM = ("91330481MA2TEKT025", "海宁示例智造有限公司")
COMPUTE = ("91330106MA2TEKT29R", "杭州示例智算服务有限公司")
SUPER = ("91330402MA2TEKT41Q", "嘉兴示例超算中心有限公司")
MODELS = ("91330110MA2TEKT37D", "杭州示例大模型科技有限公司")

#: 520,000 net of computing power for model training, and a router that is none. Handed in as XML and again as PDF.
TRAINING = Paper(
    "26332000000000000101",
    "2026-03-18",
    COMPUTE,
    FIRM,
    (
        Item("*信息技术服务*智能算力租赁服务", "520000.00", "31200.00", "0.06", "", "卡时", "65000", "8", "3040201990000000000"),
        Item("*电子计算机*路由器", "592.92", "77.08", "0.13", "示例型号B", "台", "1", "592.920353982301", "1090509010000000000"),
    ),
)
#: 380,000 net of supercomputing for the validation of products …
VALIDATION = Paper(
    "26332000000000000102",
    "2026-05-20",
    SUPER,
    FIRM,
    (
        Item("*信息技术服务*超级计算机时服务", "280000.00", "16800.00", "0.06", "", "核时", "2800000", "0.1", "3040201990000000000"),
        Item("*信息技术服务*超级计算机时服务(仿真)", "100000.00", "6000.00", "0.06", "", "核时", "1000000", "0.1", "3040201990000000000"),
    ),
)
#: … of which a red invoice takes back 40,000 of the first line.
CORRECTION = Paper(
    "26332000000000000103",
    "2026-06-08",
    SUPER,
    FIRM,
    (Item("*信息技术服务*超级计算机时服务", "-40000.00", "-2400.00", "0.06", "", "核时", "-400000", "0.1", "3040201990000000000"),),
    original="26332000000000000102",
    remark="被红冲蓝字数电票号码:26332000000000000102 红字发票信息确认单编号:33040226060000000001",
)
#: 318,000 with tax for cooperation with a maker of models, an ordinary invoice: here the sum with tax counts.
COOPERATION = Paper(
    "26332000000000000104",
    "2026-04-27",
    MODELS,
    FIRM,
    (Item("*研发和技术服务*工业质检大模型联合研发", "300000.00", "18000.00", "0.06", "", "项", "1", "300000", "3040105000000000000"),),
    special=False,
)
#: 200,000 with tax of computing power for the design of algorithms, in the style of 2019.
ALGORITHMS = Paper(
    "10260001",
    "2026-02-10",
    COMPUTE,
    FIRM,
    (Item("*信息技术服务*智能算力包年服务", "188679.25", "11320.75", "0.06", "", "年", "1", "188679.245283018868"),),
    special=False,
    code="033002500111",
)

TITLES = """编号,类型,日期,称号,级别,新认定,备注
r1,称号、备案或名单,2026-06-01,人工智能应用标杆企业,国家级,是,省级已于 2 月兑付 20 万元
r2,称号、备案或名单,2026/5/12,智算云企,省级,是,
"""
PROJECTS = [
    ["编号", "日期", "事项", "生产性投入(不含土建)", "属人工智能领域", "生产性设备投入"],
    ["t1", "2026-09-30", "project:智能质检产线技改", "19999999.00", "是", "16800000.00"],
]

ANSWERS = """# 发票自己说不清的,在这里说一次。

enterprise:
  uscc: 91330481MA2TEKT025
  name: 海宁示例智造有限公司
  industry: C3962
  division: "330481"
  employees: 186

tax basis: default      # 专用发票按不含税金额,普通发票按价税合计

lines:                  # 从上到下,先符合的算
  - for: {invoice: "26332000000000000101", line: 2}
    ignore: yes
    note: 路由器不是算力
  - for: {item: 智能算力租赁, code: "3040201"}
    type: compute_purchase
    resource: intelligent
    purpose: model_training
  - for: {item: 智能算力包年, seller: 91330106MA2TEKT29R}
    type: compute_purchase
    resource: intelligent
    purpose: algorithm_design
  - for: {item: 超级计算机时}
    类型: 算力购买
    算力种类: 超算
    用途: 产品验证
  - for: {seller: 杭州示例大模型科技有限公司}
    type: ai_cooperation
    industrial: yes

received:               # 已经拿到的补助
  - benefit: provincial-application-award
    matter: "recognition:ai_benchmark_enterprise"
    date: 2026-02-01
    amount: "200000.00"
"""


def files() -> dict[str, bytes]:
    """Every file of the folder by its name."""
    return {
        "evidence.yaml": ANSWERS.encode(),
        "算力-训练.xml": digital_xml(TRAINING),
        "算力-训练.pdf": pdf(TRAINING),
        "算力-验证.ofd": ofd_digital(VALIDATION),
        "算力-验证-红字.xml": digital_xml(CORRECTION),
        "算力-算法.ofd": ofd_2019(ALGORITHMS),
        "合作研发.pdf": pdf(COOPERATION),
        "称号.csv": TITLES.encode("gb18030"),
        "项目.xlsx": xlsx(PROJECTS, "投资和技术改造项目"),
    }


def build(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    build(Path(__file__).resolve().parent / "haining-firm")
