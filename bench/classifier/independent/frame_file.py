"""Frames as NXsas files, and what the program says of them."""

import json
import os
import pathlib
import subprocess

import h5py


def write_frame(path, instrument, counts, mask, centre, errors=None, limit=None):
    """@param centre  pixels; the instrument tells distance, pixel size and wavelength
    @param errors  standard deviations, where the values are no counts
    @param limit  counts at which a pixel is full, where that is stated
    """
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["definition"] = "NXsas"
        entry["title"] = pathlib.Path(path).stem
        holder = entry.create_group("instrument")
        holder.attrs["NX_class"] = "NXinstrument"
        detector = holder.create_group("detector")
        detector.attrs["NX_class"] = "NXdetector"
        detector.create_dataset("data", data=counts, compression="gzip", compression_opts=1)
        detector.create_dataset("pixel_mask", data=mask, compression="gzip", compression_opts=1)
        if errors is not None:
            detector["data_errors"] = errors
        if limit is not None:
            detector["saturation_value"] = float(limit)
        poni = detector.create_group("poni")
        poni.attrs["NX_class"] = "NXcollection"
        for name, value in (("dist", instrument.distance), ("poni1", centre[0] * instrument.pixel),
                            ("poni2", centre[1] * instrument.pixel), ("rot1", 0), ("rot2", 0),
                            ("rot3", 0), ("wavelength", instrument.wavelength),
                            ("pixel1", instrument.pixel), ("pixel2", instrument.pixel)):
            poni[name] = float(value)


def environment():
    """That of foray's own programs, which must not load the peers' libraries."""
    return {name: value for name, value in os.environ.items()
            if name not in ("LD_LIBRARY_PATH", "PYTHONPATH")}


def classified(program, files, weights=None, batch=400):
    """What `foray classify` says of each file: {file: (probability by path, called unknown)}."""
    said = {}
    for start in range(0, len(files), batch):
        command = [program, "classify", "--json", *map(str, files[start:start + batch])]
        if weights:
            command += ["--weights", weights]
        answer = subprocess.run(command, capture_output=True, text=True, env=environment())
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr.strip())
        for line in answer.stdout.splitlines():
            one = json.loads(line)
            said[one["file"]] = ({part["path"]: part["probability"] for part in one["classes"]},
                                 one.get("novelty", {}).get("unknown", False))
    return said
