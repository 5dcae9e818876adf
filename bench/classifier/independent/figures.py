"""Figures of what a classifier says beside what is true, with bootstrap intervals over experiments."""

import dataclasses

import numpy

DRAWS = 500
LEAST_POSITIVES = 15  # in each set, of a path that enters the means
SMALL_TRANSMISSION = "transmission_small_angle"


@dataclasses.dataclass
class Judged:
    """A frame: truth by path (1, 0, or None where it is not told), probability by path."""
    experiment: int
    kind: str
    truth: dict
    probability: dict
    unknown: bool


def root_of(path):
    return path.split("/")[0]


def truths(labels, not_told, paths):
    """Truth of every path of the hierarchy from the labels that are true of a frame.

    Which kind a small-angle ring is cannot be told where a halo lies beside it, as which of the two is
    the larger part of the sample is not known; without a ring the frame is "disordered".
    """
    truth = {path: int(path in labels) for path in paths}
    root = labels[0]
    if root == SMALL_TRANSMISSION:
        ring, halo = f"{root}/ring" in labels, f"{root}/halo" in labels
        truth[f"{root}/disordered"] = int(not ring)
        if ring and halo:
            not_told = [*not_told, f"{root}/disordered",
                        *(f"{root}/ring/{kind}" for kind in ("lamellar", "hexagonal", "oriented"))]
    return {path: None if path in not_told else value for path, value in truth.items()}


def average_precision(truth, score):
    """Area under precision over recall, equal scores together; NaN without positives."""
    positives = truth.sum()
    if positives == 0:
        return numpy.nan
    order = numpy.argsort(-score, kind="stable")
    ends = numpy.flatnonzero(numpy.diff(score[order], append=-1))
    found = numpy.cumsum(truth[order])[ends]
    return float((numpy.diff(found, prepend=0) * found / (ends + 1)).sum() / positives)


def precision_recall_f1(truth, score):
    said = score >= 0.5
    hits = (said & (truth == 1)).sum()
    precision = hits / said.sum() if said.any() else numpy.nan
    recall = hits / truth.sum() if truth.any() else numpy.nan
    return precision, recall, 2 * hits / max(1, said.sum() + truth.sum()) if truth.any() else numpy.nan


def interval(experiments, figure, seed=1):
    """A figure of all rows and what holds 95 % of those of experiments drawn with replacement."""
    random = numpy.random.default_rng(seed)
    names, number = numpy.unique(experiments, return_inverse=True)
    rows = [numpy.flatnonzero(number == k) for k in range(len(names))]
    values = [figure(numpy.concatenate([rows[k] for k in random.integers(len(rows), size=len(rows))]))
              for _ in range(DRAWS)]
    values = numpy.array([value for value in values if numpy.isfinite(value)])
    whole = figure(numpy.arange(len(experiments)))
    if not len(values):
        return "-"
    low, high = numpy.percentile(values, [2.5, 97.5])
    return f"{whole:.2f} ({low:.2f} to {high:.2f})"


def text_of(value):
    """Two digits; "-" for what does not exist, as a precision where nothing was said."""
    return f"{value:.2f}" if numpy.isfinite(value) else "-"


class Column:
    """One path over the frames for which its truth is known."""

    def __init__(self, frames, path, within=False):
        """@param within  only frames of the path's geometry, probabilities given that geometry"""
        root = root_of(path)
        used = [frame for frame in frames if frame.truth.get(path) is not None and
                (not within or frame.truth[root])]
        self.truth = numpy.array([frame.truth[path] for frame in used], int)
        self.score = numpy.array([frame.probability[path] /
                                  (max(frame.probability[root], 1e-12) if within else 1)
                                  for frame in used])
        self.experiments = numpy.array([frame.experiment for frame in used])

    def positives(self):
        return int(self.truth.sum())

    def average_precision(self):
        return average_precision(self.truth, self.score)

    def average_precision_text(self):
        return interval(self.experiments, lambda k: average_precision(self.truth[k], self.score[k]))

    def f1_text(self):
        return interval(self.experiments,
                        lambda k: precision_recall_f1(self.truth[k], self.score[k])[2], 2)

    def brier(self):
        return float(((self.score - self.truth) ** 2).mean())


def geometry_is_right(frames):
    roots = sorted({root_of(path) for path in frames[0].probability})
    right = [frame.truth[max(roots, key=frame.probability.get)] for frame in frames]
    return numpy.array(right, float)


def geometry_text(frames):
    right = geometry_is_right(frames)
    return interval(numpy.array([frame.experiment for frame in frames]), lambda k: right[k].mean(), 3)


def print_paths(sets, paths):
    """A row a path; of the first set every figure, of the others average precision and Brier score."""
    first, *others = sets
    print("| path | positive | precision | recall | F1 | average precision | Brier |"
          + "".join(f" {name}: positive, F1, average precision, Brier |" for name in others))
    print("|---|" + "---|" * (6 + len(others)))
    for path in paths:
        column = Column(sets[first], path)
        beside = [Column(sets[name], path) for name in others]
        if not column.positives() and not any(one.positives() for one in beside):
            continue
        precision, recall, _ = precision_recall_f1(column.truth, column.score)
        cells = [path, str(column.positives()), text_of(precision), text_of(recall), column.f1_text(),
                 column.average_precision_text(), f"{column.brier():.3f}"]
        if not column.positives():
            cells[2:6] = ["", "", "", ""]
        for one in beside:
            f1 = precision_recall_f1(one.truth, one.score)[2]
            cells.append(f"{one.positives()}, {text_of(f1)}, {one.average_precision_text()}, "
                         f"{one.brier():.3f}")
        print("| " + " | ".join(cells) + " |")


def print_summaries(sets, paths):
    """Geometry, and means over the features that are there often enough in every set."""
    common = [path for path in paths if "/" in path and
              all(Column(frames, path).positives() >= LEAST_POSITIVES for frames in sets.values())]
    if not common:
        print(f"\nno feature is there {LEAST_POSITIVES} times in every set: no means")
        return
    print(f"\n| set | frames | geometry | called unknown | mean AP of {len(common)} paths | "
          "the same given the geometry | mean Brier |")
    print("|---|---|---|---|---|---|---|")
    for name, frames in sets.items():
        columns = [Column(frames, path) for path in common]
        given = [Column(frames, path, within=True).average_precision() for path in common]
        unknown = numpy.mean([frame.unknown for frame in frames])
        print(f"| {name} | {len(frames)} | {geometry_text(frames)} | {100 * unknown:.0f} % | "
              f"{numpy.mean([one.average_precision() for one in columns]):.3f} | "
              f"{numpy.mean(given):.3f} | {numpy.mean([one.brier() for one in columns]):.4f} |")


def print_kinds(frames):
    """A row a kind of sample: its geometry, and the features that are most often wrong in it."""
    print("\n| kind | frames | geometry right | called unknown | missed, of those that are there | "
          "seen where there is none |")
    print("|---|---|---|---|---|---|")
    for kind in sorted({frame.kind for frame in frames}):
        own = [frame for frame in frames if frame.kind == kind]
        missed, invented = {}, {}
        for frame in own:
            for path, truth in frame.truth.items():
                if "/" not in path or truth is None or not frame.truth[root_of(path)]:
                    continue
                word = path.split("/", 1)[1]
                there, found = (missed if truth else invented).get(word, (0, 0))
                wrong = (frame.probability[path] >= 0.5) != bool(truth)
                (missed if truth else invented)[word] = (there + 1, found + int(wrong))
        cells = []
        for counts in (missed, invented):
            worst = sorted(counts.items(), key=lambda one: -one[1][1])[:4]
            cells.append(", ".join(f"{word} {wrong}/{there}" for word, (there, wrong) in worst if wrong))
        unknown = numpy.mean([frame.unknown for frame in own])
        print(f"| {kind} | {len(own)} | {100 * geometry_is_right(own).mean():.0f} % | "
              f"{100 * unknown:.0f} % | {cells[0]} | {cells[1]} |")
