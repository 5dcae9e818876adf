"""Campaigns that look for a transition, and that measure the distance to a reference frame.

usage: transition_test.py FORAY        FORAY: the program to test
"""

import json

import numpy

from program import ProgramTest, bodies, foray, journal, main, summary

SAMPLE = {
    "coordinates": [{"name": "x", "range": [0, 90]}],
    "phases": [
        {"name": "layers", "fraction": "step(50 - x, 0.5)", "components": [
            {"kind": "lattice", "lattice": "lamellar", "spacing": "300 + x", "domain_nm": 60,
             "rings": 3, "form": {"model": "sphere", "parameters": {"radius": 60, "scale": 0.5}}}]},
        {"name": "liquid", "components": [
            {"kind": "model", "model": "sphere@hardsphere",
             "parameters": {"radius": 90, "volfraction": 0.2}}]}],
    "background": 0.02,
}
BEAMLINE = {"detector": "pilatus300k", "binning": 4, "energy_kev": 12.4, "distance_m": 3,
            "flux": 1e11}
RAMP = {
    "parameters": [{"name": "x", "unit": "degC", "range": [0, 90]}],
    "instrument": {"adapter": "simulator", "sample": SAMPLE, "beamline": BEAMLINE},
    "scorer": {"classifier": "none", "reduce": "auto"},
    "observables": [{"name": "f", "from": "curve:max_intensity"}],
    "objective": {"kind": "explore", "observable": "f"},
    "initial": 8,
    "budget": {"measurements": 24},
}


class Transitions(ProgramTest):
    def test_a_campaign_finds_refines_and_reports_a_transition(self):
        run, result = self.run_campaign(
            "run", **RAMP, transitions={"along": "x"},
            react=[{"transition": {}, "narrow": {"around": 30}, "densify": {"to": 1}}],
            stop=[{"kind": "transition_within", "value": 1}])
        told = summary(run)
        self.assertIn("transition within 1: it lies between", told["reason"])
        lower, upper = told["transition"]["between"]
        self.assertTrue(49.5 <= upper and lower <= 50.5, told["transition"])
        self.assertEqual(told["reactions"][0]["rule"], 0)
        entries = journal(run)
        found = bodies(entries, "transition.found")
        self.assertEqual(found[-1]["between"], [lower, upper])
        self.assertEqual(found[-1]["id"], told["transition"]["measurement"])
        self.assertIn("a transition between", result.stderr + result.stdout)
        page = (run / "report.html").read_text()
        self.assertIn("Transition and rules", page)
        self.assertIn("where the transition was thought to be", page)
        self.assertIn("narrowed to", page)

    def test_a_campaign_that_looks_and_finds_none_says_so(self):
        flat = {**SAMPLE, "phases": SAMPLE["phases"][1:]}
        run, _ = self.run_campaign(
            "run", **{**RAMP, "instrument": {**RAMP["instrument"], "sample": flat}},
            transitions={"along": "x"})
        self.assertIsNone(summary(run)["transition"])
        self.assertIn("none was found", (run / "report.html").read_text())


class Distances(ProgramTest):
    def setUp(self):
        super().setUp()
        sample = self.folder / "sample.json"
        sample.write_text(json.dumps({"sample": SAMPLE, "beamline": BEAMLINE}))
        for name, place in (("wanted", 20), ("other", 70)):
            made = foray("simulate", "--sample", sample, "--at", f"x={place}", "--out",
                         self.folder / f"{name}.h5")
            self.assertEqual(made.returncode, 0, made.stdout + made.stderr)

    def seek(self, name, reference, code=0):
        return self.run_campaign(
            name, code, **{**RAMP, "budget": {"measurements": 14},
                           "observables": [{"name": "unlike", "from": f"distance:{reference}"}],
                           "objective": {"kind": "minimise", "observable": "unlike"}})

    def test_a_campaign_seeks_the_place_most_like_a_reference(self):
        run, _ = self.seek("run", "wanted.h5")
        best = summary(run)["best"]
        self.assertLess(abs(best["position"]["x"] - 20), 5, best)
        created = bodies(journal(run), "campaign.created")[0]
        self.assertEqual(list(created["inputs"]), ["wanted.h5"])
        self.assertEqual(len(created["inputs"]["wanted.h5"]), 64)
        # Taken up with the same file it goes on, with another it does not.
        self.assertEqual(foray("resume", run).returncode, 0)
        (self.folder / "other.h5").replace(self.folder / "wanted.h5")
        refused = foray("resume", run)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn('expected the file "wanted.h5" that it was started with', refused.stderr)

    def test_a_reference_that_cannot_be_had_is_refused_by_name(self):
        (self.folder / "broken.h5").write_bytes((self.folder / "wanted.h5").read_bytes()[:500])
        (self.folder / "curve.txt").write_text("".join(f"0.0{i} {9 - i} 1\n" for i in range(1, 9)))
        numpy.save(self.folder / "flat.npy", numpy.full((64, 64), 3))
        for reference, expected in (("none.h5", "none.h5"), ("broken.h5", "broken.h5"),
                                    ("curve.txt", "expected one detector frame"),
                                    ("flat.npy", "all good pixels have one value")):
            with self.subTest(reference):
                run, result = self.seek("run", reference, 2)
                self.assertIn("observable 'unlike'", result.stderr)
                self.assertIn(expected, result.stderr)
                self.assertFalse(run.exists(), "nothing was done")


if __name__ == "__main__":
    main()
