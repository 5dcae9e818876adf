"""What goes wrong, as a person meets it: each gets a message that names the place, what was expected
and what came; nothing crashes and nothing already measured is lost.

usage: faults_test.py FORAY        FORAY: the program to test
"""

import json
import os
import resource
import signal

from program import CAMPAIGN, ProgramTest, bodies, foray, journal, main, needs_torch, summary

COMMANDS = ("reduce",) if os.environ.get("FORAY_WITHOUT_TORCH") else ("reduce", "classify")

FILM = {  # frames and reduced curves, a dozen of them
    "parameters": [{"name": "x", "unit": "mm", "range": [0, 20]},
                   {"name": "y", "unit": "mm", "range": [0, 20]}],
    "instrument": {"adapter": "simulator", "sample": "film_library"},
    "scorer": {"classifier": "builtin", "reduce": "auto"},
    "observables": [{"name": "p_lamellar", "from": "class:transmission_small_angle/ring/lamellar"},
                    {"name": "grain_size", "from": "peak:first/domain_size", "unit": "nm"}],
    "objective": {"kind": "explore", "observable": "p_lamellar"},
    "budget": {"measurements": 6},
}


def function(**faults):
    return {"adapter": "function", "function": "branin", "faults": faults}


class Campaigns(ProgramTest):
    def test_campaign_files_are_refused_with_the_file_and_the_place_in_it(self):
        upside_down = [{"name": "x", "range": [20, 0]}, CAMPAIGN["parameters"][1]]
        cases = [
            (dict(objektive={}), '/objektive: unknown key; did you mean "objective"?'),
            (dict(parameters=upside_down),
             "/parameters/0/range: expected two increasing numbers, got [20,0]"),
            (dict(objective={"kind": "minimise", "observable": "g"}),
             '/objective/observable: expected an observable ("f"), got "g"'),
            (dict(constraints=["x > 20"]), "x > 20"),
            (dict(seed=-1, objektive={}), "/seed: expected an integer >= 0, got -1"),
        ]
        for changes, expected in cases:
            path = self.campaign_file(**changes)
            for command in ("run", "validate"):
                with self.subTest(expected, command=command):
                    result = foray(command, path, cwd=self.folder)
                    self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                    self.assertIn(expected, result.stderr)
                    for line in result.stderr.splitlines():
                        self.assertTrue(line.startswith(f"foray: {path}: "), line)
        self.assertFalse((self.folder / "runs").exists(), "nothing was done")

    def test_an_instrument_that_cannot_be_had_leaves_no_folder(self):
        run, result = self.run_campaign(
            "run", 2, instrument={"adapter": "simulator", "sample": "no_such_library"})
        self.assertIn("no_such_library", result.stderr)
        self.assertFalse(run.exists())

    def test_an_observable_that_is_missing_is_absent_and_said_to_be(self):
        both = [{"name": "f", "from": "value:f"}, {"name": "g", "from": "value:g"}]
        _, result = self.run_campaign("refused", 2, observables=both)
        self.assertIn("/observables/1/from: expected a value that the instrument gives (\"f\"), "
                      "got \"g\"", result.stderr)
        # Which columns a table has is known when it is read.
        rows = [f"{x},{y},{x * y}" for x in range(-5, 11, 3) for y in range(0, 16, 3)]
        (self.folder / "table.csv").write_text("\n".join(["x,y,f", *rows]) + "\n")
        run, _ = self.run_campaign("run", instrument={"adapter": "replay", "file": "table.csv"},
                                   observables=both)
        for one in summary(run)["measurements"]:
            self.assertIn("value", one["observables"]["f"])
            self.assertEqual(one["observables"]["g"],
                             {"status": "absent", "note": "no value named g"})

    def test_numbers_that_are_not_finite_are_faults_and_never_numbers(self):
        run, _ = self.run_campaign("run", instrument=function(not_finite=0.3))
        faults = bodies(journal(run), "measure.failed")
        self.assertGreater(len(faults), 0)
        for fault in faults:
            self.assertEqual(fault["fault"], "not_finite")
            self.assertIn("expected a number, got NaN", fault["message"])
        self.assertEqual(summary(run)["measured"], 12)

    @needs_torch
    def test_a_frame_with_a_nan_is_kept_and_not_scored(self):
        instrument = {**FILM["instrument"], "faults": {"not_finite": 0.5}}
        run, _ = self.run_campaign("run", **{**FILM, "instrument": instrument})
        faults = bodies(journal(run), "measure.failed")
        self.assertGreater(len(faults), 0)
        for fault in faults:
            self.assertTrue((run / fault["file"]["path"]).exists())

    def test_ten_faults_in_a_row_end_the_program_and_resume_goes_on(self):
        run, result = self.run_campaign("run", 1, instrument=function(refused=1))
        self.assertIn("10 measurements in a row failed; the last: refused, simulated fault: the "
                      "request was refused", result.stdout)
        self.assertIn(f"foray resume {run}", result.stdout)
        self.assertEqual(summary(run)["state"], "paused")
        self.assertEqual(summary(run)["failed"], 10)
        # The instrument was repaired.
        (run / "campaign.json").write_text(json.dumps(CAMPAIGN))
        result = foray("resume", run)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(summary(run)["measured"], 12)


class Disks(ProgramTest):
    def test_an_unwritable_folder_is_named(self):
        (self.folder / "file").write_text("")
        run, result = self.run_campaign("file/run", 1)
        self.assertIn(f"{run}: the run folder cannot be made: Not a directory", result.stderr)

    @needs_torch
    def test_a_full_disk_holds_the_measurement_until_there_is_room(self):
        run = self.folder / "run"
        # The journal is smaller than this when the first frame comes, the frame is larger.
        full = 200_000
        process = self.start(
            "run", self.campaign_file(**FILM, exposure_s=30), "--out", run, restore_signals=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                  (full, resource.RLIM_INFINITY)))
        text = ""
        for line in process.stdout:
            text += line
            if line.startswith("make room"):
                break
        self.assertIn("measurement 1 could not be saved; it is kept in memory", text)
        self.assertIn("measurement-000001.h5: expected to write", text)
        self.assertIn("File too large", text)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        process.send_signal(signal.SIGINT)
        text += process.stdout.read()
        self.assertEqual(process.wait(), 130, text)
        self.assertTrue((run / "measurements/measurement-000001.h5").exists())
        result = foray("resume", run)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        requests = bodies(journal(run), "measure.requested")
        self.assertEqual(len(requests), 6, "nothing was measured twice")

    def test_a_full_disk_under_the_journal_ends_the_run_and_resume_changes_nothing(self):
        undisturbed, _ = self.run_campaign("undisturbed")
        run = self.folder / "run"
        process = self.start(
            "run", self.campaign_file(), "--out", run, restore_signals=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)))
        text = process.stdout.read()
        self.assertEqual(process.wait(), 1, text)
        self.assertIn(f"{run}/journal.sqlite: entry ", text)
        self.assertIn("could not be written", text)
        self.assertIn(f"go on with `foray resume {run}`", text)
        before = journal(run)
        result = foray("resume", run)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(journal(run)[:len(before)], before)
        self.assertEqual(summary(run)["measurements"], summary(undisturbed)["measurements"])

    def test_a_corrupt_journal_is_refused_and_left_as_it_is(self):
        run, _ = self.run_campaign("run")
        file = run / "journal.sqlite"
        content = bytearray(file.read_bytes())
        place = content.index(b'"read_back"') + 14
        content[place] ^= 1
        file.write_bytes(content)
        result = foray("resume", run)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"foray: {file}: expected entry \d+ with hash \w+, found "
                                        r"\w+: this entry or one before it was changed")
        self.assertEqual(file.read_bytes(), bytes(content))
        file.write_bytes(content[:len(content) // 2])
        result = foray("resume", run)
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(file), result.stderr)

    @needs_torch
    def test_a_damaged_frame_is_named_in_the_report_that_is_made_without_it(self):
        run, _ = self.run_campaign("run", 0, **FILM)
        frames = sorted((run / "measurements").iterdir())
        for frame in frames:
            frame.write_bytes(frame.read_bytes()[:1000])
        result = foray("resume", run)
        self.assertEqual(result.returncode, 0, result.stderr)
        page = (run / "report.html").read_text()
        self.assertIn("measurement-000001.h5: expected content with SHA-256", page)
        self.assertIn("Posterior mean", page)


class Files(ProgramTest):
    def test_truncated_images_and_masks_of_another_shape_are_refused_in_one_line(self):
        for suffix in ("tif", "edf", "cbf", "npy", "h5"):
            frame = self.folder / f"frame.{suffix}"
            result = foray("simulate", "--out", frame)
            self.assertEqual(result.returncode, 0, result.stderr)
            frame.write_bytes(frame.read_bytes()[:20_000])
            for command in COMMANDS:
                with self.subTest(suffix, command=command):
                    result = foray(command, frame)
                    self.assertEqual(result.returncode, 1)
                    self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                    self.assertRegex(result.stderr, rf"^foray: {frame}: expected .+, found .+")
        frame = self.folder / "whole.tif"
        foray("simulate", "--out", frame)
        foray("simulate", "--sample", "random", "--out", self.folder / "mask.tif")
        for command in COMMANDS:
            with self.subTest(command):
                result = foray(command, frame, "--mask", self.folder / "mask.tif")
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, rf"^foray: {frame}: expected .*"
                                                r"\d+ x \d+ pixels, found \d+ x \d+")


if __name__ == "__main__":
    main()
