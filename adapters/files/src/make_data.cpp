#include "make_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "foray/files/file_error.h"

namespace foray::files {
namespace {

std::string count_text(std::size_t count, const char* thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

void check_length(const std::string& path, const char* name, std::size_t want, std::size_t got) {
  if (got != want && got != 0) {
    throw FileError(path, count_text(want, "value") + " of " + name, std::to_string(got));
  }
}

// Mantid writes pixels that no detector saw as intensity 0 with the error 0, and in NIST's format
// 1e6 for an error of 0.
constexpr double kNoError = 1e6;

// A curve with a larger share of negative q is no scattering curve.
constexpr double kMostNegative = 0.1;

bool all_zero(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

bool usable(double deviation) { return std::isfinite(deviation) && deviation >= 0; }

// Uncertainties that say nothing are taken as not known.
void clean_sigma(std::vector<double>& sigma, std::vector<std::string>& notes) {
  if (sigma.empty()) {
    return;
  }
  if (all_zero(sigma)) {
    sigma.clear();
    notes.emplace_back("all uncertainties are 0: taken as not known");
    return;
  }
  const auto bad = static_cast<std::size_t>(
      std::count_if(sigma.begin(), sigma.end(), [](double s) { return !usable(s); }));
  if (2 * bad > sigma.size()) {
    sigma.clear();
    notes.emplace_back("most uncertainties are negative or not finite: taken as not known");
  }
}

void clean_dq(RawCurve& raw, std::vector<std::string>& notes) {
  if (raw.dq.empty() || all_zero(raw.dq)) {
    raw.dq.clear();
    return;
  }
  const double q_max = *std::max_element(raw.q.begin(), raw.q.end());
  const bool nonsense = std::any_of(raw.dq.begin(), raw.dq.end(),
                                    [&](double dq) { return !usable(dq) || dq > q_max; });
  if (nonsense) {
    raw.dq.clear();
    notes.emplace_back("the column of q resolution holds no resolution: left out");
  }
}

// A slit of which only one side is given has none along the other.
void clean_slit(RawCurve& raw, std::vector<std::string>& notes) {
  const bool nonsense = !std::all_of(raw.slit_length.begin(), raw.slit_length.end(), usable) ||
                        !std::all_of(raw.slit_width.begin(), raw.slit_width.end(), usable);
  if (nonsense) notes.emplace_back("the slit is negative or not finite: left out");
  if (nonsense || (all_zero(raw.slit_length) && all_zero(raw.slit_width))) {
    raw.slit_length.clear();
    raw.slit_width.clear();
    return;
  }
  raw.slit_length.resize(raw.q.size(), 0);
  raw.slit_width.resize(raw.q.size(), 0);
}

std::vector<double> taken(const std::vector<double>& values,
                          const std::vector<std::size_t>& order) {
  std::vector<double> result;
  if (!values.empty()) {
    result.reserve(order.size());
    for (const std::size_t i : order) {
      result.push_back(values[i]);
    }
  }
  return result;
}

void check_q(const std::string& path, const std::vector<double>& q) {
  const auto negative = static_cast<std::size_t>(
      std::count_if(q.begin(), q.end(), [](double value) { return value < 0; }));
  if (static_cast<double>(negative) > kMostNegative * static_cast<double>(q.size())) {
    throw FileError(path, "q from 0 up in the first column",
                    count_text(negative, "negative value") + " among " + std::to_string(q.size()));
  }
}

// Indices of the points that hold a measurement, in ascending q.
std::vector<std::size_t> good_points(const RawCurve& raw, std::vector<std::string>& notes) {
  std::vector<std::size_t> order;
  std::size_t not_finite = 0;
  std::size_t empty = 0;
  std::size_t negative = 0;
  for (std::size_t i = 0; i < raw.q.size(); ++i) {
    if (raw.q[i] < 0) {
      ++negative;
    } else if (!std::isfinite(raw.q[i]) || !std::isfinite(raw.intensity[i]) ||
               (!raw.sigma.empty() && !usable(raw.sigma[i]))) {
      ++not_finite;
    } else if (!raw.sigma.empty() && raw.sigma[i] == 0 && raw.intensity[i] == 0) {
      ++empty;
    } else {
      order.push_back(i);
    }
  }
  if (not_finite > 0) {
    notes.push_back(count_text(not_finite, "point") + " not finite: left out");
  }
  if (negative > 0) {
    notes.push_back(count_text(negative, "point") + " with negative q: left out");
  }
  if (empty > 0) {
    notes.push_back(count_text(empty, "point") + " with intensity and uncertainty 0: left out");
  }
  const auto by_q = [&](std::size_t a, std::size_t b) { return raw.q[a] < raw.q[b]; };
  if (!std::is_sorted(order.begin(), order.end(), by_q)) {
    std::stable_sort(order.begin(), order.end(), by_q);
    notes.emplace_back("q was out of order: sorted");
  }
  return order;
}

Eigen::VectorXd scaled(const std::vector<double>& values, double factor) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(),
                                           static_cast<Eigen::Index>(values.size())) *
         factor;
}

}  // namespace

void make_curve(const std::string& path, RawCurve raw, Item& item) {
  const std::size_t n = raw.q.size();
  check_length(path, "intensity", n, raw.intensity.empty() ? n + 1 : raw.intensity.size());
  check_length(path, "uncertainty", n, raw.sigma.size());
  check_length(path, "q resolution", n, raw.dq.size());
  check_length(path, "slit length", n, raw.slit_length.size());
  check_length(path, "slit width", n, raw.slit_width.size());
  check_q(path, raw.q);
  clean_sigma(raw.sigma, item.notes);
  const std::vector<std::size_t> order = good_points(raw, item.notes);
  if (order.empty()) {
    throw FileError(path, "at least one point with a finite q and intensity",
                    "none among " + count_text(n, "point"));
  }
  raw.q = taken(raw.q, order);
  raw.dq = taken(raw.dq, order);
  clean_dq(raw, item.notes);
  raw.slit_length = taken(raw.slit_length, order);
  raw.slit_width = taken(raw.slit_width, order);
  clean_slit(raw, item.notes);
  scattering::Curve curve;
  curve.q = scaled(raw.q, raw.q_factor);
  curve.intensity = scaled(taken(raw.intensity, order), raw.unit.factor);
  curve.sigma = scaled(taken(raw.sigma, order), raw.unit.factor);
  curve.dq = scaled(raw.dq, raw.q_factor);
  curve.slit_length = scaled(raw.slit_length, raw.q_factor);
  curve.slit_width = scaled(raw.slit_width, raw.q_factor);
  curve.intensity_unit = raw.unit.unit;
  item.measurement = std::move(curve);
}

void make_q_image(const std::string& path, RawQImage raw, Item& item) {
  const std::size_t n = raw.intensity.size();
  check_length(path, "qx", n, raw.qx.empty() ? n + 1 : raw.qx.size());
  check_length(path, "qy", n, raw.qy.empty() ? n + 1 : raw.qy.size());
  check_length(path, "uncertainty", n, raw.sigma.size());
  check_length(path, "mask", n, raw.masked.size());
  clean_sigma(raw.sigma, item.notes);
  raw.masked.resize(n, false);
  std::size_t not_finite = 0;
  std::size_t empty = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (raw.masked[i]) {
      continue;
    }
    const bool bad = !std::isfinite(raw.qx[i]) || !std::isfinite(raw.qy[i]) ||
                     !std::isfinite(raw.intensity[i]) ||
                     (!raw.sigma.empty() && !usable(raw.sigma[i]));
    const bool nothing = !raw.sigma.empty() && raw.intensity[i] == 0 &&
                         (raw.sigma[i] == 0 || raw.sigma[i] >= kNoError);
    not_finite += bad ? 1 : 0;
    empty += !bad && nothing ? 1 : 0;
    raw.masked[i] = bad || nothing;
    if (bad) {  // what a masked pixel holds has no meaning, but no NaN shall travel
      for (std::vector<double>* values : {&raw.qx, &raw.qy, &raw.intensity, &raw.sigma}) {
        if (i < values->size() && !std::isfinite((*values)[i])) {
          (*values)[i] = 0;
        }
      }
    }
  }
  if (not_finite > 0) {
    item.notes.push_back(count_text(not_finite, "pixel") + " not finite: masked");
  }
  if (empty > 0) {
    item.notes.push_back(count_text(empty, "pixel") + " with intensity 0 and no error: masked");
  }
  const auto masked =
      static_cast<std::size_t>(std::count(raw.masked.begin(), raw.masked.end(), true));
  if (masked == n) {
    throw FileError(path, "at least one pixel that is not masked",
                    "none among " + count_text(n, "pixel"));
  }
  scattering::QImage image;
  image.qx = scaled(raw.qx, raw.q_factor);
  image.qy = scaled(raw.qy, raw.q_factor);
  image.intensity = scaled(raw.intensity, raw.unit.factor);
  image.sigma = scaled(raw.sigma, raw.unit.factor);
  if (masked > 0) {
    image.masked = std::move(raw.masked);
  }
  image.intensity_unit = raw.unit.unit;
  item.measurement = std::move(image);
}

}  // namespace foray::files
