#include <fmt/chrono.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "cake_picture.h"
#include "command.h"
#include "foray/files/atomic_write.h"
#include "foray/files/curve_file.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/files/nexus.h"
#include "foray/files/nxazint.h"
#include "foray/files/poni.h"
#include "foray/files/read_measurement.h"
#include "output_names.h"
#include "plot.h"
#include "reduction.h"

namespace foray::app {
namespace {

using scattering::Curve;

struct ReduceOptions {
  std::vector<std::string> files;
  std::string poni, mask, like, out, plot, dark, flat;
  std::string split = "none", errors = "poisson";
  std::string format = "nxcansas";
  int bins = 0, cake = 0;
  bool logarithmic = false;
  double clip = 0;
  std::optional<double> polarization;
  std::vector<double> range, sector;
};

constexpr std::size_t kMostPlotted = 12;  // more curves cannot be told apart

// What the options say, read and checked once before the first file.
struct Plan {
  files::ReadOptions read;
  ReductionOptions reduce;
};

scattering::Range range_of(const char* option, const std::vector<double>& ends, double factor) {
  if (!(ends[0] < ends[1])) {
    throw std::invalid_argument(
        fmt::format("reduce: {}: expected LOWER,UPPER, got {},{}", option, ends[0], ends[1]));
  }
  return {ends[0] * factor, ends[1] * factor};
}

Curve first_curve(const std::string& path) {
  const files::FileContent content = files::read_measurement(path);
  const auto* curve = std::get_if<Curve>(&content.items.front().measurement);
  if (curve == nullptr) {
    throw files::FileError(path, "a curve whose q the bins shall follow", content.format);
  }
  return *curve;
}

scattering::PixelSplit split_of(const std::string& word) {
  return word == "box"    ? scattering::PixelSplit::kBoundingBox
         : word == "full" ? scattering::PixelSplit::kFull
                          : scattering::PixelSplit::kNone;
}

scattering::ErrorModel errors_of(const std::string& word) {
  return word == "azimuthal" ? scattering::ErrorModel::kAzimuthal
         : word == "hybrid"  ? scattering::ErrorModel::kHybrid
                             : scattering::ErrorModel::kPoisson;
}

// The pixels of an image file; those without a datum are 0, which --mask has to cover.
scattering::Image read_image(const std::string& path) {
  const files::FileContent content = files::read_measurement(path);
  const auto* frame = std::get_if<scattering::Frame>(&content.items.front().measurement);
  if (frame == nullptr) throw files::FileError(path, "a detector image", content.format);
  return (frame->mask == 0).select(frame->counts, 0.0);
}

// How pixels are corrected and split.
void set_integration(const ReduceOptions& options, ReductionOptions& reduce) {
  reduce.split = split_of(options.split);
  if (options.errors == "hybrid" && options.clip == 0) {
    throw std::invalid_argument(
        "reduce: --errors hybrid: expected --clip as well, without which it is poisson");
  }
  reduce.clip = {.errors = errors_of(options.errors), .clip = options.clip};
  reduce.corrections.polarization = options.polarization;
  if (!options.dark.empty()) reduce.corrections.dark = read_image(options.dark);
  if (!options.flat.empty()) reduce.corrections.flat = read_image(options.flat);
}

Plan plan_of(const ReduceOptions& options) {
  if (options.cake > 0 && options.format != "nxcansas" && options.format != "nxazint") {
    throw std::invalid_argument("reduce: --cake: expected --format nxazint or none, got " +
                                options.format);
  }
  if (!options.like.empty() && (options.bins > 0 || options.logarithmic)) {
    throw std::invalid_argument("reduce: expected either --like or --bins and --log, got both");
  }
  Plan plan;
  try {
    if (!options.poni.empty()) {
      plan.read.geometry = files::read_poni(options.poni);
    }
    if (!options.mask.empty()) {
      plan.read.mask = files::read_mask(options.mask);
    }
    set_integration(options, plan.reduce);
    if (!options.like.empty()) {
      plan.reduce.like_q = first_curve(options.like).q;
    }
  } catch (const files::FileError& error) {
    throw std::invalid_argument(error.what());
  }
  plan.reduce.bins = options.bins;
  plan.reduce.azimuths = options.cake;
  plan.reduce.logarithmic = options.logarithmic;
  if (!options.range.empty()) {
    plan.reduce.q = range_of("--range", options.range, 1);
  }
  if (!options.sector.empty()) {
    plan.reduce.chi = range_of("--sector", options.sector, M_PI / 180);
  }
  return plan;
}

// Now, as NeXus writes dates.
std::string date() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

void write(const ReduceOptions& options, const std::string& path, const Curve& curve,
           const files::Metadata& metadata) {
  if (options.format == "csv") {
    files::write_csv(path, curve);
  } else if (options.format == "xml") {
    files::write_cansas_xml(path, curve, metadata);
  } else {
    files::write_nxcansas(path, curve, metadata);
  }
}

// "curve", "619 x 487 image", "22500 pixels".
std::string describe(const files::Item& item) {
  if (const auto* image = std::get_if<scattering::QImage>(&item.measurement)) {
    return fmt::format("{} pixels", image->intensity.size());
  }
  const auto* frame = std::get_if<scattering::Frame>(&item.measurement);
  if (frame == nullptr) return "curve";
  return fmt::format("{} x {} image", frame->counts.rows(), frame->counts.cols());
}

// The same of several: "3 curves".
std::string describe(const std::vector<files::Item>& items) {
  const auto& first = items.front().measurement;
  std::string one = describe(items.front());
  if (items.size() == 1) {
    return one;
  }
  const bool mixed = std::any_of(items.begin(), items.end(), [&](const files::Item& item) {
    return item.measurement.index() != first.index();
  });
  return mixed ? "image and curve" : fmt::format("{} {}s", items.size(), one);
}

constexpr char kRow[] = "{:<{}} {:<22} {:<17} {:>11}  {:<20} {}\n";

class Reducer {
 public:
  Reducer(const ReduceOptions& options, const Plan& plan) : options_(options), plan_(plan) {
    for (const std::string& path : options.files) {
      width_ = std::clamp(path.size(), width_, std::size_t{60});
    }
  }

  int run() {
    fmt::print(kRow, "file", width_, "format", "data", "points", "q [1/angstrom]", "written");
    for (const std::string& path : options_.files) {
      try {
        reduce_file(path);
      } catch (const files::FileError& error) {
        refuse(error.what());
      } catch (const std::exception& error) {
        refuse(path + ": " + error.what());
      }
    }
    if (!options_.plot.empty()) {
      write_plot();
    }
    return refused_ == 0 ? kExitDone : kExitFailed;
  }

 private:
  void refuse(const std::string& message) {
    std::fflush(stdout);
    fmt::print(stderr, "foray: {}\n", message);
    ++refused_;
  }

  void reduce_file(const std::string& path) {
    const files::FileContent content = files::read_measurement(path, plan_.read);
    if (options_.cake > 0) {
      make_cakes(path, content);
      return;
    }
    std::vector<Curve> curves;
    for (const files::Item& item : content.items) {
      curves.push_back(reduce_item(item, plan_.reduce));
    }
    std::string written = "-";
    for (std::size_t i = 0; i < curves.size() && !options_.out.empty(); ++i) {
      const char* end = options_.format == "csv"   ? ".csv"
                        : options_.format == "xml" ? ".xml"
                                                   : ".h5";
      const std::string out = names_.next(options_.out, path, "_reduced", end);
      write_item(out, path, content.items[i], curves[i]);
      written = i == 0 ? out : fmt::format("{} files in {}", i + 1, options_.out);
    }
    print_row(path, content, curves, written);
    print_notes(path, content);
    add_to_plot(path, content, curves);
  }

  void write_item(const std::string& out, const std::string& path, const files::Item& item,
                  const Curve& curve) const {
    const files::Metadata metadata = metadata_of(path, item);
    if (options_.format != "nxazint") {
      write(options_, out, curve, metadata);
      return;
    }
    files::write_nxazint(out, integrate_item(item, plan_.reduce), date(), metadata);
    if (curve.dq.size() > 0 || curve.slit_length.size() > 0) {
      fmt::print(stderr, "foray: note: {}: NXazint has no place for the resolution: left out\n",
                 path);
    }
  }

  void make_cakes(const std::string& path, const files::FileContent& content) {
    for (const files::Item& item : content.items) {
      const files::AzimuthalIntegral cake = integrate_item(item, plan_.reduce);
      std::string written = "-";
      if (!options_.out.empty()) {
        written = names_.next(options_.out, path, "_cake", ".h5");
        files::write_nxazint(written, cake, date(), metadata_of(path, item));
        const std::string picture = names_.next(options_.out, path, "_cake", ".png");
        files::write_atomically(picture, encode_png(cake_picture(cake)));
      }
      fmt::print(kRow, path, width_, content.format, describe(item),
                 fmt::format("{} x {}", cake.chi.size(), cake.q.size()),
                 fmt::format("{:.4g} .. {:.4g}", cake.q[0], cake.q[cake.q.size() - 1]), written);
      if (options_.plot.empty() || drawn_cake_) continue;
      const std::string title = std::filesystem::path(path).filename().string();
      files::write_atomically(options_.plot, cake_plot(title, cake));
      drawn_cake_ = true;
    }
    print_notes(path, content);
  }

  static files::Metadata metadata_of(const std::string& path, const files::Item& item) {
    files::Metadata metadata = item.metadata;
    metadata["title"] = item.name;
    metadata["source_file"] = std::filesystem::path(path).filename().string();
    return metadata;
  }

  void print_row(const std::string& path, const files::FileContent& content,
                 const std::vector<Curve>& curves, const std::string& written) const {
    Eigen::Index points = 0;
    double lowest = curves.front().q.minCoeff();
    double highest = lowest;
    for (const Curve& curve : curves) {
      points += curve.q.size();
      lowest = std::min(lowest, curve.q.minCoeff());
      highest = std::max(highest, curve.q.maxCoeff());
    }
    fmt::print(kRow, path, width_, content.format, describe(content.items), points,
               fmt::format("{:.4g} .. {:.4g}", lowest, highest), written);
  }

  // Each note once, however many measurements of the file have it.
  static void print_notes(const std::string& path, const files::FileContent& content) {
    std::set<std::string> notes(content.notes.begin(), content.notes.end());
    for (const files::Item& item : content.items) {
      notes.insert(item.notes.begin(), item.notes.end());
    }
    for (const std::string& note : notes) {
      fmt::print(stderr, "foray: note: {}: {}\n", path, note);
    }
  }

  void add_to_plot(const std::string& path, const files::FileContent& content,
                   const std::vector<Curve>& curves) {
    static constexpr const char* kColours[] = {"#3465a4", "#cc0000", "#4e9a06",
                                               "#75507b", "#c17d11", "#555753"};
    for (std::size_t i = 0; i < curves.size() && plotted_.size() < kMostPlotted; ++i) {
      Series series;
      series.name = std::filesystem::path(path).filename().string();
      if (curves.size() > 1) {
        series.name += ": " + content.items[i].name;
      }
      series.colour = kColours[plotted_.size() % std::size(kColours)];
      for (Eigen::Index k = 0; k < curves[i].q.size(); ++k) {
        const bool shown = curves[i].q[k] > 0 && curves[i].intensity[k] > 0;  // log-log
        series.x.push_back(shown ? curves[i].q[k] : std::nan(""));
        series.y.push_back(shown ? curves[i].intensity[k] : std::nan(""));
      }
      plotted_.push_back(std::move(series));
    }
  }

  void write_plot() {
    if (plotted_.empty()) {
      return;
    }
    const Axes axes{.title = "",
                    .x_label = "q [1/angstrom]",
                    .y_label = "intensity",
                    .log_x = true,
                    .log_y = true,
                    .width = 720,
                    .height = 520};
    try {
      files::write_atomically(options_.plot, line_plot(axes, plotted_) + "\n");
    } catch (const files::FileError& error) {
      refuse(error.what());
    }
  }

  const ReduceOptions& options_;
  const Plan& plan_;
  OutputNames names_;
  std::vector<Series> plotted_;
  std::size_t width_ = 4;  // of the column of file names
  int refused_ = 0;
  bool drawn_cake_ = false;
};

int reduce(const ReduceOptions& options) {
  const Plan plan = plan_of(options);
  if (!options.out.empty()) make_output_folder(options.out);
  return Reducer(options, plan).run();
}

}  // namespace

void add_reduce_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("reduce", "Reduce detector images to curves, and convert curves");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<ReduceOptions>();
  command->add_option("FILES", options->files, "measured files, of any format that foray reads")
      ->required();
  command->add_option("--poni", options->poni, "geometry of the images (pyFAI's .poni)");
  command->add_option("--mask", options->mask, "image whose pixels other than 0 are left out");
  command->add_option("--bins", options->bins, "number of bins of q")->check(CLI::Range(1, 100000));
  command->add_flag("--log", options->logarithmic, "bins of equal ratios");
  command->add_option("--like", options->like, "bins of q as the curve in this file has them");
  command->add_option("--range", options->range, "only LOWER,UPPER of q [1/angstrom]")
      ->delimiter(',')
      ->expected(2);
  command->add_option("--sector", options->sector, "only LOWER,UPPER of the azimuth [degrees]")
      ->delimiter(',')
      ->expected(2);
  command->add_option("--split", options->split, "pixels over bins: none, box or full")
      ->check(CLI::IsMember({"none", "box", "full"}))
      ->capture_default_str();
  command
      ->add_option("--errors", options->errors,
                   "poisson, azimuthal (scatter of each bin), or hybrid (clipped by scatter)")
      ->check(CLI::IsMember({"poisson", "azimuthal", "hybrid"}))
      ->capture_default_str();
  command
      ->add_option("--clip", options->clip,
                   "leave out pixels so many standard deviations from their bin")
      ->check(CLI::Range(2.0, 100.0));
  command
      ->add_option("--polarization", options->polarization,
                   "correct for it: 1 along the fast axis (synchrotrons), 0 unpolarised")
      ->check(CLI::Range(-1.0, 1.0));
  command->add_option("--dark", options->dark, "image of dark counts, subtracted");
  command->add_option("--flat", options->flat, "image of the pixels' relative response");
  command
      ->add_option("--cake", options->cake,
                   "bins of the azimuth, over the sector or all of it: an NXazint2d file and a "
                   "picture (PNG) of each image instead of a curve")
      ->check(CLI::Range(1, 10000));
  command->add_option("--out", options->out, "folder for what is made; none: only the table");
  command->add_option("--format", options->format, "of the curves: nxcansas, nxazint, csv or xml")
      ->check(CLI::IsMember({"nxcansas", "nxazint", "csv", "xml"}))
      ->capture_default_str();
  command->add_option("--plot", options->plot,
                      "draw the first 12 curves, or the first cake, into this SVG file");
  command->callback([options, &exit_code] { exit_code = reduce(*options); });
  command->footer(
      "example: foray reduce frames/*.cbf --poni detector.poni --bins 400 --out curves\n"
      "         foray reduce frames/*.cbf --poni detector.poni --cake 360 --split box --out "
      "cakes\n"
      "Formats are told from the content: NXsas, NXcanSAS, NXazint, canSAS XML, NIST/SasView and\n"
      "ISIS 2-D ASCII, columns of text, PDH, TIFF, EDF, CBF, numpy. A file that cannot be read "
      "gets one\n"
      "line saying what was expected and what was found; the others are done, and the exit code "
      "is 1.");
}

}  // namespace foray::app
