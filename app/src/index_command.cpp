#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "command.h"
#include "foray/codec/json.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/read_measurement.h"
#include "index_picture.h"
#include "output_names.h"

namespace foray::app {
namespace {

using codec::Json;
using scattering::Curve;
using scattering::Estimate;
using scattering::PeakFit;
using scattering::PeakFitStatus;
using scattering::SeriesScore;

struct IndexOptions {
  std::vector<std::string> files, lattices;
  std::vector<double> peaks, errors, range, width;
  double tolerance = scattering::SeriesOptions{}.relative_tolerance;
  double missing = scattering::SeriesOptions{}.missing_chance;
  double min_significance = scattering::PeakSearchOptions{}.min_significance;
  std::string out;
};

constexpr std::size_t kFewestPeaks = 2;  // one peak fits every lattice

// "0.031 +- 2.1e-05", or the number alone where its error is not known.
std::string text_of(const Estimate& estimate) {
  const double sigma = std::sqrt(estimate.variance);
  return sigma > 0 ? fmt::format("{:.6g} +- {:.2g}", estimate.value, sigma)
                   : fmt::format("{:.6g}", estimate.value);
}

Json json_of(const Estimate& estimate, const char* unit) {
  return {{"value", estimate.value}, {"sigma", std::sqrt(estimate.variance)}, {"unit", unit}};
}

Json json_of(const PeakFit& fit) {
  Json json = {{"status", scattering::to_string(fit.status)}};
  if (!fit.note.empty()) json["note"] = fit.note;
  if (fit.status != PeakFitStatus::kConverged) return json;
  json["q"] = json_of(fit.center, "1/angstrom");
  json["fwhm"] = json_of(fit.fwhm, "1/angstrom");
  json["area"] = json_of(fit.area, "");
  json["height"] = json_of(fit.height, "");
  json["significance"] = fit.significance;
  return json;
}

// The peaks of one curve, or those that were given.
struct Peaks {
  std::vector<PeakFit> fits;  // of a curve; the positions are those that converged
  std::vector<Estimate> positions;
};

// One lattice as a reader sees it: every ring up to the last that has a peak. Peaks count from 1.
Json json_of(const SeriesScore& score) {
  Json json = {{"lattice", scattering::name_of(score.lattice)},
               {"probability", score.probability},
               {"log_evidence", score.matched > 0 ? Json(score.log_evidence) : Json(nullptr)},
               {"figure_of_merit", score.figure_of_merit},
               {"matched", score.matched},
               {"missing", score.missing},
               {"rings", Json::array()}};
  if (score.matched == 0) return json;
  json["spacing"] = json_of(score.spacing, "angstrom");
  json["first_q"] = json_of(score.first_q, "1/angstrom");
  json["chi_squared"] = score.chi_squared;
  json["degrees_of_freedom"] = score.matched - 1;
  for (const IndexedRing& one : indexed_rings(score)) {
    json["rings"].push_back({{"hkl", one.ring.hkl},
                             {"multiplicity", one.ring.multiplicity},
                             {"q", one.ring.q},
                             {"peak", one.peak < 0 ? Json(nullptr) : Json(one.peak + 1)}});
  }
  return json;
}

Json json_of(const std::string& file, const std::string& name, const Peaks& peaks,
             const scattering::SeriesResult& result) {
  Json json = {{"file", file},
               {"peaks", Json::array()},
               {"lattices", Json::array()},
               {"none_probability", result.none_probability}};
  if (!name.empty()) json["name"] = name;
  for (const Estimate& position : peaks.positions) {
    if (peaks.fits.empty()) json["peaks"].push_back({{"q", json_of(position, "1/angstrom")}});
  }
  json["not_fitted"] = Json::array();
  for (const PeakFit& fit : peaks.fits) {
    const bool good = fit.status == PeakFitStatus::kConverged;
    json[good ? "peaks" : "not_fitted"].push_back(json_of(fit));
  }
  for (const SeriesScore& score : result.scores) json["lattices"].push_back(json_of(score));
  return json;
}

void print_peaks(const Peaks& peaks) {
  fmt::print("  {:<6} {:<24} {:<24} {}\n", "peak", "q [1/angstrom]", "fwhm", "significance");
  for (std::size_t i = 0; i < peaks.positions.size() && peaks.fits.empty(); ++i) {
    fmt::print("  {:<6} {}\n", i + 1, text_of(peaks.positions[i]));
  }
  int number = 0;
  for (const PeakFit& fit : peaks.fits) {
    if (fit.status == PeakFitStatus::kConverged) {
      fmt::print("  {:<6} {:<24} {:<24} {:.1f}\n", ++number, text_of(fit.center), text_of(fit.fwhm),
                 fit.significance);
    } else {
      const double at = 0.5 * (fit.window.lower + fit.window.upper);
      fmt::print("  {:<6} about {:<18.4g} left out, {}{}{}\n", "-", at, to_string(fit.status),
                 fit.note.empty() ? "" : ": ", fit.note);
    }
  }
}

void print_lattices(const scattering::SeriesResult& result) {
  fmt::print("  {:<20} {:>11}  {:<22} {:>6} {:>14} {:>6} {:>8}\n", "lattice", "probability",
             "spacing [angstrom]", "M", "chi^2 (d.o.f.)", "peaks", "missing");
  for (const SeriesScore& score : result.scores) {
    if (score.matched == 0) continue;
    fmt::print("  {:<20} {:>11.4f}  {:<22} {:>6.4g} {:>14} {:>6} {:>8}\n",
               scattering::name_of(score.lattice), score.probability, text_of(score.spacing),
               score.figure_of_merit,
               fmt::format("{:.3g} ({})", score.chi_squared, score.matched - 1), score.matched,
               score.missing);
  }
  fmt::print("  {:<20} {:>11.4f}\n", "none of them", result.none_probability);
}

// "as hexagonal: 10 is peak 1, 11 is peak 2, 20 is missing; no ring for peak 4".
void print_assignment(const SeriesScore& best) {
  std::string line, others;
  for (const IndexedRing& one : indexed_rings(best)) {
    line += (line.empty() ? "" : ", ") + one.label +
            (one.peak < 0 ? fmt::format(" is missing at {:.4g}", one.ring.q)
                          : fmt::format(" is peak {}", one.peak + 1));
  }
  for (std::size_t i = 0; i < best.ring_of_peak.size(); ++i) {
    if (best.ring_of_peak[i] < 0) others += fmt::format("{}{}", others.empty() ? " " : ", ", i + 1);
  }
  fmt::print("  as {}: {}{}{}\n", scattering::name_of(best.lattice), line,
             others.empty() ? "" : "; no ring for peak", others);
}

class Indexer {
 public:
  Indexer(const IndexOptions& options, scattering::SeriesOptions series)
      : options_(options), series_(std::move(series)) {
    search_.min_significance = options.min_significance;
    if (!options.range.empty()) search_.q = scattering::Range{options.range[0], options.range[1]};
    if (!options.width.empty()) {
      search_.fwhm = scattering::Range{options.width[0], options.width[1]};
    }
  }

  int run() {
    if (!options_.peaks.empty()) index("peaks", "", given(), nullptr);
    for (const std::string& path : options_.files) {
      try {
        index_file(path);
      } catch (const files::FileError& error) {
        refuse(error.what());
      } catch (const std::exception& error) {
        refuse(path + ": " + error.what());
      }
    }
    return refused_ == 0 ? kExitDone : kExitFailed;
  }

 private:
  void refuse(const std::string& message) {
    std::fflush(stdout);
    fmt::print(stderr, "foray: {}\n", message);
    ++refused_;
  }

  [[nodiscard]] Peaks given() const {
    Peaks peaks;
    for (std::size_t i = 0; i < options_.peaks.size(); ++i) {
      const double sigma = options_.errors.empty()       ? 0.0
                           : options_.errors.size() == 1 ? options_.errors[0]
                                                         : options_.errors[i];
      peaks.positions.push_back({options_.peaks[i], sigma * sigma});
    }
    return peaks;
  }

  void index_file(const std::string& path) {
    const files::FileContent content = files::read_measurement(path);
    bool any = false;
    for (const files::Item& item : content.items) {
      const auto* curve = std::get_if<Curve>(&item.measurement);
      if (curve == nullptr) continue;
      any = true;
      Peaks peaks;
      peaks.fits = scattering::fit_peaks(*curve, search_, scattering::PeakFitOptions{});
      for (const PeakFit& fit : peaks.fits) {
        if (fit.status == PeakFitStatus::kConverged) peaks.positions.push_back(fit.center);
      }
      index(path, content.items.size() > 1 ? item.name : "", peaks, curve);
    }
    if (!any) {
      throw files::FileError(path, "a curve (foray reduce makes one of an image)", content.format);
    }
  }

  void index(const std::string& path, const std::string& name, const Peaks& peaks,
             const Curve* curve) {
    const std::string title = path + (name.empty() ? "" : ": " + name);
    fmt::print("{}: {} peak{}\n", title, peaks.positions.size(),
               peaks.positions.size() == 1 ? "" : "s");
    print_peaks(peaks);
    if (peaks.positions.size() < kFewestPeaks) {
      refuse(
          fmt::format("{}: expected at least two peaks, since one fits every lattice, found {} "
                      "(--min-significance below {:g} finds weaker ones)",
                      title, peaks.positions.size(), options_.min_significance));
      return;
    }
    const auto result = scattering::score_series(peaks.positions, series_);
    print_lattices(result);
    const SeriesScore& best = result.scores.front();
    if (best.matched > 0) print_assignment(best);
    if (options_.out.empty()) return;
    const std::string json = names_.next(options_.out, path, "_index", ".json");
    const std::string file = std::filesystem::path(path).filename().string();
    files::write_atomically(json, codec::write_json(json_of(file, name, peaks, result), 1) + "\n");
    fmt::print("  written to {}\n", json);
    if (curve == nullptr) return;
    const std::string picture = names_.next(options_.out, path, "_index", ".svg");
    files::write_atomically(picture, index_picture(file, *curve, peaks.positions, best));
    fmt::print("  drawn into {}\n", picture);
  }

  const IndexOptions& options_;
  scattering::SeriesOptions series_;
  scattering::PeakSearchOptions search_;
  OutputNames names_;
  int refused_ = 0;
};

scattering::SeriesOptions series_options(const IndexOptions& options) {
  scattering::SeriesOptions series;
  series.lattices = scattering::known_lattices();
  if (!options.lattices.empty()) series.lattices.clear();
  for (const std::string& name : options.lattices) {
    const scattering::Lattice one = scattering::find_lattice(name);
    if (std::find(series.lattices.begin(), series.lattices.end(), one) != series.lattices.end()) {
      throw std::invalid_argument("index: --lattices: expected each once, got " + name + " twice");
    }
    series.lattices.push_back(one);
  }
  series.relative_tolerance = options.tolerance;
  series.missing_chance = options.missing;
  return series;
}

int index_curves(const IndexOptions& options) {
  if (options.files.empty() == options.peaks.empty()) {
    throw std::invalid_argument(fmt::format("index: expected either curves or --peaks, got {}",
                                            options.files.empty() ? "neither" : "both"));
  }
  if (options.errors.size() > 1 && options.errors.size() != options.peaks.size()) {
    throw std::invalid_argument(
        fmt::format("index: --errors: expected one for all or one for each of {} peaks, got {}",
                    options.peaks.size(), options.errors.size()));
  }
  if (!options.errors.empty() && options.peaks.empty()) {
    throw std::invalid_argument("index: --errors: expected --peaks as well, got curves");
  }
  for (const auto& [name, ends] :
       {std::pair{"--range", options.range}, {"--width", options.width}}) {
    if (ends.empty() || ends[0] < ends[1]) continue;
    throw std::invalid_argument(
        fmt::format("index: {}: expected LOWER,UPPER, got {},{}", name, ends[0], ends[1]));
  }
  const scattering::SeriesOptions series = series_options(options);
  if (!options.out.empty()) make_output_folder(options.out);
  return Indexer(options, series).run();
}

std::string names_of_lattices() {
  std::string names;
  for (const scattering::Lattice one : scattering::known_lattices()) {
    names += (names.empty() ? "" : ", ") + std::string(scattering::name_of(one));
  }
  return names;
}

}  // namespace

void add_index_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("index", "Find the lattice that the peaks of a curve belong to");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<IndexOptions>();
  command->add_option(
      "CURVES", options->files,
      "files with curves, of any format that foray reads: their peaks are found and "
      "fitted");
  command->add_option("--peaks", options->peaks, "Q,Q,... of peaks instead [1/angstrom]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--errors", options->errors,
                   "standard deviations of --peaks [1/angstrom]: one for all, or one each; 0 where "
                   "not given")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--lattices", options->lattices,
                   "NAME,NAME,... to choose from: " + names_of_lattices() + "; all where not given")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--range", options->range, "look for peaks only in LOWER,UPPER [1/angstrom]")
      ->delimiter(',')
      ->expected(2);
  command
      ->add_option("--width", options->width,
                   "look only for peaks of LOWER,UPPER in full width at half maximum [1/angstrom], "
                   "so that close ones are not taken for one")
      ->delimiter(',')
      ->expected(2)
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--min-significance", options->min_significance,
                   "least height of a peak in standard deviations")
      ->check(CLI::Range(2.0, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--tolerance", options->tolerance,
                   "relative standard deviation of q beyond that of the fits: calibration, peaks "
                   "that overlap")
      ->check(CLI::Range(1e-6, 0.05))
      ->capture_default_str();
  command
      ->add_option("--missing", options->missing,
                   "chance that a ring between the first and the last peak is not seen")
      ->check(CLI::Range(0.001, 0.999))
      ->capture_default_str();
  command->add_option("--out", options->out,
                      "folder for one JSON and one picture (SVG) a curve: peaks, lattices, rings");
  command->callback([options, &exit_code] { exit_code = index_curves(*options); });
  command->footer(
      "example: foray index reduced/*.h5 --out indexed\n"
      "         foray index --peaks 0.0310,0.0438,0.0537,0.0620 --errors 0.0001\n"
      "Probabilities compare the lattices with each other and with none of them; lattices whose\n"
      "rings coincide as far as the peaks go share theirs. M is de Wolff's figure of merit.");
}

}  // namespace foray::app
