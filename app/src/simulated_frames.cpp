#include "simulated_frames.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/draws.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/files/atomic_write.h"
#include "foray/files/image_file.h"
#include "foray/files/nexus.h"
#include "foray/instruments/measurement_source.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/random_scene.h"
#include "output_names.h"
#include "picture.h"

namespace foray::app {
namespace {

namespace fs = std::filesystem;

constexpr int kPreviewSide = 1200;

bool is_nexus(const std::string& suffix) {
  return suffix == ".h5" || suffix == ".hdf5" || suffix == ".nxs";
}

void check_suffix(const std::string& suffix) {
  const bool known = is_nexus(suffix) || suffix == ".tif" || suffix == ".tiff" ||
                     suffix == ".npy" || suffix == ".edf" || suffix == ".cbf";
  require(known, fmt::format("simulate: --out: expected a file that ends in .h5, .tif, .npy, .edf "
                             "or .cbf, got \"{}\"",
                             suffix));
}

double parse_number(const std::string& name, const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  require(result.ec == std::errc{} && result.ptr == end && !text.empty(),
          fmt::format("simulate: --at: {}: expected a number, got \"{}\"", name, text));
  return value;
}

// "x_mm"; "composition" where there is no unit, and letters and digits of other units.
std::string column_of(const std::string& name, const std::string& unit) {
  std::string text = unit.empty() ? name : name + "_";
  for (const char c : unit) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) text += c;
  }
  return text;
}

files::Metadata metadata_of(const SimulationOptions& options, const SimulatedItem& item,
                            int index) {
  files::Metadata metadata;
  metadata["sample"] = options.sample;
  metadata["seed"] = fmt::format("{}", options.seed);  // as text: all 64 bits
  metadata["index"] = static_cast<double>(index);
  for (std::size_t i = 0; i < item.coordinates.size(); ++i) {
    metadata[column_of(item.coordinates[i], item.units[i])] =
        item.position[static_cast<Eigen::Index>(i)];
  }
  for (const auto& [name, value] : item.truth.values) metadata["true_" + name] = value;
  metadata["true_phase"] = item.truth.phase;
  metadata["true_grain_size_nm"] = item.truth.grain_size;
  metadata["true_period_nm"] = item.truth.period;
  metadata["visible_labels"] = fmt::format("{}", fmt::join(item.truth.labels, " "));
  return metadata;
}

void write_frame(const fs::path& path, const scattering::Frame& frame,
                 const files::Metadata& metadata) {
  const std::string suffix = path.extension().string();
  if (is_nexus(suffix)) {
    files::write_nxsas(path.string(), frame, metadata);
  } else if (suffix == ".tif" || suffix == ".tiff") {
    files::write_tiff(path.string(), frame.counts, files::smallest_type(frame.counts));
  } else if (suffix == ".npy") {
    files::write_npy(path.string(), frame.counts, files::smallest_type(frame.counts));
  } else if (suffix == ".edf") {
    files::write_edf(path.string(), frame.counts, files::smallest_type(frame.counts));
  } else {
    files::write_cbf(path.string(), frame);
  }
}

// Makes the frames of one call; const methods may be called concurrently.
class Source {
 public:
  explicit Source(const SimulationOptions& options) : options_(options) {
    if (options.sample == "random") {
      require(options.at.empty(),
              "simulate: --at: expected no position with --sample random, got one");
      return;
    }
    codec::SimulatorInstrumentSpec spec;
    spec.sample = options.sample;
    spec.sample_seed = options.seed;
    instruments::SimulatedLab lab = instruments::make_simulated_lab(spec);
    library_ = std::move(lab.library);
    coordinates_ = library_->coordinates();
    if (!options.at.empty()) {
      at_ = parse_position(options.at, coordinates_);
      static_cast<void>(library_->truth(*at_));  // refuses a place outside
    }
    maker_ = std::make_unique<simulator::FrameMaker>(lab.beamline);
  }

  simulator::SimulatedFrame make(int index, SimulatedItem& item) const {
    Rng rng(derive_seed(derive_seed(options_.seed, "simulate"), static_cast<std::uint64_t>(index)));
    simulator::SimulatedFrame result;
    const std::uint64_t noise = derive_seed(options_.seed, "noise");
    const auto stream = static_cast<std::uint64_t>(index);
    if (library_) {
      item.position = at_ ? *at_ : draw_position(rng);
      item.coordinates = coordinates_;
      item.units = library_->units();
      item.truth = library_->truth(item.position);
      result = maker_->make(library_->scene(item.position), options_.exposure_s, noise, stream);
    } else {
      const simulator::FrameMaker maker(simulator::random_beamline(rng));
      const simulator::Scene scene = simulator::random_scene(rng, maker.beamline());
      result = maker.make(scene, options_.exposure_s, noise, stream);
    }
    item.truth.labels = result.labels;
    item.counts = (result.frame.mask == 0).select(result.frame.counts, 0).sum();
    return result;
  }

 private:
  Eigen::VectorXd draw_position(Rng& rng) const {
    const Eigen::MatrixXd range = library_->range();
    Eigen::VectorXd position(range.rows());
    for (Eigen::Index i = 0; i < position.size(); ++i) {
      position[i] = uniform(rng, range(i, 0), range(i, 1));
    }
    return position;
  }

  const SimulationOptions& options_;
  std::unique_ptr<simulator::SampleLibrary> library_;
  std::vector<std::string> coordinates_;
  std::optional<Eigen::VectorXd> at_;
  std::unique_ptr<simulator::FrameMaker> maker_;
};

std::string truth_table(const std::vector<SimulatedItem>& items) {
  std::set<std::string> names;  // a value may be true in some phases only
  for (const SimulatedItem& item : items) {
    for (const auto& [name, value] : item.truth.values) names.insert(name);
  }
  std::string text = "file";
  for (std::size_t i = 0; i < items.front().coordinates.size(); ++i) {
    text += "," + column_of(items.front().coordinates[i], items.front().units[i]);
  }
  text += ",phase,grain_size_nm,period_nm";
  for (const std::string& name : names) text += "," + name;
  text += ",counts,labels\n";
  for (const SimulatedItem& item : items) {
    text += item.name;
    for (const double value : item.position) text += fmt::format(",{}", value);
    text += fmt::format(",{},{},{}", item.truth.phase, item.truth.grain_size, item.truth.period);
    for (const std::string& name : names) {
      const auto found = item.truth.values.find(name);
      text += found == item.truth.values.end() ? "," : fmt::format(",{}", found->second);
    }
    text += fmt::format(",{},{}\n", item.counts, fmt::join(item.truth.labels, " "));
  }
  return text;
}

void check(const SimulationOptions& options) {
  require_in_range("simulate: --exposure", options.exposure_s, 1e-9, 1e7);
  require_in_range("simulate: --count", options.count, 1, 1e6);
  require(options.threads >= 1, "simulate: --threads: expected at least 1");
  require(!options.out.empty() || !options.preview.empty(),
          "simulate: expected --out or --preview, got neither");
  check_suffix(options.count == 1 && !options.out.empty() ? options.out.extension().string()
                                                          : "." + options.format);
  if (options.count == 1 && !options.preview.empty()) {
    const std::string suffix = options.preview.extension().string();
    require(suffix == ".png",
            fmt::format("simulate: --preview: expected a file that ends in .png, got \"{}\"",
                        options.preview.string()));
  }
}

}  // namespace

Eigen::VectorXd parse_position(const std::string& text,
                               const std::vector<std::string>& coordinates) {
  Eigen::VectorXd position(static_cast<Eigen::Index>(coordinates.size()));
  std::vector<bool> given(coordinates.size(), false);
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equal = part.find('=');
    const std::string name = part.substr(0, equal);
    const auto found = std::find(coordinates.begin(), coordinates.end(), name);
    require(equal != std::string::npos && found != coordinates.end(),
            fmt::format("simulate: --at: expected NAME=VALUE with a name of {}, got \"{}\"",
                        fmt::join(coordinates, ", "), part));
    const auto i = static_cast<std::size_t>(found - coordinates.begin());
    require(!given[i], fmt::format("simulate: --at: expected {} once, got it twice", name));
    given[i] = true;
    position[static_cast<Eigen::Index>(i)] = parse_number(name, part.substr(equal + 1));
  }
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    require(given[i],
            fmt::format("simulate: --at: expected a value of {}, got none", coordinates[i]));
  }
  return position;
}

std::vector<SimulatedItem> simulate_frames(const SimulationOptions& options) {
  check(options);
  const Source source(options);
  const bool many = options.count > 1;
  if (many && !options.out.empty()) make_output_folder(options.out);
  if (many && !options.preview.empty()) make_output_folder(options.preview);
  std::vector<SimulatedItem> items(static_cast<std::size_t>(options.count));
  std::mutex counting;
  int done = 0;
  parallel_for(options.count, options.threads, [&](std::int64_t i) {
    const int index = static_cast<int>(i);
    SimulatedItem& item = items[static_cast<std::size_t>(i)];
    const simulator::SimulatedFrame made = source.make(index, item);
    const std::string stem = fmt::format("frame_{:06}", index);
    if (!options.out.empty()) {
      const fs::path path = many ? options.out / (stem + "." + options.format) : options.out;
      item.name = path.filename().string();
      write_frame(path, made.frame, metadata_of(options, item, index));
      if (options.expected) {
        const fs::path beside = path.parent_path() / (path.stem().string() + "_expected.npy");
        files::write_npy(beside.string(), made.expected, files::PixelType::kFloat64);
      }
    }
    if (!options.preview.empty()) {
      write_png(many ? options.preview / (stem + ".png") : options.preview,
                picture_of(made.frame, kPreviewSide));
    }
    const std::lock_guard lock(counting);
    ++done;
    if (options.progress) options.progress(done);
  });
  if (many && !options.out.empty()) {
    files::write_atomically((options.out / "truth.csv").string(), truth_table(items));
  }
  return items;
}

}  // namespace foray::app
