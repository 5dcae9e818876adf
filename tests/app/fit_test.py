"""foray fit on curves, as a person uses it.

usage: fit_test.py FORAY        FORAY: the program to test
"""

import json
import math

import numpy

from program import ProgramTest, foray, main


def sphere(q, radius, contrast=5.0):
    """I of one sphere over its volume [1/cm], contrast in 1e-6/angstrom^2."""
    x = q * radius
    amplitude = 3 * (numpy.sin(x) - x * numpy.cos(x)) / x**3
    return 1e-4 * 4 / 3 * math.pi * radius**3 * (contrast * amplitude) ** 2


class Fit(ProgramTest):
    def setUp(self):
        super().setUp()
        q = numpy.linspace(0.005, 0.2, 80)
        exact = 0.02 * sphere(q, 55.0) + 0.1
        sigma = 0.02 * exact
        noise = numpy.random.default_rng(11).normal(size=q.size)
        self.curve = self.folder / "a.csv"
        numpy.savetxt(self.curve, numpy.c_[q, exact + sigma * noise, sigma], delimiter=",",
                      header="q[1/angstrom],I,sigma", comments="")

    def fit(self, *arguments):
        return foray("fit", self.curve, *arguments)

    def test_a_sphere_is_fitted_and_kept_with_its_data_and_residuals(self):
        out, plot = self.folder / "out", self.folder / "a.svg"
        result = self.fit("--model", "sphere", "--free", "radius=20:200", "--out", out, "--plot",
                          plot)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("converged", result.stdout)
        kept = json.loads((out / "a_fit.json").read_text())
        self.assertEqual(kept["status"], "converged")
        self.assertEqual(kept["order"], ["scale", "background", "radius"])
        for name, truth in (("scale", 0.02), ("background", 0.1), ("radius", 55.0)):
            found = kept["parameters"][name]
            self.assertLess(abs(found["value"] - truth), 4 * found["sigma"], name)
            variance = numpy.array(kept["covariance"])[kept["order"].index(name)][
                kept["order"].index(name)]
            self.assertAlmostEqual(found["sigma"] ** 2 / variance, 1, delta=1e-9)
        data = {name: numpy.array(kept[name])
                for name in ("q", "intensity", "sigma", "fit", "residuals")}
        self.assertTrue(all(values.size == 80 for values in data.values()))
        again = (data["intensity"] - data["fit"]) / data["sigma"]
        self.assertLess(abs(again - data["residuals"]).max(), 1e-9)
        self.assertAlmostEqual((again**2).sum() / kept["chi_squared"], 1, delta=1e-9)
        self.assertLess(abs(kept["reduced_chi_squared"] - 1), 0.65)  # 4 standard deviations
        radius = kept["parameters"]["radius"]["value"]
        ours = kept["parameters"]["scale"]["value"] * sphere(data["q"], radius)
        ours += kept["parameters"]["background"]["value"]
        self.assertLess(abs(ours / data["fit"] - 1).max(), 1e-6)
        self.assertIn("<svg", plot.read_text())

    def test_a_width_and_a_resolution_are_taken_into_account(self):
        result = self.fit("--model", "sphere", "--free", "radius=20:200", "radius_pd=0.01:0.05:0.3",
                          "--pd", "radius=schulz:0.05", "--resolution", "0.02", "--out",
                          self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept = json.loads((self.folder / "a_fit.json").read_text())
        self.assertTrue(kept["smeared"])
        self.assertEqual(len(kept["dq"]), 80)
        self.assertLess(kept["parameters"]["radius_pd"]["value"], 0.05)

    def test_a_slit_is_taken_from_the_file_or_the_command_line(self):
        q = numpy.linspace(0.005, 0.2, 80)
        across = numpy.linspace(0, 0.1, 4001)
        exact = sphere(numpy.hypot(q[:, None], across), 55.0)
        exact = 0.02 * numpy.trapz(exact, across) / 0.1 + 0.1
        sigma = 0.02 * exact
        noise = numpy.random.default_rng(12).normal(size=q.size)
        columns = numpy.c_[q, exact + sigma * noise, sigma]
        names = "q[1/angstrom],I,sigma"
        for name, data, options in (
                ("without", columns, ("--slit", 0.1)),
                ("within", numpy.c_[columns, 0 * q + 0.1, 0 * q], ())):
            header = names + (",dql,dqw" if name == "within" else "")
            file = self.folder / f"{name}.csv"
            numpy.savetxt(file, data, delimiter=",", header=header, comments="")
            result = foray("fit", file, "--model", "sphere", "--free", "radius=20:200", *options,
                           "--out", self.folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            kept = json.loads((self.folder / f"{name}_fit.json").read_text())
            self.assertTrue(kept["smeared"])
            self.assertEqual(kept["slit_length"], [0.1] * 80)
            self.assertEqual(kept["slit_width"], [0.0] * 80)
            for parameter, truth in (("scale", 0.02), ("background", 0.1), ("radius", 55.0)):
                found = kept["parameters"][parameter]
                self.assertLess(abs(found["value"] - truth), 4 * found["sigma"], parameter)
        result = self.fit("--model", "sphere", "--slit", "0.1", "--resolution", 0.1)
        self.assertEqual(result.returncode, 2)
        self.assertIn("either --resolution or --slit", result.stderr)
        for words, expected in ((("--slit", "0.1", "--sharp"), "either --sharp or --slit"),
                                (("--slit", "0.1,0.2,0.3"), "got 3 numbers"),
                                (("--slit=-0.1",), "--slit")):
            result = self.fit("--model", "sphere", *words)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(expected, result.stderr)
        result = foray("fit", "--model", "sphere", "--slit", "0.1", self.curve)
        self.assertEqual(result.returncode, 0, result.stderr)  # the file is no width

    def test_a_guinier_fit_finds_its_own_range(self):
        result = self.fit("--model", "guinier", "--max-qrg", 1.0, "--out", self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept = json.loads((self.folder / "a_fit.json").read_text())
        radius = kept["parameters"]["rg"]["value"] / math.sqrt(0.6)
        self.assertLess(abs(radius / 55 - 1), 0.05)
        self.assertLess(max(kept["q"]) * kept["parameters"]["rg"]["value"], 1.02)
        result = self.fit("--model", "sphere", "--max-qrg", 1.0)
        self.assertEqual(result.returncode, 2)
        self.assertIn("expected --model guinier", result.stderr)

    def test_wrong_words_give_exit_code_2_and_say_what_was_expected(self):
        for arguments, expected in (
                (("--model", "spehre"), 'did you mean "sphere"'),
                (("--model", "sphere", "--free", "raduis"), 'did you mean "radius"'),
                (("--model", "sphere", "--free", "radius=20:x"), "NAME=LOWER:UPPER"),
                (("--model", "sphere", "--free", "radius=80:20"), "lower limit below the upper"),
                (("--model", "sphere", "--set", "radius"), "NAME=VALUE"),
                (("--model", "sphere", "--pd", "radius=gauss:0.1"), 'did you mean "gaussian"'),
                (("--model", "sphere", "--range", "2,1"), "lower < upper"),
                ((), "--model is required")):
            result = self.fit(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(expected, result.stderr, arguments)

    def test_a_file_that_is_no_curve_does_not_stop_the_others(self):
        junk = self.folder / "junk"
        junk.write_bytes(bytes(100))
        image = self.folder / "image.npy"
        numpy.save(image, numpy.ones((9, 9)))
        result = foray("fit", junk, image, self.curve, "--model", "sphere", "--free",
                       "radius=20:200")
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"foray: {junk}: expected", result.stderr)
        self.assertIn("foray reduce", result.stderr)
        self.assertIn("converged", result.stdout)


if __name__ == "__main__":
    main()
