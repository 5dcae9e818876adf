"""foray explore, train and classify with a network of somebody else's.

usage: foreign_network_test.py FORAY        FORAY: the program to test
"""

import json
import pathlib

import numpy

from program import ProgramTest, foray, main, needs_torch

NETWORK = pathlib.Path(__file__).parents[1] / "data" / "classifier" / "encoder.pt"


@needs_torch
class ExploreWithEncoder(ProgramTest):
    def setUp(self):
        super().setUp()
        self.images = self.folder / "images"
        self.images.mkdir()
        random = numpy.random.default_rng(2)
        for i in range(12):
            smooth = numpy.add.outer(numpy.arange(40), numpy.arange(40)) * random.uniform(1, 2)
            rough = 40 * random.normal(size=(40, 40))
            numpy.save(self.images / f"{'smooth' if i < 6 else 'rough'}_{i:02d}.npy",
                       smooth if i < 6 else rough)

    def explore(self, *arguments):
        return foray("explore", self.images, "--out", self.folder / "out", "--kind", "pca", "--scale", 0,
                     "--symmetry", 0, *arguments)

    def test_its_numbers_are_what_images_are_compared_by(self):
        result = self.explore("--encoder", NETWORK, "--encoder-side", 40)
        self.assertEqual(result.returncode, 0, result.stderr)
        state = json.loads((self.folder / "out" / "exploration.json").read_text())
        self.assertEqual(len(state["encoder_sha256"]), 64)
        features = numpy.load(self.folder / "out" / "features.npy")
        self.assertEqual(features.shape, (12, 4 + 64 + 17))
        x = numpy.array(state["levels"][0]["x"])
        rough = numpy.array([name.startswith("rough") for name in state["names"]])
        self.assertTrue(x[rough].max() < x[~rough].min() or x[rough].min() > x[~rough].max())
        # Opened again without it: what it told is kept.
        again = foray("explore", self.images, "--out", self.folder / "out", "--select",
                      "near:rough_08.npy:3")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("4 images", again.stdout)

    def test_an_image_at_which_it_fails_is_left_out_by_name(self):
        bright = numpy.zeros((40, 40))
        bright[7, 9] = 1  # 40 standard deviations; the network gives infinity from 10 on
        numpy.save(self.images / "bright.npy", bright)
        result = self.explore("--encoder", NETWORK.with_name("encoder_of_dim_images.pt"),
                              "--encoder-side", 40)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr,
                         r"bright\.npy: .*encoder_of_dim_images\.pt: expected finite numbers")
        state = json.loads((self.folder / "out" / "exploration.json").read_text())
        self.assertEqual(len(state["names"]), 12)

    def test_what_is_no_network_is_refused_by_name(self):
        result = self.explore("--encoder", self.images / "rough_06.npy")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("rough_06.npy: expected a network as TorchScript", result.stderr)


@needs_torch
class TrainUponTrunk(ProgramTest):
    def test_it_becomes_a_part_of_the_weights(self):
        weights = self.folder / "mine.weights"
        trained = foray("train", "--frames", 100, "--epochs", 1, "--members", 1, "--trunk", NETWORK,
                        "--trunk-side", 64, "--out", weights)
        self.assertEqual(trained.returncode, 0, trained.stderr)
        self.assertIn("--trunk encoder.pt --trunk-side 64 --trunk-channels 3", trained.stdout)
        frame = self.folder / "frame.h5"
        self.assertEqual(foray("simulate", "--out", frame).returncode, 0)
        said = foray("classify", frame, "--weights", weights, "--json")
        self.assertEqual(said.returncode, 0, said.stderr)
        paths = [one["path"] for one in json.loads(said.stdout)["classes"]]
        self.assertTrue("transmission_small_angle/ring" in paths, paths)

    def test_what_is_no_trunk_is_refused_before_frames_are_simulated(self):
        result = foray("train", "--trunk", NETWORK.with_name("no_encoder.pt"), "--out",
                       self.folder / "mine.weights")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("no_encoder.pt: expected numbers 8 x F", result.stderr)
        self.assertIn("got a single number", result.stderr)
        self.assertNotIn("frames", result.stdout)


if __name__ == "__main__":
    main()
