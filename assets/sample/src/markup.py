"""From the plain text of `text/` to HTML. Knows the marks of the format, nothing of any one paper.

One line is one paragraph. The mark at its start says what it is:
    # title            ~ centred line under the title      ## heading   ### small heading
    = chapter          == section                          :: paragraph without indent
    >> signature       @ mark above the title (会议文件)     ---  page break
    [[ title … ]] box  %% name   a table or block made by code   <note> small print
    **bold** inside a line; {{name}} is a value that code worked out.
"""
import html
import re


class UnknownValue(Exception):
    """A text names a value or block that nobody made."""


def fill(text, values):
    """Put the computed values into the text."""
    def one(match):
        name = match.group(1).strip()
        if name not in values:
            raise UnknownValue(name)
        return str(values[name])
    return re.sub(r"\{\{([^}]+)\}\}", one, text)


def body(text, values=None, blocks=None, pages=None):
    """The HTML of a whole text. `pages` maps a heading to its page, for the table of contents."""
    text = fill(text, values or {})
    blocks = blocks or {}
    out, in_box, signed = [], False, False
    lines = text.splitlines()
    toc = [line for line in lines if re.match(r"==? ", line)]
    titles = []
    for line in lines + [""]:
        line = line.rstrip()
        if titles and not line.startswith("# "):
            out.append("<h1>%s</h1>" % "<br>".join(inline(t) for t in titles))
            titles = []
        if not line:
            continue
        if not line.startswith(">> "):
            signed = False
        if line.startswith("# "):
            titles.append(line[2:])
        elif line.startswith("~ "):
            out.append('<p class="sub">%s</p>' % inline(line[2:]))
        elif line.startswith("## "):
            out.append("<h2>%s</h2>" % inline(line[3:]))
        elif line.startswith("### "):
            out.append("<h3>%s</h3>" % inline(line[4:]))
        elif line.startswith("== "):
            out.append('<h3 class="section">%s</h3>' % inline(line[3:]))
        elif line.startswith("= "):
            out.append('<h2 class="chapter">%s</h2>' % inline(line[2:]))
        elif line.startswith(":: "):
            out.append('<p class="plain">%s</p>' % inline(line[3:]))
        elif line.startswith("@ "):
            out.append('<p class="mark">%s</p>' % inline(line[2:]))
        elif line.startswith(">> "):
            out.append('<p class="sign%s">%s</p>' % ("" if signed else " first", inline(line[3:])))
            signed = True
        elif line.startswith("<note>"):
            out.append('<p class="note">%s</p>' % inline(line[6:]))
        elif line == "---":
            out.append('<div class="break"></div>')
        elif line.startswith("[[ "):
            out.append('<div class="box"><p class="head">%s</p>' % inline(line[3:]))
            in_box = True
        elif line == "]]":
            if not in_box:
                raise UnknownValue("]] without [[")
            out.append("</div>")
            in_box = False
        elif line == "%% toc":
            out.append(contents(toc, pages or {}))
        elif line.startswith("%% "):
            name = line[3:].strip()
            if name not in blocks:
                raise UnknownValue(name)
            out.append(blocks[name])
        else:
            out.append("<p>%s</p>" % inline(line))
    return "\n".join(out)


def inline(text):
    text = html.escape(text, quote=False)
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)


def contents(headings, pages):
    rows = []
    for line in headings:
        kind, title = ("s", line[3:]) if line.startswith("== ") else ("c", line[2:])
        rows.append('<div class="%s"><span>%s</span><i></i><span>%s</span></div>'
                    % (kind, inline(title), pages.get(key(title), "00")))
    return '<div class="toc"><p class="title">目　　录</p>%s</div>' % "".join(rows)


def key(title):
    """A heading as the PDF's outline gives it back: without white space."""
    return re.sub(r"\s+", "", title)


def table(columns, rows, caption="", unit="", css=""):
    """`columns`: (heading, width in %, class). A row is a list of cells, or (row class, cells)."""
    head = "".join('<th style="width:%s%%">%s</th>' % (w, inline(h).replace("|", "<br>")) for h, w, _ in columns)
    parts = ['<table class="%s">' % css]
    if caption or unit:
        parts.append("<caption>%s<span class=unit>%s</span></caption>" % (inline(caption), inline(unit)))
    parts.append("<thead><tr>%s</tr></thead><tbody>" % head)
    for row in rows:
        css_row, cells = row if isinstance(row, tuple) else ("", row)
        parts.append('<tr class="%s">' % css_row)
        for cell, (_, _, css_cell) in zip(cells, columns, strict=True):
            parts.append('<td class="%s">%s</td>' % (css_cell, inline(str(cell))))
        parts.append("</tr>")
    parts.append("</tbody></table>")
    return "".join(parts)


def number(value):
    return f"{value:,}"


def signed(value):
    """A change in a table: 0 shows as a dash."""
    return "—" if value == 0 else (f"+{value:,}" if value > 0 else f"−{-value:,}")


def yi(value):
    """万元 as 亿元 with two places, exactly."""
    sign = "-" if value < 0 else ""
    value = abs(value)
    if value % 100:
        raise ValueError(f"{value} 万元 is no whole number of hundredths of 亿元")
    return f"{sign}{value // 10000}.{value % 10000 // 100:02d}"
