"""foray reduce on detector images, as a person uses it.

usage: reduce_test.py FORAY        FORAY: the program to test
"""

import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy

FORAY = None
PONI = """poni_version: 2
Detector: Detector
Detector_config: {"pixel1": 0.0002, "pixel2": 0.0002}
Distance: 1.0
Poni1: 0.012
Poni2: 0.01
Rot1: 0
Rot2: 0
Rot3: 0
Wavelength: 1e-10
"""


def q_of(radius):
    return 4 * math.pi * math.sin(0.5 * math.atan(radius / 1.0))


class Reduce(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        (self.folder / "a.poni").write_text(PONI)
        slow, fast = numpy.indices((120, 100))
        radius = numpy.hypot((slow + 0.5) * 2e-4 - 0.012, (fast + 0.5) * 2e-4 - 0.01)
        image = numpy.where(abs(radius - 0.006) < 2e-4, 1000, 10).astype("uint32")
        image[:5] = 4000000  # a hot stripe that the mask takes away
        numpy.save(self.folder / "a.npy", image)
        mask = numpy.zeros(image.shape, "uint8")
        mask[:5] = 1
        numpy.save(self.folder / "mask.npy", mask)

    def reduce(self, *arguments):
        return subprocess.run([FORAY, "reduce", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, cwd=self.folder)

    def test_an_image_becomes_the_curve_of_its_ring(self):
        result = self.reduce("a.npy", "--poni", "a.poni", "--mask", "mask.npy", "--bins", 60,
                             "--out", "out", "--format", "csv", "--plot", "a.svg")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("120 x 100 image", result.stdout)
        rows = numpy.loadtxt(self.folder / "out" / "a_reduced.csv", delimiter=",", skiprows=2)
        q, intensity, sigma = rows.T[:3]
        peak = q[intensity.argmax()]
        self.assertAlmostEqual(peak / q_of(0.006), 1, delta=0.03)  # a bin and the ring's width
        far = abs(q / q_of(0.006) - 1) > 0.15
        # 10 counts a pixel; solid angles differ from 1 by less than 4e-4 at these angles.
        self.assertLess(abs(intensity[far] - 10).max(), 0.02)
        self.assertTrue((sigma > 0).all())
        self.assertIn("<svg", (self.folder / "a.svg").read_text())

    def test_what_it_writes_it_reads_in_every_format(self):
        for form, end in (("nxcansas", "h5"), ("csv", "csv"), ("xml", "xml")):
            result = self.reduce("a.npy", "--poni", "a.poni", "--out", form, "--format", form)
            self.assertEqual(result.returncode, 0, result.stderr)
            again = self.reduce(f"{form}/a_reduced.{end}")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertIn("curve", again.stdout)

    def test_a_file_that_cannot_be_read_does_not_stop_the_others(self):
        (self.folder / "junk").write_bytes(bytes(100))
        result = self.reduce("junk", "a.npy", "none", "--poni", "a.poni")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 2, result.stderr)
        self.assertIn("foray: junk: expected", result.stderr)
        self.assertIn("foray: none: expected", result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 2)  # the heading and a.npy

    def test_images_without_geometry_and_masks_of_another_shape_are_refused(self):
        result = self.reduce("a.npy")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--poni", result.stderr)
        numpy.save(self.folder / "mask.npy", numpy.zeros((3, 3), "uint8"))
        result = self.reduce("a.npy", "--poni", "a.poni", "--mask", "mask.npy")
        self.assertEqual(result.returncode, 1)
        self.assertIn("3 x 3 pixels, found 120 x 100", result.stderr)

    def test_wrong_options_give_exit_code_2(self):
        for arguments in (("a.npy", "--range", "2,1"), ("a.npy", "--poni", "none.poni"),
                          ("a.npy", "--bins", "0"), ("a.npy", "--format", "doc"), ()):
            self.assertEqual(self.reduce(*arguments).returncode, 2, arguments)


if __name__ == "__main__":
    FORAY = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
