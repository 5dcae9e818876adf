"""Measured data of ISIS, NIST and others, as Debian's python3-sasview ships them.

usage: sasview_test.py FORAY FOLDER
  FORAY   the program to test
  FOLDER  where the data are unpacked (once)
"""

import csv
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = HERE.parent / "data" / "files" / "sasview_expected.csv"
FORAY = FOLDER = None


def reduce(*arguments):
    return subprocess.run([FORAY, "reduce", *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, cwd=FOLDER / "test")


def curve(path):
    """q, intensity and sigma of a .csv file that foray wrote."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = [tuple(map(float, line.split(",")[:3])) for line in lines[1:]]
    return list(zip(*rows))


def quantile(values, share):
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


class Sasview(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        fetched = subprocess.run([HERE / "fetch_sasview_data.sh", FOLDER], capture_output=True,
                                 text=True)
        if fetched.returncode != 0:
            raise RuntimeError(fetched.stderr.strip())
        with EXPECTED.open(newline="") as table:
            cls.expected = list(csv.DictReader(table))

    def test_the_table_names_every_data_file(self):
        root = FOLDER / "test"
        found = {str(path.relative_to(root)) for path in root.rglob("*")
                 if path.is_file() and path.suffix not in (".py", ".pyc")}
        self.assertEqual(found, {row["file"] for row in self.expected})

    def test_every_file_is_read_or_refused_as_the_table_says(self):
        result = reduce(*(row["file"] for row in self.expected))
        self.assertEqual(result.returncode, 1)  # some are refused, the others are done
        header, *rows = result.stdout.splitlines()
        starts = [header.index(name) for name in ("format", "data", "q [1/angstrom]")]
        read = {row[:starts[0]].rstrip(): row for row in rows}
        problems = [line for line in result.stderr.splitlines()
                    if not line.startswith("foray: note: ")]
        for row in self.expected:
            with self.subTest(row["file"]):
                lines = [line for line in problems
                         if line.startswith(f"foray: {row['file']}: ")]
                if row["outcome"] == "read":
                    self.assertEqual(lines, [])
                    line = read[row["file"]]
                    self.assertEqual(line[starts[0]:starts[1]].strip(), row["format"])
                    points = line[starts[1]:starts[2]].split()[-1]
                    self.assertEqual(points, row["points"])
                else:
                    self.assertNotIn(row["file"], read)
                    self.assertEqual(len(lines), 1)
                    self.assertRegex(lines[0], r": expected .+, found .+")
        refused = sum(row["outcome"] == "refused" for row in self.expected)
        self.assertEqual(len(problems), refused, "one line for each refused file, and no other")

    def test_every_measured_file_of_the_two_data_folders_is_read(self):
        # CoreXY_ShellZ.txt is a model of positions and scattering lengths, not measured data.
        for row in self.expected:
            if re.match(r"[12]d_data/", row["file"]) and "CoreXY_ShellZ" not in row["file"]:
                self.assertEqual(row["outcome"], "read", row["file"])

    def test_run_33837_agrees_with_the_facilitys_own_reduction(self):
        facility = "1d_data/33837rear_1D_1.75_16.5_CanSAS1D.xml"
        images = ["2d_data/33837rear_2D_1.75_16.5_NIST.dat",
                  "2d_data/33837rear_2D_1.75_16.5_NXcanSAS.h5",
                  "2d_data/33837rear_2D_1.75_16.5_NXcanSAS_v3.h5"]
        with tempfile.TemporaryDirectory() as name:
            out = pathlib.Path(name)
            for arguments in ([facility], [*images, "--like", facility]):
                result = reduce(*arguments, "--out", out, "--format", "csv")
                self.assertEqual(result.returncode, 0, result.stderr)
            q, intensity, sigma = curve(out / (pathlib.Path(facility).stem + "_reduced.csv"))
            for image in images:
                with self.subTest(image):
                    self.compare(curve(out / (pathlib.Path(image).stem + "_reduced.csv")),
                                 q, intensity, sigma)

    def compare(self, ours, q, intensity, sigma):
        ratios, error_ratios = [], []
        for our_q, our_intensity, our_sigma in zip(*ours):
            nearest = min(range(len(q)), key=lambda i: abs(q[i] - our_q))
            self.assertLess(abs(q[nearest] / our_q - 1), 0.01)  # the facility's bins
            if 0.03 <= our_q <= 0.17:
                ratios.append(our_intensity / intensity[nearest])
                error_ratios.append(our_sigma / sigma[nearest])
        self.assertGreater(len(ratios), 20)
        median = statistics.median(ratios)
        errors = statistics.median(error_ratios)
        band = quantile(ratios, 0.1), quantile(ratios, 0.9)
        print(f"run 33837: {len(ratios)} points, median ratio {median:.4f}, "
              f"10 to 90 % {band[0]:.4f} .. {band[1]:.4f}, errors {errors:.3f}")
        self.assertLess(abs(median - 1), 0.01)
        self.assertGreater(band[0], 0.97)
        self.assertLess(band[1], 1.08)
        self.assertGreater(errors, 1 / 1.5)
        self.assertLess(errors, 1.5)

    def fitted(self, file, *arguments):
        with tempfile.TemporaryDirectory() as out:
            result = subprocess.run(
                [FORAY, "fit", f"1d_data/{file}", *map(str, arguments), "--out", out],
                capture_output=True, text=True, timeout=300, cwd=FOLDER / "test")
            self.assertEqual(result.returncode, 0, result.stderr)
            print(result.stdout)
            kept = json.loads(next(pathlib.Path(out).iterdir()).read_text())
        self.assertEqual(len(kept["residuals"]), len(kept["q"]))
        return kept, {name: one["value"] for name, one in kept["parameters"].items()}

    def test_measured_curves_are_fitted_by_the_models_of_their_samples(self):
        # A simulated curve without noise: Schulz-distributed spheres of 60 angstrom and width 0.2.
        kept, found = self.fitted("PolySpheres.txt", "--model", "sphere", "--free", "radius=20:300",
                                  "radius_pd=0.05:0.4", "--pd", "radius=schulz:0.1")
        self.assertEqual(kept["status"], "converged")
        self.assertLess(abs(found["radius"] / 60 - 1), 1e-6)
        self.assertLess(abs(found["radius_pd"] / 0.2 - 1), 1e-6)
        # The crystal structure of apoferritin has a shell from 40 to 60 angstrom.
        kept, found = self.fitted("apoferritin.txt", "--model", "vesicle", "--free",
                                  "radius=20:60", "thickness=5:40", "--pd", "radius=0.05")
        self.assertEqual(kept["status"], "converged")
        self.assertTrue(kept["smeared"])
        self.assertLess(abs(found["radius"] - 40), 5)
        self.assertLess(abs(found["radius"] + found["thickness"] - 60), 6)
        self.assertLess(kept["reduced_chi_squared"], 2.5)
        # Charged silica, 0.2 % errors, on a background that falls with q: within two per cent.
        kept, found = self.fitted("Ludox_silica.xml", "--model", "sphere@hayter_msa+power_law",
                                  "--free", "scale=0.1:10", "A_radius=50:200",
                                  "A_radius_pd=0.02:0.5", "A_volfraction=0.01:0.5",
                                  "A_charge=1:100", "B_scale=1e-3:1", "B_power=0.3:3", "--pd",
                                  "A_radius=schulz:0.1", "--set", "A_sld=3.47",
                                  "A_sld_solvent=6.3", "A_radius_effective_mode=1", "background=0")
        self.assertTrue(150 < found["A_radius"] < 170, found)
        ratio = [abs(fit / data - 1) for fit, data in zip(kept["fit"], kept["intensity"])]
        self.assertLess(statistics.median(ratio), 0.02)
        # Micelles of deuterated water, charged: errors that are right, so chi^2 is near 1.
        kept, found = self.fitted("hSDS_D2O_2p0_percent.xml", "--model", "ellipsoid@hayter_msa",
                                  "--free", "radius_polar=8:40", "radius_equatorial=8:40",
                                  "volfraction=0.005:0.1", "charge=1:60", "--set", "sld=0.3",
                                  "sld_solvent=6.3", "radius_effective_mode=1", "scale=1")
        self.assertEqual(kept["status"], "converged")
        self.assertLess(kept["reduced_chi_squared"], 1.7)
        self.assertLess(abs(found["volfraction"] - 0.015), 0.005)  # 2 % less what stays dissolved

    def test_the_same_run_in_three_formats_is_the_same_curve(self):
        with tempfile.TemporaryDirectory() as name:
            out = pathlib.Path(name)
            stems = ["33837rear_1D_1.75_16.5_CanSAS1D.xml", "33837rear_1D_1.75_16.5_NXcanSAS.h5",
                     "33837rear_1D_1.75_16.5_NXcanSAS_v3.h5"]
            result = reduce(*(f"1d_data/{stem}" for stem in stems), "--out", out, "--format", "csv")
            self.assertEqual(result.returncode, 0, result.stderr)
            first, *others = [curve(out / (pathlib.Path(stem).stem + "_reduced.csv"))
                              for stem in stems]
            for other in others:
                for ours, theirs in zip(first, other):
                    self.assertEqual(len(ours), len(theirs))
                    for a, b in zip(ours, theirs):
                        self.assertLess(abs(a - b), 1e-5 * abs(b))  # the XML has six digits


if __name__ == "__main__":
    FORAY, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    FOLDER.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
