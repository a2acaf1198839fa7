#!/usr/bin/env python3
"""What must not be in the tree, and what must be together.

Looks at the files that git knows or would take. Each rule is a generator of complaints
("file:line: what is wrong"); a new rule is a function and its name in RULES.
Which messages must be described is in tidy_protocol.py.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import tidy_protocol

LONGEST_FILE = 800
LARGEST_FILE = 8 * 1024 * 1024
SOURCES = {".rs", ".slint", ".ts", ".mjs", ".svelte", ".py", ".sh", ".css", ".html"}
# Made by a program and compared with it by a test: their length is nobody's choice.
GENERATED = re.compile(r"(^|/)(generated|golden)/|^server/web/src/wire\.ts$")
LOCKS = {"Cargo.lock", "package-lock.json"}

MACHINE_PATH = re.compile(r"(?<![\w.~\-/])/(work|root|home|Users|mnt|media)/[\w.-]")
LEFT_OPEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?<!:)//[^\n]*", re.S)
# The product's own name is the same in every language.
OUR_NAME = "\u8bae\u5e2d"
CHINESE = re.compile(r"[\u3400-\u9fff]+")

# Crates with a socket, a clock, a disk, a window or randomness of their own.
IMPURE = {"tokio", "axum", "rusqlite", "slint", "getrandom", "rand", "jiff", "tempfile", "rayon"}
# What each inner crate may know of the house.
INNER = {
    "protocol/Cargo.toml": set(),
    "server/meeting/Cargo.toml": {"hemicycle-protocol"},
}


def main():
    house = Path(__file__).resolve().parents[2]
    complaints = [line for rule in RULES for line in rule(house, Tree(house))]
    for line in complaints:
        print(line)
    print(f"{len(RULES)} rules, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


class Tree:
    """The files of the repository, read once."""

    _read = {}

    def __init__(self, house):
        self.house = house
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=house, check=True, capture_output=True,
        ).stdout.decode()
        self.names = sorted(n for n in listed.split("\0") if n and (house / n).is_file())

    def text(self, name):
        """The lines of a text file; none of a binary one."""
        path = self.house / name
        if path not in self._read:
            raw = path.read_bytes()
            self._read[path] = [] if b"\0" in raw[:8192] else raw.decode(errors="replace").splitlines()
        return self._read[path]

    def lines(self):
        for name in self.names:
            if Path(name).name in LOCKS:
                continue
            for number, line in enumerate(self.text(name), 1):
                yield name, number, line


def no_machine_paths(_house, tree):
    for name, number, line in tree.lines():
        if found := MACHINE_PATH.search(line):
            yield f"{name}:{number}: a path of one machine ({found.group()}…)"


def nothing_left_open(_house, tree):
    for name, number, line in tree.lines():
        if found := LEFT_OPEN.search(line):
            yield f"{name}:{number}: {found.group()}: do it, or write down in docs/ that it is missing"


def files_are_short(_house, tree):
    for name in tree.names:
        if Path(name).suffix in SOURCES and not GENERATED.search(name):
            if (length := len(tree.text(name))) > LONGEST_FILE:
                yield f"{name}: {length} lines; split it, the limit is {LONGEST_FILE}"


def files_are_small(house, tree):
    for name in tree.names:
        if (size := (house / name).stat().st_size) > LARGEST_FILE:
            yield f"{name}: {size >> 20} MiB; what is that large is fetched or made, not committed"


def locks_name_no_address(house, tree):
    """A lock pins contents by hash; where they come from is the machine's own setting."""
    for name in tree.names:
        if Path(name).name == "package-lock.json":
            for place, package in json.loads((house / name).read_text())["packages"].items():
                if str(package.get("resolved", "")).startswith("http"):
                    yield f"{name}: {place} has an address; put omit-lockfile-registry-resolved=true into .npmrc"
                    break
        elif Path(name).name in {".npmrc", "pip.conf"} or name.endswith("requirements.txt"):
            for number, line in enumerate(tree.text(name), 1):
                if "://" in line:
                    yield f"{name}:{number}: an address; packages are named, not located"


def inner_crates_stay_pure(house, _tree):
    for name, allowed in INNER.items():
        manifest = tomllib.loads((house / name).read_text())
        for crate in manifest.get("dependencies", {}):
            if crate in IMPURE:
                yield f"{name}: depends on {crate}; time, randomness and disks are arguments there"
            elif crate.startswith("hemicycle-") and crate not in allowed:
                yield f"{name}: depends on {crate}; nothing imports upward"


def catalogues_match(house, tree):
    """Every text in both languages: zh-CN is the first, en has the same keys and the same holes."""
    for name in tree.names:
        if not name.endswith("zh-CN.json"):
            continue
        other = str(Path(name).with_name("en.json"))
        if other not in tree.names:
            yield f"{name}: there is no {other}"
            continue
        first, second = (flat(json.loads((house / n).read_text())) for n in (name, other))
        for key in sorted(first.keys() ^ second.keys()):
            yield f"{other if key in first else name}: {key} is missing"
        for key in sorted(first.keys() & second.keys()):
            if holes(first[key]) != holes(second[key]):
                yield f"{other}: {key} has other {{placeholders}} than {Path(name).name}"


def pages_have_no_text_of_their_own(_house, tree):
    """Pages take their words from the catalogues; a comment may speak Chinese."""
    for name in tree.names:
        if Path(name).suffix not in {".slint", ".svelte"}:
            continue
        code = COMMENT.sub(lambda c: "\n" * c.group().count("\n"), "\n".join(tree.text(name)))
        for number, line in enumerate(code.split("\n"), 1):
            if found := CHINESE.search(line.replace(OUR_NAME, "")):
                yield f"{name}:{number}: {found.group()}: a text of a page; put it into the catalogues"


def flat(value, prefix=""):
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in flat(inner, f"{prefix}{key}.").items()}
    return {prefix.rstrip("."): value}


def holes(text):
    return set(re.findall(r"\{(\w+)\}", text)) if isinstance(text, str) else set()


def messages_are_described(house, _tree):
    yield from tidy_protocol.complaints(house)


def paths_in_documents_exist(house, tree):
    """A link to a file of the repository leads somewhere."""
    for name in tree.names:
        if not name.endswith(".md"):
            continue
        for number, line in enumerate(tree.text(name), 1):
            for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not target.startswith("mailto:"):
                    if not (house / name).parent.joinpath(target).exists():
                        yield f"{name}:{number}: there is no {target}"


RULES = [
    no_machine_paths,
    nothing_left_open,
    files_are_short,
    files_are_small,
    locks_name_no_address,
    inner_crates_stay_pure,
    catalogues_match,
    pages_have_no_text_of_their_own,
    messages_are_described,
    paths_in_documents_exist,
]

if __name__ == "__main__":
    main()
