"""Maps the same features with umap-learn and with foray: time and trustworthiness.

usage: umap_projection.py [IMAGES]      25133 images x 1024 features unless said otherwise

The features are those of a network with 17 kinds of images: rectified sums of a few dozen factors.
umap-learn maps 500 of them first, so that its compilation is not counted; both programs take two
threads.
scripts/bench.sh says where Debian's umap-learn comes from.
"""

import os

os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "2"
os.environ["OPENBLAS_NUM_THREADS"] = "2"

import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy

PROGRAM = pathlib.Path(__file__).parents[2] / "build/release/bench/classifier/foray_projection_table"


def features(images, dimensions=1024, kinds=17, factors=40):
    rng = numpy.random.default_rng(17)
    kind = rng.integers(kinds, size=images)
    centres = 1.5 * rng.normal(size=(kinds, factors))
    hidden = centres[kind] + rng.normal(size=(images, factors))
    weights = rng.normal(size=(factors, dimensions)) / numpy.sqrt(factors)
    noise = 0.3 * rng.normal(size=(images, dimensions))
    return numpy.maximum(hidden @ weights + noise, 0).astype(numpy.float32)


def timed(call):
    start, processor = time.perf_counter(), time.process_time()
    result = call()
    return result, time.perf_counter() - start, time.process_time() - processor


def main():
    warnings.filterwarnings("ignore")
    import umap
    from sklearn.decomposition import PCA

    x = features(int(sys.argv[1]) if len(sys.argv) > 1 else 25133)
    umap.UMAP().fit_transform(x[:500])  # compiles
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        numpy.save(path / "features.npy", x)
        maps = []

        def keep(name, call):
            place, wall, processor = timed(call)
            print(f"umap-learn {umap.__version__}, {name}: {wall:.2f} s, processor {processor:.2f} s",
                  flush=True)
            numpy.save(path / f"{name}.npy", place)
            maps.append(f"{name}.npy")

        # Without a seed it runs in parallel, and differs from run to run.
        keep("default", lambda: umap.UMAP().fit_transform(x))
        keep("of 50 principal components",
             lambda: umap.UMAP().fit_transform(PCA(50, random_state=1).fit_transform(x)))
        keep("seed 42", lambda: umap.UMAP(random_state=42).fit_transform(x))
        for count in (1000, 3000):
            keep(f"{count} selected", lambda: umap.UMAP().fit_transform(x[:count]))
        sys.stdout.flush()
        # Our own program must not load the peers' libraries.
        own = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        subprocess.run([PROGRAM, "features.npy", "2", *maps], cwd=path, check=True, env=own)


if __name__ == "__main__":
    main()
