"""Frames drawn at random from the two other programs, with what is true of them."""

import dataclasses

import numpy

from independent import grazing, transmission
from independent.frame_file import write_frame
from independent.instrument import draw_instrument, expose, only_poisson, spread_out
from independent.visibility import Part, transmission_labels

FRAMES_PER_INSTRUMENT = 6
GRAZING = (1, 3)  # of every five instruments
SEE_THROUGH_SHARE = 0.2
WIDE_SHARE = 0.3


@dataclasses.dataclass
class Drawn:
    file: str
    experiment: int
    kind: str
    labels: list
    not_told: list


def exposure_factor(instrument, intensity, random):
    """Counts a relative intensity, so that a pixel has 0.1 to 100 on average, its crests apart."""
    seen = intensity[instrument.good()]
    level = numpy.minimum(seen, numpy.percentile(seen, 99.5)).mean()
    return 10 ** random.uniform(-1, 2) / level


def parasitic(instrument, intensity, power):
    """What slits and air scatter, about the direct beam."""
    q = instrument.q()[0]
    law = numpy.maximum(q, 0.5 * instrument.reach()[1]) ** -power
    good = instrument.good()
    return Part("diffuse_low_q", law * instrument.parasitic * intensity[good].mean() / law[good].mean())


class Scene:
    """What a sample scatters onto an instrument, as parts, before the detector."""

    def __init__(self, instrument, wide, grazing_incidence, random):
        self.surface = None
        if grazing_incidence:
            self.kind, self.surface, self.view, self.parts = grazing.draw_sample(instrument, wide, random)
            self.pass_through(random)
            self.rest = 0 * instrument.solid_angle()
        else:
            self.kind, self.parts, self.rest = transmission.draw_sample(instrument, wide, random)
            for part in self.parts:
                part.image = part.image * instrument.solid_angle()
                part.mean = None if part.mean is None else part.mean * instrument.solid_angle()
            self.rest = self.rest * instrument.solid_angle()
        sample = sum(part.image for part in self.parts) + self.rest
        self.slits = parasitic(instrument, sample, random.uniform(2.5, 3.5))
        self.parts.append(self.slits)
        self.intensity = sample + self.slits.image
        self.factor = exposure_factor(instrument, self.intensity, random)

    def pass_through(self, random):
        """Most substrates let nothing through below the horizon; wafers that are thin do."""
        if random.random() < SEE_THROUGH_SHARE:
            self.kind = "on a substrate that lets through"
            return
        for part in self.parts:
            part.image = numpy.where(self.view.sine_exit > 0, part.image, 0)

    def labels(self, instrument):
        def counts_of(image):
            return spread_out(instrument, self.factor * image)

        good = instrument.good()
        total = counts_of(self.intensity) + instrument.dark
        if self.surface:
            background = counts_of(self.slits.image) + instrument.dark
            return grazing.labels_of(instrument, self.surface, self.view, self.parts, counts_of, total,
                                     background)
        dark = numpy.full(good.sum(), instrument.dark)
        return transmission_labels(self.parts, lambda image: counts_of(image)[good], total[good], dark,
                                   instrument.reach()[0]), []


def turned(times, counts, mask, centre):
    """The frame with the surface's normal along another side of the detector."""
    for _ in range(times):
        columns = counts.shape[1]
        counts, mask = numpy.rot90(counts), numpy.rot90(mask)
        centre = (columns - centre[1], centre[0])
    return counts, mask, centre


def draw_instruments_frames(folder, number, seed):
    """Writes the frames of one instrument, each with all noise ("full") and again with counting noise
    alone ("plain"), where something is seen: {"full": [Drawn], "plain": [Drawn]}."""
    random = numpy.random.default_rng([seed, number])
    grazing_incidence = number % 5 in GRAZING
    wide = random.random() < WIDE_SHARE
    instrument = draw_instrument(random, wide, grazing_incidence)
    times = int(random.choice([0, 0, 1, 2, 3])) if grazing_incidence else 0
    used_ones = {"full": instrument, "plain": only_poisson(instrument)}
    frames = {name: [] for name in used_ones}
    for index in range(FRAMES_PER_INSTRUMENT):
        scene = Scene(instrument, wide, grazing_incidence, random)
        for noise, (name, used) in enumerate(used_ones.items()):
            labels, not_told = scene.labels(used)
            if not labels:
                continue
            counts = expose(used, spread_out(used, scene.factor * scene.intensity),
                            numpy.random.default_rng([seed, number, index, noise]))
            file = folder / f"{name}_{number:04d}_{index}.h5"
            write_frame(file, used, *turned(times, counts.astype("int32"), used.mask, used.centre))
            frames[name].append(Drawn(str(file), number, scene.kind, labels, not_told))
    return frames


def draw_frames(folder, instruments, seed):
    """The frames of some instruments; an instrument is an experiment."""
    each = [draw_instruments_frames(folder, number, seed) for number in range(instruments)]
    return {name: sum((frames[name] for frames in each), []) for name in ("full", "plain")}
