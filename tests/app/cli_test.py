"""The program as a person uses it: exit codes, messages, run folders, Ctrl-C and resuming.

usage: cli_test.py FORAY        FORAY: the program to test
"""

import csv
import fcntl
import json
import os
import pathlib
import pty
import random
import re
import signal
import sqlite3
import struct
import subprocess
import termios
import time

import program
from program import ProgramTest, bodies, foray, journal, main, summary

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Cli(ProgramTest):
    def test_every_command_has_help_that_ends_with_an_example(self):
        listing = foray("--help")
        self.assertEqual(listing.returncode, 0)
        commands = re.findall(r"^  (\w+) ", listing.stdout.split("Subcommands:")[1], re.M)
        for wanted in ("run", "resume", "simulate", "classify", "transitions", "reduce",
                       "calibrate", "fit", "validate", "train", "study", "serve"):
            self.assertIn(wanted, commands)
        for command in commands:
            with self.subTest(command):
                text = foray(command, "--help")
                self.assertEqual(text.returncode, 0)
                self.assertRegex(text.stdout, r"[Ee]xample:\s+foray " + command)

    def test_a_command_line_that_is_wrong_gives_exit_code_2(self):
        for arguments in ((), ("rnu",), ("run",), ("run", "x.json", "--nonsense")):
            result = foray(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr.strip(), arguments)

    def test_a_run_leaves_its_folder(self):
        run, result = self.run_campaign("run")
        self.assertIn("12 measured", result.stdout)
        told = summary(run)
        self.assertEqual(told["measured"], 12)
        self.assertEqual(told["state"], "finished")
        values = [one["observables"]["f"]["value"] for one in told["measurements"]]
        self.assertEqual(told["best"]["observables"]["f"]["value"], min(values))
        page = (run / "report.html").read_text()
        self.assertIn("Posterior mean", page)
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r"(src|href)=['\"]http")
        connection = sqlite3.connect(run / "journal.sqlite")
        self.assertEqual(connection.execute("pragma integrity_check").fetchone()[0], "ok")
        connection.close()

    def test_the_same_seed_gives_the_same_measurements_with_one_and_with_two_threads(self):
        runs = [self.run_campaign(name, threads=threads)[0]
                for name, threads in (("a", 1), ("b", 1), ("c", 2))]
        proposals = [[(body["position"], body["value"], body["evaluations"])
                      for body in bodies(journal(run), "proposal.made")] for run in runs]
        self.assertEqual(len(proposals[0]), 12)
        self.assertEqual(proposals[0], proposals[1])
        self.assertEqual(proposals[0], proposals[2])

    def test_a_second_run_into_the_same_folder_is_refused_and_loses_nothing(self):
        run, _ = self.run_campaign("run")
        before = (run / "summary.json").read_text()
        _, again = self.run_campaign("run", 1)
        self.assertIn("foray resume", again.stderr)
        self.assertEqual((run / "summary.json").read_text(), before)

    def test_ctrl_c_ends_politely_and_resume_goes_on_as_if_undisturbed(self):
        undisturbed, _ = self.run_campaign("undisturbed")
        run = self.folder / "run"
        process = self.start("run", self.campaign_file(), "--out", run)
        for line in process.stdout:
            if line.startswith("3 of 12"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        if process.wait() == 130:  # it may have been too fast to be interrupted
            self.assertIn("foray resume", rest)
            resumed = foray("resume", run)
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(summary(run)["measurements"], summary(undisturbed)["measurements"])

    def test_kill_nine_at_any_moment_and_resume_goes_on_as_if_undisturbed(self):
        begin = time.monotonic()
        undisturbed, _ = self.run_campaign("undisturbed")
        whole = time.monotonic() - begin
        chance = random.Random(11)
        kills = rounds = 0
        while kills < 5:
            run = self.folder / f"run-{rounds}"
            kills += self.kill_until_it_ends(run, chance, whole * 0.8**rounds)
            rounds += 1
            self.assertEqual(summary(run)["measurements"], summary(undisturbed)["measurements"])
            self.assertEqual(len(bodies(journal(run), "measure.done")), 12)

    def kill_until_it_ends(self, run, chance, whole):
        """How often it was killed."""
        command = ("run", self.campaign_file(), "--out", run)
        kills = 0
        while True:
            process = self.start(*command)
            try:
                # Lives grow longer, so that the campaign ends.
                process.wait(chance.random() * (0.5 + 0.1 * kills) * whole)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                if (run / "campaign.json").exists():
                    command = ("resume", run)
                continue
            self.assertEqual(process.returncode, 0, process.stdout.read())
            return kills

    def test_frames_measured_earlier_are_replayed_from_beside_the_campaign_file(self):
        simulated = foray("simulate", "--count", 12, "--seed", 3, "--out", self.folder / "frames")
        self.assertEqual(simulated.returncode, 0, simulated.stderr)
        run, _ = self.run_campaign(
            "run", parameters=[{"name": name, "range": [0, 20]} for name in "xy"],
            instrument={"adapter": "replay", "file": "frames/truth.csv", "frames": "file",
                        "positions": {"x": "x_mm", "y": "y_mm"}},
            scorer={"classifier": "none", "reduce": "auto"},
            observables=[{"name": "mean", "from": "curve:mean_intensity"}],
            objective={"kind": "explore", "observable": "mean"}, budget={"measurements": 5})
        with (self.folder / "frames/truth.csv").open() as table:
            truth = {(float(row["x_mm"]), float(row["y_mm"])) for row in csv.DictReader(table)}
        for one in summary(run)["measurements"]:
            self.assertIn((one["position"]["x"], one["position"]["y"]), truth)
            self.assertGreater(one["observables"]["mean"]["value"], 0)
        # From anywhere.
        (run / "report.html").unlink()
        self.assertEqual(foray("resume", run, cwd="/").returncode, 0)
        self.assertTrue((run / "report.html").exists())

    def test_a_pipe_gets_plain_lines(self):
        _, result = self.run_campaign("run")
        self.assertNotIn("\r", result.stdout)
        for k in range(1, 13):
            self.assertRegex(result.stdout, rf"(?m)^{k} of 12 measured .*best f ")

    def test_a_reader_that_goes_away_does_not_end_the_campaign(self):
        process = self.start("run", self.campaign_file(), "--out", self.folder / "run")
        process.stdout.readline()
        process.stdout.close()
        process.wait()
        self.assertEqual(summary(self.folder / "run")["state"], "finished")

    def test_a_terminal_gets_one_live_line_that_fits_into_it(self):
        here, there = pty.openpty()
        columns = 60
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [program.FORAY, "run", self.campaign_file(), "--out", self.folder / "run"],
            stdout=there)
        os.close(there)
        text = b""
        try:
            while part := os.read(here, 4096):
                text += part
        except OSError:
            pass  # the other end is closed
        os.close(here)
        self.assertEqual(process.wait(), 0)
        live = text.decode().split("\r\n")[0].split("\r")
        self.assertGreaterEqual(len(live), 12)
        for line in live:
            self.assertLess(len(line), columns, line)
        self.assertRegex(live[-1], r"^12 of 12 measured \| 0 s left \| beam ")

    def test_files_that_are_not_there_are_named(self):
        for command in ("run", "validate", "resume"):
            result = foray(command, self.folder / "nowhere")
            self.assertEqual(result.returncode, 2)
            self.assertIn("nowhere", result.stderr)

    def test_an_acquisition_function_of_a_client_needs_a_service(self):
        remote = self.campaign_file(acquisition={"kind": "remote", "function": "mine"})
        self.assertEqual(foray("validate", remote).returncode, 0)
        for arguments in (("run", remote, "--out", self.folder / "run"), ("study", remote)):
            result = foray(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn('/acquisition/kind: "remote", function "mine"', result.stderr)
            self.assertIn("foray serve", result.stderr)
        self.assertFalse((self.folder / "run").exists())

    def test_the_demo_campaign_is_valid(self):
        result = foray("validate", ROOT / "demo/film_library.json")
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    main()
