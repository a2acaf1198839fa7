"""./run says what failed, goes on to the next step, and ends with the right exit code."""

import subprocess
import tempfile
import unittest
from pathlib import Path
from shlex import quote

SETUP = Path(__file__).resolve().parent


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a 议席 ")
        self.addCleanup(folder.cleanup)
        self.house = Path(folder.name)

    def bash(self, script):
        parts = " ".join(
            f"source {quote(str(SETUP))}/{part}.sh;" for part in ("say", "system", "parts", "peer", "steps")
        )
        ready = f'set -euo pipefail; HOUSE={quote(str(self.house))}; cd "$HOUSE"; {parts}'
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
        self.assertIn("apt-get install -y --no-install-recommends no-such-package-a no-such-package-b'", err)
        self.assertEqual(err.count("apt-get"), 2, "update and install, once each")
        self.assertEqual(len(err.splitlines()), 2)

    def test_the_line_to_run_works_without_sudo_and_without_package_lists(self):
        for sudo, start in [("return 1", "su - -c '"), ("return 0", "sudo sh -c '")]:
            _, out, _ = self.bash(f"command() {{ {sudo}; }}; install_line a b")
            self.assertEqual(
                out, f"{start}apt-get update && apt-get install -y --no-install-recommends a b'\n"
            )

    def test_a_title_of_any_length_has_a_log(self):
        title = "Installing 40 Debian packages: " + " ".join(f"libsomething{n}" for n in range(40))
        code, out, _ = self.bash(f'step "{title}" true; closing')
        self.assertEqual((code, "1 passed" in out), (0, True))

    def test_all_packages_at_once_can_be_missing(self):
        """As on a fresh machine: every one is asked for in one installation."""
        code, out, _ = self.bash(
            'dpkg-query() { return 1; }; as_root() { [[ $1 == true ]] || echo "$@"; };'
            'need_packages "${BUILD_PACKAGES[@]}" "${WINDOW_PACKAGES[@]}" "${TEST_PACKAGES[@]}"; cat "$LOGS"/*.log'
        )
        self.assertEqual(code, 0, out)
        self.assertIn("-qq update\n", out)
        self.assertRegex(out, r"install -y --no-install-recommends gcc .* shellcheck\n")

    def test_a_missing_checker_is_named_before_anything_runs(self):
        code, _, err = self.bash('cargo() { [[ $1 != clippy ]]; }; need_checkers')
        self.assertEqual((code, "rustup component add clippy" in err), (1, True))

    def test_crates_that_are_there_are_not_fetched(self):
        script = 'rustc() { echo host: here; }; cargo() { echo "$@" >>asked; [[ $* == *--offline* ]] %s; }; need_crates'
        for offline, asked in [("", 1), ("&& return 1; return 0", 2)]:
            code, _, _ = self.bash(f"rm -f asked; {script % offline}")
            lines = (self.house / "asked").read_text().splitlines()
            self.assertEqual((code, len(lines)), (0, asked), lines)
            self.assertEqual(lines[0], "fetch --locked --target here --offline")

    def test_the_peer_comes_from_where_debian_comes_from(self):
        said = "\n".join(
            f"'{base}dists/{suite}/InRelease' name 0"
            for base, suite in [
                ("http://security.test/debian-security/", "bookworm-security"),
                ("http://mirror.test/debian/", "bookworm"),
                ("http://mirror.test/debian/", "bookworm-updates"),
                ("http://other.test/linux/", "bookworm"),
            ]
        )
        _, out, _ = self.bash(
            'sed() { case $2 in *CODENAME*) echo bookworm ;; *) command sed "$@" ;; esac; };'
            f'apt-get() {{ echo "{said}"; }}; debian_source'
        )
        self.assertEqual(out, "http://mirror.test/debian/\n")

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
