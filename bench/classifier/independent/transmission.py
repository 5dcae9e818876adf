"""Samples in transmission, their scattering computed by sasmodels: (name of the kind, parts, rest)."""

import functools
import os

os.environ.setdefault("SAS_OPENCL", "none")

import numpy
from sasmodels.core import load_model
from sasmodels.direct_model import call_kernel

from independent.visibility import HALO_WIDTH, STRUCTURE, Part, crests, order_at, without_flanks

POINTS = 900  # of a curve
LAMELLAR = [1, 2, 3, 4, 5, 6]
HEXAGONAL = [1, 3 ** 0.5, 2, 7 ** 0.5, 3, 12 ** 0.5]
CUBIC = {  # squares of the orders that a lattice allows
    "sc": [1, 2, 3, 4, 5, 6, 8, 9, 10],
    "bcc": [2, 4, 6, 8, 10, 12, 14, 16],
    "fcc": [3, 4, 8, 11, 12, 16, 19, 20],
}


FACES = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]


def moved(places, by):
    return [tuple(numpy.add(place, by)) for place in places]


# Edge [angstrom]; electrons of each kind of atom, and where it lies in the cell.
POWDERS = {
    "Al": (4.0495, [(13, FACES)]),
    "Fe": (2.8665, [(26, [(0, 0, 0), (0.5, 0.5, 0.5)])]),
    "Si": (5.4310, [(14, FACES), (14, moved(FACES, (0.25, 0.25, 0.25)))]),
    "CsCl": (4.123, [(54, [(0, 0, 0)]), (18, [(0.5, 0.5, 0.5)])]),
    "NaCl": (5.6402, [(10, FACES), (18, moved(FACES, (0.5, 0, 0)))]),
    "CeO2": (5.4113, [(58, FACES), (8, moved(FACES, (0.25, 0.25, 0.25))),
                      (8, moved(FACES, (0.75, 0.75, 0.75)))]),
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

    def __init__(self, q_x, q_y, good, resolution):
        """@param q_x, q_y  of every pixel; [1/angstrom], as all here
        @param good  pixels that count
        @param resolution  full width at half maximum that the detector gives to a line
        """
        self.q_x, self.q_y, self.good, self.resolution = q_x, q_y, good, resolution
        self.q = numpy.hypot(q_x, q_y)
        self.high = self.q[good].max()
        self.grid = numpy.linspace(self.q.max() / POINTS, self.q.max(), POINTS)

    def on_pixels(self, values):
        return numpy.interp(self.q, self.grid, values)

    def crest(self, place, width, image, **more):
        """A ring or a halo, by its width."""
        seen, step = numpy.hypot(width, self.resolution), self.grid[1] - self.grid[0]
        return Part("halo" if width >= HALO_WIDTH * place else "ring", image, place=place, width=seen,
                    uncertain=1.5 * step, **more)

    def line(self, name, place, width, strength=1, **more):
        """A ring with the profile of "gaussian_peak" or "peak_lorentz", its full width at half maximum
        given."""
        size = {"gaussian_peak": {"sigma": width / 2.3548}, "peak_lorentz": {"peak_hwhm": width / 2}}
        peak = evaluate(name, self.grid, {"peak_pos": place, **size[name]})
        return Part("ring", self.on_pixels(strength * peak), place=place,
                    width=numpy.hypot(width, self.resolution), **more)

    def curve(self, intensity, lattice="", first=0, ratios=(), particle="no"):
        """Parts of an isotropic pattern by its curve over the grid, and what is left below them.

        @param particle  "alone": crests are those of a form factor; "crowded": but for the first
        """
        falling, found = crests(self.grid, intensity)
        # Particles that are not crowded enough for a crest of their structure have none but of their form.
        crowded = particle == "crowded" and len(found) > 0 and (
            numpy.interp(found[0][0], self.grid, intensity) > STRUCTURE * intensity.max())
        of_form = [particle != "no" and not (crowded and number == 0) for number in range(len(found))]
        falling = without_flanks(self.grid, falling, [crest for crest, its in zip(found, of_form)
                                                      if not its])
        parts = [Part("diffuse_low_q", self.on_pixels(falling))]
        for number, (place, width, crest) in enumerate(found):
            if of_form[number]:
                parts.append(Part("oscillation", self.on_pixels(crest)))
                continue
            order = order_at(place, first, ratios) if lattice else 0
            parts.append(self.crest(place, width, self.on_pixels(crest),
                                    lattice=lattice if order else "", order=max(order, 1)))
        rest = intensity - falling - sum(crest for _, _, crest in found)
        return parts, self.on_pixels(numpy.maximum(rest, 0))

    def uneven(self, name, parameters, turns=(0,)):
        """The intensity of a model with a direction, turned about the beam and added up; that over a
        polar grid (angle, q), not turned; its azimuthal mean over the grid."""
        angle = numpy.arange(144) / 144 * 2 * numpy.pi
        radius, angles = numpy.meshgrid(self.grid[::3], angle)
        polar = evaluate(name, [(radius * numpy.cos(angles)).ravel(),
                                (radius * numpy.sin(angles)).ravel()], parameters).reshape(radius.shape)
        mean = numpy.interp(self.grid, self.grid[::3], polar.mean(axis=0))
        image = 0
        for turn in turns:
            sine, cosine = numpy.sin(turn), numpy.cos(turn)
            x, y = cosine * self.q_x + sine * self.q_y, cosine * self.q_y - sine * self.q_x
            one = evaluate(name, [x.ravel(), y.ravel()], parameters).reshape(self.q.shape)
            image = image + numpy.minimum(one, 1e3 * mean.max())
        return image, polar, len(turns) * mean

    def oriented(self, name, parameters, first=0, ratios=()):
        """Parts of a pattern of twofold symmetry, and what is left: what belongs to a crest of its
        azimuthal mean is a ring or a halo with a direction."""
        image, polar, mean = self.uneven(name, parameters)
        falling, found = crests(self.grid, mean)
        share = self.on_pixels(falling / mean)
        parts = [Part("diffuse_low_q", image * share, mean=self.on_pixels(falling))]
        angle = numpy.arange(144) / 144 * 2 * numpy.pi
        for place, width, crest in found:
            order = order_at(place, first, ratios) if first else 0
            around = polar[:, numpy.argmin(abs(self.grid[::3] - place))]
            direction = numpy.angle((around * numpy.exp(2j * angle)).sum()) / 2
            parts.append(self.crest(place, width, image * self.on_pixels(crest / mean),
                                    lattice="other" if order else "", order=max(order, 1),
                                    mean=self.on_pixels(crest), symmetry=2, direction=direction))
            share = share + self.on_pixels(crest / mean)
        return parts, image * numpy.maximum(0, 1 - share)

    def crystals(self, name, parameters, turns, family):
        """Parts of crystals that stand still with an axis along the beam, turned about it: spots of one
        crystal, rings with grains of more. What falls with q is not told: it has spots, too.

        @param family  its name, q of its first order, ratios of the orders to it
        """
        kind, first, ratios = family
        image, _, mean = self.uneven(name, parameters, turns)
        falling, found = crests(self.grid, mean)
        parts = [Part("diffuse_low_q", image * self.on_pixels(falling / mean), told=False)]
        rest = image - parts[0].image
        for place, width, crest in found:
            order = order_at(place, first, ratios)
            if not order:
                continue
            part = self.crest(place, width, image * self.on_pixels(crest / mean),
                              lattice="other" if len(turns) > 1 else kind, order=order,
                              mean=self.on_pixels(crest), grains=True)
            part.word = "bragg_peak" if len(turns) == 1 else part.word
            parts.append(part)
            rest = rest - part.image
        return parts, numpy.maximum(rest, 0)


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
    width, fall = random.uniform(0.015, 0.12) * first, random.uniform(0.3, 1.2)
    name = "peak_lorentz" if random.random() < 0.5 else "gaussian_peak"
    parts = []
    for order, ratio in enumerate(HEXAGONAL, 1):
        if first * ratio > field.high:
            break
        strength = numpy.exp(-fall * (ratio ** 2 - 1)) * random.uniform(0.3, 1.2)
        parts.append(field.line(name, first * ratio, width, strength, lattice="hexagonal", order=order))
    return parts, 0 * field.q


def cell_of(kind, squares, first):
    """Edge of a cubic cell whose first order is at q = first, and its nearest neighbours' distance.

    "dnn" of sasmodels 1.0.6 is the edge, whatever its name says: with it the peaks lie where the lattice
    has them (with the distance those of bcc are 15 % too far out, of fcc 41 %).
    """
    edge = 2 * numpy.pi * squares[0] ** 0.5 / first
    return edge, edge * {"sc": 1, "bcc": 3 ** 0.5 / 2, "fcc": 2 ** -0.5}[kind]


def cubic(field, random, wide=False):
    """A powder of cubic crystals of spheres."""
    kind = str(random.choice(list(CUBIC)))
    ratios = (numpy.array(CUBIC[kind]) / CUBIC[kind][0]) ** 0.5
    first = random.uniform(0.2, 0.45) * field.high
    edge, nearest = cell_of(kind, CUBIC[kind], first)
    sparse = numpy.linspace(field.grid[0], field.grid[-1], POINTS // 3)
    intensity = evaluate(f"{kind}_paracrystal", sparse, {
        "dnn": edge, "d_factor": random.uniform(0.03, 0.1),
        "radius": random.uniform(0.15, 0.3 if wide else 0.45) * nearest, "sld": 1, "sld_solvent": 6})
    return field.curve(numpy.interp(field.grid, sparse, intensity),
                       "other" if kind == "sc" else kind, first, ratios)


def spheres(field, random):
    radius = 4.49 / (random.uniform(0.1, 0.7) * field.high)
    parameters = {"radius": radius, "sld": 1, "sld_solvent": 6, "radius_pd": random.uniform(0.02, 0.25),
                  "radius_pd_n": 60, "radius_pd_nsigma": 3}
    if random.random() < 0.4:
        return field.curve(evaluate("core_shell_sphere", field.grid, {
            **parameters, "thickness": random.uniform(0.1, 0.5) * radius, "sld_core": 1,
            "sld_shell": random.uniform(2, 5), "sld_solvent": 6}), particle="alone")
    return field.curve(evaluate("sphere", field.grid, parameters), particle="alone")


def dense_spheres(field, random):
    return field.curve(evaluate("sphere@hardsphere", field.grid, {
        "radius": numpy.pi / (random.uniform(0.2, 0.5) * field.high), "sld": 1, "sld_solvent": 6,
        "volfraction": random.uniform(0.2, 0.45)}), particle="crowded")


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
    """Rods or discs of one mean direction: all of it falls with q, in a direction."""
    size = 3 / (random.uniform(0.1, 0.6) * field.high)
    image, _, mean = field.uneven("cylinder", {
        "radius": size, "length": random.uniform(3, 12) * size, "sld": 1, "sld_solvent": 6, "theta": 90,
        "phi": random.uniform(0, 180), "radius_pd": 0.25, "radius_pd_n": 9, "radius_pd_nsigma": 2,
        "phi_pd": random.uniform(3, 20), "phi_pd_n": 21, "phi_pd_nsigma": 3})
    return [Part("diffuse_low_q", image, mean=field.on_pixels(mean))], 0 * field.q


def oriented_stack(field, random, phi=None):
    """Stacks of discs, such as lamellae, of one mean direction: orders along it."""
    first = random.uniform(0.15, 0.45) * field.high
    spacing, core = 2 * numpy.pi / first, random.uniform(0.25, 0.5)
    return field.oriented("stacked_disks", {
        "thick_core": core * spacing, "thick_layer": (1 - core) / 2 * spacing,
        "radius": random.uniform(1, 4) * spacing, "n_stacking": int(random.integers(6, 15)),
        "sigma_d": random.uniform(0.02, 0.1) * spacing, "sld_core": 1, "sld_layer": 6,
        "sld_solvent": 6, "theta": 90, "phi": random.uniform(0, 180) if phi is None else phi,
        "phi_pd": random.uniform(2, 20), "phi_pd_n": 25, "phi_pd_nsigma": 3}, first, LAMELLAR)


def crystal(field, random, grains=False):
    """Cubic crystals that stand still, an axis along the beam: one, or some dozens turned about it."""
    kind = str(random.choice(["sc", "bcc", "fcc"]))
    squares = {"sc": [1, 2, 4, 5, 8, 9], "bcc": [2, 4, 8, 10, 16], "fcc": [4, 8, 16, 20]}[kind]
    first = random.uniform(0.2, 0.45) * field.high
    edge, nearest = cell_of(kind, squares, first)
    count = int(numpy.exp(random.uniform(*numpy.log([8, 60])))) if grains else 1
    return field.crystals(f"{kind}_paracrystal", {
        "dnn": edge, "d_factor": random.uniform(0.05, 0.1), "radius": 0.3 * nearest, "sld": 1,
        "sld_solvent": 6, "theta": 0, "phi": 0, "psi": random.uniform(0, 90)},
        random.uniform(0, 2 * numpy.pi, count) if grains else [0],
        ("other" if kind == "sc" else kind, first, (numpy.array(squares) / squares[0]) ** 0.5))


def powder_lines(field, random):
    """Lines of a powder with no family told."""
    width = random.uniform(0.01, 0.06)
    return [field.line("peak_lorentz", place, width, 10 ** random.uniform(-1, 0))
            for place in random.uniform(0.15, 0.95, random.integers(2, 9)) * field.high], 0 * field.q


def known_lines(name, highest):
    """q and relative intensity of a powder's lines: multiplicity times the square of the structure
    factor, atoms with as many electrons as they have and one temperature, over q^2 (Lorentz)."""
    edge, atoms = POWDERS[name]
    span = numpy.arange(-6, 7)
    indices = numpy.stack(numpy.meshgrid(span, span, span), -1).reshape(-1, 3)
    squares = (indices ** 2).sum(axis=1)
    q = 2 * numpy.pi * squares ** 0.5 / edge
    factor = sum(electrons * numpy.exp(2j * numpy.pi * indices @ numpy.array(place))
                 for electrons, places in atoms for place in places)
    strength = abs(factor * numpy.exp(-0.03 * q ** 2)) ** 2
    lines = []
    for square in numpy.unique(squares[(squares > 0) & (squares <= 36)]):
        one = squares == square
        if strength[one].sum() > 1e-6 * strength.max() and q[one][0] < highest:
            lines.append((q[one][0], strength[one].sum() / q[one][0] ** 2))
    return lines


def known_powder(field, random):
    """A powder of a known crystal; its lines as wide as its grains are small."""
    seen = [lines for lines in (known_lines(name, field.high) for name in POWDERS) if lines]
    if not seen:
        return powder_lines(field, random)
    lines = seen[random.integers(len(seen))]
    width, name = numpy.exp(random.uniform(*numpy.log([0.01, 0.12]))), "peak_lorentz"
    if random.random() < 0.5:
        name = "gaussian_peak"
    largest = max(strength for _, strength in lines)
    return [field.line(name, place, width, strength / largest, lattice="other", order=order)
            for order, (place, strength) in enumerate(lines, 1)], 0 * field.q


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
         "crystal": crystal, "grains": functools.partial(crystal, grains=True)}
WIDE = {"lines": powder_lines, "powder of a known crystal": known_powder,
        "cubic powder": functools.partial(cubic, wide=True), "amorphous": amorphous,
        "half crystalline": half_crystalline, "oriented stack": oriented_stack, "crystal": crystal,
        "grains": functools.partial(crystal, grains=True)}


def rise(field, random):
    """What crystals lose to thermal motion, and what electrons scatter alone: it rises with q."""
    lost = evaluate("guinier", field.grid, {"rg": random.uniform(1.5, 4) / field.high})
    flat = numpy.ones_like(field.q)
    return [Part("diffuse_high_q", field.on_pixels(1 - lost / lost.max()), mean=flat)], 0 * field.q


def beside(sample, other, ratio, field):
    """A sample and something else whose mean over the detector is `ratio` of its own."""
    factor = ratio * level(sample, field) / level(other, field)
    return together(sample, scaled(other, factor))


def draw_sample(instrument, wide, random):
    """A kind and its parts; in half of them a power law beside it, as of pores or dust, in one of ten
    what rises with q."""
    q, q_x, q_y = instrument.q()
    field = Field(q_x, q_y, instrument.good(), instrument.resolution())
    kinds = WIDE if wide else SMALL
    kind = str(random.choice(list(kinds)))
    sample = kinds[kind](field, random)
    if random.random() < 0.5:
        law = field.curve(evaluate("power_law", field.grid, {"power": random.uniform(2.5, 4)}))
        sample = beside(sample, law, 10 ** random.uniform(-1.5, 0.5), field)
    if random.random() < 0.1:
        sample = beside(sample, rise(field, random), 10 ** random.uniform(-0.5, 0.7), field)
    return kind + (" at wide angles" if wide else ""), sample[0], sample[1]
