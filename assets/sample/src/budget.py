"""The budget's figures and tables. Everything that is a sum is summed here, nothing is typed twice."""
import json
from pathlib import Path

from markup import number, signed, table, yi

HERE = Path(__file__).parent


def load():
    data = json.loads((HERE / "data/budget.json").read_text(encoding="utf-8"))
    # What the listed lines leave of the approved total was reserved at the start of the year.
    general = data["general"]
    listed = sum(line[2] for group in general["expenditure"] for line in group[2])
    reserve = next(group for group in general["expenditure"] if group[0] == "229")[2][0]
    reserve[2] = general["expenditure_total"] - listed
    return data


def total(rows, at=1):
    """(before, change) over rows whose `at`-th cell is the first figure."""
    return sum(row[at] for row in rows), sum(row[at + 1] for row in rows)


def flat(groups):
    return [line for group in groups for line in group[-1]]


def sides(data):
    """The four totals that have to balance, as (before, change)."""
    general, fund = data["general"], data["fund"]
    add = lambda *parts: (sum(p[0] for p in parts), sum(p[1] for p in parts))
    return {
        "general_revenue": total(flat(general["revenue"]), 2),
        "general_in": add(total(flat(general["revenue"]), 2), total(general["transfers_in"])),
        "general_expenditure": total(flat(general["expenditure"]), 2),
        "general_out": add(total(flat(general["expenditure"]), 2), total(general["transfers_out"])),
        "fund_revenue": total(fund["revenue"]),
        "fund_in": add(total(fund["revenue"]), total(fund["transfers_in"])),
        "fund_expenditure": total(fund["expenditure"]),
        "fund_out": add(total(fund["expenditure"]), total(fund["transfers_out"])),
    }


def values(data):
    """What the texts of item four may name."""
    out = {}
    for name, (before, change) in sides(data).items():
        out[f"{name}.before"] = yi(before)
        out[f"{name}.change"] = yi(abs(change))
        out[f"{name}.after"] = yi(before + change)
    debt = data["debt"]
    for kind in ("general", "special"):
        out[f"debt.{kind}.now"] = yi(debt["new_now"][kind])
        out[f"debt.{kind}.limit"] = yi(debt["limit_2025"][kind] + debt["new_start"][kind] + debt["new_now"][kind])
        out[f"debt.{kind}.balance"] = yi(debt["balance_2025"][kind])
    out["debt.now"] = yi(sum(debt["new_now"].values()))
    out["debt.start"] = yi(sum(debt["new_start"].values()))
    out["debt.limit"] = yi(sum(sum(debt[k].values()) for k in ("limit_2025", "new_start", "new_now")))
    out["debt.limit_2025"] = yi(sum(debt["limit_2025"].values()))
    out["debt.balance"] = yi(sum(debt["balance_2025"].values()))
    for index, (name, amount) in enumerate(purposes(data).items(), 1):
        out[f"purpose.{index}"] = yi(amount)
        out[f"purpose.{index}.name"] = name
    for group in data["general"]["expenditure"]:
        out[f"x{group[0]}"] = yi(abs(total(group[2], 2)[1])) if total(group[2], 2)[1] % 100 == 0 else number(abs(total(group[2], 2)[1])) + "万元"
    out["special.count"] = len(data["special_projects"])
    return out


def purposes(data):
    found = {}
    for purpose, _, _, amount in data["general_projects"]:
        found[purpose] = found.get(purpose, 0) + amount
    return found


def percent(change, before):
    """Change in per cent with one place, rounded half up, in integers."""
    if before == 0 or change == 0:
        return "—"
    tenths = (abs(change) * 2000 + before) // (2 * before)
    return f"{'−' if change < 0 else ''}{tenths // 10}.{tenths % 10}%"


def line(name, before, change, css=""):
    return (css, [name, number(before), signed(change), number(before + change), percent(change, before)])


SIDE = [("项　　目", 44, ""), ("年初预算数", 15, "n"), ("调整数", 14, "n"), ("调整后预算数", 15, "n"), ("增减比例", 12, "n")]


def balance_table(caption, income, outgo, unit="单位：万元"):
    rows = [line(*row) if len(row) == 3 else line(*row) for row in income]
    rows += [line(*row) for row in outgo]
    return table(SIDE, rows, caption, unit)


def blocks(data):
    general, fund, debt = data["general"], data["fund"], data["debt"]
    side = sides(data)
    made = {}
    # Table 1: general budget balance.
    made["balance_general"] = balance_table(
        "表1　2026年区级一般公共预算收支平衡调整表",
        [("一、一般公共预算收入", *side["general_revenue"], "l1")]
        + [(f"　　{g[1][2:]}", *total(g[-1], 2)) for g in general["revenue"]]
        + [("二、转移性及其他收入", *total(general["transfers_in"]), "l1")] + [("　　" + n, b, c) for n, b, c in general["transfers_in"]]
        + [("收入总计", *side["general_in"], "sum")],
        [("一、一般公共预算支出", *side["general_expenditure"], "l1")]
        + [("二、转移性及其他支出", *total(general["transfers_out"]), "l1")] + [("　　" + n, b, c) for n, b, c in general["transfers_out"]]
        + [("支出总计", *side["general_out"], "sum")])
    coded = [("科目编码", 10, "c"), ("科目名称", 38, ""), ("年初预算数", 13, "n"), ("调整数", 12, "n"), ("调整后预算数", 14, "n"), ("增减比例", 13, "n")]

    def coded_rows(groups, last, figures):
        rows = []
        for group in groups:
            before, change = total(group[-1], 2)
            rows.append(("l1", [group[0], group[1], number(before), signed(change), number(before + change), percent(change, before)]))
            if len(group[-1]) == 1 and group[-1][0][0] == group[0]:
                continue
            for code, name, b, c in group[-1]:
                rows.append(("l2", [code, name, number(b), signed(c), number(b + c), percent(c, b)]))
        before, change = figures
        rows.append(("sum", ["", last, number(before), signed(change), number(before + change), percent(change, before)]))
        return rows

    made["revenue"] = table(coded, coded_rows(general["revenue"], "一般公共预算收入合计", side["general_revenue"]),
                            "表2　2026年区级一般公共预算收入调整表", "单位：万元")
    made["expenditure"] = table(coded, coded_rows(general["expenditure"], "一般公共预算支出合计", side["general_expenditure"]),
                                "表3　2026年区级一般公共预算支出调整表（按功能分类）", "单位：万元")
    rows, seen = [], 0
    for purpose, amount in purposes(data).items():
        seen += 1
        rows.append(("l1", ["", purpose, "", number(amount)]))
        rows += [[str(i), name, office, number(money)] for i, (p, name, office, money) in enumerate(data["general_projects"], 1) if p == purpose]
    rows.append(("sum", ["", "合　　计", "", number(sum(p[3] for p in data["general_projects"]))]))
    made["general_projects"] = table([("序号", 8, "c"), ("项　　目", 52, ""), ("主管部门", 24, "c"), ("安排数", 16, "n")], rows,
                                     "表4　2026年区级一般公共预算调增支出项目表", "单位：万元")
    made["balance_fund"] = balance_table(
        "表5　2026年区级政府性基金预算收支平衡调整表",
        [("一、政府性基金收入", *side["fund_revenue"], "l1")] + [("　　" + n, b, c) for n, b, c in fund["revenue"]]
        + [("二、转移性及其他收入", *total(fund["transfers_in"]), "l1")] + [("　　" + n, b, c) for n, b, c in fund["transfers_in"]]
        + [("收入总计", *side["fund_in"], "sum")],
        [("一、政府性基金支出", *side["fund_expenditure"], "l1")] + [("　　" + n, b, c) for n, b, c in fund["expenditure"]]
        + [("二、转移性及其他支出", *total(fund["transfers_out"]), "l1")] + [("　　" + n, b, c) for n, b, c in fund["transfers_out"]]
        + [("支出总计", *side["fund_out"], "sum")])
    special = data["special_projects"]
    made["special_projects"] = table(
        [("序号", 7, "c"), ("投　　向", 22, ""), ("项目名称", 33, ""), ("所在镇（街道）", 14, "c"), ("项目总投资", 12, "n"), ("本次安排", 12, "n")],
        [[str(i), *p[:3], number(p[3]), number(p[4])] for i, p in enumerate(special, 1)]
        + [("sum", ["", "合　　计", "", "", number(sum(p[3] for p in special)), number(sum(p[4] for p in special))])],
        "表6　2026年新增专项债券资金安排项目表", "单位：万元")
    kinds = [("一般债务", "general"), ("专项债务", "special")]
    columns = [[debt[k][kind] for k in ("balance_2025", "limit_2025", "new_start", "new_now")] for _, kind in kinds]
    columns.append([sum(c) for c in zip(*columns)])
    made["debt"] = table(
        [("类　　别", 20, ""), ("2025年末债务余额", 16, "n"), ("2025年债务限额", 16, "n"), ("年初已下达|新增限额", 16, "n"), ("本次新增限额", 16, "n"), ("2026年债务限额", 16, "n")],
        [("sum" if name == "合　　计" else "", [name, *(number(v) for v in c), number(sum(c[1:]))]) for name, c in zip(["一般债务", "专项债务", "合　　计"], columns)],
        "表7　2026年区级政府债务限额调整表", "单位：万元")
    return made


def check(data):
    """Every equation that the papers of item four claim; returns what is wrong."""
    side, wrong = sides(data), []

    def same(what, left, right):
        if left != right:
            wrong.append(f"{what}: {left} ≠ {right}")
    same("general budget", side["general_in"], side["general_out"])
    same("fund budget", side["fund_in"], side["fund_out"])
    same("approved general expenditure", side["general_expenditure"][0], data["general"]["expenditure_total"])
    same("approved general revenue", side["general_revenue"], (386000, 6000))
    same("general projects", sum(purposes(data).values()), side["general_expenditure"][1])
    same("special projects", sum(p[4] for p in data["special_projects"]), data["debt"]["new_now"]["special"])
    same("general bonds", dict((n, c) for n, _, c in data["general"]["transfers_in"])["地方政府一般债务转贷收入"], data["debt"]["new_now"]["general"])
    same("special bonds", dict((n, c) for n, _, c in data["fund"]["transfers_in"])["地方政府专项债务转贷收入"], data["debt"]["new_now"]["special"])
    for line_ in flat(data["general"]["expenditure"]) + flat(data["general"]["revenue"]):
        if line_[2] + line_[3] < 0 or line_[2] < 0:
            wrong.append(f"{line_[1]} goes below nothing")
    return wrong
