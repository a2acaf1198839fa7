"""Builds every paper of the sample meeting. `../make.sh` calls it; `--only NAME` builds one, `--fonts DIR` names the fonts."""
import argparse
import csv
import json
import re
import sys
import tempfile
from pathlib import Path

import budget
import cid
import markup
import printer
import renewal
import scan
import tables

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent
PAPERS = SAMPLE / "papers"

SIGNED_BY = (12, 10, 16, 21, 25, 30)  # the seats whose members put the amendment

# file → title in the PDF, and the class that the text's body is wrapped in
PRINTED = {
    "1-1-decision-draft": ("关于加强河湖水环境保护监督工作的决定（草案）", ""),
    "1-2-decision-explanation": ("关于决定（草案）的说明", ""),
    "2-1-plan-report": ("关于2026年上半年国民经济和社会发展计划执行情况的报告", ""),
    "3-1-education-report": ("关于义务教育优质均衡发展情况的报告", ""),
    "4-1-budget-resolution-draft": ("关于批准望澜区2026年区级预算调整方案的决议（草案）", ""),
    "4-2-budget-adjustment": ("关于望澜区2026年区级预算调整方案（草案）的报告", ""),
    "4-3-budget-annex": ("望澜区2026年区级预算调整方案（草案）附表", "wide"),
    "4-4-budget-review": ("关于望澜区2026年区级预算调整方案（草案）的审查结果报告", ""),
    "5-1-renewal-plan": ("望澜区城市更新规划纲要（2026—2030年）（草案）", ""),
    "6-1-personnel-motion": ("关于提请审议尤大川等六人职务任免的议案", ""),
    "6-2-personnel-bios": ("拟任免人员基本情况", ""),
}

COVER = ('<div class="cover"><p class="top">会议文件（十）</p><h1>望澜区城市更新规划纲要</h1><p class="kind">（2026—2030年）</p>'
         '<p class="kind">（草案）</p><p class="foot">望澜区人民政府<br>2026年8月</p></div>')


def material():
    """Everything that texts may name: values and blocks from all data."""
    money = budget.load()
    wrong = budget.check(money)
    if wrong:
        raise SystemExit("the budget does not add up: " + "; ".join(wrong))
    plan = renewal.load()
    wrong = tables.check() + renewal.check(plan)
    if wrong:
        raise SystemExit("the reports do not add up: " + "; ".join(wrong))
    meeting = json.loads((SAMPLE / "meeting.json").read_text(encoding="utf-8"))
    values = {**budget.values(money), **tables.education_values(), **renewal.values(plan)}
    blocks = budget.blocks(money)
    # Inside a report the tables go without the annex's numbering.
    blocks.update({f"{name}.plain": re.sub(r"表\d　", "", block) for name, block in blocks.items()})
    blocks.update(renewal.blocks(plan), cover=COVER)
    blocks.update(indicators=tables.indicators(), education=tables.education(), biographies=tables.biographies(),
                  personnel=tables.personnel(meeting),
                  signatures='<p class="plain">联名人（签名）：</p><div class="lines">' + "<div><i></i></div>" * len(SIGNED_BY) + "</div>")
    return values, blocks


def print_text(name, title, wrap, css, values, blocks):
    text = (HERE / "text" / f"{name}.txt").read_text(encoding="utf-8")
    target = PAPERS / f"{name}.pdf"

    def once(pages):
        html = markup.body(text, values, blocks, pages)
        printer.chromium(f'<div class="{wrap}">{html}</div>' if wrap else html, css, title, target)
    once({})
    if "%% toc" in text:
        once({k: str(v) for k, v in printer.outline_pages(target).items()})


def scan_text(name, title, css, values, blocks, fonts):
    with (SAMPLE / "roster.csv").open(encoding="utf-8", newline="") as file:
        names = {int(row["座位"]): row["姓名"] for row in csv.DictReader(file)}
    pen = printer.face(fonts, "NotoSansSC_400Regular.ttf")
    html = markup.body((HERE / "text" / f"{name}.txt").read_text(encoding="utf-8"), values, blocks)
    with tempfile.TemporaryDirectory(prefix="sample-scan-") as folder:
        scan.build(html, css, title, PAPERS / f"{name}.pdf", [names[s] for s in SIGNED_BY], pen, Path(folder))


def cid_text(name, title):
    with tempfile.TemporaryDirectory(prefix="sample-cid-") as folder:
        cid.build(HERE / "text" / f"{name}.txt", PAPERS / f"{name}.pdf", title, Path(folder))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", required=True)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    PAPERS.mkdir(exist_ok=True)
    css = printer.stylesheet(HERE / "style.css", args.fonts)
    values, blocks = material()
    jobs = {name: (lambda n=name, t=title, w=wrap: print_text(n, t, w, css, values, blocks)) for name, (title, wrap) in PRINTED.items()}
    jobs["1-3-amendment-scan"] = lambda: scan_text("1-3-amendment-scan", "扫描件", css, values, blocks, args.fonts)
    jobs["3-2-education-survey"] = lambda: cid_text("3-2-education-survey", "关于义务教育优质均衡发展情况的调研报告")
    for name, job in sorted(jobs.items()):
        if re.match(args.only, name):
            job()
            print(f"{name}.pdf  {(PAPERS / f'{name}.pdf').stat().st_size // 1024} KiB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
