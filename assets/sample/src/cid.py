"""The paper without embedded fonts: it names STSong-Light and leaves the reader to find a face for it."""
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import CondPageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

import printer

FONT = "STSong-Light"


def styles():
    base = dict(fontName=FONT, fontSize=15.75, leading=29, wordWrap="CJK")
    return {
        "title": ParagraphStyle("title", **{**base, "fontSize": 22, "leading": 36}, alignment=TA_CENTER),
        "sub": ParagraphStyle("sub", **base, alignment=TA_CENTER),
        "text": ParagraphStyle("text", **base, firstLineIndent=31.5),
        "cell": ParagraphStyle("cell", **{**base, "fontSize": 12, "leading": 18}, alignment=TA_CENTER),
    }


def number(canvas, document):
    """The page's number at the outer side."""
    page = canvas.getPageNumber()
    canvas.setFont(FONT, 14)
    if page % 2:
        canvas.drawRightString(A4[0] - 26 * mm - 14, 25 * mm, f"—  {page}  —")
    else:
        canvas.drawString(28 * mm + 14, 25 * mm, f"—  {page}  —")


def build(source, target, title, scratch):
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    style, story, cells = styles(), [], []
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            cells.append([Paragraph(cell, style["cell"]) for cell in line.strip("|").split("|")])
        elif line.startswith("# "):
            story.append(Paragraph(line[2:], style["title"]))
        elif line.startswith("~ "):
            story.append(Paragraph(line[2:], style["sub"]))
        elif line.startswith(("## ", "### ")):
            if line.startswith("## ") and "一、" in line[:6]:
                story.append(Spacer(1, 29))
            story.append(Paragraph(line.lstrip("# "), style["text"]))
        elif line:
            story.append(Paragraph(line, style["text"]))
    if cells:
        heading = story.pop()
        story.append(CondPageBreak(120 * mm))
        story += [heading, Spacer(1, 6)]
        story.append(Table(cells, colWidths=[34 * mm, 30 * mm, 24 * mm, 32 * mm, 36 * mm], repeatRows=1,
                           style=[("GRID", (0, 0), (-1, -1), 0.6, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    raw = scratch / "cid.pdf"
    SimpleDocTemplate(str(raw), pagesize=A4, leftMargin=28 * mm - 6, rightMargin=26 * mm - 6, topMargin=37 * mm - 6,
                      bottomMargin=35 * mm - 6, invariant=1).build(story, onFirstPage=number, onLaterPages=number)
    printer.settle(raw, target, title)
