"""Checks the sample meeting: that its files agree with one another, that the papers are what they should be, that sums hold.

Prints what it checked, names everything that is wrong, and exits 1 if anything is.
"""
import csv
import json
import re
import sys
from pathlib import Path

import pypdfium2 as pdfium
from pypdf import PdfReader

import budget
import renewal
import tables

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent
MOST_BYTES = 6 << 20
# file → pages at least, pages at most, and a sentence that must be found (None: there is no text in it)
PAPERS = {
    "1-1-decision-draft": (4, 6, "自2026年10月1日起施行"),
    "1-2-decision-explanation": (4, 6, "决定草案共十九条"),
    "1-3-amendment-scan": (2, 2, None),
    "2-1-plan-report": (7, 9, "地区生产总值268.40亿元"),
    "3-1-education-report": (5, 8, "义务教育学校58所"),
    "3-2-education-survey": (5, 6, "总体满意度为88.6分"),
    "4-1-budget-resolution-draft": (1, 2, "一般公共预算收入由38.60亿元调整为39.20亿元"),
    "4-2-budget-adjustment": (7, 10, "66.10亿元"),
    "4-3-budget-annex": (8, 14, "收入总计"),
    "4-4-budget-review": (3, 6, "建议区人大常委会批准"),
    "5-1-renewal-plan": (61, 80, "改造老旧小区148个"),
    "6-1-personnel-motion": (2, 4, "任免名单和表决顺序"),
    "6-2-personnel-bios": (6, 8, "主要经历"),
}
wrong = []


def want(truth, what):
    if not truth:
        wrong.append(what)


def roster():
    with (SAMPLE / "roster.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    want(list(rows[0]) == ["座位", "姓名", "身份", "职务"], "roster.csv: header")
    want([int(r["座位"]) for r in rows] == list(range(1, 37)), "roster.csv: seats 1 to 36 in order")
    want(rows[0]["身份"] == "主持人" and all(r["身份"] == "组成人员" for r in rows[1:31]) and all(r["身份"] == "列席" for r in rows[31:]),
         "roster.csv: one chair, 30 further members, 5 attendees")
    want(len({r["姓名"] for r in rows}) == 36, "roster.csv: every name once")
    other = (SAMPLE / "roster-gb18030.csv").read_bytes()
    want(other.decode("gb18030") == (SAMPLE / "roster.csv").read_text(encoding="utf-8"), "roster-gb18030.csv differs from roster.csv")
    return {int(r["座位"]): r["姓名"] for r in rows}


def meeting(names):
    data = json.loads((SAMPLE / "meeting.json").read_text(encoding="utf-8"))
    want(data["version"] == 1, "meeting.json: version")
    items = data["items"]
    want([i["number"] for i in items] == [1, 2, 3, 4, 5, 6], "meeting.json: six items in order")
    want(all(len(i["short"]) <= 8 for i in items), "meeting.json: a short title is over 8 characters")
    files = [p["file"] for i in items for p in i["papers"]]
    want(sorted(files) == sorted(f"papers/{name}.pdf" for name in PAPERS), "meeting.json: its papers are not those in papers/")
    want(sorted(p.stem for p in (SAMPLE / "papers").iterdir()) == sorted(PAPERS), "papers/: a file too many or too few")
    votes = [v for i in items for v in i["votes"]]
    want(len({v["id"] for v in votes}) == len(votes) == 4, "meeting.json: four votes with ids of their own")
    for vote in votes:
        want((vote["kind"] == "personnel") == ("persons" in vote), f"vote {vote['id']}: persons")
        removed = False
        for person in reversed(vote.get("persons", [])):
            if "免去" in person["action"]:
                removed = True
            else:
                want(not removed, f"vote {vote['id']}: {person['name']} is appointed before a removal")
    seats = data["layout"]["seats"]
    want([s["seat"] for s in seats] == sorted(names), "layout: every seat once, in order")
    for at, a in enumerate(seats):
        want(0 <= a["x"] <= data["layout"]["width"] - 2 and 0 <= a["y"] <= data["layout"]["height"] - 2, f"layout: seat {a['seat']} is outside")
        for b in seats[at + 1:]:
            want(abs(a["x"] - b["x"]) >= 2 or abs(a["y"] - b["y"]) >= 2, f"layout: seats {a['seat']} and {b['seat']} overlap")
    listed = [p["name"] for p in tables.read("personnel.json")["persons"]]
    want(sorted(listed) == sorted(p["name"] for v in votes for p in v.get("persons", [])), "personnel.json and the vote name different persons")
    want(not set(listed) & set(names.values()), "a person of the list is already on the roster")
    return votes


def choices(votes):
    data = json.loads((SAMPLE / "choices.json").read_text(encoding="utf-8"))
    away = {leave["seat"] for leave in data["attendance"]["leave"]}
    members = data["attendance"]["members"]
    present = set(range(1, members + 1)) - away
    want(members == 31 and data["attendance"]["present"] == len(present) == 28, "choices.json: 28 of 31 are present")
    want([v["vote"] for v in data["votes"]] == [v["id"] for v in votes], "choices.json: its votes are not those of meeting.json")
    for vote, scripted in zip(votes, data["votes"]):
        if vote["kind"] == "personnel":
            want([p["name"] for p in vote["persons"]] == [p["name"] for p in scripted["persons"]], "choices.json: the persons in order")
        for one in scripted.get("persons", [scripted]):
            label, seats, expected = one.get("name", vote["id"]), one["seats"], one["expected"]
            named = [s for group in seats.values() for s in group]
            want(len(set(named)) == len(named) and set(named) <= present, f"{label}: a seat twice, or one on leave")
            for group in ("against", "abstain", "unpressed"):
                want(expected[group] == len(seats[group]), f"{label}: {group}")
            want(expected["for"] == len(present) - len(named), f"{label}: for")
            want(expected["verdict"] == ("adopted" if 2 * expected["for"] > members else "not_adopted"), f"{label}: verdict")


def papers():
    size = 0
    for name, (least, most, sentence) in PAPERS.items():
        file = SAMPLE / "papers" / f"{name}.pdf"
        size += file.stat().st_size
        reader = PdfReader(file)
        count = len(reader.pages)
        want(least <= count <= most, f"{name}: {count} pages, wanted {least} to {most}")
        fonts = [font for page in reader.pages for font in fonts_of(page)]
        if sentence is None:
            want(not fonts, f"{name}: a scan with fonts")
            want(all(len(page.images) == 1 for page in reader.pages), f"{name}: one image a page")
            continue
        want((name == "3-2-education-survey") == (not all(embedded(f) for f in fonts)), f"{name}: embedded fonts")
        with pdfium.PdfDocument(file) as opened:
            text = "".join(opened[at].get_textpage().get_text_range() for at in range(len(opened)))
        want(sentence in re.sub(r"\s", "", text), f"{name}: the text does not say {sentence}")
        want("\ufffd" not in text and "{{" not in text, f"{name}: the text has holes")
        box = reader.pages[0].mediabox
        want((box.width > box.height) == (name == "4-3-budget-annex"), f"{name}: portrait or landscape")
    want(size <= MOST_BYTES, f"papers/: {size} bytes")
    outline = PdfReader(SAMPLE / "papers/5-1-renewal-plan.pdf").outline
    want(len(outline) > 0, "5-1-renewal-plan: no outline")
    return size


def fonts_of(page):
    resources = page["/Resources"].get_object()
    return [f.get_object() for f in resources.get("/Font", {}).get_object().values()] if "/Font" in resources else []


def embedded(font):
    if font["/Subtype"] == "/Type3":
        return True
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    descriptor = inner.get("/FontDescriptor")
    return descriptor is not None and any(k in descriptor.get_object() for k in ("/FontFile", "/FontFile2", "/FontFile3"))


def survey():
    """The table at the end of the survey adds up, and its weighted mean is what the text says."""
    rows = [line.strip("|").split("|") for line in (HERE / "text/3-2-education-survey.txt").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    figures = [[int(cell.replace(",", "").replace(".", "")) for cell in row[1:]] for row in rows[1:]]
    parts, total = figures[:-1], figures[-1]
    for at in range(3):
        want(sum(p[at] for p in parts) == total[at], f"3-2-education-survey: column {at + 2} does not add up")
    weight = sum(p[2] * p[3] for p in parts)
    mean = (2 * weight + total[2]) // (2 * total[2])
    want(mean == total[3], f"3-2-education-survey: the mean is {mean}, the table says {total[3]}")


def main():
    names = roster()
    votes = meeting(names)
    choices(votes)
    plan = renewal.load()
    wrong.extend(budget.check(budget.load()) + tables.check() + renewal.check(plan))
    survey()
    size = papers()
    for what in wrong:
        print("wrong:", what, file=sys.stderr)
    if not wrong:
        print(f"sample meeting: 36 seats, {len(votes)} votes, {len(PAPERS)} papers of {size // 1024} KiB; files agree, sums hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
