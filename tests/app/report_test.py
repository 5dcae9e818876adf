"""report.html of a run: self-contained, well formed, with everything that it is to show.

usage: report_test.py FORAY        FORAY: the program to test
"""

import html.parser
import json
import re

from program import CAMPAIGN, ProgramTest, bodies, journal, main, needs_torch

EMPTY = {"meta", "img", "br", "rect", "line", "circle", "path", "image"}  # have no end, or need none


class Page(html.parser.HTMLParser):
    """Text by heading, and what is wrong with the page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.problems, self.sections, self.references = [], [], {}, []
        self.heading = ""
        self.feed(text)
        self.close()
        self.problems += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "h2":
            self.heading = ""
        for name, value in attributes:
            if name in ("src", "href", "xlink:href"):
                self.references.append(value)
            if name.startswith("on") or tag in ("script", "iframe", "object", "link"):
                self.problems.append(f"{tag} {name} is active")

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"{tag} is closed at {self.getpos()} and was not open")

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.heading = data
        self.sections[self.heading] = self.sections.get(self.heading, "") + data + "\n"


class Report(ProgramTest):
    def page(self, run):
        page = Page((run / "report.html").read_text())
        self.assertEqual(page.problems, [])
        for reference in page.references:
            self.assertTrue(reference.startswith("data:image/png;base64,"), reference[:60])
        return page

    def settings(self, page):
        text = page.sections["Settings"]
        return json.loads(text[text.index("{"):text.index("\n}\n") + 2])

    def test_a_search_shows_its_maps_its_order_its_best_and_every_setting(self):
        run, _ = self.run_campaign("run", constraints=["x + y < 18"])
        page = self.page(run)
        maps = page.sections["Maps"]
        for expected in ("Posterior mean", "Posterior standard deviation", "f: uncertainty",
                         "x [mm]", "y [mm]"):
            self.assertIn(expected, maps)
        for order in range(1, 13):
            self.assertRegex(maps, rf"(?m)^{order}$")
        for expected in ("best so far", "error of prediction", "remaining uncertainty",
                         "beam time [s]"):
            self.assertIn(expected, page.sections["How it went"])
        told = json.loads((run / "summary.json").read_text())["predictions"]["f"]
        self.assertEqual(told["points"], 12)
        self.assertEqual(list(told["coverage"]), ["50", "90", "95"])
        self.assertGreater(told["crps_expected"], 0)
        self.assertRegex(page.sections[""], r"of 12 results, each predicted from all others, \d+, ")
        settings = self.settings(page)
        self.assertEqual(settings["constraints"], ["x + y < 18"])
        self.assertEqual(settings["budget"]["measurements"], 12)
        for default in ("surrogate", "acquisition", "timeouts", "in_flight", "threads"):
            self.assertIn(default, settings)
        self.assertIn('"decision_budget_s": 600', page.sections["Settings"].split("as it was given")[1])

    def test_what_is_known_of_a_candidate_is_shown_where_it_was_measured(self):
        candidates = [{"x": x, "y": y, "hole": f"<{x} {y}>", "thickness": 0.5 + x}
                      for x in (-4, 1, 3, 9) for y in (1, 6, 12)]
        run, _ = self.run_campaign("run", candidates=candidates + [[0, 0]])
        told = json.loads((run / "summary.json").read_text())
        for one in [*told["measurements"], told["best"]]:
            x, y = (one["position"][name] for name in "xy")
            if (x, y) == (0, 0):
                self.assertNotIn("candidate", one)
            else:
                self.assertEqual(one["candidate"],
                                 {"hole": f"<{x:.0f} {y:.0f}>", "thickness": 0.5 + x})
        page = self.page(run)
        best = told["best"]
        shown = f"hole {best['candidate']['hole']}, thickness {best['candidate']['thickness']:.4g}"
        self.assertIn(f"measurement {best['id']}: {shown}", page.sections[""])
        self.assertIn(shown, page.sections["Measurements"])

    def test_a_single_axis_is_shown_as_a_curve(self):
        run, _ = self.run_campaign(
            "run", parameters=[{"name": "x", "unit": "K", "range": [1, 100], "scale": "log"}],
            instrument={"adapter": "function", "function": "sphere"})
        maps = self.page(run).sections["Maps"]
        for expected in ("posterior mean", "mean +- 2 standard deviations", "measured", "x [K]",
                         "12"):
            self.assertIn(expected, maps)

    @needs_torch
    def test_frames_are_shown_with_the_classes_found_in_them(self):
        run, _ = self.run_campaign(
            "run",
            parameters=[{"name": name, "unit": "mm", "range": [0, 20]} for name in "xy"],
            instrument={"adapter": "simulator", "sample": "film_library"},
            scorer={"classifier": "builtin", "reduce": "auto"},
            observables=[
                {"name": f"p_{phase}", "from": f"class:transmission_small_angle/{path}"}
                for phase, path in (("disordered", "disordered"), ("lamellar", "ring/lamellar"))],
            objective={"kind": "boundary", "observables": ["p_disordered", "p_lamellar"]},
            budget={"measurements": 8})
        page = self.page(run)
        self.assertIn("most probable class", page.sections["Maps"])
        found = page.sections["Classes found"]
        likely = {one["path"] for body in bodies(journal(run), "measure.scored")
                  for one in body["classes"] if one["probability"] > 0.5}
        self.assertGreater(len(likely), 3)
        for path in likely:
            self.assertIn(path, found)
        frames = re.findall(r"<img alt='frame (\d+)'", (run / "report.html").read_text())
        self.assertGreaterEqual(len(frames), 2)
        self.assertIn(f"\n{frames[0]}: ", page.sections["Sample frames"])

    def test_names_that_people_give_are_text_and_never_markup(self):
        parameters = [{**CAMPAIGN["parameters"][0], "unit": "<script>1</script>"},
                      CAMPAIGN["parameters"][1]]
        run, _ = self.run_campaign("run", parameters=parameters)
        self.assertIn("x [<script>1</script>]", self.page(run).sections["Maps"])


if __name__ == "__main__":
    main()
