"""Samples at grazing incidence, their scattering computed by BornAgain in the distorted-wave Born
approximation: what stands on a surface or lies in a film, rough interfaces, a monolayer.

The surface's normal points along the slow axis here; `turned` turns a frame afterwards.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import dataclasses

import bornagain as ba
import numpy
from bornagain import nm

from independent.films import draw_film
from independent.transmission import evaluate
from independent.visibility import Part, crests, horizon_visible

ROD_WIDTH = 0.1  # of its q, to both sides of a rod


@dataclasses.dataclass
class Surface:
    """The medium below the vacuum: its index 1 - delta + i beta, the angle of incidence [rad]."""
    delta: float
    beta: float
    incidence: float

    def critical(self):
        return (2 * self.delta) ** 0.5

    def transmitted(self, sine):
        """|t|^2 of Fresnel's amplitude at a glancing angle, by its sine."""
        sine = numpy.maximum(sine, 1e-9).astype(complex)
        inside = numpy.sqrt(sine ** 2 - 2 * self.delta + 2j * self.beta)
        return abs(2 * sine / (sine + inside)) ** 2


class View:
    """The pixels of an instrument over a surface whose normal is the slow axis: the sine of the exit
    angle, and q along the surface (below 0 to the left), along its normal and in all, within the medium
    [1/angstrom]."""

    def __init__(self, instrument, surface):
        slow, fast = instrument.offsets()
        length = numpy.sqrt(slow ** 2 + fast ** 2 + instrument.distance ** 2)
        up, side, ahead = slow / length, fast / length, instrument.distance / length
        sine, cosine = numpy.sin(surface.incidence), numpy.cos(surface.incidence)
        k = 2e-10 * numpy.pi / instrument.wavelength
        # The beam falls onto the surface: in the surface's own axes directions are turned by it.
        self.sine_exit = up * cosine - ahead * sine
        self.q_r = k * numpy.hypot(side, ahead * cosine + up * sine - cosine) * numpy.where(side < 0, -1, 1)
        inside = numpy.sqrt(numpy.maximum(self.sine_exit ** 2 - 2 * surface.delta, 0))
        self.q_z = k * (inside + max(sine ** 2 - 2 * surface.delta, 0) ** 0.5)
        self.q = numpy.hypot(self.q_r, self.q_z)


def material(name, delta, beta):
    return ba.HomogeneousMaterial(name, float(delta), float(beta))


def layout_of(form, size, spread, contrast, interference=None):
    """Particles form(size), their sizes normally distributed, in the arrangement that is given."""
    layout = ba.ParticleLayout()
    deviations = numpy.linspace(-2, 2, 9) if spread > 0 else [0.0]
    for deviation in deviations:
        particle = ba.Particle(contrast, form(size * (1 + spread * deviation)))
        if interference == "in a film":
            particle.setPosition(0, 0, -size * (2.1 + 4 * spread))
        layout.addParticle(particle, float(numpy.exp(-deviation ** 2 / 2)))
    if interference is not None and interference != "in a film":
        layout.setInterferenceFunction(interference)
    layout.setTotalParticleSurfaceDensity(1e-3)
    return layout


def on_surface(surface, layout):
    top = ba.Layer(material("vacuum", 0, 0))
    top.addLayout(layout)
    sample = ba.MultiLayer()
    sample.addLayer(top)
    sample.addLayer(ba.Layer(material("substrate", surface.delta, surface.beta)))
    return sample


def in_film(surface, layout, thickness):
    film = ba.Layer(material("film", surface.delta, surface.beta), float(thickness))
    film.addLayout(layout)
    sample = ba.MultiLayer()
    sample.addLayer(ba.Layer(material("vacuum", 0, 0)))
    sample.addLayer(film)
    sample.addLayer(ba.Layer(material("substrate", 1.5 * surface.delta, surface.beta)))
    return sample


def rough_layers(surface, random):
    period = random.uniform(4, 12)
    rough = ba.LayerRoughness(random.uniform(0.5, 1.5), random.uniform(0.3, 0.9),
                              random.uniform(10, 60))
    sample = ba.MultiLayer()
    sample.addLayer(ba.Layer(material("vacuum", 0, 0)))
    for number in range(int(random.integers(2, 16))):
        delta = surface.delta * (1 if number % 2 == 0 else 0.6)
        layer = ba.Layer(material(f"layer {number % 2}", delta, surface.beta), period / 2)
        sample.addLayerWithTopRoughness(layer, rough)
    substrate = ba.Layer(material("substrate", surface.delta, surface.beta))
    sample.addLayerWithTopRoughness(substrate, rough)
    sample.setCrossCorrLength(random.uniform(5, 200))
    return sample


def computed(instrument, surface, sample):
    """Relative intensity in every pixel, solid angle included."""
    rows, columns = instrument.shape
    millimetres = 1e3 * instrument.pixel
    detector = ba.RectangularDetector(columns, columns * millimetres, rows, rows * millimetres)
    detector.setPerpendicularToDirectBeam(1e3 * instrument.distance, instrument.centre[1] * millimetres,
                                          instrument.centre[0] * millimetres)
    simulation = ba.GISASSimulation()
    simulation.setDetector(detector)
    simulation.setBeamParameters(instrument.wavelength * 1e9 * nm, surface.incidence, 0)
    simulation.setSample(sample)
    simulation.getOptions().setNumberOfThreads(1)
    simulation.runSimulation()
    image = numpy.array(simulation.result().array())[::-1]  # its first row is the highest
    return numpy.maximum(image, 0)


def draw_surface(instrument, random):
    wavelength = instrument.wavelength * 1e10
    delta = numpy.exp(random.uniform(*numpy.log([1.3e-6, 7e-6]))) * wavelength ** 2
    beta = delta * 10 ** random.uniform(-3, -1.3)
    return Surface(delta, beta, (2 * delta) ** 0.5 * random.uniform(0.7, 2.2))


def islands(instrument, view, surface, random, ordered):
    """Islands of five shapes, next to each other at a distance that varies, or far apart."""
    high = abs(view.q_r[instrument.good()]).max()
    rod = random.uniform(0.08, 0.4) * high
    distance = 0.2 * numpy.pi / rod  # [nm]
    radius = random.uniform(0.2, 0.4) * distance
    tall = radius * random.uniform(0.5, 2)
    number = random.integers(5)
    form = [lambda r: ba.FormFactorCylinder(r, tall), lambda r: ba.FormFactorBox(2 * r, 2 * r, tall),
            ba.FormFactorFullSphere, lambda r: ba.FormFactorPrism6(r, tall),
            lambda r: ba.FormFactorPyramid(2 * r, 0.8 * r, 0.95)][number]
    contrast = material("particle", surface.delta * random.uniform(1, 5), surface.beta)
    spread = 0 if number == 4 else random.uniform(0, 0.25)  # pyramids take long
    alone = computed(instrument, surface,
                     on_surface(surface, layout_of(form, radius, spread, contrast)))
    if not ordered:
        level = abs(view.sine_exit - surface.critical()) < 0.5 * surface.critical()
        return [Part("diffuse_low_q", alone, has_traits=False),
                *over_exit(instrument, view, surface, alone, view.sine_exit > 0),
                *oscillations(instrument, alone, abs(view.q_r), level & (view.sine_exit > 0), curve=1)]
    order = ba.InterferenceFunctionRadialParaCrystal(distance, 0)
    order.setProbabilityDistribution(
        ba.FTDistribution1DGauss(random.uniform(0.05, 0.3) * distance))
    order.setDomainSize(random.uniform(5, 40) * distance)
    both = computed(instrument, surface,
                    on_surface(surface, layout_of(form, radius, spread, contrast, order)))
    return neighbours(instrument, view, surface, (alone, both), rod)


def neighbours(instrument, view, surface, images, rod):
    """What neighbours add at their distance is a rod; oscillations along it are those of a form factor.

    @param images  of what stands alone, and of what has neighbours
    """
    alone, both = images
    crest = abs(abs(view.q_r) - rod) <= ROD_WIDTH * rod
    added = numpy.where(crest, numpy.maximum(both - alone, 0), 0)
    return [Part("rod", added), Part("", both - added),
            *over_exit(instrument, view, surface, both, crest)]


def over_exit(instrument, view, surface, image, where):
    """Oscillations over the exit angle, beyond the band of the critical angle."""
    beyond = where & (view.sine_exit > 2 * surface.critical())
    return oscillations(instrument, image, view.sine_exit, beyond)


def oscillations(instrument, image, place, where, curve=0):
    """Crests of an image's mean over the pixels at equal `place`, as parts of a form factor. Those that
    do not matter, such as of the pixels' rows, are not visible."""
    used = where & instrument.good()
    if used.sum() < 100:
        return []
    low, high = place[used].min(), place[used].max()
    count = min(200, int(max(instrument.shape) / 1.5))
    bins = numpy.clip(((place - low) / max(high - low, 1e-12) * count).astype(int), 0, count - 1)
    pixels = numpy.bincount(bins[used], minlength=count)
    sums = numpy.bincount(bins[used], image[used], minlength=count)
    filled = numpy.flatnonzero(pixels)
    means = numpy.interp(numpy.arange(count), filled, sums[filled] / pixels[filled])
    _, found = crests(numpy.arange(1.0, count + 1), means)
    share = numpy.maximum(means, 1e-12 * means.max())
    return [Part("oscillation", numpy.where(where, image * (crest / share)[bins], 0), adds=False,
                 curve=curve)
            for _, _, crest in found]


def spheres_in_film(instrument, view, surface, random):
    """Spheres far apart in a film; their curve says what of them is crest and what falls."""
    high = view.q[instrument.good()].max()
    radius = 0.449 / (random.uniform(0.1, 0.6) * high)  # [nm]
    spread = random.uniform(0.02, 0.25)
    contrast = material("particle", surface.delta * random.uniform(1.5, 5), surface.beta)
    layout = layout_of(ba.FormFactorFullSphere, radius, spread, contrast, "in a film")
    image = computed(instrument, surface,
                     in_film(surface, layout, radius * (5 + 8 * spread)))
    grid = numpy.linspace(high / 900, 1.5 * high, 900)
    curve = evaluate("sphere", grid, {"radius": 10 * radius, "sld": 1, "sld_solvent": 6,
                                      "radius_pd": spread, "radius_pd_n": 40, "radius_pd_nsigma": 2})
    falls, found = crests(grid, curve)
    parts = [Part("oscillation", image * numpy.interp(view.q, grid, crest / curve))
             for _, _, crest in found]
    parts.append(Part("diffuse_low_q", image * numpy.interp(view.q, grid, falls / curve)))
    return parts + [Part("", numpy.maximum(image - sum(part.image for part in parts), 0))]


def monolayer(instrument, view, surface, random, even):
    """Upright molecules a few angstrom apart: rods at wide angles. Where all end at one height the rods
    are rows of fringes."""
    rod = random.uniform(1.0, 1.7)
    distance, tall = 0.2 * numpy.pi / rod, random.uniform(0.8, 2.5)
    contrast = material("particle", surface.delta * random.uniform(1, 3), surface.beta)
    radius, spread = 0.3 * distance, 0 if even else random.uniform(0.15, 0.3)

    def form(height):
        return ba.FormFactorCylinder(radius, height)

    alone = computed(instrument, surface, on_surface(surface, layout_of(form, tall, spread, contrast)))
    order = ba.InterferenceFunctionRadialParaCrystal(distance, 0)
    order.setProbabilityDistribution(ba.FTDistribution1DGauss(random.uniform(0.03, 0.12) * distance))
    order.setDomainSize(random.uniform(5, 40) * distance)
    both = computed(instrument, surface,
                    on_surface(surface, layout_of(form, tall, spread, contrast, order)))
    return neighbours(instrument, view, surface, (alone, both), rod)


# How often each kind is drawn, and what the rule does not say of it. It has no words for the
# streaks that domains of islands make near the beam, nor for the sheets of layers whose roughness is
# alike. Rods that fringes cut into pieces may be called rows of peaks.
KINDS = {
    False: {"ordered islands": (0.35, ["specular_rod"]),
            "islands": (0.12, ["specular_rod"]),
            "spheres in a film": (0.18, []),
            "rough layers": (0.12, ["specular_rod", "rod", "bragg_peak", "halo", "form_factor"]),
            "film": (0.23, [])},
    True: {"monolayer of one height": (0.25, ["specular_rod", "bragg_peak"]),
           "monolayer": (0.3, ["specular_rod"]),
           "film": (0.45, [])},
}


def draw_sample(instrument, wide, random):
    """A kind, its surface, view, parts, and words that are left undecided."""
    surface = draw_surface(instrument, random)
    view = View(instrument, surface)
    kinds = KINDS[wide]
    kind = str(random.choice(list(kinds), p=[share for share, _ in kinds.values()]))
    undecided = kinds[kind][1]
    if kind == "film":
        kind, parts = draw_film(instrument, view, surface, wide, random)
        kind += " at wide angles" if wide else ""
    elif wide:
        parts = monolayer(instrument, view, surface, random, kind == "monolayer of one height")
    elif kind == "spheres in a film":
        parts = spheres_in_film(instrument, view, surface, random)
    elif kind == "rough layers":
        image = computed(instrument, surface, rough_layers(surface, random))
        parts = [Part("diffuse_low_q", image, has_traits=False)]
    else:
        parts = islands(instrument, view, surface, random, kind == "ordered islands")
    return kind, surface, view, parts, undecided


def surface_labels(instrument, surface, view, judge, total, sample):
    """What the surface shows: yoneda and horizon.

    @param total   expected counts of every pixel
    @param sample  those of the sample alone
    """
    labels = set()
    factor = surface.transmitted(view.sine_exit)
    band = (factor >= 1.3) & (view.sine_exit <= 2 * surface.critical())
    added = numpy.where(band, sample * (1 - 1 / numpy.maximum(factor, 1)), 0)
    if (surface.critical() > 2 * instrument.pixel / instrument.distance and
            judge.sees_counts(added[judge.where])):
        labels.add("yoneda")
    if horizon_visible(sample, total, view.sine_exit, instrument.good(), surface.critical(),
                       instrument.limit):
        labels.add("horizon")
    return labels
