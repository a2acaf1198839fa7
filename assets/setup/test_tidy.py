"""The rules of tidy.py complain about what they are there for, and about nothing else."""

import tempfile
import unittest
from pathlib import Path

import tidy
import tidy_protocol


class Given:
    """A tree with these files, without git."""

    def __init__(self, folder, files):
        self.house = Path(folder)
        self._read = {}
        self.names = sorted(files)
        for name, text in files.items():
            path = self.house / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    text = tidy.Tree.text
    lines = tidy.Tree.lines


class Rules(unittest.TestCase):
    def complaints(self, rule, files):
        with tempfile.TemporaryDirectory() as folder:
            tree = Given(folder, files)
            return list(rule(tree.house, tree))

    def test_a_path_of_one_machine(self):
        bad = "/".join(["", "home", "wang", "x"])
        self.assertEqual(len(self.complaints(tidy.no_machine_paths, {"a.rs": f'open("{bad}")'})), 1)
        fine = "see docs/home/x, https://example.org/home/x and /var/lib/hemicycle"
        self.assertEqual(self.complaints(tidy.no_machine_paths, {"a.md": fine}), [])

    def test_what_was_left_open(self):
        word = "TO" + "DO"
        found = self.complaints(tidy.nothing_left_open, {"a.rs": f"fine\n// {word}: later"})
        self.assertEqual([f.split(": ")[0] for f in found], ["a.rs:2"])
        self.assertEqual(self.complaints(tidy.nothing_left_open, {"a.rs": f"{word}LIST"}), [])

    def test_long_files(self):
        long = "x\n" * (tidy.LONGEST_FILE + 1)
        files = {"a.rs": long, "b.rs": long[2:], "c.json": long, "tests/golden/d.rs": long}
        self.assertEqual(len(self.complaints(tidy.files_are_short, files)), 1)

    def test_addresses_in_locks(self):
        address = "https" + "://packages.example/x.tgz"
        with_address = '{"packages": {"": {}, "a": {"resolved": "%s"}}}' % address
        without = '{"packages": {"": {}, "a": {"integrity": "sha512-"}}}'
        rule = tidy.locks_name_no_address
        self.assertEqual(len(self.complaints(rule, {"web/package-lock.json": with_address})), 1)
        self.assertEqual(self.complaints(rule, {"web/package-lock.json": without}), [])
        self.assertEqual(len(self.complaints(rule, {".npmrc": f"registry={address}"})), 1)

    def test_inner_crates(self):
        files = {
            "protocol/Cargo.toml": "[dependencies]\nserde = '1'\nhemicycle-meeting = '1'\n",
            "server/meeting/Cargo.toml": "[dependencies]\nhemicycle-protocol = '1'\ntokio = '1'\n",
        }
        found = self.complaints(tidy.inner_crates_stay_pure, files)
        self.assertEqual(len(found), 2)
        self.assertIn("imports upward", found[0])
        self.assertIn("tokio", found[1])

    def test_catalogues(self):
        files = {
            "i18n/zh-CN.json": '{"a": {"b": "第 {n} 项"}, "c": "有"}',
            "i18n/en.json": '{"a": {"b": "item {m}"}, "d": "more"}',
        }
        found = self.complaints(tidy.catalogues_match, files)
        self.assertEqual(len(found), 3)
        same = {"i18n/zh-CN.json": '{"a": "{n} 票"}', "i18n/en.json": '{"a": "{n} votes"}'}
        self.assertEqual(self.complaints(tidy.catalogues_match, same), [])

    def test_texts_of_pages(self):
        word = "\u8d5e\u6210"
        files = {
            "a.slint": f'/* {word}\n{word} */\n// {word}\ntext: "{word}";',
            "b.svelte": f"<!-- {word} --><p>{{t('vote.for')}}</p>",
            "c.rs": f'"{word}"',
        }
        found = self.complaints(tidy.pages_have_no_text_of_their_own, files)
        self.assertEqual([f.split(": ")[0] for f in found], ["a.slint:4"])

    def test_links(self):
        files = {"docs/a.md": "[b](b.md) [c](c.md#part) [out](https://example.org) [here](#x)", "docs/b.md": ""}
        found = self.complaints(tidy.paths_in_documents_exist, files)
        self.assertEqual(found, ["docs/a.md:1: there is no c.md"])


class Protocol(unittest.TestCase):
    RUST = """
#[derive(Serialize)]
pub enum Up {
    /// Says who.
    Hello(Hello),
    GiveFloor {
        member: MemberId,
    },
    Watch { topics: Vec<TopicName>, since: u32 },
    #[serde(rename = "bye")]
    Goodbye,
}

#[derive(Serialize)]
pub struct Frame {
    pub version: u32,
    #[serde(flatten)]
    pub topic: Topic,
    #[serde(rename = "for")]
    pub yes: u32,
}

pub struct Inside {
    pub secret: u32,
}

impl Frame {
    pub fn not_a_field(&self) {}
}
"""

    def test_names_are_those_on_the_wire(self):
        found = {name for _, name in tidy_protocol.names(self.RUST)}
        expected = {"hello", "give_floor", "member", "watch", "topics", "since", "bye", "version", "for"}
        self.assertEqual(found, expected)

    def test_codes(self):
        self.assertEqual(list(tidy_protocol.names('    NoSeat = "no_seat",')), [("a code", "no_seat")])

    def test_only_code_describes(self):
        markdown = "The floor and `hello`.\n```json\n{\"watch\": 1}\n```\nmore"
        self.assertEqual(tidy_protocol.code_words(markdown), {"hello", "json", "watch", "1"})

    def test_the_sources_are_read(self):
        house = Path(tidy.__file__).resolve().parents[2]
        for source in tidy_protocol.SOURCES:
            found = list(tidy_protocol.names((house / source).read_text()))
            self.assertGreater(len(found), 2, source)


if __name__ == "__main__":
    unittest.main()
