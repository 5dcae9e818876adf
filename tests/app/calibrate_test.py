"""foray calibrate on a frame of a standard, as a person uses it.

usage: calibrate_test.py FORAY        FORAY: the program to test
"""

import math

import numpy

from program import ProgramTest, foray, main

PIXEL = 172e-6
WAVELENGTH = 0.5e-10
DISTANCE, SLOW, FAST = 0.1, 190.0, 220.0  # metres, pixels
LAB6 = 4.156826


class Calibrate(ProgramTest):
    def setUp(self):
        super().setUp()
        slow, fast = numpy.indices((400, 420)) + 0.5
        radius = PIXEL * numpy.hypot(slow - SLOW, fast - FAST)
        q = 4 * math.pi / (WAVELENGTH * 1e10) * numpy.sin(0.5 * numpy.arctan(radius / DISTANCE))
        expected = numpy.full(q.shape, 10.0)
        for square in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22):
            ring = 2 * math.pi / LAB6 * math.sqrt(square)
            expected += 100 * numpy.exp(-0.5 * ((q - ring) / 0.02) ** 2)
        frame = numpy.random.default_rng(3).poisson(expected).astype("uint32")
        self.frame = self.folder / "lab6.npy"
        numpy.save(self.frame, frame)

    def calibrate(self, *arguments):
        return foray("calibrate", self.frame, "--standard", "LaB6", *arguments)

    def start(self):
        return ("--distance", 0.096, "--center", "235,180", "--pixel", 172, "--wavelength", 0.5)

    def test_a_geometry_is_found_written_and_used_by_reduce(self):
        poni, picture = self.folder / "a.poni", self.folder / "a.png"
        result = self.calibrate(*self.start(), "--out", poni, "--picture", picture)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("converged", result.stdout)
        self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
        keys = dict(line.split(": ", 1) for line in poni.read_text().splitlines()
                    if not line.startswith("#"))
        self.assertEqual(keys["poni_version"], "2")
        self.assertAlmostEqual(float(keys["Distance"]) / DISTANCE, 1, delta=2e-4)
        self.assertAlmostEqual(float(keys["Wavelength"]), WAVELENGTH, delta=1e-20)
        for split in ("none", "box", "full"):
            result = foray("reduce", self.frame, "--poni", poni, "--bins", 400, "--range", "1,6",
                           "--split", split, "--clip", 6, "--errors", "hybrid", "--polarization",
                           0.99, "--out", self.folder, "--format", "csv")
            self.assertEqual(result.returncode, 0, result.stderr)
            q, intensity = numpy.loadtxt(self.folder / "lab6_reduced.csv", delimiter=",",
                                         skiprows=2).T[:2]
            ring = 2 * math.pi / LAB6
            self.assertAlmostEqual(q[numpy.where(q < 1.8, intensity, 0).argmax()] / ring, 1,
                                   delta=0.01)
        again = self.calibrate("--start", poni, "--out", self.folder / "b.poni")
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_a_frame_without_rings_leaves_no_file(self):
        numpy.save(self.frame, numpy.random.default_rng(3).poisson(5, (400, 420)))
        result = self.calibrate(*self.start(), "--out", self.folder / "a.poni")
        self.assertEqual(result.returncode, 1)
        self.assertIn("expected the rings of LaB6", result.stderr)
        self.assertFalse((self.folder / "a.poni").exists())

    def test_wrong_words_give_exit_code_2_and_say_what_was_expected(self):
        for arguments, expected in (((), "--start FILE.poni"),
                                    (("--distance", 0.1), "--start FILE.poni"),
                                    (("--pixel", -1), "--pixel"),
                                    (("--distance", 9, *self.start()[2:]), "at least two rings")):
            result = self.calibrate(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(expected, result.stderr, arguments)
        result = foray("calibrate", self.frame, "--standard", "LaB7", *self.start())
        self.assertEqual(result.returncode, 2)
        self.assertIn("AgBh, LaB6", result.stderr)


if __name__ == "__main__":
    main()
