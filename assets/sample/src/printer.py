"""HTML to PDF with headless Chromium, then fixed metadata, so that the same sources give the same file."""
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, NameObject, TextStringObject

from markup import key

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--allow-file-access-from-files", "--no-pdf-header-footer", "--generate-pdf-document-outline",
    "--virtual-time-budget=20000",
]
FACES = {"@SERIF@": "NotoSerifSC_500Medium.ttf", "@SERIFBOLD@": "NotoSerifSC_700Bold.ttf", "@SANS@": "NotoSansSC_500Medium.ttf"}
DATE = "D:20260820090000+08'00'"


class NoFont(Exception):
    """A font file of the papers is not in the fonts folder."""


def stylesheet(source, fonts):
    css = source.read_text(encoding="utf-8")
    for mark, name in FACES.items():
        css = css.replace(mark, face(fonts, name).as_uri())
    return css


def face(fonts, name):
    found = sorted(Path(fonts).rglob(name))
    if not found:
        raise NoFont(f"{name} is not in {fonts}")
    return found[0].resolve()


def chromium(html, css, title, target):
    """Print one page of HTML."""
    with tempfile.TemporaryDirectory(prefix="sample-paper-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
            f"<style>{css}</style></head><body>{html}</body></html>", encoding="utf-8")
        printed = Path(folder) / "page.pdf"
        run = subprocess.run(
            [shutil.which("chromium") or "chromium", *FLAGS, f"--user-data-dir={folder}/profile",
             f"--print-to-pdf={printed}", page.as_uri()],
            capture_output=True, text=True, timeout=300, check=False)
        if not printed.exists():
            raise RuntimeError(f"Chromium printed nothing for {target.name}:\n{run.stderr[-2000:]}")
        settle(printed, target, title)


def settle(source, target, title, author="望澜区人大常委会办公室（虚构）"):
    """Rewrite a PDF with our metadata and a fixed id."""
    stripped = PdfWriter(clone_from=str(source))
    # Chromium makes the outline from the tags; the tags themselves are half of a long paper's size.
    for name in ("/StructTreeRoot", "/MarkInfo"):
        stripped.root_object.pop(NameObject(name), None)
    for thing in stripped._objects:
        if isinstance(thing, DictionaryObject):
            for name in ("/SE", "/StructParent", "/StructParents"):
                thing.pop(NameObject(name), None)
    middle = io.BytesIO()
    stripped.write(middle)
    # Cloning takes only what can be reached, so the tags stay behind.
    writer = PdfWriter(clone_from=PdfReader(middle))
    writer.metadata = None
    writer.add_metadata({"/Title": title, "/Author": author, "/Creator": "Hemicycle sample meeting",
                         "/Producer": "Hemicycle sample meeting", "/CreationDate": DATE, "/ModDate": DATE})
    writer.root_object[NameObject("/Lang")] = TextStringObject("zh-CN")
    writer.pdf_header = "%PDF-1.7"
    for page in writer.pages:
        page.compress_content_streams(level=9)
    stem = target.stem.encode("ascii").ljust(16, b"-")[:16]
    writer._ID = ArrayObject([ByteStringObject(stem), ByteStringObject(stem)])
    with target.open("wb") as file:
        writer.write(file)


def outline_pages(pdf):
    """Heading → page number, from the PDF's outline."""
    reader = PdfReader(str(pdf))
    found = {}

    def walk(entries):
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                found.setdefault(key(entry.title), reader.get_destination_page_number(entry) + 1)
    walk(reader.outline)
    return found
