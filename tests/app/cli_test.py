"""The program as a person uses it: exit codes, messages, run folders, Ctrl-C and resuming.

usage: cli_test.py FORAY        FORAY: the program to test
"""

import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

FORAY = None
ROOT = pathlib.Path(__file__).resolve().parents[2]

CAMPAIGN = {
    "campaign": "valley",
    "seed": 3,
    "parameters": [
        {"name": "x", "unit": "mm", "range": [-5, 10], "speed": 5},
        {"name": "y", "unit": "mm", "range": [0, 15], "speed": 5},
    ],
    "instrument": {"adapter": "function", "function": "branin"},
    "scorer": {"classifier": "none", "reduce": "none"},
    "observables": [{"name": "f", "from": "value:f"}],
    "objective": {"kind": "minimise", "observable": "f"},
    "budget": {"measurements": 12},
}


def foray(*arguments, **options):
    return subprocess.run([FORAY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, **options)


class Cli(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def campaign_file(self, **changes):
        path = self.folder / "campaign.json"
        path.write_text(json.dumps({**CAMPAIGN, **changes}))
        return path

    def test_every_command_has_help_that_ends_with_an_example(self):
        listing = foray("--help")
        self.assertEqual(listing.returncode, 0)
        commands = re.findall(r"^  (\w+) ", listing.stdout.split("Subcommands:")[1], re.M)
        for wanted in ("run", "resume", "simulate", "classify", "reduce", "validate", "train",
                       "study", "serve"):
            self.assertIn(wanted, commands)
        for command in commands:
            with self.subTest(command):
                text = foray(command, "--help")
                self.assertEqual(text.returncode, 0)
                self.assertIn("example: foray " + command, text.stdout)

    def test_a_command_line_that_is_wrong_gives_exit_code_2(self):
        for arguments in ((), ("rnu",), ("run",), ("run", "x.json", "--nonsense")):
            result = foray(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr.strip(), arguments)

    def test_a_run_leaves_its_folder(self):
        run = self.folder / "run"
        result = foray("run", self.campaign_file(), "--out", run)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("12 measured", result.stdout)
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual(summary["measured"], 12)
        self.assertEqual(summary["state"], "finished")
        values = [one["observables"]["f"]["value"] for one in summary["measurements"]]
        self.assertEqual(summary["best"]["observables"]["f"]["value"], min(values))
        page = (run / "report.html").read_text()
        self.assertIn("Posterior mean", page)
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r"(src|href)=['\"]http")
        journal = sqlite3.connect(run / "journal.sqlite")
        self.assertEqual(journal.execute("pragma integrity_check").fetchone()[0], "ok")

    def test_the_same_seed_gives_the_same_measurements(self):
        positions = []
        for name in ("a", "b"):
            foray("run", self.campaign_file(), "--out", self.folder / name)
            summary = json.loads((self.folder / name / "summary.json").read_text())
            positions.append([one["position"] for one in summary["measurements"]])
        self.assertEqual(positions[0], positions[1])

    def test_a_second_run_into_the_same_folder_is_refused_and_loses_nothing(self):
        run = self.folder / "run"
        foray("run", self.campaign_file(), "--out", run)
        before = (run / "summary.json").read_text()
        again = foray("run", self.campaign_file(), "--out", run)
        self.assertEqual(again.returncode, 1)
        self.assertIn("foray resume", again.stderr)
        self.assertEqual((run / "summary.json").read_text(), before)

    def test_ctrl_c_ends_politely_and_resume_goes_on_as_if_undisturbed(self):
        undisturbed = self.folder / "undisturbed"
        foray("run", self.campaign_file(), "--out", undisturbed)
        run = self.folder / "run"
        with subprocess.Popen([FORAY, "run", self.campaign_file(), "--out", run],
                              stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if line.startswith("3 of 12"):
                    process.send_signal(signal.SIGINT)
                    break
            rest = process.stdout.read()
        if process.returncode == 130:  # it may have been too fast to be interrupted
            self.assertIn("foray resume", rest)
            resumed = foray("resume", run)
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
        ends = [json.loads((folder / "summary.json").read_text())["measurements"]
                for folder in (undisturbed, run)]
        self.assertEqual(ends[0], ends[1])

    def test_bad_campaign_files_are_refused_with_their_place(self):
        cases = {
            "objektive": (dict(objektive={}), "objective"),
            "range upside down": (
                dict(parameters=[{"name": "x", "unit": "mm", "range": [20, 0]}]),
                "/parameters/0/range"),
            "unknown observable": (
                dict(objective={"kind": "minimise", "observable": "g"}), "g"),
        }
        for name, (changes, expected) in cases.items():
            with self.subTest(name):
                path = self.campaign_file(**changes)
                for command in ("run", "validate"):
                    result = foray(command, path, cwd=self.folder)
                    self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                    self.assertIn(expected, result.stderr + result.stdout)

    def test_files_that_are_not_there_are_named(self):
        for command in ("run", "validate", "resume"):
            result = foray(command, self.folder / "nowhere")
            self.assertEqual(result.returncode, 2)
            self.assertIn("nowhere", result.stderr)

    def test_an_unwritable_folder_is_named(self):
        (self.folder / "file").write_text("")
        result = foray("run", self.campaign_file(), "--out", self.folder / "file" / "run")
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(self.folder / "file"), result.stderr)

    def test_the_demo_campaign_is_valid(self):
        result = foray("validate", ROOT / "demo/film_library.json")
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    FORAY = sys.argv.pop(1)
    unittest.main()
