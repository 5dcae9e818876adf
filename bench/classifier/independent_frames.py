"""How well `foray classify` does on frames that foray's simulator did not make: labelled frames computed
by sasmodels (transmission) and BornAgain (grazing incidence) with a noise of their own, the same with
counting noise alone, foray's own random frames beside them, and measured frames labelled by eye.

usage: independent_frames.py [INSTRUMENTS [SEED [PROGRAM [WEIGHTS]]]]
  INSTRUMENTS  100 unless said otherwise, six frames each
  SEED         of the drawn frames, 1
  PROGRAM      build/release/app/foray
  WEIGHTS      those of `foray train` instead of the program's own
With 0 instruments only the measured frames are looked at, for which sasmodels and BornAgain do nothing.

Needs Debian's python3-sasmodels, python3-bornagain and python3-scipy; scripts/bench.sh unpacks them beside
the build and sets PYTHONPATH and LD_LIBRARY_PATH. Prints Markdown: what docs/classifier.md quotes.
"""

import csv
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("SAS_OPENCL", "none")

import pathlib
import subprocess
import sys
import tempfile

import bornagain
import numpy
import sasmodels

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from independent import figures
from independent.drawn_frames import draw_frames
from independent.frame_file import classified, environment
from independent.measured import labelled_entries, measured_truth, write_measured


def judged(drawn, said):
    paths = list(next(iter(said.values()))[0])
    return [figures.Judged(one.experiment, one.kind, figures.truths(one.labels, one.not_told, paths),
                           *said[one.file]) for one in drawn]


def own_frames(program, folder, count, seed, weights):
    """Random frames of foray's simulator, each of a beamline of its own, and what is true of them."""
    subprocess.run([program, "simulate", "--sample", "random", "--count", str(count), "--seed", str(seed),
                    "--out", str(folder)], check=True, stdout=subprocess.DEVNULL,
                   env=environment())
    with (folder / "truth.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["labels"]]
    said = classified(program, [folder / row["file"] for row in rows], weights)
    paths = list(next(iter(said.values()))[0])
    return [figures.Judged(number, "foray", figures.truths(row["labels"].split(), [], paths),
                           *said[str(folder / row["file"])]) for number, row in enumerate(rows)]


def measured_frames(program, folder, weights, wavelength, as_counts):
    fetch = ROOT / "tests/files/fetch_sasview_data.sh"
    data = ROOT / "build/sasview_data"
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run([fetch, data], check=True, env=environment())
    folder.mkdir()
    written = write_measured(folder, data / "test", wavelength, as_counts)
    said = classified(program, [file for file, _ in written], weights)
    frames = []
    for number, (file, entry) in enumerate(written):
        probability, unknown = said[file]
        name = pathlib.Path(entry["file"]).name
        frames.append(figures.Judged(number, name, measured_truth(entry, probability), probability, unknown))
    return frames


def print_measured(frames, entries):
    """A row a frame: what the eye sees and what the program says, with what it says wrongly or misses."""
    root = "transmission_small_angle"
    print("\n| frame | what the eye sees | said, and there | said, and not there | missed |")
    print("|---|---|---|---|---|")
    for frame, entry in zip(frames, entries):
        cells = {"right": [], "wrong": [], "missed": []}
        for path, probability in frame.probability.items():
            truth = frame.truth[path]
            if truth is None or not truth and probability < 0.5:
                continue
            kind = "wrong" if not truth else "right" if probability >= 0.5 else "missed"
            word = "small angles" if path == root else path.removeprefix(root + "/")
            cells[kind].append(f"{word} {figures.short(probability)}")
        unknown = "unknown; " if frame.unknown else ""
        print(f"| {frame.kind} | {entry['sees']} | {unknown}" +
              " | ".join(", ".join(cells[kind]) for kind in ("right", "wrong", "missed")) + " |")
    print()
    paths = [path for path in frames[0].probability if path.startswith(root)]
    figures.print_paths({"measured": frames}, paths, least=1)
    figures.print_aspects({"measured": frames}, frames[0].probability)


def print_decisions(frames, title):
    """A row: all decisions of all measured frames together; whole frames are drawn for the intervals."""
    told = [(frame.experiment, frame.truth[path], frame.probability[path]) for frame in frames
            for path in frame.truth if path.startswith("transmission_small_angle")
            and frame.truth[path] is not None]
    experiments, truth, score = (numpy.array(column) for column in zip(*told))
    right = ((score >= 0.5) == truth).astype(float)
    f1 = figures.interval(experiments,
                          lambda k: figures.precision_recall_f1(truth[k], score[k])[2])
    unknown = sum(frame.unknown for frame in frames)
    print(f"| {title} | {figures.geometry_text(frames)} | {figures.features_f1(frames)} | {len(truth)} | "
          f"{figures.interval(experiments, lambda k: right[k].mean())} | {f1} | "
          f"{figures.short(((score - truth) ** 2).mean(), 3)} | {unknown} |")


def print_all_measured(program, folder, weights):
    layouts = (("1 angstrom, values with errors", 1e-10, False), ("1 angstrom, as counts", 1e-10, True),
               ("6 angstrom, values with errors", 6e-10, False))
    sets = {title: measured_frames(program, folder / f"measured {number}", weights, wavelength, as_counts)
            for number, (title, wavelength, as_counts) in enumerate(layouts)}
    print("\n### Measured frames")
    print_measured(sets[layouts[0][0]], labelled_entries())
    print("\n| laid out for | geometry right | F1 of all paths below the true geometry, given it | decisions "
          "| right | F1 | Brier | called unknown |")
    print("|---|---|---|---|---|---|---|---|")
    for title, frames in sets.items():
        print_decisions(frames, title)


def main():
    instruments = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    program = sys.argv[3] if len(sys.argv) > 3 else str(ROOT / "build/release/app/foray")
    weights = sys.argv[4] if len(sys.argv) > 4 else None
    print(f"sasmodels {sasmodels.__version__}, BornAgain {bornagain.GetVersionNumber()}, numpy "
          f"{numpy.__version__}; {instruments} instruments, seed {seed}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if instruments == 0:
            print_all_measured(program, folder, weights)
            return
        drawn = draw_frames(folder, instruments, seed)
        sets = {}
        for title, noise in (("independent", "full"), ("counting noise alone", "plain")):
            said = classified(program, [one.file for one in drawn[noise]], weights)
            sets[title] = judged(drawn[noise], said)
        own = own_frames(program, folder / "own", len(drawn["full"]), seed, weights)
        sets["foray's own"] = own
        paths = list(own[0].probability)
        beside = {title: sets[title] for title in ("independent", "foray's own")}
        figures.print_summaries(sets, paths)
        print()
        figures.print_paths(beside, paths)
        figures.print_aspects(beside, paths)
        figures.print_kinds(sets["independent"])
        print_all_measured(program, folder, weights)


if __name__ == "__main__":
    main()
