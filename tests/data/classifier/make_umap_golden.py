"""Writes umap_golden.txt: what umap-learn makes of points that tests/classifier/umap_test.cpp makes
by the same formula.

usage: make_umap_golden.py > umap_golden.txt      with Debian 12's umap-learn 0.5.3, scikit-learn 1.2.1
(scripts/bench.sh unpacks both below build/peers without installing them)
"""

import numpy
import sklearn
import umap
from sklearn.manifold import trustworthiness
from umap.umap_ import find_ab_params, fuzzy_simplicial_set, smooth_knn_dist


def point(i, clusters, dimensions):
    """Cluster i % clusters, its centre and a spread, all by sines."""
    j = numpy.arange(1, dimensions + 1)
    cluster = i % clusters
    wild = numpy.sin(12.9898 * (i + 1) + 78.233 * j) * 43758.5453
    return 2 * numpy.sin(1.7 * (cluster + 1) * j) + (wild - numpy.floor(wild)) - 0.5


def points(n, clusters, dimensions):
    return numpy.array([point(i, clusters, dimensions) for i in range(n)], dtype=numpy.float32)


def row(*values):
    print(" ".join(f"{value:.9g}" for value in values))


def main():
    print(f"# umap-learn {umap.__version__}, scikit-learn {sklearn.__version__}, make_umap_golden.py")
    print("# curve: min_dist spread a b")
    for min_dist, spread in ((0.1, 1), (0.3, 1), (0.0, 1), (0.5, 2)):
        row(min_dist, spread, *find_ab_params(spread, min_dist))
    x = points(40, 3, 4)
    x[7] = x[13]  # two that coincide
    print("# graph of 40 points, 3 clusters, 4 dimensions, point 7 = point 13, n_neighbors 6: a row a")
    print("# point: rho, sigma; then all weights: row, column, weight")
    distance = numpy.linalg.norm(x[:, None].astype(float) - x[None].astype(float), axis=2)
    order = numpy.argsort(distance + numpy.where(numpy.eye(40) > 0, -1, 0), axis=1,
                          kind="stable")[:, :6]
    nearest = numpy.take_along_axis(distance, order, axis=1).astype(numpy.float32)
    sigmas, rhos = smooth_knn_dist(nearest, 6.0)
    for rho, sigma in zip(rhos, sigmas):
        row(rho, sigma)
    graph, _, _ = fuzzy_simplicial_set(x, 6, numpy.random.RandomState(1), "euclidean",
                                       knn_indices=order, knn_dists=nearest)
    graph = graph.tocoo()
    print(graph.nnz)
    for entry in zip(graph.row, graph.col, graph.data):
        row(*entry)
    print("# trustworthiness of coordinates 1 and 2 of these points, 5 neighbours")
    row(trustworthiness(x, x[:, :2], n_neighbors=5))
    print("# trustworthiness, 10 neighbours, of umap-learn's maps of 600 points, 12 clusters, 20")
    print("# dimensions, seeds 1 to 5")
    x = points(600, 12, 20)
    row(*(trustworthiness(x, umap.UMAP(random_state=seed).fit_transform(x), n_neighbors=10)
          for seed in range(1, 6)))


if __name__ == "__main__":
    main()
