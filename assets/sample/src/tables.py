"""Tables and values of the reports and the personnel list, from `data/`."""
import json
from html import escape
from pathlib import Path

from markup import number, table

HERE = Path(__file__).parent


def read(name):
    return json.loads((HERE / "data" / name).read_text(encoding="utf-8"))


def indicators():
    data = read("indicators.json")
    widths = [7, 32, 8, 17, 13, 11, 12]
    css = ["c", "", "c", "c", "c", "c", "c"]
    rows = [[str(i), *row] for i, row in enumerate(data["rows"], 1)]
    return table(list(zip(data["columns"], widths, css)), rows, data["caption"], css="tight")


def education_values():
    data = read("education.json")
    kinds = ("primary", "junior")
    out = {"edu.schools": sum(data[k]["schools"] for k in ("primary", "junior", "nine"))}
    for field in ("students", "teachers"):
        out[f"edu.{field}"] = number(sum(data[k][field] for k in kinds))
    for kind in kinds:
        for field in ("schools", "students", "teachers"):
            out[f"edu.{kind}.{field}"] = number(data[kind][field])
        out[f"edu.{kind}.ratio"] = hundredths(data[kind]["students"], data[kind]["teachers"])
    out["edu.nine.schools"] = data["nine"]["schools"]
    return out


def hundredths(part, whole):
    value = (200 * part + whole) // (2 * whole)
    return f"{value // 100}.{value % 100:02d}"


def education():
    areas = read("education.json")["areas"]
    rows = [[name, str(s), number(p), number(t), hundredths(p, t)] for name, s, p, t in areas]
    s, p, t = (sum(a[i] for a in areas) for i in (1, 2, 3))
    rows.append(("sum", ["合　　计", str(s), number(p), number(t), hundredths(p, t)]))
    return table([("镇（街道）", 28, "c"), ("学校数（所）", 18, "n"), ("在校学生（人）", 20, "n"), ("专任教师（人）", 20, "n"), ("生师比", 14, "n")],
                 rows, "2025—2026学年各镇（街道）义务教育学校情况")


def personnel(meeting):
    """The list in the order of the meeting's own vote, so that paper and vote cannot differ."""
    persons = next(v for item in meeting["items"] for v in item["votes"] if v["kind"] == "personnel")["persons"]
    rows = [[str(i), spaced(p["name"]), p["action"], p["post"].replace("区", "望澜区", 1)] for i, p in enumerate(persons, 1)]
    return table([("表决顺序", 16, "c"), ("姓　名", 20, "c"), ("任免", 20, "c"), ("职　　务", 44, "")], rows, "人事任免名单")


def spaced(name):
    return name[0] + "　" + name[1] if len(name) == 2 else name


def biographies():
    parts = []
    for p in read("personnel.json")["persons"]:
        life = "".join(f'<tr><td class="c">{a}</td><td colspan="3">{escape(b)}</td></tr>' for a, b in p["life"])
        parts.append(
            f'<div class="bio"><h2 class="bio-name">{p["name"]}基本情况</h2><table><colgroup><col style="width:28%"><col style="width:20%"><col style="width:17%"><col></colgroup>'
            f'<tr><th>姓　名</th><td class="c">{spaced(p["name"])}</td><th>性　别</th><td class="c">{p["sex"]}</td></tr>'
            f'<tr><th>民　族</th><td class="c">{p["nation"]}</td><th>出生年月</th><td class="c">{p["born"]}</td></tr>'
            f'<tr><th>籍　贯</th><td class="c">{p["home"]}</td><th>学历学位</th><td class="c">{p["study"]}</td></tr>'
            f'<tr><th>政治面貌</th><td colspan="3">{p["joined"]}</td></tr>'
            f'<tr><th>现任（拟任）职务</th><td colspan="3">{p["now"]}</td></tr>'
            f'<tr><th colspan="4">主 要 经 历</th></tr>{life}'
            f'<tr><th>任免理由</th><td colspan="3">{p["reason"]}</td></tr>'
            f'<tr><th>工作评价</th><td colspan="3">{p["work"]}</td></tr></table></div>')
    return "".join(parts)


def check():
    wrong = []
    data = read("education.json")
    areas = data["areas"]
    for at, field in ((2, "students"), (3, "teachers")):
        want = data["primary"][field] + data["junior"][field]
        if sum(a[at] for a in areas) != want:
            wrong.append(f"education {field} by town ≠ {want}")
    if sum(a[1] for a in areas) != sum(data[k]["schools"] for k in ("primary", "junior", "nine")):
        wrong.append("schools by town")
    rows = read("indicators.json")["rows"]
    cents = lambda s: int(s.replace(".", "").replace(",", ""))
    if cents(rows[0][3]) != sum(cents(r[3]) for r in rows[1:4]):
        wrong.append("the three industries do not make the product")
    if len(rows) != 24 or sum(r[-1] == "低于" for r in rows) != 3:
        wrong.append("the report says 24 indicators, 3 of them below the plan")
    return wrong
