"""The plan's towns, housing estates and projects. Names and sizes come from a seeded generator, sums from what it made."""
import random

from markup import number, table
from tables import read

SEED = 20262030


def load():
    data = read("renewal.json")
    rng = random.Random(SEED)
    data["estates"] = estates(data, rng)
    data["projects"] = projects(data, rng)
    return data


def estates(data, rng):
    """The estates to renew. The oldest come first, as many a year as the plan has."""
    made, used = [], set()
    for town in data["towns"]:
        for _ in range(town["old"]):
            while True:
                name = rng.choice(town["roots"]) + rng.choice(data["suffixes"])
                if name not in used:
                    break
            used.add(name)
            buildings = rng.randint(3, 10) if town["name"].endswith("镇") else rng.randint(4, 26)
            homes = sum(rng.choice((24, 30, 36, 36, 40, 48)) for _ in range(buildings))
            made.append({"town": town["name"], "name": name, "built": rng.randint(1978, 2004), "buildings": buildings,
                         "homes": homes, "area": homes * rng.randint(58, 82) // 100 * 100})
    slots = [int(year) for year, count in data["years"].items() for _ in range(count)]
    for year, estate in zip(slots, sorted(made, key=lambda e: (e["built"], e["name"])), strict=True):
        estate["year"] = year
    return made


def projects(data, rng):
    made = []
    for kind, name, content, low, high in data["kinds"]:
        for town in data["towns"]:
            if kind == "既有建筑" and town["name"].endswith("镇"):
                continue
            begin = rng.choice((2026, 2026, 2027, 2027, 2028, 2028, 2029))
            end = min(2030, begin + rng.randint(1, 2))
            made.append({"kind": kind, "name": name.format(**town, town=town["name"]), "content": content, "town": town["name"],
                         "money": rng.randint(low // 100, high // 100) * 100, "when": f"{begin}—{end}"})
        if kind == "公共服务":
            made += [village(town, rng) for town in data["towns"] if town["village"]]
    return made


def village(town, rng):
    big = town["name"] in ("北闸街道", "南埠街道", "望湖街道")
    return {"kind": "城中村和镇村", "name": f"{town['village']}{'城中村改造' if big else '人居环境整治'}", "town": town["name"],
            "content": "拆除新建与整治提升结合、安置房、道路管网和公共设施" if big else "道路硬化、污水收集、农房风貌、公共活动场地",
            "money": rng.randint(180, 420) * 100 if big else rng.randint(9, 28) * 100, "when": "2026—2029"}


def by(rows, field, what=None):
    """Counts, or sums of `what`, by the value of a field, in the order of appearance."""
    found = {}
    for row in rows:
        found[row[field]] = found.get(row[field], 0) + (row[what] if what else 1)
    return found


def hundredths(value, whole):
    """value / whole with two places, rounded half up, in integers."""
    cents = (200 * value + whole) // (2 * whole)
    return f"{cents // 100:,}.{cents % 100:02d}"


def values(data):
    homes, rows = data["estates"], data["projects"]
    money = sum(p["money"] for p in rows)
    out = {"rn.estates": len(homes), "rn.homes": number(sum(e["homes"] for e in homes)),
           "rn.area": hundredths(sum(e["area"] for e in homes), 10000), "rn.buildings": number(sum(e["buildings"] for e in homes)),
           "rn.projects": len(rows), "rn.money": hundredths(money, 10000),
           "rn.before90": sum(e["built"] < 1990 for e in homes), "rn.people": tenths(sum(round(t["people"] * 10) for t in data["towns"])),
           "rn.land": tenths(sum(round(t["area"] * 10) for t in data["towns"])), "rn.towns": len(data["towns"])}
    out["rn.sections"] = towns(data)
    out["rn.units"] = len(units(data))
    out["rn.units.early"] = sum(u[4] == "近期" for u in units(data))
    out["rn.units.late"] = sum(u[4] == "远期" for u in units(data))
    for year, count in by(homes, "year").items():
        out[f"rn.y{year}"] = count
    for index, (kind, total) in enumerate(by(rows, "kind", "money").items(), 1):
        out[f"rn.kind{index}"] = hundredths(total, 10000)
        out[f"rn.kind{index}.count"] = by(rows, "kind")[kind]
    return out


def tenths(value):
    return f"{value // 10}.{value % 10}"


def blocks(data):
    made = {f"town {i}": town_projects(data, town) for i, town in enumerate(data["towns"])}
    return made | {"units": units_table(data), "estates": estates_table(data), "projects": projects_table(data),
            "estates_by_year": by_year(data), "money": money_table(data), "town_table": town_table(data), "plan_indicators": indicators(data)}


def towns(data):
    """A section for each town, as text: what is known by name is written in the data, what can be counted is counted."""
    lines = []
    numerals = "一二三四五六七八九十"
    for index, town in enumerate(data["towns"]):
        mine = [e for e in data["estates"] if e["town"] == town["name"]]
        jobs = [p for p in data["projects"] if p["town"] == town["name"]]
        order = numerals[index] if index < 10 else "十" + numerals[index - 10]
        years = "、".join(f"{y}年{c}个" for y, c in sorted(by(mine, "year").items()))
        biggest = "、".join(p["name"] for p in sorted(jobs, key=lambda p: -p["money"])[:3])
        area = hundredths(sum(e["area"] for e in mine), 10000)
        lines += [
            f'== 第{order}节　{town["name"]}：{town["role"]}',
            f'**（一）现状特征。**辖区面积{town["area"]}平方公里，常住人口{town["people"]}万人，60岁及以上人口占{town["aged"]}%。{town["now"]}',
            f'**（二）更新任务。**规划期内改造老旧小区{len(mine)}个，涉及住宅{sum(e["buildings"] for e in mine)}栋、居民{number(sum(e["homes"] for e in mine))}户、'
            f'建筑面积{area}万平方米，其中{years}。安排更新项目{len(jobs)}个，总投资{hundredths(sum(p["money"] for p in jobs), 10000)}亿元，投资较大的有{biggest}。',
            f'**（三）工作重点。**{town["todo"]}',
            f'%% town {index}']
    return "\n".join(lines)


def town_projects(data, town):
    mine = [p for p in data["projects"] if p["town"] == town["name"]]
    rows = [[str(i), p["kind"], p["name"], number(p["money"]), p["when"]] for i, p in enumerate(mine, 1)]
    rows.append(("sum", ["", "合　　计", "", number(sum(p["money"] for p in mine)), ""]))
    return table([("序号", 8, "c"), ("类　别", 18, "c"), ("项目名称", 42, ""), ("总投资（万元）", 16, "n"), ("起止年限", 16, "c")], rows,
                 f'{town["name"]}更新项目', css="tight keep")


def units(data):
    """The units of the plan: a few for each town, named after what stands there, the first ones early."""
    rng = random.Random(SEED + 1)
    made = []
    for town in data["towns"]:
        names = [town["river"] + "滨水", town["works"], town["heritage"], town["market"] + "周边"][:town["units"]]
        ways = ["整治提升", "功能优化", "保护传承", "整治提升"]
        if town["village"] and town["units"] == 4:
            names[3], ways[3] = town["village"], "拆旧建新" if town["name"].endswith("街道") else "整治提升"
        for at, (name, way) in enumerate(zip(names, ways)):
            early = at == 0 or at == 2 and town["units"] == 4 and town["name"] in data["early"]
            made.append([name + "更新单元", town["name"], rng.randint(90, 680), way, "近期" if early else "远期"])
    return made


def units_table(data):
    rows = [[str(i), name, town, tenths(area), way, when] for i, (name, town, area, way, when) in enumerate(units(data), 1)]
    rows.append(("sum", ["", "合　　计", "", tenths(sum(u[2] for u in units(data))), "", ""]))
    return table([("序号", 8, "c"), ("更新单元", 36, ""), ("镇（街道）", 17, "c"), ("面积（公顷）", 14, "n"), ("主要更新方式", 15, "c"), ("时序", 10, "c")], rows, css="tight")


def town_table(data):
    rows = [[t["name"], str(t["area"]), str(t["people"]), f'{t["aged"]}%', str(t["old"]), t["role"]] for t in data["towns"]]
    rows.append(("sum", ["合　　计", tenths(sum(round(t["area"] * 10) for t in data["towns"])), tenths(sum(round(t["people"] * 10) for t in data["towns"])), "—",
                         str(sum(t["old"] for t in data["towns"])), ""]))
    return table([("镇（街道）", 17, "c"), ("面积|（平方公里）", 16, "n"), ("常住人口|（万人）", 14, "n"), ("60岁以上|人口占比", 14, "n"), ("老旧小区|（个）", 12, "n"), ("更新定位", 27, "c")],
                 rows, "表1　各镇（街道）基本情况和更新定位")


def indicators(data):
    rows, seen = [], 0
    for field, lines in read("plan_indicators.json"):
        for name, unit, start, goal, nature in lines:
            seen += 1
            rows.append([field, str(seen), name, unit, start, goal.replace("{estates}", str(len(data["estates"]))), nature])
    return table([("类　别", 13, "c"), ("序号", 8, "c"), ("指　　标", 33, ""), ("单位", 11, "c"), ("2025年", 11, "c"), ("2030年", 12, "c"), ("属性", 12, "c")], rows) \
        + '<p class="note">[ ]内为五年累计数。</p>'


def by_year(data):
    rows = []
    for year in data["years"]:
        mine = [e for e in data["estates"] if e["year"] == int(year)]
        rows.append([f"{year}年", str(len(mine)), str(sum(e["buildings"] for e in mine)), number(sum(e["homes"] for e in mine)), hundredths(sum(e["area"] for e in mine), 10000)])
    all_ = data["estates"]
    rows.append(("sum", ["合　　计", str(len(all_)), number(sum(e["buildings"] for e in all_)), number(sum(e["homes"] for e in all_)), hundredths(sum(e["area"] for e in all_), 10000)]))
    return table([("年　度", 20, "c"), ("小区数（个）", 18, "n"), ("住宅楼栋（栋）", 20, "n"), ("居民户数（户）", 20, "n"), ("建筑面积（万平方米）", 22, "n")],
                 rows, "表2　老旧小区改造分年度计划")


def money_table(data):
    counts, sums = by(data["projects"], "kind"), by(data["projects"], "kind", "money")
    rows = [[str(i), kind, str(counts[kind]), number(sums[kind])] for i, kind in enumerate(counts, 1)]
    rows.append(("sum", ["", "合　　计", str(len(data["projects"])), number(sum(sums.values()))]))
    return table([("序号", 12, "c"), ("项目类别", 40, "c"), ("项目数（个）", 22, "n"), ("总投资（万元）", 26, "n")], rows, "表3　重点更新项目投资汇总")


def projects_table(data):
    columns = [("序号", 7, "c"), ("项目名称", 32, ""), ("主要建设内容", 33, ""), ("总投资|（万元）", 13, "n"), ("起止年限", 15, "c")]
    rows, seen = [], 0
    sums = by(data["projects"], "kind", "money")
    for kind in sums:
        rows.append(("l1", ["", f"{kind}类", "", number(sums[kind]), ""]))
        for p in data["projects"]:
            if p["kind"] == kind:
                seen += 1
                rows.append([str(seen), p["name"], p["content"], number(p["money"]), p["when"]])
    rows.append(("sum", ["", "合　　计", "", number(sum(sums.values())), ""]))
    return table(columns, rows, css="tight")


def estates_table(data):
    columns = [("序号", 8, "c"), ("小区名称", 25, ""), ("建成年份", 13, "c"), ("楼栋数", 12, "n"), ("户数", 12, "n"), ("建筑面积|（平方米）", 16, "n"), ("实施年度", 14, "c")]
    rows, seen = [], 0
    for town in data["towns"]:
        mine = [e for e in data["estates"] if e["town"] == town["name"]]
        rows.append(("l1", ["", town["name"], "", str(sum(e["buildings"] for e in mine)), number(sum(e["homes"] for e in mine)), number(sum(e["area"] for e in mine)), f"{len(mine)}个"]))
        for e in mine:
            seen += 1
            rows.append([str(seen), e["name"], str(e["built"]), str(e["buildings"]), number(e["homes"]), number(e["area"]), str(e["year"])])
    all_ = data["estates"]
    rows.append(("sum", ["", "合　　计", "", number(sum(e["buildings"] for e in all_)), number(sum(e["homes"] for e in all_)), number(sum(e["area"] for e in all_)), f"{len(all_)}个"]))
    return table(columns, rows, css="tight")


def check(data):
    wrong = []
    if sum(data["years"].values()) != sum(t["old"] for t in data["towns"]):
        wrong.append("the plan's years and towns name different numbers of estates")
    if sum(len(lines) for _, lines in read("plan_indicators.json")) != 24:
        wrong.append("the plan says 24 indicators")
    if sum(round(t["people"] * 10) for t in data["towns"]) != 624:
        wrong.append("the towns do not add up to 62.4 (10,000 people)")
    if sum(round(t["area"] * 10) for t in data["towns"]) != 3865:
        wrong.append("the towns do not add up to 386.5 km²")
    return wrong
