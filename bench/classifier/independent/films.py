"""Films at grazing incidence that BornAgain has no sample for: powders, liquids and lamellae. What they
scatter by sasmodels, at the q within the film, times what a surface lets in and out by Fresnel (the
first term of the distorted-wave Born approximation, without reflection from below)."""

import functools

from independent import transmission


def lamellae(field, random):
    """Lying flat, most of them, or standing on edge."""
    return transmission.oriented_stack(field, random, phi=90 if random.random() < 0.7 else 0)


SMALL = {"lamellae": lamellae, "hexagonal peaks": transmission.hexagonal_peaks,
         "lamellar powder": transmission.lamellar_stack, "liquid": transmission.microemulsion}
WIDE = {"lamellae": lamellae, "powder": transmission.known_powder, "amorphous": transmission.amorphous,
        "half crystalline": transmission.half_crystalline,
        "cubic powder": functools.partial(transmission.cubic, wide=True)}


def draw_film(instrument, view, surface, wide, random):
    """A kind and its parts."""
    above = instrument.good() & (view.sine_exit > 0)
    field = transmission.Field(view.q_r, view.q_z, above, instrument.resolution())
    kinds = WIDE if wide else SMALL
    kind = str(random.choice(list(kinds)))
    parts, rest = kinds[kind](field, random)
    passes = surface.transmitted(view.sine_exit) * (view.sine_exit > 0)
    for part in parts:
        part.image = part.image * passes
        part.mean = None if part.mean is None else part.mean * passes
    return "film, " + kind, [*parts, transmission.Part("", rest * passes)]
