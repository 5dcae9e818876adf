"""foray reduce on detector images, as a person uses it.

usage: reduce_test.py FORAY        FORAY: the program to test
"""

import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
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
        for form, end in (("nxcansas", "h5"), ("nxazint", "h5"), ("csv", "csv"), ("xml", "xml")):
            result = self.reduce("a.npy", "--poni", "a.poni", "--out", form, "--format", form)
            self.assertEqual(result.returncode, 0, result.stderr)
            again = self.reduce(f"{form}/a_reduced.{end}")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertIn("curve", again.stdout)

    def test_a_cake_keeps_every_count_and_is_what_neXus_asks_for(self):
        image = numpy.load(self.folder / "a.npy")
        for split in ("none", "full"):
            result = self.reduce("a.npy", "--poni", "a.poni", "--mask", "mask.npy", "--bins", 40,
                                 "--cake", 24, "--split", split, "--polarization", 0.9, "--out",
                                 split, "--plot", "a.svg")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("24 x 40", result.stdout)
            with h5py.File(self.folder / split / "a_cake.h5") as file:
                entry = file[file.attrs["default"]]
                data = entry[entry.attrs["default"]]
                self.assertEqual(entry["definition"][()], b"NXazint2d")
                self.assertEqual(data.attrs["signal"], b"I")
                self.assertEqual(list(data.attrs["axes"]),
                                 [b".", b"azimuthal_axis", b"radial_axis"])
                self.assertEqual(data.attrs["interpretation"], b"image")
                for name, shape, units in (
                        ("I", (1, 24, 40), b"arbitrary units"),
                        ("I_errors", (1, 24, 40), b"arbitrary units"),
                        ("norm", (24, 40), b"arbitrary units"), ("radial_axis", (40,), b"1/angstrom"),
                        ("radial_axis_edges", (41,), b"1/angstrom"),
                        ("azimuthal_axis", (24,), b"degree"),
                        ("azimuthal_axis_edges", (25,), b"degree")):
                    self.assertEqual(data[name].shape, shape, name)
                    self.assertEqual(data[name].attrs["units"], units, name)
                    self.assertIn("long_name", data[name].attrs, name)
                for name, value in (("solid_angle_applied", 1), ("polarization_applied", 1),
                                    ("normalization_applied", 1), ("monitor_applied", 1)):
                    self.assertEqual(entry[name][()], value, name)
                self.assertAlmostEqual(entry["instrument/monochromator/energy"][()], 12.3984198,
                                       delta=1e-6)
                for name in ("program", "version", "date", "reference"):
                    self.assertTrue(entry["reduction"][name][()], name)
                self.assertEqual(entry["reduction/input/pixel_splitting"][()], split.encode())
                intensity, norm = data["I"][0], data["norm"][()]
                self.assertEqual(numpy.isnan(intensity).sum(), (norm == 0).sum())
                total = numpy.nansum(intensity * norm)  # one second, one monitor
                self.assertAlmostEqual(total / image[5:].sum(), 1, delta=1e-5)
                edges = data["azimuthal_axis_edges"][()]
                self.assertAlmostEqual(edges[0], -180, delta=1e-12)
                self.assertTrue((data["I_errors"][0][norm > 0] > 0).all())
                # -90 degrees is towards slow row 0, where the mask leaves the outermost bins empty.
                filled = (norm > 0).sum(axis=1)
                self.assertLess(filled[6], filled[18])
            picture = (self.folder / split / "a_cake.png").read_bytes()
            self.assertEqual(picture[:4], b"\x89PNG")
            self.assertIn("azimuth [degrees]", (self.folder / "a.svg").read_text())
        # Read again and averaged over the azimuth, the ring is where it was.
        again = self.reduce("none/a_cake.h5", "--bins", 40, "--out", "again", "--format", "csv")
        self.assertEqual(again.returncode, 0, again.stderr)
        q, intensity = numpy.loadtxt(self.folder / "again" / "a_cake_reduced.csv", delimiter=",",
                                     skiprows=2).T[:2]
        self.assertAlmostEqual(q[intensity.argmax()] / q_of(0.006), 1, delta=0.03)

    def test_edges_of_bins_are_those_that_were_used(self):
        (self.folder / "like.csv").write_text("q,I\n0.02,1\n0.03,1\n0.05,1\n")
        middle = math.sqrt(0.02 * 0.06)
        third = math.sqrt(5 / 3)
        for number, (options, expected) in enumerate((
                (("--bins", 2, "--log", "--range", "0.02,0.06"), (0.02, middle, 0.06)),
                (("--bins", 1, "--range", "0.02,0.06"), (0.02, 0.06)),
                (("--like", "like.csv"), (0.02 * math.sqrt(2 / 3), math.sqrt(0.0006),
                                          math.sqrt(0.0015), 0.05 * third)))):
            result = self.reduce("a.npy", "--poni", "a.poni", "--format", "nxazint", "--out",
                                 f"edges{number}", *options)
            self.assertEqual(result.returncode, 0, result.stderr)
            with h5py.File(self.folder / f"edges{number}" / "a_reduced.h5") as file:
                edges = file["entry/data/radial_axis_edges"][()]
            self.assertEqual(edges.size, len(expected))
            self.assertLess(abs(edges - expected).max(), 1e-12)
        result = self.reduce("a.npy", "--poni", "a.poni", "--format", "nxazint", "--out", "two",
                             "--bins", 2, "--log")
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(self.folder / "two" / "a_reduced.h5") as file:
            edges = file["entry/data/radial_axis_edges"][()]
        self.assertAlmostEqual(edges[1] ** 2 / (edges[0] * edges[2]), 1, delta=1e-12)

    def test_a_sector_across_the_cut_at_half_a_turn_can_be_a_cake(self):
        result = self.reduce("a.npy", "--poni", "a.poni", "--bins", 20, "--cake", 6, "--sector",
                             "150,210", "--out", "out")
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(self.folder / "out" / "a_cake.h5") as file:
            self.assertLess(abs(file["entry/data/azimuthal_axis"][()] - numpy.arange(155, 210, 10)
                                ).max(), 1e-12)
            filled = (file["entry/data/norm"][()] > 0).sum(axis=1)
            self.assertTrue((filled > 5).all(), filled)

    def test_what_max_iv_writes_is_read(self):
        """Subentries of both kinds in one entry, 2 theta, several images, h5py's truth values."""
        two_theta = numpy.linspace(1, 20, 50)
        curve = numpy.exp(-0.5 * ((two_theta - 8) / 0.5) ** 2) + 0.1
        with h5py.File(self.folder / "azint.h5", "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            entry["solid_angle_applied"] = True
            mono = entry.create_group("instrument/monochromator")
            entry["instrument"].attrs["NX_class"] = "NXinstrument"
            mono["energy"] = 12.398419843320026
            mono["energy"].attrs["units"] = "keV"
            for name, definition in (("azint1d", "NXazint1d"), ("azint2d", "NXazint2d")):
                sub = entry.create_group(name)
                sub.attrs["NX_class"] = "NXsubentry"
                sub["definition"] = definition
                sub["instrument"] = h5py.SoftLink("/entry/instrument")
                data = sub.create_group("data")
                data.attrs["NX_class"] = "NXdata"
                data.attrs["signal"] = "I"
                data["radial_axis"] = two_theta
                data["radial_axis"].attrs["units"] = "degrees"
                data["radial_axis"].attrs["long_name"] = "tth"
            entry["azint1d/data/I"] = numpy.array([curve, 2 * curve, 3 * curve])
            entry["azint1d/data/I_errors"] = numpy.array([curve, curve, curve]) / 10
            cake = numpy.array([[curve, curve, 0 * curve, curve]])
            entry["azint2d/data/I"] = cake
            entry["azint2d/data/norm"] = numpy.array([curve, curve, 0 * curve, curve])
            entry["azint2d/data/azimuthal_axis"] = numpy.array([-135.0, -45, 45, 135])
            entry["azint2d/data/azimuthal_axis"].attrs["units"] = "degrees"
            entry["data"] = h5py.SoftLink("/entry/azint1d/data")
        result = self.reduce("azint.h5", "--bins", 50, "--out", "out", "--format", "csv")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("NXazint", result.stdout)
        for index, factor in (("", 1), ("-2", 2), ("-3", 3), ("-4", 1)):
            q, intensity = numpy.loadtxt(self.folder / "out" / f"azint_reduced{index}.csv",
                                         delimiter=",", skiprows=2).T[:2]
            expected = 4 * math.pi * numpy.sin(numpy.radians(two_theta) / 2)  # 1 angstrom
            peak = expected[curve.argmax()]
            self.assertAlmostEqual(q[intensity.argmax()] / peak, 1, delta=0.02, msg=index)
            self.assertAlmostEqual(intensity.max() / (factor * curve.max()), 1, delta=1e-9)
            if index != "-4":
                self.assertLess(abs(q - expected).max(), 1e-12)
        with h5py.File(self.folder / "azint.h5", "a") as file:
            del file["entry/instrument/monochromator/energy"]
        result = self.reduce("azint.h5")
        self.assertEqual(result.returncode, 1)
        self.assertIn("a wavelength or an energy", result.stderr)

    def test_a_file_that_cannot_be_read_does_not_stop_the_others(self):
        (self.folder / "junk").write_bytes(bytes(100))
        result = self.reduce("junk", "a.npy", "none", "--poni", "a.poni")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 2, result.stderr)
        self.assertIn("foray: junk: expected", result.stderr)
        self.assertIn("foray: none: expected", result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 2)  # the heading and a.npy

    def test_images_without_geometry_and_masks_of_another_shape_are_refused(self):
        for options in ((), ("--cake", 12), ("--format", "nxazint", "--out", "out")):
            result = self.reduce("a.npy", *options)
            self.assertEqual(result.returncode, 1)
            self.assertIn("--poni", result.stderr)
        (self.folder / "a.csv").write_text("q,I\n0.1,1\n0.2,1\n")
        result = self.reduce("a.csv", "--cake", 12)
        self.assertEqual(result.returncode, 1)
        self.assertIn("a.csv: expected a detector image for a cake", result.stderr)
        numpy.save(self.folder / "mask.npy", numpy.zeros((3, 3), "uint8"))
        result = self.reduce("a.npy", "--poni", "a.poni", "--mask", "mask.npy")
        self.assertEqual(result.returncode, 1)
        self.assertIn("3 x 3 pixels, found 120 x 100", result.stderr)

    def test_wrong_options_give_exit_code_2(self):
        for arguments in (("a.npy", "--range", "2,1"), ("a.npy", "--poni", "none.poni"),
                          ("a.npy", "--bins", "0"), ("a.npy", "--format", "doc"),
                          ("a.npy", "--cake", "0"), ("a.npy", "--cake", "9", "--format", "csv"), ()):
            self.assertEqual(self.reduce(*arguments).returncode, 2, arguments)


if __name__ == "__main__":
    FORAY = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
