#include "radial_set.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/common/random.h"
#include "foray/simulator/profiles.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Linear interpolation of a Lorentzian at steps of a fiftieth of its width is off by at most
// (1/50)^2 of its height, of a Gaussian by 0.7 of that.
constexpr double kStepsPerWidth = 50;
constexpr double kMaxSteps = 131072;

// exp(-60) is below any share that could be seen.
constexpr double kGaussReach = 4.652;  // of widths; 4 ln 2 times its square is 60

Eigen::Index radial_size(const Scene& scene, const Resolution& resolution, double range) {
  double narrowest = range;
  for (const Ring& ring : scene.rings) {
    narrowest = std::min(narrowest, observed(ring, resolution).fwhm);
  }
  for (const Halo& halo : scene.halos) narrowest = std::min(narrowest, 2.355 * halo.width);
  const double steps = std::clamp(std::ceil(range * kStepsPerWidth / narrowest), 256.0, kMaxSteps);
  return static_cast<Eigen::Index>(steps) + 2;
}

// What lies within a distance of a place, of a table over equal steps.
auto within(double place, double distance, double step, Eigen::Index size) {
  const double end = static_cast<double>(size);
  const double first = std::clamp(std::floor((place - distance) / step), 0.0, end);
  const double last = std::clamp(std::ceil((place + distance) / step), first, end);
  return Eigen::seqN(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(last - first));
}

// A place in a table. Tables have one entry beyond the end, so that it needs no case of its own.
struct Place {
  explicit Place(double x)
      : step(static_cast<Eigen::Index>(x)), part(x - static_cast<double>(step)) {}
  [[nodiscard]] double of(const Eigen::ArrayXd& table) const {
    return table[step] + part * (table[step + 1] - table[step]);
  }

  Eigen::Index step;
  double part;
};

}  // namespace

PeakWidth observed(const Ring& ring, const Resolution& resolution) {
  return broadened({ring.fwhm, ring.lorentz}, resolution.at(ring.q));
}

Eigen::ArrayXd pseudo_voigts(const Eigen::ArrayXd& x, const PeakWidth& shape) {
  const Eigen::ArrayXd square = (2 / shape.fwhm * x).square();  // 1 at half maximum
  const double tail = shape.lorentz * 2 / (kPi * shape.fwhm);
  const double top = (1 - shape.lorentz) * 2 * std::sqrt(std::numbers::ln2 / kPi) / shape.fwhm;
  if (shape.lorentz == 1) return tail / (1 + square);
  return tail / (1 + square) + top * (-std::numbers::ln2 * square).exp();
}

TwiceTheAngle::TwiceTheAngle(const Eigen::Ref<const Eigen::ArrayXd>& x,
                             const Eigen::Ref<const Eigen::ArrayXd>& y)
    // In the beam itself there is no direction: both are 0 there.
    : cosine(1 / (x.square() + y.square()).max(1e-300)), sine(2 * x * y * cosine) {
  cosine *= x.square() - y.square();
}

Eigen::ArrayXd AzimuthalLaw::at(const Eigen::Ref<const Eigen::ArrayXd>& x,
                                const Eigen::Ref<const Eigen::ArrayXd>& y) const {
  return at(TwiceTheAngle(x, y));
}

Eigen::ArrayXd AzimuthalLaw::at(const TwiceTheAngle& direction) const {
  const double turn = symmetry * director;
  const double of_cosine = 2 * orientation * std::cos(turn);
  const double of_sine = 2 * orientation * std::sin(turn);
  const auto law = [&](const Eigen::ArrayXd& cosine, const Eigen::ArrayXd& sine) {
    return Eigen::ArrayXd((1 - orientation * orientation) /
                          (1 + orientation * orientation - of_cosine * cosine - of_sine * sine));
  };
  const Eigen::ArrayXd &cosine = direction.cosine, &sine = direction.sine;
  if (symmetry == 2) return law(cosine, sine);
  Eigen::ArrayXd real = cosine, imaginary = sine, next;
  for (int power = 1; power < symmetry / 2; ++power) {
    next = real * cosine - imaginary * sine;
    imaginary = real * sine + imaginary * cosine;
    real.swap(next);
  }
  return law(real, imaginary);
}

GrainLaw::GrainLaw(const Ring& ring) {
  constexpr double kReach = 4;                                 // standard deviations
  const double sigma = ring.grain_fwhm / kSigmas / (2 * kPi);  // turns
  const auto size = static_cast<std::size_t>(std::clamp(8 / sigma, 256.0, 16384.0));
  const double cells = static_cast<double>(size);
  table_.assign(size + 2, 0.0);
  CounterStream stream(ring.grain_seed, 0);
  for (int k = 0; k < ring.grains; ++k) {
    const double place = stream.uniform() * cells;
    const double strength = -std::log(1 - stream.uniform());
    const double reach = std::min(kReach * sigma * cells, 0.5 * cells);
    for (double x = std::ceil(place - reach); x <= place + reach; ++x) {
      const double distance = (x - place) / (sigma * cells);
      const auto cell = static_cast<std::size_t>(x < 0 ? x + cells : x) % size;
      table_[cell] += strength * std::exp(-0.5 * distance * distance);
    }
  }
  double sum = 0, square = 0;
  for (const double value : table_) sum += value, square += value * value;
  if (!(sum > 0)) {
    std::fill(table_.begin(), table_.end(), 1.0);
    return;
  }
  for (double& value : table_) value *= cells / sum;
  variance_ = square * cells / (sum * sum) - 1;
  table_[size] = table_[size + 1] = table_[0];
}

Eigen::ArrayXd turns_of(const Eigen::Ref<const Eigen::ArrayXd>& x,
                        const Eigen::Ref<const Eigen::ArrayXd>& y) {
  Eigen::ArrayXd turns(x.size());
  for (Eigen::Index i = 0; i < turns.size(); ++i) {
    const double turn = std::atan2(y[i], x[i]) / (2 * kPi);
    turns[i] = std::clamp(turn < 0 ? turn + 1 : turn, 0.0, 1.0);
  }
  return turns;
}

Eigen::ArrayXd intensity_of(const Diffuse& diffuse, const Eigen::Ref<const Eigen::ArrayXd>& q,
                            const Eigen::Ref<const Eigen::ArrayXd>& x,
                            const Eigen::Ref<const Eigen::ArrayXd>& y) {
  const double cosine = std::cos(diffuse.direction), sine = std::sin(diffuse.direction);
  const double length = diffuse.length, width = diffuse.width;
  Eigen::ArrayXd square;  // u^2
  if (length == width) {
    square = (length * q).square();
  } else {
    const Eigen::ArrayXd share = (cosine * x + sine * y).square() /
                                 (x.square() + y.square()).max(1e-300);  // cos^2 of the azimuth
    square = q.square() * (width * width + (length * length - width * width) * share);
  }
  if (diffuse.exponent == 0) return diffuse.intensity * (square / -3).exp();
  return diffuse.intensity * (-0.5 * diffuse.exponent * square.log1p()).exp();
}

RadialSet::RadialSet(const Scene& scene, const Resolution& resolution, double q_min, double q_max)
    : q_min_(q_min), q_range_(q_max - q_min), diffuse_(scene.diffuse) {
  const Eigen::Index size = radial_size(scene, resolution, q_max - q_min);
  const double step = (q_max - q_min) / static_cast<double>(size - 2);
  const Eigen::ArrayXd q =
      q_min + step * Eigen::ArrayXd::LinSpaced(size, 0, static_cast<double>(size - 1));
  isotropic_ = Eigen::ArrayXd::Constant(size, scene.background);
  if (scene.high_q > 0) {
    isotropic_ += scene.high_q * (1 - (-(scene.high_q_length * q).square()).exp());
  }
  groups_.reserve(scene.rings.size() + scene.halos.size());
  add_rings(scene, resolution, q_min, step, q);
  for (const Halo& halo : scene.halos) {
    Eigen::ArrayXd& table = halo.orientation == 0 ? isotropic_ : table_for(law_of(halo), size);
    table += halo.intensity * (-0.5 * ((q - halo.q) / halo.width).square()).exp();
  }
}

void RadialSet::add_rings(const Scene& scene, const Resolution& resolution, double q_min,
                          double step, const Eigen::ArrayXd& q) {
  const Eigen::Index size = q.size();
  for (const Ring& ring : scene.rings) {
    const PeakWidth shape = observed(ring, resolution);
    Eigen::ArrayXd& table = table_for(ring, size);
    const auto near = within(ring.q - q_min, kGaussReach * shape.fwhm, step, size);
    // Only the Lorentzian reaches beyond.
    if (shape.lorentz > 0) {
      const double tail = ring.intensity * shape.lorentz * 2 / (kPi * shape.fwhm);
      table += tail / (1 + (2 / shape.fwhm * (q - ring.q)).square());
    }
    const double share = ring.intensity * (1 - shape.lorentz);
    if (share > 0) table(near) += share * pseudo_voigts(q(near) - ring.q, {shape.fwhm, 0});
  }
}

Eigen::ArrayXd& RadialSet::table_for(const Ring& ring, Eigen::Index size) {
  if (ring.grains > 0) {
    groups_.push_back({law_of(ring), Eigen::ArrayXd::Zero(size), GrainLaw(ring)});
    return groups_.back().radial;
  }
  return ring.orientation == 0 ? isotropic_ : table_for(law_of(ring), size);
}

Eigen::ArrayXd& RadialSet::table_for(const AzimuthalLaw& law, Eigen::Index size) {
  for (Group& group : groups_) {
    if (!group.grains && group.law.orientation == law.orientation &&
        group.law.symmetry == law.symmetry && group.law.director == law.director) {
      return group.radial;
    }
  }
  groups_.push_back({law, Eigen::ArrayXd::Zero(size)});
  return groups_.back().radial;
}

void RadialSet::get(const Eigen::Ref<const Eigen::ArrayXd>& radial,
                    const Eigen::Ref<const Eigen::ArrayXd>& x,
                    const Eigen::Ref<const Eigen::ArrayXd>& y,
                    Eigen::Ref<Eigen::ArrayXd> out) const {
  const auto steps = static_cast<double>(isotropic_.size() - 2);
  for (Eigen::Index i = 0; i < out.size(); ++i) out[i] = Place(radial[i] * steps).of(isotropic_);
  if (!diffuse_.empty()) {
    const Eigen::ArrayXd q = q_min_ + q_range_ * radial;
    for (const Diffuse& diffuse : diffuse_) out += intensity_of(diffuse, q, x, y);
  }
  if (groups_.empty()) return;
  const TwiceTheAngle direction(x, y);
  Eigen::ArrayXd turns;
  for (const Group& group : groups_) {
    Eigen::ArrayXd law = Eigen::ArrayXd::Ones(out.size());
    if (group.law.orientation > 0) law = group.law.at(direction);
    if (group.grains) {
      if (turns.size() == 0) turns = turns_of(x, y);
      law *= group.grains->at(turns);
    }
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      out[i] += law[i] * Place(radial[i] * steps).of(group.radial);
    }
  }
}

}  // namespace foray::simulator
