"""Figures of what a classifier says beside what is true, with bootstrap intervals over experiments."""

import dataclasses

import numpy

DRAWS = 500
LEAST_POSITIVES = 15  # in each set, of a path that enters the means
LEAST_SHOWN = 5       # of the first set, of a path that has a row
SMALL_TRANSMISSION = "transmission_small_angle"
RING_KINDS = ("lamellar", "hexagonal", "bcc", "fcc", "oriented")
ASPECTS = ("instrument", "problem")


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


def is_aspect(path):
    return root_of(path) in ASPECTS


def truths(labels, not_told, paths):
    """Truth of every path of the hierarchy from the labels that are true of a frame.

    Which kind a small-angle ring is cannot be told where a halo lies beside it, as which of the two is
    the larger part of the sample is not known; without a ring the frame is "disordered". Of a frame
    without a geometry only the aspects are told. What may or may not be there leaves open what lies
    below it.
    """
    truth = {path: int(path in labels) for path in paths}
    roots = [label for label in labels if "/" not in label]
    if not roots:
        return {path: value if is_aspect(path) else None for path, value in truth.items()}
    not_told = set(not_told)
    root = roots[0]
    if root == SMALL_TRANSMISSION:
        ring, halo = f"{root}/ring" in labels, f"{root}/halo" in labels
        truth[f"{root}/disordered"] = int(not ring)
        if ring and halo:
            not_told |= {f"{root}/disordered", *(f"{root}/ring/{kind}" for kind in RING_KINDS)}
    return {path: None if path in not_told or path.rpartition("/")[0] in not_told else value
            for path, value in truth.items()}


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
    return f"{short(whole)} ({short(low)} to {short(high)})"


def short(value, digits=2):
    """A figure as ".93" or "1"; "-" for what does not exist, as a precision where nothing was said."""
    if not numpy.isfinite(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 and float(text) < 1 else text


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


    def accuracy(self):
        return float(((self.score >= 0.5) == self.truth).mean()) if len(self.truth) else numpy.nan

    def shares(self):
        """Precision, recall and F1."""
        return precision_recall_f1(self.truth, self.score)


def with_geometry(frames):
    return [frame for frame in frames if any(value for path, value in frame.truth.items()
                                             if "/" not in path)]


def geometry_is_right(frames):
    roots = sorted({root_of(path) for path in frames[0].probability if not is_aspect(path)})
    right = [frame.truth[max(roots, key=frame.probability.get)] for frame in with_geometry(frames)]
    return numpy.array(right, float)


def geometry_text(frames):
    right = geometry_is_right(frames)
    experiments = numpy.array([frame.experiment for frame in with_geometry(frames)])
    return interval(experiments, lambda k: right[k].mean(), 3) if len(right) else "-"


def print_paths(sets, paths, least=LEAST_SHOWN):
    """A row a path that is there often enough; every figure of the first set, the main of the others."""
    first, *others = sets
    print("| path | there | precision | recall | F1 | average precision | Brier |"
          + "".join(f" {name}: there, F1, average precision, Brier |" for name in others))
    print("|---|" + "---|" * (6 + len(others)))
    for path in paths:
        column = Column(sets[first], path)
        if is_aspect(path) or column.positives() < least:
            continue
        precision, recall, _ = column.shares()
        cells = [path, str(column.positives()), short(precision), short(recall), column.f1_text(),
                 column.average_precision_text(), short(column.brier(), 3)]
        for one in (Column(sets[name], path) for name in others):
            cells.append(f"{one.positives()}, {short(one.shares()[2])}, "
                         f"{short(one.average_precision())}, {short(one.brier(), 3)}")
        print("| " + " | ".join(cells) + " |")
    rare = [f"`{path}` ({Column(sets[first], path).positives()})" for path in paths if
            not is_aspect(path) and 0 < Column(sets[first], path).positives() < least]
    if rare:
        print(f"\nThere fewer than {least} times, and left out: {', '.join(rare)}.")


def print_aspects(sets, paths):
    """A row a question of instrument and problem: accuracy and what it is made of."""
    heads = (f"{name}: there, accuracy, precision, recall" for name in sets)
    print("\n| question | " + " | ".join(heads) + " |")
    print("|---|" + "---|" * len(sets))
    for path in filter(is_aspect, paths):
        if not any(len(Column(frames, path).truth) for frames in sets.values()):
            continue
        cells = []
        for frames in sets.values():
            column = Column(frames, path)
            precision, recall, _ = column.shares()
            cells.append(f"{column.positives()} of {len(column.truth)}, {short(column.accuracy())}, "
                         f"{short(precision)}, {short(recall)}")
        print("| " + " | ".join([path, *cells]) + " |")


def means(frames, common):
    """Mean average precision, that given the geometry, and mean Brier score of some paths."""
    columns = [Column(frames, path) for path in common]
    given = [Column(frames, path, within=True) for path in common]
    return (numpy.mean([one.average_precision() for one in columns]),
            numpy.mean([one.average_precision() for one in given]),
            numpy.mean([one.brier() for one in columns]))


def features_f1(frames):
    """F1 of all paths below the true geometry, given it, all decisions together."""
    truth, score, experiments = [], [], []
    for frame in with_geometry(frames):
        for path, value in frame.truth.items():
            root = root_of(path)
            if "/" in path and value is not None and not is_aspect(path) and frame.truth[root]:
                truth.append(value)
                score.append(frame.probability[path] / max(frame.probability[root], 1e-12))
                experiments.append(frame.experiment)
    truth, score = numpy.array(truth), numpy.array(score)
    return interval(numpy.array(experiments), lambda k: precision_recall_f1(truth[k], score[k])[2], 4)


def print_summaries(sets, paths):
    """Geometry, and means over the features that are there often enough in every set."""
    common = [path for path in paths if "/" in path and not is_aspect(path) and
              all(Column(frames, path).positives() >= LEAST_POSITIVES for frames in sets.values())]
    print("\n| set | frames | geometry right | F1 of all paths below the true geometry, given it | "
          f"called unknown | mean average precision of {len(common)} paths * | the same given the "
          "geometry | mean Brier score |")
    print("|---|---|---|---|---|---|---|---|")
    for name, frames in sets.items():
        unknown = numpy.mean([frame.unknown for frame in frames])
        precision, given, brier = means(frames, common) if common else [numpy.nan] * 3
        print(f"| {name} | {len(frames)} | {geometry_text(frames)} | {features_f1(frames)} | "
              f"{100 * unknown:.0f} % | {short(precision, 3)} | {short(given, 3)} | {short(brier, 3)} |")
    print(f"\n\\* Those that are there {LEAST_POSITIVES} times in every set.")


def worst(counts):
    order = sorted(counts.items(), key=lambda one: (-one[1][1], one[0]))[:4]
    return ", ".join(f"{word} {wrong}/{there}" for word, (there, wrong) in order if wrong)


def print_kinds(frames):
    """A row a kind of sample: its geometry, and the features that are most often wrong in it."""
    print("\n| kind | frames | geometry right | called unknown | missed, of those that are there | "
          "seen where there is none |")
    print("|---|---|---|---|---|---|")
    frames = with_geometry(frames)
    for kind in sorted({frame.kind for frame in frames}):
        own = [frame for frame in frames if frame.kind == kind]
        missed, invented = {}, {}
        for frame in own:
            for path, truth in frame.truth.items():
                if "/" not in path or is_aspect(path) or truth is None or not frame.truth[root_of(path)]:
                    continue
                word, counts = path.split("/", 1)[1], missed if truth else invented
                there, found = counts.get(word, (0, 0))
                wrong = (frame.probability[path] >= 0.5) != bool(truth)
                counts[word] = (there + 1, found + int(wrong))
        unknown = sum(frame.unknown for frame in own)
        print(f"| {kind} | {len(own)} | {int(geometry_is_right(own).sum())} | {unknown} | "
              f"{worst(missed)} | {worst(invented)} |")
