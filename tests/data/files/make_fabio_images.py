"""Writes the small EDF and CBF images that tests/files reads, with fabio (MIT licence).

Run with Debian 12's python3-fabio: /usr/bin/python3 make_fabio_images.py. The pixel values follow
from their position, so that the tests can compute them: value(i, j) = 1000 i + 7 j - 3, wrapped into
what the type holds; the CBF image has jumps that need every width of the byte-offset compression.
"""

import pathlib

import fabio
import numpy

HERE = pathlib.Path(__file__).resolve().parent
SHAPE = (5, 4)


def pattern(dtype):
    i, j = numpy.indices(SHAPE)
    values = 1000 * i + 7 * j - 3
    if numpy.issubdtype(dtype, numpy.floating):
        return (values / 8).astype(dtype)
    return values.astype(numpy.int64).astype(dtype)


for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
             "float64"):
    header = {"title": "fabio " + name}
    fabio.edfimage.EdfImage(data=pattern(name), header=header).write(
        str(HERE / f"fabio_{name}.edf"))

cbf = numpy.array([[0, 5, 200, -1, 70000], [2**31 - 1, -2**31, 3, 4, -2], [1, 1, 1, 40000, 1]],
                  dtype="int32")
fabio.cbfimage.CbfImage(data=cbf, header={}).write(str(HERE / "fabio_int32.cbf"))
print("fabio", fabio.version, "numpy", numpy.version.version)
