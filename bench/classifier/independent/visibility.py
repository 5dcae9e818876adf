"""Which labels are true of what a sample shows: foray's vocabulary (labels of version 3, of whose `problem/foreign` none of these frames is) and its rule of
visibility (simulator/include/foray/simulator/labels.h), judged by code of our own on the parts that
sasmodels and BornAgain computed. What the rule has no word for is returned as undecided.
"""

import dataclasses

import numpy

SIGNAL_TO_NOISE = 12
SHARE = 0.08
HORIZON_SHARE = 0.3
HORIZON_BAND = 0.1  # of the sine of the exit angle
LEAST_COUNTS = 300
HALO_WIDTH = 0.25  # of its q, from which a crest is called a halo
STRUCTURE = 0.15  # of the largest value, from which a crest is one of particles' structure factor
SHARP, BROAD = 0.025, 0.1  # widths of rings over their q
SPOTTED_VARIANCE = 1
MANY_RINGS = 5
IN_PLANE = numpy.radians(15)
WIDE_ANGLE_REACH = 1.3  # [1/angstrom]
LEAST_ORDERS = {"lamellar": 2, "hexagonal": 2, "bcc": 3, "fcc": 3}
TOLD_DIRECTION = numpy.radians(1)  # directions are known to


@dataclasses.dataclass
class Part:
    """What adds to a frame and has a word: "ring", "halo", "oscillation" (of a form factor),
    "bragg_peak", "diffuse_low_q", "diffuse_high_q", "rod" or "" (none)."""
    word: str
    image: numpy.ndarray  # relative intensity in every pixel
    lattice: str = ""     # of LEAST_ORDERS, "other", or "": of no family
    order: int = 1
    mean: numpy.ndarray = None  # its azimuthal mean, where it is uneven; of what rises a flat image
    place: float = 0            # of a ring: its q
    width: float = 0            # and its full width at half maximum on the detector
    uncertain: float = 0        # what that width may be wrong by
    symmetry: int = 0           # of an orientation: turns by 2 pi / symmetry leave it as it is
    direction: float = 0        # of a maximum, from the horizontal or the surface [rad]
    has_traits: bool = True     # False: neither isotropic nor oriented
    grains: bool = False        # uneven by its grains, not by an orientation
    adds: bool = True           # False: a share of what other parts hold already
    curve: int = 0              # of an oscillation: which curve it is a crest of
    told: bool = True           # False: where it is visible the rule does not say what it is


class Judge:
    """What can be seen among all that is expected on the pixels that count."""

    def __init__(self, counts_of, total, where, limit):
        """@param counts_of  expected counts of every pixel from a relative intensity
        @param total  those of everything
        @param limit  counts at which a pixel is saturated
        """
        self.counts_of, self.where, self.limit = counts_of, where, limit
        self.total = total[where]

    def counts(self, image):
        return self.counts_of(image)[self.where]

    def sees_counts(self, signal):
        return is_visible(signal, self.total, self.limit)

    def sees(self, image):
        return self.sees_counts(self.counts(image))

    def varies(self, part):
        """Whether a part differs visibly from its azimuthal mean over the pixels that see it."""
        if part.mean is None:
            return False
        signal, even = self.counts(part.image), self.counts(part.mean)
        return even.sum() > 0 and self.sees_counts(signal - even * signal.sum() / even.sum())


def is_visible(signal, total, limit=numpy.inf, share=SHARE):
    """sqrt(sum s^2 / n) >= 12 and sum (s^2 / n) / sum |s| >= share, as far as below the limit."""
    signal, total = signal[total > 0], total[total > 0]
    seen = numpy.minimum(total, limit)
    added = abs(seen - numpy.minimum(total - signal, limit))
    square = (added ** 2 / seen).sum()
    return square ** 0.5 >= SIGNAL_TO_NOISE and square >= share * added.sum() > 0


def width_at_half(q, piece, top):
    """Full width at half maximum of a crest over an even grid, ends interpolated."""
    half = piece[top] / 2
    inside = numpy.flatnonzero(piece >= half)
    ends = []
    for edge, outside in ((inside[0], inside[0] - 1), (inside[-1], inside[-1] + 1)):
        if not 0 <= outside < len(piece):
            ends.append(float(edge))
            continue
        ends.append(edge + (outside - edge) * (piece[edge] - half) / (piece[edge] - piece[outside]))
    return max(ends[1] - ends[0], 1) * (q[1] - q[0])


def crests(q, intensity):
    """A curve as what falls with q, and crests above it: (falling, [(its q, width, crest)]).

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
        top = int(piece.argmax())
        crest = numpy.zeros_like(q)
        crest[first:last] = piece
        found.append((q[first + top], width_at_half(q, piece, top), crest))
    return falling, found


def without_flanks(q, falling, found):
    """What falls, but for the flank of the first halo that is as high above its foot as that is high."""
    for place, width, crest in found:
        foot = numpy.interp(place, q, falling)
        if width >= HALO_WIDTH * place and crest.max() >= foot:
            return numpy.maximum(0, falling - foot)
    return falling


def order_at(place, first, ratios):
    """Number of the lattice's reflection at a place, 0 for none within 6 %."""
    near = [abs(place / (first * ratio) - 1) for ratio in ratios]
    return 1 + int(numpy.argmin(near)) if min(near) < 0.06 else 0


class Rings:
    """Rings one after another, and what is true of all of them together."""

    def __init__(self, judge):
        self.judge = judge
        self.labels, self.undecided, self.places = set(), set(), []
        self.orders = {kind: set() for kind in LEAST_ORDERS}
        self.counts = dict.fromkeys([*LEAST_ORDERS, "oriented"], 0.0)
        self.arcs = False

    def add(self, part):
        signal = self.judge.counts(part.image)
        if part.grains:
            uneven = part.mean is not None and self.judge.sees(part.image - part.mean)
        else:
            uneven = self.judge.varies(part)
        arc = uneven and not part.grains
        kind = "oriented" if arc else part.lattice
        if kind in self.counts:
            self.counts[kind] += signal.sum()
        if not self.judge.sees_counts(signal):
            return
        self.see_width(part)
        if kind in self.orders:
            self.orders[kind].add(part.order)
        if part.lattice and part.order > 1:
            self.labels.add("higher_orders")
        if not uneven:
            self.labels.add("ring/isotropic")
        elif arc:
            self.see_arc(part)
        else:
            even = self.judge.counts(part.mean)
            variance = ((signal - even) ** 2).sum() / (even ** 2).sum()
            self.labels.add("ring/spotted" if variance >= SPOTTED_VARIANCE else "ring/textured")

    def see_width(self, part):
        self.places.append((part.place, part.width))
        for trait, ratio, sign in (("ring/sharp", SHARP, -1), ("ring/broad", BROAD, 1)):
            difference = sign * (part.width - ratio * part.place)
            if abs(difference) <= part.uncertain:
                self.undecided.add(trait)
            elif difference > 0:
                self.labels.add(trait)

    def see_arc(self, part):
        self.arcs = True
        self.labels.add("arc")
        period = 2 * numpy.pi / part.symmetry
        for trait, direction in (("in_plane", 0), ("out_of_plane", numpy.pi / 2)):
            off = abs((part.direction - direction + period / 2) % period - period / 2)
            if abs(off - IN_PLANE) < TOLD_DIRECTION:
                self.undecided.add("ring/oriented_" + trait)
            elif off < IN_PLANE:
                self.labels.add("ring/oriented_" + trait)
        self.labels.add(f"symmetry_{part.symmetry}")

    def distinct(self):
        count, last, width = 0, -numpy.inf, 0
        for place, wide in sorted(self.places):
            if place - last >= max(wide, width):
                count, last, width = count + 1, place, wide
        return count

    def all_labels(self):
        if not self.places:
            return self.labels
        seen = [kind for kind, least in LEAST_ORDERS.items() if len(self.orders[kind]) >= least]
        if self.arcs:
            seen.append("oriented")
        if seen:
            self.labels.add("ring/" + max(seen, key=self.counts.get))
        if self.distinct() >= MANY_RINGS:
            self.labels.add("many_rings")
        return self.labels | {"ring"}


def spot_labels(parts, judge):
    """Spots of a single crystal: those of the first order together, those beyond it together."""
    spots = [part for part in parts if part.word == "bragg_peak"]
    first, beyond = (sum((judge.counts(part.image) for part in spots if (part.order > 1) == later), 0.0)
                     for later in (False, True))
    seen = [numpy.ndim(signal) > 0 and judge.sees_counts(signal) for signal in (first, beyond)]
    return ({"bragg_peak"} if any(seen) else set()) | ({"higher_orders"} if seen[1] else set())


def diffuse_labels(parts, judge):
    """Halos and what falls with q, and their direction."""
    labels, undecided = set(), set()
    for part in parts:
        if part.word not in ("halo", "diffuse_low_q") or not judge.sees(part.image):
            continue
        traits = {f"{part.word}/isotropic", f"{part.word}/oriented"}
        if not part.told:
            undecided |= {part.word, *traits}
            continue
        if not part.has_traits:
            labels.add(part.word)
            continue
        oriented = judge.varies(part)
        labels |= {part.word, f"{part.word}/{'oriented' if oriented else 'isotropic'}"}
        if oriented and part.word == "halo":
            labels.add(f"symmetry_{part.symmetry}")
    return labels, undecided


def rises(parts, judge):
    """Whether what rises with q can be told from its mean over the detector."""
    return any(part.word == "diffuse_high_q" and judge.varies(part) for part in parts)


def oscillates(parts, judge):
    """Whether two crests of one curve are visible."""
    seen = [part.curve for part in parts if part.word == "oscillation" and judge.sees(part.image)]
    return any(seen.count(curve) > 1 for curve in seen)


def sample_labels(parts, judge):
    """Labels below the geometry, and those that the rule leaves undecided."""
    rings = Rings(judge)
    for part in parts:
        if part.word == "ring":
            rings.add(part)
    labels, undecided = diffuse_labels(parts, judge)
    labels |= rings.all_labels() | spot_labels(parts, judge)
    if oscillates(parts, judge):
        labels.add("form_factor")
    if rises(parts, judge):
        labels.add("diffuse_high_q")
    if any(part.word == "rod" and judge.sees(part.image) for part in parts):
        labels.add("rod")
    return labels, (undecided | rings.undecided) - labels


def horizon_visible(sample, total, sine_exit, good, critical, limit=numpy.inf):
    """Whether what the sample scatters above the horizon and not below it is visible, in bands of
    equal width on both sides; of a substrate that lets nothing through."""
    band = max(4 * critical, HORIZON_BAND)
    above = good & (sine_exit > 0) & (sine_exit <= band)
    below = good & (sine_exit <= 0) & (sine_exit >= -band)
    if above.sum() < 200 or below.sum() < 200:
        return False
    return is_visible(sample[above], total[above], limit, HORIZON_SHARE)


def shadow_visible(instrument, total):
    """Whether a beamstop that is in no mask keeps visible counts from its pixels: as many a pixel
    as arrive on those beside it."""
    shadow = (instrument.shadow < 0.5) & ~instrument.inactive
    beside = numpy.zeros_like(shadow)
    for step, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
        near = numpy.roll(shadow, step, axis)
        edge = [slice(None), slice(None)]
        edge[axis] = 0 if step > 0 else -1
        near[tuple(edge)] = False
        beside |= near
    beside &= ~shadow & ~instrument.inactive
    if not beside.any():
        return False
    there = total[beside].mean() * shadow.sum()
    lost = there - total[shadow].sum()
    return lost > SIGNAL_TO_NOISE * there ** 0.5 and lost > SHARE * there
