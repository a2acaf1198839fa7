"""./run says what failed, goes on to the next step, and ends with the right exit code."""

import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.house = Path(folder.name)

    def bash(self, script):
        parts = " ".join(f"source {SETUP}/{part}.sh;" for part in ("say", "system", "parts", "steps"))
        ready = f"set -euo pipefail; HOUSE={self.house}; cd $HOUSE; {parts}"
        done = subprocess.run(["bash", "-c", f"{ready}\n{script}"], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def test_a_failing_step_is_shown_and_the_next_one_runs(self):
        code, out, _ = self.bash('step "One" bash -c "echo why; exit 7"; step "Two" true; closing')
        self.assertEqual(code, 1)
        self.assertIn("failed  0 s, exit code 7", out)
        self.assertIn("    | why", out)
        self.assertIn("==> Two\n    ok", out)
        self.assertIn("steps: 1 passed, 1 failed\nfailed: One\n", out)

    def test_a_step_stops_at_its_first_failing_line(self):
        code, out, _ = self.bash('f() { false; echo went on; }; step "One" f; closing')
        self.assertEqual(code, 1)
        self.assertNotIn("went on", out)

    def test_what_all_stands_on_ends_the_run(self):
        code, out, _ = self.bash('must "Build" false; step "Two" true; closing')
        self.assertEqual(code, 1)
        self.assertNotIn("Two", out)

    def test_only_its_own_failure_ends_the_run(self):
        _, out, _ = self.bash('step "One" false; must "Build" true; step "Two" true; closing')
        self.assertIn("steps: 2 passed, 1 failed\nfailed: One\n", out)

    def test_output_of_what_passed_stays_in_the_log_but_for_the_count(self):
        summary = "     Summary [   0.1s] 3 tests run: 3 passed, 0 skipped"
        code, out, _ = self.bash(f'step "Rust tests" printf "noise\\n{summary}\\n"; closing')
        self.assertEqual(code, 0)
        self.assertNotIn("noise", out)
        self.assertIn("3 tests run: 3 passed", out)
        self.assertIn("noise", (self.house / ".cache/logs/rust-tests.log").read_text())

    def test_an_unknown_step_is_an_error(self):
        code, _, err = self.bash("run_test tidy nonsense")
        self.assertEqual(code, 1)
        self.assertIn('no step "nonsense"', err)

    def test_each_listed_step_exists(self):
        code, out, _ = self.bash('for name in "${STEPS[@]}"; do declare -F "check_$name"; done')
        self.assertEqual((code, len(out.split()) > 5), (0, True))

    def test_missing_packages_are_named_in_one_line_without_root(self):
        code, _, err = self.bash("as_root() { false; }; need_packages no-such-package-a no-such-package-b")
        self.assertEqual(code, 1)
        self.assertIn("apt-get install -y --no-install-recommends no-such-package-a no-such-package-b", err)

    def test_versions_are_compared_as_numbers(self):
        for version, least, enough in [("1.95.0", "1.95.0", 0), ("1.100.0", "1.95.0", 0), ("18.20.0", "20.19.0", 1)]:
            code, _, _ = self.bash(f"at_least {version} {least}")
            self.assertEqual(code, enough, (version, least))

    def test_a_stamp_holds_until_a_byte_changes(self):
        (self.house / "lock").write_text("a")
        script = "stamped x lock && echo fresh || echo stale"
        self.assertEqual(self.bash(script)[1], "stale\n")
        self.bash("stamp x lock")
        self.assertEqual(self.bash(script)[1], "fresh\n")
        (self.house / "lock").write_text("b")
        self.assertEqual(self.bash(script)[1], "stale\n")

    def test_a_library_with_other_bytes_is_not_taken(self):
        (self.house / "assets/lib").mkdir(parents=True)
        (self.house / "assets/lib/libpdfium.so").write_text("something else")
        code, _, _ = self.bash("pdfium_is_right")
        self.assertEqual(code, 1)


if __name__ == "__main__":
    unittest.main()
