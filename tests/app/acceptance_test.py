"""The acceptance campaign: an instrument in a process of its own with seconds of latency, answers
out of order, a read-back offset, drift and beam loss, two proposals in flight, and kill -9 on either
side in turn.

usage: acceptance_test.py FORAY INSTRUMENT
  FORAY       the program to test
  INSTRUMENT  the program foray_instrument_process
"""

import collections
import json
import math
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

FORAY = INSTRUMENT = None
BUDGET = 14
OFFSET = 0.1  # of x, between where it was sent and where it reports to stand
DRIFT = 2.0  # of y an hour, which it does not report


def campaign(instrument):
    return {
        "campaign": "acceptance",
        "seed": 5,
        "parameters": [{"name": "x", "range": [-5, 10]}, {"name": "y", "range": [0, 15]}],
        "instrument": instrument,
        "exposure_s": 0.2,
        "observables": [{"name": "f", "from": "value:f"}],
        "objective": {"kind": "minimise", "observable": "f"},
        "budget": {"measurements": BUDGET},
        "in_flight": 2,
        "timeouts": {"measurement_s": 60, "consecutive_faults": 100},
    }


def branin(x, y):
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


class Acceptance(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.run_folder = self.folder / "run"
        self.address = f"unix:{self.folder / 'socket'}"
        self.log = self.folder / "instrument.log"
        self.questions = self.folder / "questions"
        self.questions.write_text("")
        self.instrument = self.foray = None
        self.write("served.json", campaign({
            "adapter": "function", "function": "branin", "seed": 3, "time": "real",
            "latency_s": 2, "log_file": str(self.log),
            "faults": {"late": 0.3, "late_s": 3, "beam_off": 0.15,
                       "read_back_offset": {"x": OFFSET}, "drift_per_hour": {"y": DRIFT}}}))
        self.write("campaign.json", campaign({
            "adapter": "process", "address": self.address, "reconnect_s": 0.05,
            "answer_timeout_s": 60}))

    def tearDown(self):
        for process in (self.instrument, self.foray):
            self.kill(process)

    def write(self, name, content):
        (self.folder / name).write_text(json.dumps(content))

    @staticmethod
    def kill(process):
        if process is not None:
            process.kill()
            process.wait()
            process.stdout.close()

    def start_instrument(self):
        self.kill(self.instrument)
        self.instrument = subprocess.Popen(
            [INSTRUMENT, self.address, self.folder / "served.json", self.questions],
            stdout=subprocess.PIPE, text=True)
        self.instrument.stdout.readline()  # it listens

    def start_foray(self, *arguments):
        self.kill(self.foray)
        self.foray = subprocess.Popen([FORAY, *map(str, arguments)], stdout=subprocess.PIPE,
                                      text=True)

    def journal(self):
        """Entries on record, from a copy: nothing of the campaign's is touched."""
        with tempfile.TemporaryDirectory() as name:
            for suffix in ("", "-wal"):
                file = self.run_folder / f"journal.sqlite{suffix}"
                if file.exists():
                    shutil.copy(file, name)
            connection = sqlite3.connect(pathlib.Path(name) / "journal.sqlite")
            rows = connection.execute("SELECT kind, body FROM entry ORDER BY sequence").fetchall()
            connection.close()
        return [(kind, json.loads(body)) for kind, body in rows]

    @staticmethod
    def ids(entries, kind):
        return [body["id"] for one, body in entries if one == kind]

    def in_doubt(self, entries):
        answered = {*self.ids(entries, "measure.done"), *self.ids(entries, "measure.failed")}
        return set(self.ids(entries, "measure.requested")) - answered

    def asked(self):
        return [int(line) for line in self.questions.read_text().split()]

    def kill_campaign(self):
        self.kill(self.foray)
        self.foray = None
        before = self.journal()
        self.lives.append((before, len(self.asked())))
        self.start_foray("resume", self.run_folder)

    def run_campaign(self):
        """Kills the campaign's process and the instrument's in turn, at every second result."""
        self.lives = []
        self.start_instrument()
        self.start_foray("run", self.folder / "campaign.json", "--out", self.run_folder)
        results = kills = 0
        while True:
            line = self.foray.stdout.readline()
            if not line:
                break
            if not re.search(rf"\d+ of {BUDGET} measured", line):
                continue
            results += 1
            if results % 2 == 0 and kills < 6:
                kills += 1
                self.kill_campaign() if kills % 2 == 1 else self.start_instrument()
        self.assertEqual(self.foray.wait(), 0)
        self.assertEqual(kills, 6)

    def test_it_survives_death_on_either_side_in_turn(self):
        self.run_campaign()
        entries = self.journal()
        self.assertEqual(entries[-1][0], "campaign.finished")
        scored = self.ids(entries, "measure.scored")
        self.assertGreaterEqual(len(scored), BUDGET)

        doubts = 0
        questions = self.asked()
        for before, asked in self.lives:
            self.assertEqual(entries[:len(before)], before, "nothing on record is lost")
            for doubt in self.in_doubt(before):
                doubts += 1
                self.assertIn(doubt, questions[asked:], "what is in doubt is asked")
        self.assertGreater(doubts, 0)

        log = [json.loads(line) for line in self.log.read_text().splitlines()]
        started = [line for line in log if line["state"] == "started"]
        starts = collections.Counter(line["request"]["id"] for line in started)
        doubled = collections.Counter(self.ids(entries, "measure.possible_duplicate"))
        for measurement, count in starts.items():
            self.assertLessEqual(count, 1 + doubled[measurement], "measured again without doubt")

        self.check_what_was_measured(entries, started)

    def check_what_was_measured(self, entries, started):
        requested = {body["id"]: body["position"] for kind, body in entries
                     if kind == "measure.requested"}
        begun = {line["request"]["id"]: line["start_s"] for line in started}
        done = {body["id"]: body for kind, body in entries if kind == "measure.done"}
        for measurement, body in done.items():
            x, y = body["read_back"]
            self.assertAlmostEqual(x - requested[measurement][0], OFFSET, delta=1e-12)
            self.assertEqual(y, requested[measurement][1])
            true_y = y + DRIFT * begun[measurement] / 3600
            self.assertAlmostEqual(body["values"][0]["value"], branin(x, true_y), delta=1e-9)
        self.assertNotEqual(list(done), sorted(done), "some answers overtake others")
        faults = {body["fault"] for kind, body in entries if kind == "measure.failed"}
        self.assertIn("beam_loss", faults)


if __name__ == "__main__":
    FORAY, INSTRUMENT = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
