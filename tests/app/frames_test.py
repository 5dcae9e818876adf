"""Frames from simulation to classification, and what a campaign of frames leaves on the disk.

usage: frames_test.py FORAY        FORAY: the program to test
"""

import csv
import hashlib
import json
import pathlib
import re

import h5py

from program import ProgramTest, bodies, foray, journal, main, needs_torch

PHASES = {"disordered": "disordered", "lamellar": "ring/lamellar", "hexagonal": "ring/hexagonal",
          "oriented": "ring/oriented"}


def declared_paths():
    """All paths of the label hierarchy, from the file that declares it."""
    source = pathlib.Path(__file__).resolve().parents[2]
    paths = set()
    declared = json.loads((source / "classifier/labels/hierarchy.json").read_text())
    for aspect in declared["aspects"]:
        paths |= {f"{aspect['name']}/{question}" for question in aspect["questions"]}
    for root in declared["roots"]:
        paths.add(root["name"])
        paths |= {f"{root['name']}/{feature}" for feature in root["features"]}
        for group in root["groups"]:
            if group["minority"]:
                paths.add(f"{root['name']}/{group['minority']}")
            below = group["kinds"] + group["traits"]
            paths |= {f"{root['name']}/{group['feature']}/{name}" for name in below}
    return paths


class Frames(ProgramTest):
    def simulate(self, count):
        folder = self.folder / "frames"
        result = foray("simulate", "--count", count, "--seed", 3, "--out", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        with (folder / "truth.csv").open() as table:
            return folder, list(csv.DictReader(table))

    @needs_torch
    def test_what_is_simulated_is_recognised(self):
        folder, truth = self.simulate(24)
        files = [folder / row["file"] for row in truth]
        result = foray("classify", "--json", *files)
        self.assertEqual(result.returncode, 0, result.stderr)
        right = known = 0
        for row, line in zip(truth, result.stdout.splitlines(), strict=True):
            answer = json.loads(line)
            self.assertEqual(answer["file"], str(folder / row["file"]))
            self.assertIs(answer["novelty"]["unknown"], answer["novelty"]["score"] > 0)
            known += not answer["novelty"]["unknown"]
            found = {one["path"]: one["probability"] for one in answer["classes"]}
            self.assertEqual(set(found), declared_paths())
            for path, probability in found.items():
                parent = path.rpartition("/")[0]
                self.assertLessEqual(probability, found.get(parent, 1), path)
            likely = max(PHASES, key=lambda name: found[f"transmission_small_angle/{PHASES[name]}"])
            right += likely == row["phase"]
        self.assertGreaterEqual(right, 20)  # some places lie on a boundary
        self.assertGreaterEqual(known, 22)
        tree = foray("classify", files[0]).stdout
        self.assertIn(str(files[0]), tree)
        self.assertIn("transmission_small_angle", tree)
        self.assertNotIn("grazing_wide_angle", tree)  # what is improbable takes --all
        self.assertRegex(foray("classify", "--all", files[0]).stdout, r"grazing_wide_angle +0\.0")
        self.assertRegex(tree, r"instrument\n    \w+ +\d\.\d+")
        queue = foray("classify", "--queue", 5, "--json", *files, *files[:3])
        self.assertEqual(queue.returncode, 0, queue.stderr)
        named = [json.loads(line) for line in queue.stdout.splitlines()]
        self.assertEqual([one["rank"] for one in named], [1, 2, 3, 4, 5])
        self.assertEqual(len({one["frame"] for one in named}), 5)
        self.assertEqual(foray("classify", "--queue", 2, *files).stdout.count(" bit "), 2)
        self.assertRegex(tree, r"novelty +-?\d+\.\d\d  (known|unknown)")

    def test_a_series_of_frames_is_told_where_something_else_begins(self):
        _, truth = self.simulate(24)
        series = []
        for phase, count in (("lamellar", 30), ("disordered", 12)):
            place = next(row for row in truth if row["phase"] == phase)
            folder = self.folder / phase
            result = foray("simulate", "--count", count, "--seed", 3, "--at",
                           f"x={place['x_mm']},y={place['y_mm']}", "--out", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            series += sorted(folder.glob("*.h5"))
        self.assertEqual(len(series), 42)
        broken = self.folder / "broken.h5"
        broken.write_text("no frame")
        result = foray("transitions", "--json", *series[:20], broken, *series[20:])
        self.assertEqual(result.returncode, 1)  # for the one that cannot be read
        self.assertIn("broken.h5", result.stderr)
        found = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([one["onset"] for one in found], [30])
        self.assertTrue(found[0]["onset_frame"].startswith(str(series[30])))
        self.assertLessEqual(found[0]["seen"], 32)
        text = foray("transitions", *series).stdout
        self.assertIn("frame 31 of the series begins something else", text)
        self.assertIn("1 transition in 42 frames", text)
        result = foray("transitions", "--memory", 3, *series[:2])
        self.assertEqual(result.returncode, 2)
        self.assertIn("memory must be 2 least + 2 frames or more", result.stderr)

    @needs_torch
    def test_weights_that_it_trains_are_weights_that_it_takes(self):
        weights = self.folder / "weights.bin"
        result = foray("train", "--frames", 100, "--epochs", 1, "--members", 1, "--out", weights)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"wrote {weights}", result.stdout)
        folder, truth = self.simulate(2)
        frame = folder / truth[0]["file"]
        result = foray("classify", "--weights", weights, frame)
        self.assertEqual(result.returncode, 0, result.stderr)
        content = weights.read_bytes()
        weights.write_bytes(content[:1000])
        result = foray("classify", "--weights", weights, frame)
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(weights), result.stderr)
        result = foray("train", "--frames", 100, "--from", weights, "--out", weights)
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(weights), result.stderr)
        self.assertEqual(result.stdout, "", "before a frame was simulated")

    @needs_torch
    def test_networks_learn_in_rounds_and_go_on_from_weights(self):
        first, second = self.folder / "first.bin", self.folder / "second.bin"
        result = foray("train", "--rounds", 2, "--frames", 100, "--epochs", 1, "--members", 1,
                       "--out", first)
        self.assertEqual(result.returncode, 0, result.stderr)
        for told in ("training, round 1 of 2: ", "training, round 2 of 2: "):
            self.assertIn(told, result.stdout)
        self.assertIn("network 1, epoch 2 of 2", result.stderr)
        result = foray("train", "--start", first, "--frames", 100, "--epochs", 1, "--out", second)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("network 1, epoch 1 of 1", result.stderr)
        self.assertNotIn("network 2", result.stderr)
        content = second.read_bytes()
        self.assertIn(b"--start W, where W is: foray train --frames 100 --seed 1 --rounds 2",
                      content)
        self.assertNotEqual(content[-100000:], first.read_bytes()[-100000:])
        folder, truth = self.simulate(2)
        result = foray("classify", "--weights", second, folder / truth[0]["file"])
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_does_not_go_together_is_refused(self):
        kept = ("--epochs", "--members", "--batch", "--width", "--learning-rate", "--rounds")
        for options in (*(("--from", "builtin", option, 3) for option in kept),
                        ("--from", "builtin", "--start", "builtin"),
                        ("--start", "builtin", "--members", 2),
                        ("--start", "builtin", "--width", 2),
                        ("--from", "builtin", "--labelled", __file__, "--frames", 200),
                        ("--from", "builtin", "--labelled", __file__, "--false-alarms", 0.1),
                        ("--from", "builtin", "--labelled", __file__, "--epochs", 2, "--batch", 8)):
            result = foray("train", *options, "--out", self.folder / "weights.bin")
            self.assertEqual(result.returncode, 2, options)
            self.assertIn(options[-2], result.stderr)

    @needs_torch
    def test_weights_are_fitted_to_labelled_frames(self):
        folder, truth = self.simulate(24)
        weights = self.folder / "mine.weights"

        def tune(table, *options):
            return foray("train", "--from", "builtin", "--labelled", table, "--out", weights,
                         *options)
        table = folder / "truth.csv"
        text = table.read_text()
        for changed, told in (
                (text.replace("small_angle/ring", "small_angle/rnig", 1),
                 ("did you mean 'transmission_small_angle/ring'?", "row", truth[0]["file"][:5])),
                (text.replace(truth[1]["file"], truth[0]["file"]), ("row 2", "once")),
                (text.replace("labels", "label", 1), ('"labels"', '"label"'))):
            bad = folder / "bad.csv"
            bad.write_text(changed)
            result = tune(bad)
            self.assertEqual(result.returncode, 2, told)
            for part in (str(bad), *told):
                self.assertIn(part, result.stderr)
        result = foray("train", "--labelled", table, "--out", weights)
        self.assertEqual(result.returncode, 2, "labelled frames need weights to begin with")
        self.assertFalse(weights.exists())
        result = tune(table)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("24 frames of 24 experiments", result.stdout)
        self.assertRegex(result.stdout, r"mean skill -?\d\.\d+ before, -?\d\.\d+ after")
        self.assertIn(b"heads fitted to 24 frames", weights.read_bytes())
        result = foray("classify", "--weights", weights, folder / truth[0]["file"])
        self.assertEqual(result.returncode, 0, result.stderr)

    @needs_torch
    def test_all_arrays_are_trained_on_labelled_frames_and_what_is_known_is_measured(self):
        folder, truth = self.simulate(12)
        weights = self.folder / "mine.weights"
        result = foray("train", "--from", "builtin", "--labelled", folder / "truth.csv",
                       "--epochs", 1, "--frames", 100, "--out", weights)
        self.assertEqual(result.returncode, 0, result.stderr)
        # Five parts are held out in turn, and the sixth time none.
        steps = re.findall(r"part (\d) of 6, network (\d), epoch 1 of 1: loss", result.stderr)
        self.assertEqual(sorted(steps), [(part, network) for part in "123456" for network in "123"])
        self.assertRegex(result.stdout, r"mean skill -?\d\.\d+ before, -?\d\.\d+ after on held-out")
        self.assertRegex(result.stdout, r"other instruments: mean skill \d\.\d+ before, -?\d\.\d+")
        self.assertRegex(result.stdout, r"unknown: \d\.\d+ of the labelled frames before, \d\.\d+")
        content = weights.read_bytes()
        self.assertIn(b"heads fitted and then all arrays trained on for 1 epochs to 12 frames",
                      content)
        self.assertIn(b"known frames: --frames 100 --seed 1 --false-alarms 0.01 and the labelled",
                      content)
        result = foray("classify", "--weights", weights, folder / truth[0]["file"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"novelty +-?\d+\.\d\d  (known|unknown)")

    @needs_torch
    def test_a_campaign_keeps_each_frame_and_each_curve_as_nexus_with_its_hash(self):
        run, _ = self.run_campaign(
            "run", parameters=[{"name": name, "unit": "mm", "range": [0, 20]} for name in "xy"],
            instrument={"adapter": "simulator", "sample": "film_library"},
            scorer={"classifier": "builtin", "reduce": "auto"},
            observables=[{"name": "grain_size", "from": "peak:first/domain_size", "unit": "nm"}],
            objective={"kind": "explore", "observable": "grain_size"},
            budget={"measurements": 4})
        entries = journal(run)
        kept = [("NXsas", body["id"], body["file"]) for body in bodies(entries, "measure.done")]
        kept += [("NXcanSAS", body["id"], body["curve"])
                 for body in bodies(entries, "measure.scored")]
        self.assertEqual(len(kept), 8)
        for definition, measurement, file in kept:
            path = run / file["path"]
            self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), file["sha256"])
            with h5py.File(path) as content:
                self.assertEqual(content["entry/definition"][()].decode(), definition)
                self.assertEqual(content["entry/foray/measurement_id"][()], measurement)
            result = foray("reduce", path)
            self.assertEqual(result.returncode, 0, result.stderr)
        present = {str(path.relative_to(run)) for kind in ("measurements", "reduced")
                   for path in (run / kind).iterdir()}
        self.assertEqual(present, {file["path"] for _, _, file in kept}, "and nothing else")


if __name__ == "__main__":
    main()
