"""foray explore on folders of images, as a person uses it.

usage: explore_test.py FORAY        FORAY: the program to test
"""

import json
import os
import struct
import zlib

import numpy

from program import ProgramTest, foray, main

SIDE = 64


def waves(period, angle, directions, phase=0.0):
    """As many plane waves as directions, evenly spread: stripes, squares, a honeycomb."""
    y, x = numpy.mgrid[:SIDE, :SIDE]
    turns = angle + numpy.pi * numpy.arange(directions) / directions
    return sum(numpy.cos(2 * numpy.pi * (x * numpy.cos(t) + y * numpy.sin(t)) / period + phase)
               for t in turns)


def png(path, pixels):
    """An 8-bit PNG of colours, written by hand."""
    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Explore(ProgramTest):
    KINDS = {"stripes": 1, "squares": 2, "honeycomb": 3}

    def setUp(self):
        super().setUp()
        self.images = self.folder / "images"
        self.images.mkdir()
        random = numpy.random.default_rng(5)
        rows = ["file,kind,period"]
        for i in range(36):
            kind = list(self.KINDS)[i % 3]
            period = 6 + i / 6
            image = waves(period, random.uniform(0, 3), self.KINDS[kind], random.uniform(0, 6))
            image = image + 0.1 * random.normal(size=image.shape)
            name = f"{kind}_{i:02d}.npy"
            numpy.save(self.images / name, image)
            rows.append(f"{name},{kind},{period:.2f}")
        (self.images / "metadata.csv").write_text("\n".join(rows) + "\n")
        self.out = self.folder / "out"

    def explore(self, *arguments, code=0):
        result = foray("explore", self.images, "--out", self.out, *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def state(self):
        return json.loads((self.out / "exploration.json").read_text())

    def names(self, level):
        state = self.state()
        return [state["names"][i] for i in state["levels"][level]["images"]]

    def test_images_of_a_kind_lie_together_and_the_page_shows_them(self):
        result = self.explore("--colour", "kind")
        self.assertIn("all: 36 images", result.stdout)
        level = self.state()["levels"][0]
        places = numpy.array([level["x"], level["y"]])
        kinds = numpy.arange(36) % 3
        names = self.names(0)
        kinds = [name.split("_")[0] for name in names]
        distance = numpy.linalg.norm(places[:, :, None] - places[:, None], axis=0)
        nearest = (distance + 1e9 * numpy.eye(36)).argmin(axis=1)
        same = sum(kinds[i] == kinds[j] for i, j in enumerate(nearest))
        self.assertGreaterEqual(same, 34)
        page = (self.out / "map.html").read_text()
        self.assertIn("data:image/png;base64,", page)
        self.assertEqual(page.count("<circle"), 36)
        for kind in self.KINDS:
            self.assertIn(kind, page)

    def test_selections_go_deep_and_are_opened_again_and_left(self):
        self.explore()
        result = self.explore("--select", "where:kind=squares", "--select",
                              "near:squares_10.npy:5")
        self.assertNotIn("embedded", result.stderr)  # what was computed is kept
        self.assertIn("all > kind = squares > 5 nearest to squares_10.npy: 6 images",
                      result.stdout)
        self.assertEqual(len(self.names(1)), 12)
        self.assertTrue(all(name.startswith("squares") for name in self.names(2)))
        deep = self.state()["levels"][2]
        x, y = deep["x"], deep["y"]
        result = self.explore("--select", f"region:{min(x) - 1},{min(y) - 1},{max(x) + 1},"
                              f"{max(y) + 1}", "--colour", "period")
        self.assertEqual(len(self.names(3)), 6)
        result = self.explore("--back", 3, "--select", "where:period>=11")
        self.assertIn("all > period >= 11: 6 images", result.stdout)
        # From the beginning at once, on one thread, the same place is reached.
        self.explore("--fresh", "--threads", 1, "--select", "where:kind=squares", "--select",
                     "near:squares_10.npy:5")
        self.assertEqual(self.state()["levels"][2], deep)

    def test_a_broken_file_among_many_is_reported_and_the_rest_done(self):
        (self.images / "broken.tif").write_bytes(b"II*\0")
        (self.images / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
        numpy.save(self.images / "flat.npy", numpy.full((64, 64), 3.0))
        numpy.save(self.images / "blind.npy", numpy.full((64, 64), numpy.nan))
        numpy.save(self.images / "tiny.npy", waves(5, 0, 2)[:8])
        (self.images / "notes.txt").write_text("no image, and no harm")
        result = self.explore(code=1)
        self.assertIn("all: 36 images", result.stdout)
        for name, word in (("broken.tif", "TIFF"), ("picture.jpg", "JPEG"), ("flat.npy", "one value"),
                           ("blind.npy", "good pixels"), ("tiny.npy", "16 x 16")):
            lines = [line for line in result.stderr.splitlines() if name in line]
            self.assertEqual(len(lines), 1, name)
            self.assertIn(word, lines[0])
        self.assertNotIn("notes.txt", result.stderr)
        # They stay known as left out; a new file is told of.
        self.assertEqual(self.explore().stderr, "")
        numpy.save(self.images / "new.npy", waves(7, 0, 2))
        self.assertIn("1 image(s) are not in the exploration", self.explore().stderr)

    def test_features_that_are_not_its_own_are_refused(self):
        self.explore()
        features = numpy.load(self.out / "features.npy")
        numpy.save(self.out / "features.npy", features[::-1])
        stderr = self.explore(code=2).stderr
        self.assertIn("features.npy", stderr)
        self.assertIn("--fresh", stderr)

    def test_what_can_be_refused_is_refused_before_images_are_read(self):
        facts = self.folder / "facts.csv"
        facts.write_text("file,kelvin\nstripes_00.npy\n")
        for arguments, expected in (
                (("--texture", -1), "texture"),
                (("--texture", 0, "--scale", 0, "--symmetry", 0), "weight"),
                (("--neighbours", 1), "neighbours"),
                (("--min-dist", 2), "min_dist"),
                (("--kind", "pca", "--min-dist", 2), "min_dist"),
                (("--facts", facts), "line 2"),
                (("--colour", "weight"), "weight"),
                (("--select", "near:stripes_0.npy"), "stripes_0.npy"),
                (("--select", "near:stripes_00.npy:0"), "count"),
                (("--select", "where:knid=squares"), 'did you mean "kind"'),
                (("--select", "where:kind=circles"), "at least one image"),
                (("--back", 1), "--back")):
            stderr = self.explore(*arguments, code=2).stderr
            self.assertIn(expected, stderr, arguments)
            self.assertNotIn("embedded", stderr, arguments)
            self.assertFalse(self.out.exists())

    def test_the_first_map_is_kept_when_a_selection_fails(self):
        stderr = self.explore("--select", "region:1000,1000,1001,1001", code=2).stderr
        self.assertIn("at least one image", stderr)
        self.assertEqual(len(self.state()["levels"]), 1)
        self.assertNotIn("embedded", self.explore("--select", "where:kind=squares").stderr)

    def test_what_is_not_utf8_is_reported_and_left_out(self):
        latin = os.fsencode(self.images) + b"/caf\xe9.npy"
        try:
            with open(latin, "wb") as file:
                numpy.save(file, waves(7, 0, 2))
        except OSError:
            self.skipTest("this file system holds UTF-8 names only")
        rows = (self.images / "metadata.csv").read_bytes().replace(b"squares_01.npy,squares",
                                                                   b"squares_01.npy,carr\xe9")
        (self.images / "metadata.csv").write_bytes(rows)
        result = self.explore("--select", "where:kind=squares", code=1)
        self.assertIn("caf\\xe9.npy", result.stderr)
        self.assertIn("carr\\xe9", result.stderr)
        self.assertIn("line 3", result.stderr)
        self.assertEqual(len(self.names(0)), 36)
        self.assertEqual(len(self.names(1)), 11)
        facts = dict(zip(self.state()["names"], self.state()["facts"]))
        self.assertEqual(list(facts["squares_01.npy"]), ["period"])
        self.assertEqual(self.explore().stderr, "")

    def test_folders_of_one_name_do_not_share_an_exploration(self):
        self.explore()
        other = self.folder / "other" / "images"
        other.mkdir(parents=True)
        for i in range(5):
            numpy.save(other / f"{i}.npy", waves(6 + i, 0, 2))
        before = (self.out / "exploration.json").read_bytes()
        result = foray("explore", other, "--out", self.out)
        self.assertEqual(result.returncode, 2, result.stderr)
        for word in (str(self.images.resolve()), str(other.resolve()), "--out", "--fresh"):
            self.assertIn(word, result.stderr)
        self.assertEqual((self.out / "exploration.json").read_bytes(), before)
        # By whatever name a folder is called, it is the same.
        self.assertEqual(foray("explore", ".", "--out", self.out, cwd=self.images).returncode, 0)
        self.assertEqual(foray("explore", ".", cwd=other).returncode, 0)
        self.assertTrue((other / "images-explore" / "exploration.json").exists())

    def test_names_may_hold_colons_with_numbers_after_them(self):
        numpy.save(self.images / "scan_12:30:05.npy", waves(7, 0, 2))
        result = self.explore("--select", "near:scan_12:30:05.npy")
        self.assertIn("100 nearest to scan_12:30:05.npy", result.stdout)
        result = self.explore("--back", 1, "--select", "near:scan_12:30:05.npy:4")
        self.assertIn("4 nearest to scan_12:30:05.npy: 5 images", result.stdout)

    def test_any_kind_of_pixels_will_do(self):
        image = waves(7, 0.3, 3)
        grey = numpy.clip(127 + 40 * image, 0, 255)
        png(self.images / "colour.png", numpy.repeat(grey.astype(numpy.uint8)[:, :, None], 3, 2))
        numpy.save(self.images / "wide.npy", (grey * 256).astype(numpy.uint16))
        holes = image.astype(numpy.float32)
        holes[5:9, 20:30] = numpy.nan
        numpy.save(self.images / "holes.npy", holes)
        self.explore("--select", "near:wide.npy:2")
        self.assertEqual(set(self.names(1)), {"colour.png", "wide.npy", "holes.npy"})

    def test_facts_may_be_json_and_lie_elsewhere(self):
        facts = self.folder / "facts.json"
        facts.write_text(json.dumps({"stripes_00.npy": {"warm": True, "kelvin": 300},
                                     "squares_01.npy": {"warm": False, "kelvin": 77.5}}))
        self.explore("--facts", facts, "--select", "where:kelvin<100")
        self.assertEqual(self.names(1), ["squares_01.npy"])
        facts.write_text('{"other.npy": {"kelvin": 3}}')
        self.assertIn("found none", self.explore("--fresh", "--facts", facts, code=2).stderr)
        facts.write_text('{"other.npy": ')
        self.assertIn("facts.json", self.explore("--fresh", "--facts", facts, code=2).stderr)
        facts = self.folder / "facts.csv"
        facts.write_text("file,kelvin\nstripes_00.npy\n")
        self.assertIn("line 2", self.explore("--fresh", "--facts", facts, code=2).stderr)

    def test_wrong_words_give_exit_code_2_and_say_what_was_expected(self):
        self.explore()
        before = (self.out / "exploration.json").read_bytes()
        for arguments, expected in (
                (("--select", "somewhere"), "region:X1,Y1,X2,Y2"),
                (("--select", "region:1,2,3"), "region:X1,Y1,X2,Y2"),
                (("--select", "region:1,2,3,x"), "region:X1,Y1,X2,Y2"),
                (("--select", "polygon:1,2,3,4"), "polygon"),
                (("--select", "where:kind"), "where:NAME=VALUE"),
                (("--select", "region:1000,1000,1001,1001"), "at least one image"),
                (("--select", "near:nothing.npy"), "nothing.npy"),
                (("--select", "where:knid=squares"), 'did you mean "kind"'),
                (("--back", 1), "0 to 0"),
                (("--colour", "weight"), "weight"),
                (("--texture", 2), "--fresh"),
                (("--fresh", "--texture", -1), "texture"),
                (("--fresh", "--neighbours", 1), "neighbours"),
                (("--kind", "tsne"), "umap")):
            result = self.explore(*arguments, code=2)
            self.assertIn(expected, result.stderr + result.stdout, arguments)
        self.assertEqual((self.out / "exploration.json").read_bytes(), before)

    def test_folders_without_images_and_damaged_explorations_are_refused(self):
        empty = self.folder / "empty"
        empty.mkdir()
        for folder, expected in ((empty, "found none"), (self.folder / "nowhere", "a folder")):
            result = foray("explore", folder, "--out", self.out)
            self.assertEqual(result.returncode, 2)
            self.assertIn(expected, result.stderr)
        self.assertFalse(self.out.exists())
        self.explore()
        text = (self.out / "exploration.json").read_text()
        (self.out / "exploration.json").write_text(text[:500])
        self.assertIn("exploration.json", self.explore(code=2).stderr)
        (self.out / "exploration.json").write_text(text)
        (self.out / "features.npy").unlink()
        self.assertIn("--fresh", self.explore(code=2).stderr)
        (empty / "a.tif").write_bytes(b"II*\0")
        result = foray("explore", empty, "--out", self.folder / "other")
        self.assertEqual(result.returncode, 1)
        self.assertIn("none of 1 images", result.stderr)


if __name__ == "__main__":
    main()
