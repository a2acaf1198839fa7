"""The scanned paper: a printed page with handwriting, put through a bad office scanner.

The page is printed like any other, rasterised, given pen strokes, turned a little, greyed, specked and stored as
one JPEG a page. There is no text in the PDF.
"""
import math
import random

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

import printer

DPI = 150
INK = (28, 34, 78)


def handwriting(text, font, height, rng):
    """A name as a pen writes it: each character leaning, lifting and running on in its own way."""
    cell = height * 2
    strip = Image.new("L", (int(height * 0.92 * len(text)) + cell, cell), 0)
    x = height // 3
    for char in text:
        glyph = Image.new("L", (cell, cell), 0)
        size = int(height * rng.uniform(0.86, 1.12))
        ImageDraw.Draw(glyph).text((cell // 2, cell // 2), char, 255, font=font.font_variant(size=size), anchor="mm")
        lean = rng.uniform(0.18, 0.36)
        glyph = glyph.transform(glyph.size, Image.Transform.AFFINE,
                                (1, lean, -lean * cell / 2, rng.uniform(-0.02, 0.08), 1, 0), Image.Resampling.BICUBIC)
        glyph = wave(glyph, rng, height / 26)
        glyph = glyph.rotate(rng.uniform(-3, 5), Image.Resampling.BICUBIC)
        strip.paste(ImageChops.lighter(glyph, strip.crop((x - height // 2, 0, x - height // 2 + cell, cell))),
                    (x - height // 2, int(rng.uniform(-0.05, 0.05) * height)))
        x += int(height * rng.uniform(0.84, 0.98))
    return strip.filter(ImageFilter.GaussianBlur(0.6))


def wave(image, rng, depth):
    """Bend straight strokes with a mesh of small quadrilaterals."""
    w, h = image.size
    n = 6
    grid = [[(i * w / n + rng.uniform(-depth, depth), j * h / n + rng.uniform(-depth, depth)) for i in range(n + 1)] for j in range(n + 1)]
    mesh = []
    for j in range(n):
        for i in range(n):
            box = (int(i * w / n), int(j * h / n), int((i + 1) * w / n), int((j + 1) * h / n))
            quad = (*grid[j][i], *grid[j + 1][i], *grid[j + 1][i + 1], *grid[j][i + 1])
            mesh.append((box, quad))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)


def sign(page, names, font_file, top, rng):
    """Write the names over the blank lines, two a row."""
    font = ImageFont.truetype(str(font_file), 10)
    unit = DPI / 72
    left, top = 96 * unit, top * unit
    for index, name in enumerate(names):
        ink = handwriting(name, font, int(27 * unit), rng)
        x = left + (index % 2) * 222 * unit + rng.uniform(-3, 12)
        y = top + (index // 2) * 43.5 * unit - ink.height * 0.72 + rng.uniform(-5, 5)
        page.paste(Image.new("RGB", ink.size, INK), (int(x), int(y)), ink)


def through_scanner(page, rng, turn):
    """Turn, shade, speck."""
    page = page.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(252, 252, 250))
    w, h = page.size
    shade = Image.new("L", (64, 90))
    shade.putdata([int(248 - 14 * (x / 63) ** 3 - 10 * (1 - y / 89) ** 6 - 4 * math.sin(y / 9)) for y in range(90) for x in range(64)])
    shade = shade.resize((w, h), Image.Resampling.BICUBIC)
    page = ImageChops.multiply(page, Image.merge("RGB", (shade, shade, ImageEnhance.Brightness(shade).enhance(0.985))))
    grain = Image.frombytes("L", (w // 2, h // 2), rng.randbytes((w // 2) * (h // 2))).resize((w, h), Image.Resampling.BILINEAR)
    page = Image.blend(page, Image.merge("RGB", (grain, grain, grain)), 0.025)
    draw = ImageDraw.Draw(page)
    for _ in range(70):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.choice((0.6, 0.8, 1.2, 1.8))
        tone = rng.randint(70, 170)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(tone, tone, tone))
    # Staple and the edge of the glass.
    draw.line((w * 0.045, h * 0.035, w * 0.085, h * 0.028), fill=(120, 120, 122), width=3)
    draw.rectangle((0, 0, 7, h), fill=(96, 94, 92))
    return ImageEnhance.Contrast(page.filter(ImageFilter.GaussianBlur(0.55))).enhance(1.06)


def build(html, css, title, target, names, font_file, scratch):
    """`html` has an element that leaves room for the signatures; its place is found from the printed text."""
    rng = random.Random(20260824)
    printed = scratch / "clean.pdf"
    printer.chromium(html, css, title, printed)
    clean = pdfium.PdfDocument(printed)
    pages = [clean[at].render(scale=DPI / 72).to_pil().convert("RGB") for at in range(len(clean))]
    top = place_of(clean[len(pages) - 1], "联名人") + 34
    for index, page in enumerate(pages):
        if index == len(pages) - 1:
            sign(page, names, font_file, top, rng)
        pages[index] = through_scanner(page, rng, (0.9, -0.6)[index % 2])
    raw = scratch / "scan.pdf"
    pages[0].save(raw, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=58, optimize=True)
    printer.settle(raw, target, title, author="")


def place_of(page, word):
    """The distance in points from the top of the page to the foot of the line that holds `word`."""
    text = page.get_textpage()
    found = text.search(word).get_next()
    if found is None:
        raise RuntimeError(f"the signed page has no {word}")
    _, bottom, _, _ = text.get_charbox(found[0])
    return page.get_height() - bottom
