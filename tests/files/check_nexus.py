"""Reads a file that save_measurement wrote with h5py, as another program would.

usage: check_nexus.py FILE SLOW FAST    exits with 0 when everything is as NeXus and canSAS ask.
"""

import sys

import h5py
import numpy


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def expect(condition, what):
    if not condition:
        sys.exit(f"check_nexus.py: expected {what}")


def default_signal(group):
    """Follows the default attributes to the plottable data, as NeXus readers do."""
    while text(group.attrs.get("NX_class", b"")) != "NXdata":
        expect("default" in group.attrs, f"default in {group.name}")
        group = group[text(group.attrs["default"])]
    return group[text(group.attrs["signal"])]


path, slow, fast = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with h5py.File(path, "r") as file:
    entry = file["entry"]
    expect(text(entry.attrs["NX_class"]) == "NXentry", "NXentry")
    expect(text(entry["definition"][()]) == "NXsas", "the definition NXsas")
    for name, nx_class in (("instrument", "NXinstrument"), ("instrument/source", "NXsource"),
                           ("instrument/monochromator", "NXmonochromator"),
                           ("instrument/detector", "NXdetector"), ("sample", "NXsample"),
                           ("control", "NXmonitor"), ("data", "NXdata"),
                           ("instrument/detector/poni", "NXcollection"),
                           ("foray", "NXcollection")):
        expect(text(entry[name].attrs["NX_class"]) == nx_class, f"{name} to be {nx_class}")
    detector = entry["instrument/detector"]
    expect(detector["data"].shape == (slow, fast), "the image's shape")
    expect(detector["data"].dtype == numpy.uint32, "counts as uint32")
    expect(detector["pixel_mask"].shape == (slow, fast), "the mask's shape")
    expect(entry["data/data"] == detector["data"], "NXdata to link to the detector's data")
    for name, unit in (("distance", "m"), ("x_pixel_size", "m"), ("y_pixel_size", "m"),
                       ("beam_center_x", "m"), ("beam_center_y", "m"), ("count_time", "s")):
        expect(text(detector[name].attrs["units"]) == unit, f"{name} in {unit}")
    wavelength = entry["instrument/monochromator/wavelength"]
    expect(text(wavelength.attrs["units"]) == "angstrom", "the wavelength in angstrom")
    if slow * fast > 4096:
        data = detector["data"]
        expect(data.chunks and data.shuffle and data.compression == "gzip", "shuffle and deflate")

    reduced = file[text(file.attrs["default"])]
    expect(text(reduced.attrs["NX_class"]) == "NXentry", "the reduced NXentry")
    expect(text(reduced.attrs["canSAS_class"]) == "SASentry", "SASentry")
    expect(text(reduced.attrs["version"]) == "1.1", "version 1.1")
    expect(text(reduced["definition"][()]) == "NXcanSAS", "the definition NXcanSAS")
    data = reduced["sasdata"]
    expect(text(data.attrs["canSAS_class"]) == "SASdata", "SASdata")
    expect(text(data.attrs["I_axes"]) == "Q", "I_axes")
    expect(list(data.attrs["Q_indices"]) == [0], "Q_indices")
    expect(text(data["Q"].attrs["units"]) == "1/angstrom", "Q in 1/angstrom")
    expect(text(data["Q"].attrs["resolutions"]) == "Qdev", "resolutions")
    expect(text(data["I"].attrs["uncertainties"]) == "Idev", "uncertainties")
    expect(data["Idev"].shape == data["Qdev"].shape == data["I"].shape, "equal lengths")
    signal = default_signal(file)
    expect(signal == data["I"], "the reduced intensity as the file's default")
    expect(numpy.all(signal[()] > 0), "the intensities")
