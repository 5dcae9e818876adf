"""Detectors, where they stand, and what they make of an expected intensity: written here from nothing
but numpy and scipy, so that it shares no code and no number with foray's simulator.

A frame's noise: photons are Poisson; a dark current adds its own; modules leave gaps, some detectors are
round; a beamstop shadows with a penumbra that the mask does not quite cover, and some users do not mask
it at all; pixels differ in efficiency by a few per cent; a phosphor spreads what it gets; cosmic rays
hit; counters end somewhere; some pixels are dead and nobody has masked them.
"""

import dataclasses

import numpy
from scipy.ndimage import gaussian_filter

# name: rows, columns, pixel [m], rows of a module, columns of one, gap between rows, between columns;
# a module of 0 has no gaps.
DETECTORS = {
    "hybrid 1M": (1043, 981, 172e-6, 195, 487, 17, 7),
    "hybrid 300k": (619, 487, 172e-6, 195, 487, 17, 7),
    "hybrid 75um": (1065, 1030, 75e-6, 514, 1030, 37, 0),
    "quad of 55um": (520, 520, 55e-6, 256, 256, 8, 8),
    "image plate": (1150, 1150, 300e-6, 0, 0, 0, 0),
    "flat panel": (768, 972, 154e-6, 0, 0, 0, 0),
}
# What foray calls them; it has no word for a square one.
BEAMSTOPS = {"disc": "circular", "disc and arm": "circular", "bar": "linear", "wedge": "wedge",
             "square": "", "none": ""}


@dataclasses.dataclass
class Instrument:
    """A detector at right angles to the beam. Lengths in metres, the centre in pixels."""
    name: str
    shape: tuple
    pixel: float
    distance: float
    wavelength: float  # [m]
    centre: tuple      # slow, fast: where the direct beam would hit
    mask: numpy.ndarray       # pixels that count for labels are 0: no gaps, no beamstop
    shadow: numpy.ndarray     # share of the light that passes the beamstop and what else is in its way
    inactive: numpy.ndarray   # gaps, and what lies outside a round detector
    beamstop: str             # of BEAMSTOPS
    masks_beamstop: bool = True  # in the file
    limit: float = numpy.inf     # counts at which a pixel is full
    states_limit: bool = False   # in the file
    spread: float = 0         # standard deviation of the point spread [pixels]
    flat: float = 0           # relative standard deviation of the pixels' efficiency
    dark: float = 0           # counts a pixel and exposure
    parasitic: float = 0      # share of the counts that slits and air scatter
    zingers: float = 0        # hits a pixel
    dead: float = 0           # share of pixels that count nothing

    def offsets(self):
        """Of the pixels' centres from the direct beam [m]: slow, fast."""
        slow, fast = numpy.indices(self.shape) + 0.5
        return (slow - self.centre[0]) * self.pixel, (fast - self.centre[1]) * self.pixel

    def q(self):
        """|q|, and the components across the beam along fast and slow [1/angstrom]."""
        slow, fast = self.offsets()
        radius = numpy.hypot(slow, fast)
        theta = numpy.arctan2(radius, self.distance) / 2
        q = 4e-10 * numpy.pi / self.wavelength * numpy.sin(theta)
        radius = numpy.maximum(radius, 1e-12)
        return q, q * fast / radius, q * slow / radius

    def solid_angle(self):
        """Of every pixel, over that of one where the beam would hit."""
        slow, fast = self.offsets()
        return (1 + (slow ** 2 + fast ** 2) / self.distance ** 2) ** -1.5

    def good(self):
        return self.mask == 0

    def file_mask(self):
        return (self.mask if self.masks_beamstop else self.inactive).astype("uint32")

    def has_gaps(self):
        """Between modules; a round detector's corners are none."""
        return DETECTORS[self.name][3] > 0 and bool(self.inactive.any())

    def beam_is_off(self):
        return not all(0 <= place <= size for place, size in zip(self.centre, self.shape))

    def pixel_q(self):
        """Width of a pixel where the beam would hit [1/angstrom]."""
        return 2e-10 * numpy.pi / self.wavelength * self.pixel / self.distance

    def resolution(self):
        """Full width at half maximum of a line, by the point spread [1/angstrom]."""
        return 2.3548 * self.spread * self.pixel_q()

    def reach(self):
        """Largest and smallest q of a good pixel."""
        q = self.q()[0][self.good()]
        return q.max(), q.min()


def active_area(name, binning):
    """Rows and columns, pixel size and mask of a detector read out in blocks."""
    rows, columns, pixel, module_rows, module_columns, row_gap, column_gap = DETECTORS[name]
    inside = numpy.ones((rows, columns), bool)
    if module_rows:
        for start in range(module_rows, rows, module_rows + row_gap):
            inside[start:start + row_gap] = False
        for start in range(module_columns, columns, module_columns + column_gap):
            inside[:, start:start + column_gap] = False
    if name == "image plate":
        slow, fast = numpy.indices(inside.shape)
        inside &= numpy.hypot(slow - rows / 2, fast - columns / 2) < rows / 2
    rows, columns = rows // binning * binning, columns // binning * binning
    blocks = inside[:rows, :columns].reshape(rows // binning, binning, columns // binning, binning)
    return pixel * binning, ~blocks.all(axis=(1, 3))


def beamstop(shape, centre, random):
    """Its kind, what passes it, and what a user would mask: its middle, not its penumbra."""
    slow, fast = numpy.indices(shape) + 0.5
    slow, fast = slow - centre[0], fast - centre[1]
    size = random.uniform(0.012, 0.05) * min(shape)
    kind = str(random.choice(list(BEAMSTOPS), p=[0.25, 0.2, 0.2, 0.2, 0.1, 0.05]))
    outside = numpy.hypot(slow, fast) - size  # distance from the edge [pixels]
    if kind == "square":
        outside = numpy.maximum(abs(slow), abs(fast)) - size
    if kind in ("disc and arm", "bar", "wedge"):
        angle = random.choice([0, 0.5, 1, 1.5]) * numpy.pi + random.normal(0, 0.05)
        along = slow * numpy.sin(angle) + fast * numpy.cos(angle)
        across = abs(fast * numpy.sin(angle) - slow * numpy.cos(angle))
        width = random.uniform(0.15, 0.4) * size if kind == "disc and arm" else size
        opens = random.uniform(0.08, 0.35) if kind == "wedge" else 0
        arm = across - width - opens * numpy.maximum(along, 0)
        outside = numpy.minimum(outside, numpy.maximum(arm, -along))
    edge, covered = random.uniform(0.6, 2), random.uniform(-0.5, 0.8)
    if kind == "none":
        outside = numpy.full(shape, 1e3)
    return kind, numpy.clip(outside / edge + 0.5, 0, 1), outside < covered


def counter_limit(random):
    """Where a pixel is full: most counters end far above what is measured, some do not."""
    return float(numpy.exp(random.uniform(*numpy.log([300, 2e4])))) if random.random() < 0.3 else 1048575.0


def draw_instrument(random, wide, grazing):
    """An instrument for small or wide angles."""
    name = str(random.choice(list(DETECTORS)))
    finest = DETECTORS[name][0] / 300
    pixel, dead_area = active_area(name, int(numpy.ceil(finest * random.uniform(1, 1.8))))
    rows, columns = dead_area.shape
    wavelength = 12.398e-10 / random.uniform(7, 20)
    place = random.uniform(0.4, 0.6, 2)
    if random.random() < 0.35:
        place = random.uniform(0.08, 0.92, 2)
    if grazing:  # the direct beam near an edge, so that there is room above the surface
        place = numpy.array([random.uniform(0.05, 0.35), random.uniform(0.3, 0.7)])
    elif random.random() < 0.12:
        place = numpy.array([random.uniform(-0.3, -0.05), random.uniform(0.1, 0.9)])
    centre = (place[0] * rows, place[1] * columns)
    farthest = pixel * numpy.hypot(max(centre[0], rows - centre[0]),
                                   max(centre[1], columns - centre[1]))
    q_max = random.uniform(1.8, 4.5) if wide else numpy.exp(random.uniform(*numpy.log([0.05, 0.7])))
    sine = q_max * wavelength * 1e10 / (4 * numpy.pi)
    distance = farthest / numpy.tan(2 * numpy.arcsin(min(sine, 0.6)))
    stop, passes, masked = beamstop(dead_area.shape, centre, random)
    slow_detector = name in ("image plate", "flat panel")
    return Instrument(name, dead_area.shape, pixel, distance, wavelength, centre,
                      (dead_area | masked).astype("uint32"), passes, dead_area, stop,
                      masks_beamstop=random.random() < 0.85, limit=counter_limit(random),
                      states_limit=random.random() < 0.6,
                      spread=random.uniform(0.5, 1.2) if slow_detector else random.uniform(0, 0.4),
                      flat=random.uniform(0, 0.04),
                      dark=10 ** random.uniform(-2, 0.5) if slow_detector else
                      10 ** random.uniform(-4, -1.5),
                      parasitic=10 ** random.uniform(-3, -0.5) if random.random() < 0.6 else 0,
                      zingers=10 ** random.uniform(-6, -4), dead=10 ** random.uniform(-5, -3))


def only_poisson(instrument):
    """The same without anything but counting noise, gaps and a beamstop that has no penumbra."""
    shadow = numpy.where(instrument.mask != 0, 0.0, 1.0)
    return dataclasses.replace(instrument, shadow=shadow, spread=0, flat=0, dark=0, zingers=0, dead=0)


def spread_out(instrument, intensity):
    """Expected counts after the beamstop and the sensor, without what the sensor adds itself."""
    arrived = intensity * instrument.shadow
    return gaussian_filter(arrived, instrument.spread) if instrument.spread > 0 else arrived


def expose(instrument, arrived, random):
    """Counts of an exposure in which `arrived` photons are expected, and how many cosmic rays hit good
    pixels so that they stand out from what is expected."""
    flat = 1 + instrument.flat * random.standard_normal(instrument.shape)
    counts = random.poisson(arrived * numpy.maximum(flat, 0) + instrument.dark)
    hit = random.random(instrument.shape) < instrument.zingers
    energy = numpy.where(hit, random.exponential(200, instrument.shape).astype(int), 0)
    with_hits = numpy.minimum(counts + energy, instrument.limit)
    dead = random.random(instrument.shape) < instrument.dead
    added = with_hits - numpy.minimum(counts, instrument.limit)
    told = hit & ~dead & instrument.good() & (added >= 10 + 6 * (arrived + instrument.dark) ** 0.5)
    return numpy.where(dead, 0, with_hits), int(told.sum())
