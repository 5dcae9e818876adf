"""Which labels are true of a frame: foray's vocabulary and its rule of visibility
(simulator/include/foray/simulator/labels.h), judged by code of our own on the parts that sasmodels and
BornAgain computed.

A part is visible when sqrt(sum s^2 / n) >= 12 and sum (s^2 / n) / sum s >= 0.08, s being its expected
counts in a pixel, n those of everything, over the pixels that are not masked. A frame with fewer than
300 counts has no labels.
"""

import dataclasses

import numpy

SIGNAL_TO_NOISE = 12
SHARE = 0.08
LEAST_COUNTS = 300
HALO_WIDTH = 0.25  # of its q, from which a crest is called a halo
WIDE_ANGLE_REACH = 1.3  # [1/angstrom]


@dataclasses.dataclass
class Part:
    """What adds to a frame and has a word: "ring", "halo", "diffuse_low_q", "rod" or "" (none)."""
    word: str
    image: numpy.ndarray  # relative intensity in every pixel
    lattice: str = ""     # "lamellar", "hexagonal", "other" or "": of no family
    order: int = 1
    mean: numpy.ndarray = None  # its azimuthal mean, where it is oriented


def is_visible(signal, total):
    signal, total = abs(signal[total > 0]), total[total > 0]
    square = (signal ** 2 / total).sum()
    return square ** 0.5 >= SIGNAL_TO_NOISE and square >= SHARE * signal.sum() > 0


def crests(q, intensity):
    """A curve as what falls with q, and crests above it: (falling, [(ring or halo, its q, what)]).

    What falls ends at what is left at the last q. Crests part at the minima of what stands above.
    """
    least = numpy.minimum.accumulate(intensity)
    above = intensity - least
    falling = least - least[-1]
    inner = (above[1:-1] < above[:-2]) & (above[1:-1] <= above[2:])
    bounds = [0, *(numpy.flatnonzero(inner) + 1), len(q)]
    found = []
    for first, last in zip(bounds[:-1], bounds[1:]):
        piece = above[first:last]
        if len(piece) == 0 or piece.max() <= 1e-9 * intensity.max():
            continue
        top = first + piece.argmax()
        width = (piece >= piece.max() / 2).sum() * (q[1] - q[0])
        crest = numpy.zeros_like(q)
        crest[first:last] = piece
        found.append(("halo" if width >= HALO_WIDTH * q[top] else "ring", q[top], crest))
    return falling, found


def order_at(place, first, ratios):
    """Number of the lattice's reflection at a place, 0 for none within 6 %."""
    near = [abs(place / (first * ratio) - 1) for ratio in ratios]
    return 1 + int(numpy.argmin(near)) if min(near) < 0.06 else 0


def ring_labels(parts, counts_of, total):
    """Ring, its kind, arc and higher orders; counts_of makes counts of a relative intensity."""
    orders = {"lamellar": set(), "hexagonal": set(), "oriented": set()}
    counts = dict.fromkeys(orders, 0.0)
    labels, arc = set(), False
    for part in parts:
        if part.word != "ring":
            continue
        signal = counts_of(part.image)
        kind = "oriented" if part.mean is not None else part.lattice
        if kind in counts:
            counts[kind] += signal.sum()
        if not is_visible(signal, total):
            continue
        labels.add("ring")
        if part.lattice and part.order > 1:
            labels.add("higher_orders")
        if kind in orders:
            orders[kind].add(part.order)
        if part.mean is not None and is_visible(counts_of(part.image - part.mean), total):
            arc = True
    seen = [kind for kind in ("lamellar", "hexagonal") if len(orders[kind]) > 1]
    if arc:
        labels.add("arc")
        seen.append("oriented")
    if seen:
        labels.add("ring/" + max(seen, key=counts.get))
    return labels


def transmission_labels(parts, counts_of, total, dark, reach):
    """Label paths of a frame taken through its sample; none where nothing is seen.

    @param counts_of  expected counts of the good pixels from a relative intensity
    @param total      those of everything, dark counts included
    """
    if total.sum() < LEAST_COUNTS or not is_visible(total - dark, total):
        return []
    root = "transmission_wide_angle" if reach > WIDE_ANGLE_REACH else "transmission_small_angle"
    labels = ring_labels(parts, counts_of, total)
    for word in ("halo", "diffuse_low_q"):
        if any(is_visible(counts_of(part.image), total) for part in parts if part.word == word):
            labels.add(word)
    return [root] + [f"{root}/{label}" for label in sorted(labels)]


def horizon_visible(image, sine_exit, good, critical):
    """Whether the frame is darker below the horizon, in bands of equal width on both sides."""
    band = max(4 * critical, 0.01)
    above = good & (sine_exit > 0) & (sine_exit <= band)
    below = good & (sine_exit <= 0) & (sine_exit >= -band)
    if above.sum() < 200 or below.sum() < 200:
        return False
    bright, dim = image[above].sum(), image[below].sum() * above.sum() / below.sum()
    return bright - dim > SIGNAL_TO_NOISE * (bright + dim) ** 0.5 and bright > 2 * dim
