"""What is wrong with a frame, put there by the script itself, and what is true of instrument and problems
by the rules of simulator/include/foray/simulator/labels.h, judged by code of our own.
"""

import dataclasses

import numpy

from independent.instrument import BEAMSTOPS
from independent.visibility import LEAST_COUNTS, is_visible, shadow_visible

HITS = 3
SATURATED_PIXELS = 5
BLOCKED_SHARE = 0.01
WEAK_COUNTS, STRONG_COUNTS = 3, 100
MISALIGNED = 0.02
BACKGROUND_SHARE = 0.75


@dataclasses.dataclass
class Trouble:
    """What goes wrong with one frame."""
    nothing_there: bool      # no sample in the beam
    passes: numpy.ndarray    # share of the light that an obstruction lets through, 1 where there is none
    streak: numpy.ndarray    # relative intensity of what slits scatter along their normals, mean 1; or 0
    streak_share: float
    off: tuple               # of the stated beam centre: slow, fast [pixels]
    air: float               # flat scattering over that of the sample


def obstruction(shape, random):
    """What a bar across the detector or the rim of a round window lets through."""
    slow, fast = numpy.indices(shape) + 0.5
    lets = 10 ** random.uniform(-3, -0.7)
    slow, fast = slow - random.uniform(0.2, 0.8) * shape[0], fast - random.uniform(0.2, 0.8) * shape[1]
    if random.random() < 0.5:
        angle = random.uniform(0, numpy.pi)
        outside = abs(slow * numpy.cos(angle) - fast * numpy.sin(angle)) - \
            random.uniform(0.02, 0.1) * min(shape)
    else:
        outside = random.uniform(0.35, 0.7) * max(shape) - numpy.hypot(slow, fast)
    return numpy.where(outside < 0, lets, 1.0)


def slit_streak(instrument, random):
    """Upright or level, falling with the square of the distance from the beam; its mean is 1."""
    slow, fast = (offset / instrument.pixel for offset in instrument.offsets())
    along, across = (slow, fast) if random.random() < 0.5 else (fast, slow)
    width = random.uniform(0.8, 2.5)
    streak = numpy.exp(-0.5 * (across / width) ** 2) / (along ** 2 + (0.02 * max(instrument.shape)) ** 2)
    return streak / streak.mean()


def draw_trouble(instrument, random):
    """Each problem comes by itself, in one frame of eight to twenty."""
    shape = instrument.shape
    passes = obstruction(shape, random) if random.random() < 0.1 else numpy.ones(shape)
    streaks = random.random() < 0.12
    streak = slit_streak(instrument, random) if streaks else numpy.zeros(shape)
    off, angle = random.uniform(0.025, 0.15), random.uniform(0, 2 * numpy.pi)
    if random.random() >= 0.1:
        off = random.uniform(0, 0.004)  # nobody states it exactly
    off *= max(shape)
    air = 10 ** (random.uniform(0.2, 1.2) if random.random() < 0.12 else random.uniform(-3, -0.5))
    return Trouble(random.random() < 0.05, passes, streak, 10 ** random.uniform(-2, 0.3),
                   (off * numpy.sin(angle), off * numpy.cos(angle)), air)


@dataclasses.dataclass
class Expected:
    """Counts that are expected of every pixel."""
    total: numpy.ndarray
    sample: numpy.ndarray     # of the sample alone
    flat: numpy.ndarray       # of air and the sensor
    streak: numpy.ndarray     # of slits along their normals
    unblocked: numpy.ndarray  # of everything but the sensor, were there no obstruction


def instrument_labels(instrument, expected):
    """Labels, and those that are left undecided: no kind of beamstop is right for a square one."""
    labels, undecided = [], []
    shadows = (instrument.shadow[~instrument.inactive] < 0.5).any()
    if instrument.beamstop == "square" and shadows:
        undecided = [f"instrument/beamstop_{kind}" for kind in ("circular", "linear", "wedge")]
    elif BEAMSTOPS[instrument.beamstop] and shadows and (
            instrument.masks_beamstop or shadow_visible(instrument, expected.total)):
        labels.append("instrument/beamstop_" + BEAMSTOPS[instrument.beamstop])
    if instrument.beam_is_off():
        labels.append("instrument/beam_off_image")
    if instrument.has_gaps():
        labels.append("instrument/gaps")
    return labels, undecided


def is_blocked(instrument, trouble, expected):
    good = instrument.good()
    if (trouble.passes[good] < 1).mean() < BLOCKED_SHARE:
        return False
    lost = expected.unblocked - (expected.total - instrument.dark)
    return is_visible(lost[good], (expected.total + lost)[good], instrument.limit)


def problem_labels(instrument, trouble, expected, seen, hits, told):
    """@param seen  pixels that the sample can be seen on
    @param hits  of cosmic rays that stand out
    @param told  whether the geometry shows
    """
    good = instrument.good()
    total = expected.total[good]
    lit = total.sum() >= LEAST_COUNTS
    side = max(instrument.shape)
    problems = {
        "saturation": (total >= instrument.limit).sum() >= SATURATED_PIXELS,
        "blocked": is_blocked(instrument, trouble, expected),
        "zingers": hits >= HITS,
        "parasitic_streaks": is_visible(expected.streak[good], total, instrument.limit),
        "weak": told and numpy.quantile(total, 0.98, method="lower") < WEAK_COUNTS,
        "strong": numpy.quantile(total, 0.1, method="lower") >= STRONG_COUNTS,
        "empty": not (lit and is_visible(expected.sample[seen], expected.total[seen])),
        "misaligned": told and numpy.hypot(*trouble.off) >= MISALIGNED * side,
        "high_background": lit and expected.flat[good].sum() >= BACKGROUND_SHARE * total.sum(),
    }
    return ["problem/" + name for name, there in problems.items() if there]
