"""Samples in transmission, their scattering computed by sasmodels: (name of the kind, parts, rest)."""

import functools
import os

os.environ.setdefault("SAS_OPENCL", "none")

import numpy
from sasmodels.core import load_model
from sasmodels.direct_model import call_kernel

from independent.visibility import Part, crests, order_at

POINTS = 900  # of a curve
LAMELLAR = [1, 2, 3, 4, 5, 6]
HEXAGONAL = [1, 3 ** 0.5, 2, 7 ** 0.5, 3, 12 ** 0.5]
CUBIC = {  # squares of the orders that a lattice allows
    "sc": [1, 2, 3, 4, 5, 6, 8, 9, 10],
    "bcc": [2, 4, 6, 8, 10, 12, 14, 16],
    "fcc": [3, 4, 8, 11, 12, 16, 19, 20],
}


@functools.lru_cache(maxsize=None)
def model(name):
    return load_model(name, dtype="double", platform="dll")


def evaluate(name, q, parameters):
    """A model's intensity over a list of q, or of [q_x, q_y]."""
    q = [numpy.ascontiguousarray(one, float) for one in (q if isinstance(q, list) else [q])]
    return call_kernel(model(name).make_kernel(q), {"scale": 1, "background": 0, **parameters})


class Field:
    """Where a sample's intensity is asked for: the q of every pixel and a grid for curves."""

    def __init__(self, instrument):
        self.q, self.q_x, self.q_y = instrument.q()
        self.high, self.low = instrument.reach()
        self.good = instrument.good()
        self.grid = numpy.linspace(self.q.max() / POINTS, self.q.max(), POINTS)

    def on_pixels(self, values):
        return numpy.interp(self.q, self.grid, values)

    def curve(self, intensity, lattice="", first=0, ratios=()):
        """Parts of an isotropic pattern by its curve over the grid, and what is left below them."""
        falling, found = crests(self.grid, intensity)
        parts = [Part("diffuse_low_q", self.on_pixels(falling))]
        for word, place, crest in found:
            order = order_at(place, first, ratios) if lattice else 0
            parts.append(Part(word, self.on_pixels(crest), lattice if order else "", max(order, 1)))
        return parts, self.on_pixels(numpy.full(POINTS, intensity.min()))

    def oriented(self, name, parameters, first=0, ratios=()):
        """The same of a pattern with a direction: what belongs to a crest of its azimuthal mean."""
        radius, angle = numpy.meshgrid(self.grid[::3], numpy.arange(72) / 72 * 2 * numpy.pi)
        polar = evaluate(name, [(radius * numpy.cos(angle)).ravel(),
                                (radius * numpy.sin(angle)).ravel()], parameters)
        mean = numpy.interp(self.grid, self.grid[::3], polar.reshape(radius.shape).mean(axis=0))
        image = evaluate(name, [self.q_x.ravel(), self.q_y.ravel()], parameters).reshape(self.q.shape)
        image = numpy.minimum(image, 1e3 * mean.max())
        falling, found = crests(self.grid, mean)
        share = self.on_pixels(falling / mean)
        parts = [Part("diffuse_low_q", image * share)]
        for word, place, crest in found:
            order = order_at(place, first, ratios) if first else 0
            part = Part(word, image * self.on_pixels(crest / mean), "other" if order else "",
                        max(order, 1), self.on_pixels(crest))
            parts.append(part)
            share = share + self.on_pixels(crest / mean)
        return parts, image * numpy.maximum(0, 1 - share)


def scaled(parts_and_rest, factor):
    parts, rest = parts_and_rest
    for part in parts:
        part.image = part.image * factor
        part.mean = None if part.mean is None else part.mean * factor
    return parts, rest * factor


def together(*several):
    return sum((parts for parts, _ in several), []), sum(rest for _, rest in several)


def level(parts_and_rest, field):
    """Mean relative intensity over the good pixels, to weigh several contributions."""
    parts, rest = parts_and_rest
    return float((sum(part.image for part in parts) + rest)[field.good].mean())


def lamellar_stack(field, random):
    first = random.uniform(0.12, 0.4) * field.high
    spacing = 2 * numpy.pi / first
    intensity = evaluate("lamellar_stack_paracrystal", field.grid, {
        "thickness": random.uniform(0.2, 0.45) * spacing, "Nlayers": random.uniform(15, 50),
        "d_spacing": spacing, "sigma_d": random.uniform(0.02, 0.12), "sld": 1, "sld_solvent": 6.3})
    return field.curve(intensity, "lamellar", first, LAMELLAR)


def undulating_stack(field, random):
    first = random.uniform(0.15, 0.5) * field.high
    spacing = 2 * numpy.pi / first
    intensity = evaluate("lamellar_stack_caille", field.grid, {
        "thickness": random.uniform(0.2, 0.45) * spacing, "Nlayers": 20, "d_spacing": spacing,
        "Caille_parameter": random.uniform(0.02, 0.3), "sld": 6.3, "sld_solvent": 1})
    return field.curve(numpy.maximum(intensity, 0), "lamellar", first, LAMELLAR)


def hexagonal_peaks(field, random):
    """Peaks where a hexagonal lattice has them, each a part of its own."""
    first = random.uniform(0.12, 0.4) * field.high
    width, fall = random.uniform(0.008, 0.06) * first, random.uniform(0.3, 1.2)
    name, size = ("peak_lorentz", "peak_hwhm") if random.random() < 0.5 else ("gaussian_peak", "sigma")
    parts = []
    for order, ratio in enumerate(HEXAGONAL, 1):
        if first * ratio > field.high:
            break
        peak = evaluate(name, field.grid, {"peak_pos": first * ratio, size: width})
        strength = numpy.exp(-fall * (ratio ** 2 - 1)) * random.uniform(0.3, 1.2)
        parts.append(Part("ring", field.on_pixels(strength * peak), "hexagonal", order))
    return parts, 0 * field.q


def cubic(field, random, wide=False):
    """A powder of cubic crystals of spheres."""
    kind = str(random.choice(list(CUBIC)))
    ratios = (numpy.array(CUBIC[kind]) / CUBIC[kind][0]) ** 0.5
    first = random.uniform(0.2, 0.45) * field.high
    edge = 2 * numpy.pi * CUBIC[kind][0] ** 0.5 / first
    nearest = edge * {"sc": 1, "bcc": 3 ** 0.5 / 2, "fcc": 2 ** -0.5}[kind]
    sparse = numpy.linspace(field.grid[0], field.grid[-1], POINTS // 3)
    intensity = evaluate(f"{kind}_paracrystal", sparse, {
        "dnn": nearest, "d_factor": random.uniform(0.03, 0.1),
        "radius": random.uniform(0.15, 0.3 if wide else 0.45) * nearest, "sld": 1, "sld_solvent": 6})
    return field.curve(numpy.interp(field.grid, sparse, intensity), "other", first, ratios)


def spheres(field, random):
    radius = 4.49 / (random.uniform(0.1, 0.7) * field.high)
    parameters = {"radius": radius, "sld": 1, "sld_solvent": 6, "radius_pd": random.uniform(0.02, 0.25),
                  "radius_pd_n": 60, "radius_pd_nsigma": 3}
    if random.random() < 0.4:
        return field.curve(evaluate("core_shell_sphere", field.grid, {
            **parameters, "thickness": random.uniform(0.1, 0.5) * radius, "sld_core": 1,
            "sld_shell": random.uniform(2, 5), "sld_solvent": 6}))
    return field.curve(evaluate("sphere", field.grid, parameters))


def dense_spheres(field, random):
    return field.curve(evaluate("sphere@hardsphere", field.grid, {
        "radius": numpy.pi / (random.uniform(0.2, 0.5) * field.high), "sld": 1, "sld_solvent": 6,
        "volfraction": random.uniform(0.2, 0.45)}))


def microemulsion(field, random):
    period = 2 * numpy.pi / (random.uniform(0.15, 0.45) * field.high)
    return field.curve(evaluate("teubner_strey", field.grid, {
        "volfraction_a": 0.5, "sld_a": 0.3, "sld_b": 6.3, "d": period,
        "xi": random.uniform(0.3, 0.8) * period}))


def falling(field, random):
    """Polymers, fractals, pores, precipitates: nothing but what falls with q."""
    size = 1 / (random.uniform(0.05, 0.5) * field.high)
    name, parameters = [
        ("mono_gauss_coil", {"i_zero": 1, "rg": size}),
        ("dab", {"cor_length": size}),
        ("guinier_porod", {"rg": size, "s": random.uniform(0, 1), "porod_exp": random.uniform(2.5, 4)}),
        ("mass_fractal", {"radius": 0.2 * size, "fractal_dim_mass": random.uniform(1.5, 2.8),
                          "cutoff_length": 3 * size}),
        ("correlation_length", {"lorentz_scale": 1, "porod_scale": 1e-7, "cor_length": size,
                                "porod_exp": 3, "lorentz_exp": 2}),
        ("power_law", {"power": random.uniform(2, 4)}),
    ][random.integers(6)]
    return field.curve(evaluate(name, field.grid, parameters))


def oriented_particles(field, random):
    """Rods or discs of one mean direction: no crest, a direction."""
    size = 3 / (random.uniform(0.1, 0.6) * field.high)
    jitter = {"phi_pd": random.uniform(3, 20), "phi_pd_n": 21, "phi_pd_nsigma": 3}
    return field.oriented("cylinder", {
        "radius": size, "length": random.uniform(3, 12) * size, "sld": 1, "sld_solvent": 6, "theta": 90,
        "phi": random.uniform(0, 180), "radius_pd": 0.25, "radius_pd_n": 9, "radius_pd_nsigma": 2,
        **jitter})


def oriented_stack(field, random):
    """Stacks of discs of one mean direction: orders along it."""
    first = random.uniform(0.15, 0.45) * field.high
    spacing, core = 2 * numpy.pi / first, random.uniform(0.25, 0.5)
    return field.oriented("stacked_disks", {
        "thick_core": core * spacing, "thick_layer": (1 - core) / 2 * spacing,
        "radius": random.uniform(1, 4) * spacing, "n_stacking": int(random.integers(6, 15)),
        "sigma_d": random.uniform(0.02, 0.1) * spacing, "sld_core": 1, "sld_layer": 6,
        "sld_solvent": 6, "theta": 90, "phi": random.uniform(0, 180),
        "phi_pd": random.uniform(2, 20), "phi_pd_n": 25, "phi_pd_nsigma": 3}, first, LAMELLAR)


def crystal(field, random):
    """One cubic crystal that stands still, an axis along the beam: spots."""
    kind = str(random.choice(["sc", "bcc", "fcc"]))
    squares = {"sc": [1, 2, 4, 5, 8, 9], "bcc": [2, 4, 8, 10, 16], "fcc": [4, 8, 16, 20]}[kind]
    first = random.uniform(0.2, 0.45) * field.high
    edge = 2 * numpy.pi * squares[0] ** 0.5 / first
    nearest = edge * {"sc": 1, "bcc": 3 ** 0.5 / 2, "fcc": 2 ** -0.5}[kind]
    return field.oriented(f"{kind}_paracrystal", {
        "dnn": nearest, "d_factor": random.uniform(0.05, 0.1), "radius": 0.3 * nearest, "sld": 1,
        "sld_solvent": 6, "theta": 0, "phi": 0, "psi": random.uniform(0, 90)},
        first, (numpy.array(squares) / squares[0]) ** 0.5)


def powder_lines(field, random):
    """Lines of a powder with no family told."""
    parts = []
    width = random.uniform(0.005, 0.03)
    for place in random.uniform(0.15, 0.95, random.integers(2, 9)) * field.high:
        peak = evaluate("peak_lorentz", field.grid, {"peak_pos": place, "peak_hwhm": width})
        parts.append(Part("ring", field.on_pixels(10 ** random.uniform(-1, 0) * peak)))
    return parts, 0 * field.q


def amorphous(field, random):
    place = min(random.uniform(1.1, 2), 0.6 * field.high)
    return field.curve(evaluate("gaussian_peak", field.grid, {
        "peak_pos": place, "sigma": random.uniform(0.14, 0.28) * place}))


def half_crystalline(field, random):
    lines, halo = powder_lines(field, random), amorphous(field, random)
    factor = random.uniform(0.5, 3) * level(lines, field) / level(halo, field)
    return together(lines, scaled(halo, factor))


SMALL = {"lamellar stack": lamellar_stack, "undulating stack": undulating_stack,
         "hexagonal peaks": hexagonal_peaks, "cubic powder": cubic, "spheres": spheres,
         "dense spheres": dense_spheres, "microemulsion": microemulsion, "falling curve": falling,
         "oriented particles": oriented_particles, "oriented stack": oriented_stack,
         "crystal": crystal}
WIDE = {"powder lines": powder_lines, "cubic powder, wide": functools.partial(cubic, wide=True),
        "amorphous": amorphous, "half crystalline": half_crystalline, "crystal, wide": crystal}


def draw_sample(instrument, wide, random):
    """A kind and its parts; in half of them a power law beside it, as of pores or dust."""
    field = Field(instrument)
    kinds = WIDE if wide else SMALL
    kind = str(random.choice(list(kinds)))
    sample = kinds[kind](field, random)
    if random.random() < 0.5:
        law = field.curve(evaluate("power_law", field.grid, {"power": random.uniform(2.5, 4)}))
        share = 10 ** random.uniform(-1.5, 0.5) * level(sample, field)
        law = scaled(law, share / level(law, field))
        sample = together(sample, law)
    flat = 10 ** random.uniform(-3, -0.5) * level(sample, field)
    return kind, sample[0], sample[1] + flat
