"""docs/protocol.md names everything that goes over the wire.

Reads the Rust types of the wire and the topics: each serialised name (a variant in
snake_case, a field) has to stand in the document as code, so that neither moves alone.
"""

import re

SOURCES = [
    "protocol/src/wire.rs",
    "protocol/src/topic.rs",
    "protocol/src/ink.rs",
    "protocol/src/refusal.rs",
    "protocol/src/vote.rs",
    "protocol/src/vote/motion.rs",
    "protocol/src/vote/personnel.rs",
    "protocol/src/vote/rule.rs",
]
DOCUMENT = "docs/protocol.md"

TYPE = re.compile(r"^pub (enum|struct) (\w+)")
VARIANT = re.compile(r"^    ([A-Z]\w*)\s*(?:[({,=]|$)")
ONE_LINE_FIELDS = re.compile(r"\{\s*(\w+\s*:.*?)\}?,?\s*$")
FIELD = re.compile(r"^\s+(?:pub )?(?:r#)?([a-z]\w*)\s*:")
# A refusal's code in its macro: `Name = "as_written",`
CODE = re.compile(r'^    [A-Z]\w* = "(\w+)",')
RENAME = re.compile(r'serde\([^)]*\brename\s*=\s*"([^"]+)"')


def complaints(house):
    document = house / DOCUMENT
    if not document.is_file():
        yield f"{DOCUMENT}: is missing"
        return
    written = code_words(document.read_text())
    for source in SOURCES:
        for owner, name in names((house / source).read_text()):
            if name not in written:
                yield f"{DOCUMENT}: does not name `{name}` ({owner} in {source})"


def names(rust):
    """(type, serialised name) of each variant and field that serde writes."""
    owner = kind = None
    serialised = False
    attributes = []
    for line in rust.splitlines():
        if found := CODE.match(line):
            yield "a code", found.group(1)
        elif found := TYPE.match(line):
            kind, owner = found.groups()
            serialised = any("Serialize" in a for a in attributes)
            attributes = []
        elif line.startswith(("}", "impl", "mod ", "pub mod ", "pub fn ", "fn ")):
            owner = None
            attributes = []
        elif owner is None or line.lstrip().startswith("#["):
            attributes.append(line)
        elif serialised and not line.lstrip().startswith("//"):
            yield from ((owner, name) for name in of_line(kind, line, attributes))
            attributes = []


def of_line(kind, line, attributes):
    renamed = next((m.group(1) for a in attributes if (m := RENAME.search(a))), None)
    if kind == "enum" and (found := VARIANT.match(line)):
        yield renamed or snake(found.group(1))
        if inner := ONE_LINE_FIELDS.search(line):
            yield from re.findall(r"(\w+)\s*:(?!:)", inner.group(1))
    elif found := FIELD.match(line):
        # A flattened field has no name of its own.
        if not any("flatten" in a for a in attributes):
            yield renamed or found.group(1)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def code_words(markdown):
    """The words in code spans and code blocks: prose that happens to use a word does not describe it."""
    blocks = re.findall(r"```.*?```", markdown, re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", markdown, flags=re.S))
    return {word for code in blocks + spans for word in re.findall(r"\w+", code)}
