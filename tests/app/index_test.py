"""foray index on curves and on peaks, as a person uses it.

usage: index_test.py FORAY        FORAY: the program to test
"""

import json
import math

import numpy

from program import ProgramTest, foray, main

SPACING = 210.0  # angstrom, between cylinders
SQUARES = (1, 3, 4, 7, 9)


def hexagonal(square):
    return 4 * math.pi / (math.sqrt(3) * SPACING) * math.sqrt(square)


class Index(ProgramTest):
    def setUp(self):
        super().setUp()
        q = numpy.linspace(0.01, 0.15, 700)
        expected = 40 + 0.002 * q**-2.5
        for square, height in zip(SQUARES, (4000, 900, 0, 700, 300)):  # the third has a zero there
            expected += height * numpy.exp(-0.5 * ((q - hexagonal(square)) / 6e-4) ** 2)
        counts = numpy.random.default_rng(5).poisson(expected)
        self.curve = self.folder / "a.csv"
        numpy.savetxt(self.curve, numpy.c_[q, counts, numpy.sqrt(numpy.maximum(counts, 1))],
                      delimiter=",", header="q[1/angstrom],I,sigma", comments="")

    def test_a_curve_is_indexed_and_kept_with_peaks_rings_and_picture(self):
        out = self.folder / "out"
        result = foray("index", self.curve, "--out", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("4 peaks", result.stdout)
        self.assertIn("20 is missing at", result.stdout)
        kept = json.loads((out / "a_index.json").read_text())
        self.assertEqual(len(kept["peaks"]), 4)
        for peak, square in zip(kept["peaks"], (1, 3, 7, 9)):
            found = peak["q"]
            self.assertLess(abs(found["value"] - hexagonal(square)), 5 * found["sigma"])
        best = kept["lattices"][0]
        self.assertEqual(best["lattice"], "hexagonal")
        self.assertGreater(best["probability"], 0.9)
        self.assertLess(abs(best["spacing"]["value"] - SPACING), 4 * best["spacing"]["sigma"])
        self.assertLess(best["spacing"]["sigma"] / SPACING, 0.003)
        self.assertGreater(best["figure_of_merit"], 50)
        self.assertEqual((best["matched"], best["missing"], best["degrees_of_freedom"]), (4, 1, 3))
        self.assertEqual([ring["peak"] for ring in best["rings"]], [1, 2, None, 3, 4])
        self.assertEqual([ring["hkl"][:2] for ring in best["rings"]],
                         [[1, 0], [1, 1], [2, 0], [2, 1], [3, 0]])
        for ring, square in zip(best["rings"], SQUARES):
            self.assertAlmostEqual(ring["q"] / hexagonal(square), 1, delta=0.005)
        total = sum(one["probability"] for one in kept["lattices"]) + kept["none_probability"]
        self.assertAlmostEqual(total, 1, delta=1e-9)
        self.assertEqual(len(kept["lattices"]), 9)
        picture = (out / "a_index.svg").read_text()
        for word in ("<svg", "hexagonal", "missing", ">21<"):
            self.assertIn(word, picture)

    def test_peaks_that_are_given_need_no_curve(self):
        peaks = ",".join(f"{0.02 * math.sqrt(square):.6f}" for square in (2, 4, 6, 8, 10, 12, 14))
        result = foray("index", "--peaks", peaks, "--errors", 1e-5, "--out", self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept = json.loads((self.folder / "peaks_index.json").read_text())
        self.assertEqual(kept["lattices"][0]["lattice"], "body_centered_cubic")
        self.assertEqual(kept["lattices"][0]["rings"][6]["hkl"], [3, 2, 1])
        self.assertAlmostEqual(kept["lattices"][0]["spacing"]["value"], 2 * math.pi / 0.02,
                               delta=0.01)
        only = foray("index", "--peaks", peaks, "--lattices", "lamellar,square")
        self.assertNotIn("body_centered_cubic", only.stdout)

    def test_words_with_commas_leave_the_files_behind_them(self):
        result = foray("index", "--lattices", "lamellar,hexagonal", self.curve)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("hexagonal", result.stdout)
        result = foray("index", "--peaks", "0.1,0.2", "--errors", "0.001", self.curve)
        self.assertEqual(result.returncode, 2)
        self.assertIn("got both", result.stderr)

    def test_peaks_without_order_belong_to_none(self):
        result = foray("index", "--peaks", "0.0300,0.0413,0.0571,0.0697", "--errors", "1e-5",
                       "--lattices", "lamellar,hexagonal,square", "--tolerance", 0.001, "--out",
                       self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept = json.loads((self.folder / "peaks_index.json").read_text())
        self.assertGreater(kept["none_probability"], 0.9)

    def test_a_curve_without_peaks_does_not_stop_the_others(self):
        flat, junk = self.folder / "flat.csv", self.folder / "junk"
        q = numpy.linspace(0.01, 0.15, 200)
        numpy.savetxt(flat, numpy.c_[q, q**-2, 0.01 * q**-2])
        junk.write_bytes(bytes(100))
        result = foray("index", flat, junk, self.curve)
        self.assertEqual(result.returncode, 1)
        self.assertIn("expected at least two peaks", result.stderr)
        self.assertIn(f"foray: {junk}: expected", result.stderr)
        self.assertIn("hexagonal", result.stdout)

    def test_wrong_words_give_exit_code_2_and_say_what_was_expected(self):
        for arguments, expected in (
                ((), "either curves or --peaks, got neither"),
                ((self.curve, "--peaks", "0.1,0.2"), "got both"),
                (("--peaks", "0.1,-0.2"), "--peaks"),
                (("--peaks", "0.1,0.2,0.3", "--errors", "0.1,0.2"), "one for each of 3 peaks"),
                ((self.curve, "--errors", "0.1"), "expected --peaks as well"),
                ((self.curve, "--lattices", "hexagnal"), 'did you mean "hexagonal"'),
                ((self.curve, "--lattices", "square,square"), "square twice"),
                ((self.curve, "--width", "0.2,0.1"), "--width: expected LOWER,UPPER"),
                ((self.curve, "--range", "2,1"), "LOWER,UPPER")):
            result = foray("index", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(expected, result.stderr, arguments)


if __name__ == "__main__":
    main()
