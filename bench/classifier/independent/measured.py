"""The measured 2-D frames of Debian's python3-sasview, as frames of a detector in q.

They are reduced already, most by neutrons of several wavelengths at once, so that no detector says where
a pixel stood. What counts is q: each frame is laid on a detector at right angles to a beam of 1 angstrom
(or of another wavelength) on which a pixel is as wide in q as it is in the file.
"""

import dataclasses
import json
import pathlib

import h5py
import numpy

from independent.frame_file import write_frame

PIXEL = 1e-3  # [m]
NO_DATA = 1e5  # errors from here on, of values of 0, say that a pixel was not measured
LABELS = pathlib.Path(__file__).with_name("measured_labels.json")


@dataclasses.dataclass
class Detector:
    distance: float
    wavelength: float
    pixel: float = PIXEL


@dataclasses.dataclass
class Grid:
    """Values over a square grid of q, what they may be wrong by, and where q is 0 [pixels]."""
    values: numpy.ndarray
    errors: numpy.ndarray  # or None: the values are counts
    step: float            # [1/angstrom]
    centre: tuple


def over_axes(values, errors, q_fast, q_slow):
    step = (q_fast[-1] - q_fast[0]) / (len(q_fast) - 1)
    centre = tuple(-axis[0] / ((axis[-1] - axis[0]) / (len(axis) - 1)) + 0.5
                   for axis in (q_slow, q_fast))
    return Grid(values, errors, abs(step), centre)


def numbers(words):
    """The words as numbers, NaN for what is none."""
    def number(word):
        try:
            return float(word)
        except ValueError:
            return numpy.nan
    return numpy.array([number(word) for word in words])


def columns(path):
    """q_x, q_y, I and errors or more columns, a line a pixel."""
    rows = [numbers(line.split()) for line in path.read_text(errors="replace").splitlines()]
    width = max(len(row) for row in rows[-9:])
    table = numpy.array([row for row in rows if len(row) == width and numpy.isfinite(row).all()])
    side = round(len(table) ** 0.5)
    values = table[:, 2].reshape(side, side)
    # The fourth of seven columns is q_z.
    errors = table[:, 3].reshape(side, side) if width == 4 else None
    return over_axes(values, errors, table[:side, 0], table[::side, 1])


def danse(path):
    words = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    rows = [line.split() for line in path.read_text().splitlines() if len(line.split()) == 2]
    table = numpy.array(rows, float)
    side = int(words["SIZE_X"])
    step = 2 * numpy.pi / float(words["WAVELENGTH"]) * float(words["PIXELSIZE"]) / (
        1e3 * float(words["DISTANCE"]))
    return Grid(table[:, 0].reshape(-1, side), table[:, 1].reshape(-1, side), step,
                (float(words["CENTER_Y"]) - 0.5, float(words["CENTER_X"]) - 0.5))


def cansas(path):
    with h5py.File(path) as file:
        entry = file["sasentry01"]
        data = entry["sasdata"] if "sasdata" in entry else entry["data"]
        values, errors = data["I"][()], data["Idev"][()]
        if "Imask" in data:
            values = numpy.where(data["Imask"][()], numpy.nan, values)
        q_fast, q_slow = (data["Qx"][()], data["Qy"][()]) if "Qx" in data else data["Q"][()][:2]
    if abs(q_fast[0, -1] - q_fast[0, 0]) < abs(q_fast[-1, 0] - q_fast[0, 0]):
        q_fast, q_slow = q_slow, q_fast
    middle = values.shape[0] // 2, values.shape[1] // 2
    return over_axes(values, errors, q_fast[middle[0]], q_slow[:, middle[1]])


def colette(path):
    words = " ".join(path.read_text().splitlines()[6:]).split()
    axes = []
    for _ in range(2):
        count = int(words[0])
        axes.append(numbers(words[1:1 + count]))
        words = words[1 + count:]
    fast, slow = int(words[0]), int(words[1])
    table = numbers(words[4:4 + 2 * fast * slow]).reshape(2, slow, fast)
    centres = [(axis[1:] + axis[:-1]) / 2 if len(axis) == size + 1 else axis
               for axis, size in zip(axes, (fast, slow))]
    return over_axes(table[0], table[1], *centres)


def otoko(path):
    """Three files of numbers of four bytes: values, the axes, errors."""
    def read(number):
        return numpy.fromfile(path.with_name(path.name.replace("001", f"{number:03d}")), "<f4")
    values, axes, errors = read(1), read(2), read(3)
    side = round(len(values) ** 0.5)
    return over_axes(values.reshape(side, side), errors.reshape(side, side), axes[:side], axes[side:])


READERS = {"columns": columns, "danse": danse, "cansas": cansas, "colette": colette, "otoko": otoko}


def mask_of(grid, shadow):
    mask = ~numpy.isfinite(grid.values)
    if grid.errors is not None:
        mask |= ~(grid.errors > 0) | (grid.errors >= NO_DATA)
    if shadow:
        slow, fast = numpy.indices(grid.values.shape) + 0.5
        mask |= numpy.hypot(slow - grid.centre[0], fast - grid.centre[1]) < shadow
    return mask


def counts_of(grid, mask):
    """Counts with the errors that a grid tells, by the median ratio of a value and its variance."""
    good = ~mask & (grid.values > 0)
    scale = numpy.median(grid.values[good] / grid.errors[good] ** 2)
    return numpy.maximum(numpy.rint(numpy.where(mask, 0, grid.values) * scale), 0)


def labelled_entries():
    """What measured_labels.json says of each frame."""
    return json.loads(LABELS.read_text())["frames"]


def measured_truth(entry, paths):
    """Truth of every path: 1, 0, or None where the eye cannot tell it or what it lies below."""
    there = {*entry["labels"], *entry["labels_2"]}
    unsure = {*entry["open"], *entry["open_2"], *json.loads(LABELS.read_text())["open_2_of_all"]}
    return {path: int(path in there) if path in there or not {path, path.rpartition("/")[0]} & unsure
            else None for path in paths}


def write_measured(folder, data, wavelength, as_counts=False):
    """Writes the frames that have been labelled by eye: [(file, entry of the labels)].

    @param as_counts  counts instead of values with errors
    """
    written = []
    for entry in labelled_entries():
        grid = READERS[entry["reader"]](data / entry["file"])
        mask = mask_of(grid, entry.get("shadow_pixels", 0))
        distance = 2e-10 * numpy.pi * PIXEL / (wavelength * grid.step)
        values, errors = numpy.where(mask, 0, grid.values), grid.errors
        if errors is not None and as_counts:
            values, errors = counts_of(grid, mask), None
        elif errors is not None:
            errors = numpy.where(mask, 0, errors)
        file = folder / (pathlib.Path(entry["file"]).stem + ".h5")
        write_frame(file, Detector(distance, wavelength), values, mask.astype("uint32"), grid.centre,
                    errors)
        written.append((str(file), entry))
    return written
