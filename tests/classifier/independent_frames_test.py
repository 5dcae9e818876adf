"""What bench/classifier/independent_frames.py judges frames by, without the two programs that draw them."""

import json
import pathlib
import sys
import types
import unittest

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/classifier"))

from independent import figures, measured, visibility  # noqa: E402

SMALL = "transmission_small_angle"
PATHS = [SMALL, *(f"{SMALL}/{word}" for word in
                  ("ring", "halo", "arc", "diffuse_low_q", "higher_orders", "disordered",
                   "ring/lamellar", "ring/hexagonal", "ring/oriented"))]


class Figures(unittest.TestCase):
    def test_average_precision_is_the_mean_precision_where_positives_are_found(self):
        truth, score = numpy.array([1, 0, 1, 0]), numpy.array([0.9, 0.8, 0.7, 0.1])
        self.assertAlmostEqual(figures.average_precision(truth, score), (1 + 2 / 3) / 2)
        self.assertAlmostEqual(figures.average_precision(truth, 0 * score), 0.5)  # no order at all
        self.assertTrue(numpy.isnan(figures.average_precision(0 * truth, score)))

    def test_f1_is_the_harmonic_mean(self):
        truth, score = numpy.array([1, 1, 1, 0, 0]), numpy.array([0.9, 0.6, 0.2, 0.7, 0.1])
        precision, recall, f1 = figures.precision_recall_f1(truth, score)
        self.assertAlmostEqual(precision, 2 / 3)
        self.assertAlmostEqual(recall, 2 / 3)
        self.assertAlmostEqual(f1, 2 / (1 / precision + 1 / recall))

    def test_intervals_are_of_whole_experiments(self):
        # Ten frames of each experiment are alike, so there are four values and not forty.
        experiments = numpy.repeat(numpy.arange(4), 10)
        values = numpy.repeat([0.0, 0.0, 1.0, 1.0], 10)
        self.assertEqual(figures.interval(experiments, lambda k: values[k].mean()),
                         ".50 (.00 to 1.00)")

    def test_a_frame_without_a_ring_is_disordered_and_a_halo_leaves_the_kind_open(self):
        alone = figures.truths([SMALL, f"{SMALL}/halo"], [], PATHS)
        self.assertEqual(alone[f"{SMALL}/disordered"], 1)
        self.assertEqual(alone[f"{SMALL}/ring/lamellar"], 0)
        ring = figures.truths([SMALL, f"{SMALL}/ring", f"{SMALL}/ring/lamellar"], [], PATHS)
        self.assertEqual(ring[f"{SMALL}/disordered"], 0)
        self.assertEqual(ring[f"{SMALL}/ring/lamellar"], 1)
        both = figures.truths([SMALL, f"{SMALL}/ring", f"{SMALL}/halo"], [], PATHS)
        self.assertIsNone(both[f"{SMALL}/disordered"])
        self.assertIsNone(both[f"{SMALL}/ring/oriented"])


def judge_of(total):
    return visibility.Judge(lambda image: image, total, numpy.full(total.shape, True), numpy.inf)


class Visibility(unittest.TestCase):
    def test_both_bounds_of_the_rule(self):
        def seen(signal, total, pixels):
            return visibility.is_visible(numpy.full(pixels, signal), numpy.full(pixels, total))

        self.assertTrue(seen(1.0, 4.0, 577))  # sqrt(577) / 2 is 12.01
        self.assertFalse(seen(1.0, 4.0, 575))
        self.assertTrue(seen(8.1, 100.0, 10 ** 6))
        self.assertFalse(seen(7.9, 100.0, 10 ** 6))  # 7.9 % of what is there

    def test_a_crest_has_its_place_and_width(self):
        q = numpy.linspace(0.001, 1, 1000)
        for relative in (0.1, 0.4):
            sigma = relative * 0.5 / 2.3548
            curve = 3 * numpy.exp(-q / 0.02) + numpy.exp(-0.5 * ((q - 0.5) / sigma) ** 2)
            falling, found = visibility.crests(q, curve)
            place, width, _ = max(found, key=lambda one: one[2].max())
            self.assertAlmostEqual(place, 0.5, delta=0.01)
            self.assertAlmostEqual(width / place, relative, delta=0.01)
            whole = falling + sum(crest for _, _, crest in found) + curve.min()
            self.assertLess(abs(whole - curve).max(), 1e-6)

    def test_orders_of_a_lattice_are_told_by_their_place(self):
        self.assertEqual(visibility.order_at(0.2, 0.1, [1, 2, 3]), 2)
        self.assertEqual(visibility.order_at(0.25, 0.1, [1, 2, 3]), 0)

    def test_two_visible_orders_name_a_lattice(self):
        total = numpy.full((100, 100), 10.0)
        bright, dim = numpy.full((100, 100), 2.0), numpy.full((100, 100), 0.01)

        def labels(second):
            parts = [visibility.Part("ring", bright, "lamellar", 1),
                     visibility.Part("ring", second, "lamellar", 2)]
            rings = visibility.Rings(visibility.Judge(lambda image: image, total, total > 0, 1e9))
            for part in parts:
                rings.add(part)
            return rings.all_labels()

        of_a_lattice = {"ring/lamellar", "higher_orders"}
        self.assertLessEqual(of_a_lattice, labels(bright))
        self.assertIn("ring", labels(dim))
        self.assertFalse(of_a_lattice & labels(dim))

    def test_a_form_factor_is_two_crests_of_one_curve(self):
        total = numpy.full((100, 100), 10.0)

        def labels(*curves):
            parts = [visibility.Part("oscillation", total / 5, curve=curve) for curve in curves]
            return visibility.sample_labels(parts, judge_of(total))[0]

        self.assertEqual(labels(0, 1), set())
        self.assertEqual(labels(0, 1, 1), {"form_factor"})

    def test_a_piece_of_an_even_ring_is_no_arc_whatever_its_mean_elsewhere(self):
        total = numpy.full((100, 100), 10.0)
        image = numpy.full((100, 100), 4.0)
        steps = image * numpy.where(numpy.arange(100) < 50, 0.2, 1.8)

        def labels(seen):
            part = visibility.Part("ring", seen, mean=image / 2, symmetry=2, place=0.1, width=0.005)
            return visibility.sample_labels([part], judge_of(total))[0]

        self.assertIn("ring/isotropic", labels(image))
        self.assertNotIn("arc", labels(image))
        self.assertIn("arc", labels(steps))

    def test_a_horizon_is_what_the_sample_scatters_above_it_alone(self):
        sine = numpy.repeat(numpy.linspace(-0.05, 0.05, 400), 400).reshape(400, 400)
        good = numpy.full(sine.shape, True)
        film = numpy.where(sine > 0, 5.0, 0.0)
        self.assertTrue(visibility.horizon_visible(film, film + 6, sine, good, 0.003))
        self.assertFalse(visibility.horizon_visible(film, film + 60, sine, good, 0.003))
        self.assertFalse(visibility.horizon_visible(film, film + 6, abs(sine), good, 0.003))

    def test_a_beamstop_in_no_mask_is_told_by_its_shadow(self):
        instrument = types.SimpleNamespace(shadow=numpy.ones((60, 60)),
                                           inactive=numpy.zeros((60, 60), bool))
        instrument.shadow[20:40, 20:40] = 0
        for level, seen in ((10, True), (0.1, False)):
            total = level * instrument.shadow + 1.0
            self.assertEqual(bool(visibility.shadow_visible(instrument, total)), seen)


class MeasuredLabels(unittest.TestCase):
    def test_each_entry_says_what_the_eye_sees_in_words_of_the_hierarchy(self):
        frames = json.loads(measured.LABELS.read_text())["frames"]
        self.assertEqual(len({frame["file"] for frame in frames}), len(frames))
        for frame in frames:
            with self.subTest(frame["file"]):
                self.assertTrue(frame["sees"])
                self.assertIn(frame["reader"], measured.READERS)
                labels, left_open = set(frame["labels"]), set(frame["open"])
                self.assertLessEqual(labels | left_open, set(PATHS))
                self.assertFalse(labels & left_open)
                for label in labels:
                    self.assertIn(label.rsplit("/", 1)[0], labels)


if __name__ == "__main__":
    unittest.main(verbosity=2)
