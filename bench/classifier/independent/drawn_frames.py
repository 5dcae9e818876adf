"""Frames drawn at random from the two other programs, with what is true of them."""

import dataclasses

import numpy

from independent import aspects, grazing, transmission
from independent.frame_file import write_frame
from independent.instrument import draw_instrument, expose, only_poisson, spread_out
from independent.visibility import LEAST_COUNTS, WIDE_ANGLE_REACH, Judge, Part, is_visible, sample_labels

FRAMES_PER_INSTRUMENT = 6
GRAZING = (1, 3)  # of every five instruments
WIDE_EVERY = 3
SEE_THROUGH_SHARE = 0.2


@dataclasses.dataclass
class Drawn:
    file: str
    experiment: int
    kind: str
    labels: list    # paths, the geometry first if there is one
    not_told: list  # paths whose truth is not known


def exposure_factor(instrument, intensity, random):
    """Counts a relative intensity, so that a pixel has 0.1 to 300 on average, its crests apart."""
    seen = intensity[instrument.good()]
    level = numpy.minimum(seen, numpy.percentile(seen, 99.5)).mean()
    return 10 ** random.uniform(-1, 2.5) / level


def parasitic(instrument, level, power):
    """What slits and air scatter, about the direct beam."""
    q = instrument.q()[0]
    law = numpy.maximum(q, 0.5 * instrument.reach()[1]) ** -power
    return Part("diffuse_low_q", law * instrument.parasitic * level / law[instrument.good()].mean())


LETS_THROUGH = ", substrate lets through"
SURFACE_SIGNS = {"horizon", "yoneda", "rod", "specular_rod", "bragg_peak", "form_factor"}


class Scene:
    """What a sample scatters onto an instrument, as parts, before the detector."""

    def __init__(self, instrument, wide, grazing_incidence, random):
        self.surface, self.view, self.undecided = None, None, []
        self.trouble = aspects.draw_trouble(instrument, random)
        solid = instrument.solid_angle()
        rest = 0 * solid
        if grazing_incidence:
            self.kind, self.surface, self.view, self.parts, self.undecided = \
                grazing.draw_sample(instrument, wide, random)
            self.pass_through(random)
        else:
            self.kind, self.parts, rest = transmission.draw_sample(instrument, wide, random)
            self.parts, rest = transmission.scaled((self.parts, rest), solid)
        if self.kind.startswith("film"):  # other frames of surfaces hold it already
            self.parts, rest = transmission.scaled((self.parts, rest), solid)
        self.sample = sum(part.image for part in self.parts if part.adds) + rest
        level = self.sample[instrument.good()].mean()
        if self.trouble.nothing_there:
            self.kind, self.parts, self.undecided, self.sample = "no sample", [], [], 0 * solid
        self.slits = parasitic(instrument, level, random.uniform(2.5, 3.5))
        self.streak = self.trouble.streak * self.trouble.streak_share * instrument.parasitic * level
        self.air = self.trouble.air * level * solid
        self.intensity = self.sample + self.slits.image + self.streak + self.air
        self.factor = exposure_factor(instrument, self.intensity, random)

    def pass_through(self, random):
        """Most substrates let nothing through below the horizon; wafers that are thin do."""
        if random.random() < SEE_THROUGH_SHARE and not self.kind.startswith("film"):
            self.kind += LETS_THROUGH
            return
        for part in self.parts:
            part.image = numpy.where(self.view.sine_exit > 0, part.image, 0)

    def expected(self, instrument):
        """Counts of every pixel and their shares; the obstruction is not in the instrument."""
        def counts_of(image):
            return spread_out(instrument, self.factor * image * self.trouble.passes)

        return counts_of, aspects.Expected(
            counts_of(self.intensity) + instrument.dark, counts_of(self.sample),
            counts_of(self.air) + instrument.dark, counts_of(self.streak),
            spread_out(instrument, self.factor * self.intensity))

    def labels(self, instrument, expected, counts_of, hits):
        """Paths that are true, the geometry first, and those whose truth is not known."""
        good = instrument.good()
        opaque = self.surface and not self.kind.endswith(LETS_THROUGH)
        seen = good & (self.view.sine_exit > 0) if opaque else good
        total = expected.total
        shown = expected.sample if self.surface else total - instrument.dark
        told = total[good].sum() >= LEAST_COUNTS and \
            is_visible(shown[seen], total[seen], instrument.limit)
        labels, not_told = self.geometry_labels(instrument, expected, counts_of, seen) if told else ([], [])
        about, open_about = aspects.instrument_labels(instrument, expected)
        problems = aspects.problem_labels(instrument, self.trouble, expected, seen, hits, told)
        return labels + about + problems, not_told + open_about

    def geometry_labels(self, instrument, expected, counts_of, seen):
        root = "grazing" if self.surface else "transmission"
        root += "_wide_angle" if instrument.reach()[0] > WIDE_ANGLE_REACH else "_small_angle"
        judge = Judge(counts_of, expected.total, seen, instrument.limit)
        labels, undecided = sample_labels([*self.parts, self.slits], judge)
        if self.surface:
            labels |= grazing.surface_labels(instrument, self.surface, self.view, judge, expected.total,
                                             expected.sample)
        lets_through = self.kind.endswith(LETS_THROUGH)
        if lets_through and "horizon" in labels:  # how much of it is below is not told
            labels.discard("horizon")
            undecided.add("horizon")
        # Without a sign of the surface nobody tells grazing incidence from transmission.
        if self.surface and not (labels & SURFACE_SIGNS or self.shows_islands(judge)):
            return [], []
        for word in self.undecided:
            traits = {f"{word}/isotropic", f"{word}/oriented"} if word in ("halo", "diffuse_low_q") else set()
            undecided |= {word, *traits} - labels
        return ([root] + [f"{root}/{label}" for label in sorted(labels)],
                [f"{root}/{word}" for word in sorted(undecided)])

    def shows_islands(self, judge):
        """Whether islands without neighbours, which are a sign of the surface, are visible."""
        return self.kind.startswith("islands") and any(
            part.word == "diffuse_low_q" and judge.sees(part.image) for part in self.parts)


def turned(times, image, centre):
    """An image with the surface's normal along another side of the detector, and its centre."""
    for _ in range(times):
        image, centre = numpy.rot90(image), (image.shape[1] - centre[1], centre[0])
    return image, centre


def write(file, instrument, trouble, counts, times):
    stated = tuple(numpy.add(instrument.centre, trouble.off))
    mask = turned(times, instrument.file_mask(), stated)[0]
    counts, centre = turned(times, counts.astype("int32"), stated)
    write_frame(file, instrument, counts, mask, centre,
                limit=instrument.limit if instrument.states_limit else None)


def draw_instruments_frames(folder, number, seed):
    """Writes the frames of one instrument, each with all noise ("full") and again with counting noise
    alone ("plain"): {"full": [Drawn], "plain": [Drawn]}."""
    random = numpy.random.default_rng([seed, number])
    grazing_incidence = number % 5 in GRAZING
    wide = number % WIDE_EVERY == 0
    instrument = draw_instrument(random, wide, grazing_incidence)
    times = int(random.choice([0, 0, 1, 2, 3])) if grazing_incidence else 0
    used_ones = {"full": instrument, "plain": only_poisson(instrument)}
    frames = {name: [] for name in used_ones}
    for index in range(FRAMES_PER_INSTRUMENT):
        scene = Scene(instrument, wide, grazing_incidence, random)
        for noise, (name, used) in enumerate(used_ones.items()):
            counts_of, expected = scene.expected(used)
            counts, hits = expose(used, expected.total - used.dark,
                                  numpy.random.default_rng([seed, number, index, noise]))
            file = folder / f"{name}_{number:04d}_{index}.h5"
            write(file, used, scene.trouble, counts, times)
            frames[name].append(Drawn(str(file), number, scene.kind,
                                      *scene.labels(used, expected, counts_of, hits)))
    return frames


def draw_frames(folder, instruments, seed):
    """The frames of some instruments; an instrument is an experiment."""
    each = [draw_instruments_frames(folder, number, seed) for number in range(instruments)]
    return {name: sum((frames[name] for frames in each), []) for name in ("full", "plain")}
