"""What the tests of the program share: how it is called, a small campaign, and its run folder.

A test file ends with program.main(): its first argument is the program, the rest go to unittest.
"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

FORAY = None
needs_torch = unittest.skipIf(os.environ.get("FORAY_WITHOUT_TORCH"),
                              "this program was built without LibTorch")

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
    "decision_budget_s": 600,  # what is cut by the clock cannot repeat
    "budget": {"measurements": 12},
}


def foray(*arguments, **options):
    return subprocess.run([FORAY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=240, **options)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def campaign_file(self, name="campaign.json", **changes):
        path = self.folder / name
        path.write_text(json.dumps({**CAMPAIGN, **changes}))
        return path

    def run_campaign(self, name, code=0, **changes):
        """A run folder and what the program said."""
        run = self.folder / name
        result = foray("run", self.campaign_file(**changes), "--out", run)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return run, result

    def start(self, *arguments, **options):
        process = subprocess.Popen([FORAY, *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process


def summary(run):
    return json.loads((run / "summary.json").read_text())


def journal(run):
    """The (kind, body) of each entry on record, from a copy: nothing of the run's is touched."""
    with tempfile.TemporaryDirectory() as name:
        for suffix in ("", "-wal"):
            file = run / f"journal.sqlite{suffix}"
            if file.exists():
                shutil.copy(file, name)
        connection = sqlite3.connect(pathlib.Path(name) / "journal.sqlite")
        rows = connection.execute("SELECT kind, body FROM entry ORDER BY sequence").fetchall()
        connection.close()
    return [(kind, json.loads(body)) for kind, body in rows]


def bodies(entries, kind):
    return [body for one, body in entries if one == kind]


def main():
    global FORAY
    FORAY = sys.argv.pop(1)
    unittest.main(module="__main__", verbosity=2)
