#include <fmt/core.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "command.h"
#include "foray/classifier/classifier.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/files/poni.h"
#include "foray/files/read_measurement.h"

namespace foray::app {
namespace {

struct ClassifyOptions {
  std::vector<std::string> files;
  std::filesystem::path weights;
  std::string geometry;
  std::string mask;
  bool json = false;
};

using Classes = std::vector<scattering::ClassProbability>;

void print_json(const std::string& file, const files::Item& item, const Classes& classes) {
  nlohmann::json line = {{"file", file}, {"classes", nlohmann::json::array()}};
  if (!item.name.empty()) line["name"] = item.name;
  for (const auto& one : classes) {
    line["classes"].push_back({{"path", one.path},
                               {"probability", one.probability},
                               {"logit_variance", one.logit_variance}});
  }
  // Text of files may hold anything; what is no UTF-8 is replaced.
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// Children indented below their parent; what lies below a very improbable node is left out.
void print_children(const Classes& classes, const std::string& parent, std::size_t indent) {
  constexpr double kWorthOpening = 0.05;
  for (const auto& one : classes) {
    if (parent_of(one.path) != parent) continue;
    const std::string name = std::string(indent, ' ') + one.path.substr(one.path.rfind('/') + 1);
    const auto bar = static_cast<std::size_t>(std::lround(one.probability * 20));
    fmt::print("  {:<30} {:6.3f}  {}\n", name, one.probability, std::string(bar, '#'));
    if (one.probability >= kWorthOpening) print_children(classes, one.path, indent + 2);
  }
}

void print_tree(const std::string& file, const files::Item& item, const Classes& classes) {
  fmt::print("{}{}{}\n", file, item.name.empty() ? "" : ": ", item.name);
  print_children(classes, "", 0);
}

files::ReadOptions read_options(const ClassifyOptions& options) {
  files::ReadOptions result;
  if (!options.geometry.empty()) result.geometry = files::read_poni(options.geometry);
  if (!options.mask.empty()) result.mask = files::read_mask(options.mask);
  return result;
}

// Whether the file held a frame that could be classified.
bool classify_file(const std::string& file, const classifier::Classifier& network,
                   const files::ReadOptions& reading, bool json) {
  const files::FileContent content = files::read_measurement(file, reading);
  bool any = false;
  for (const files::Item& item : content.items) {
    const auto* frame = std::get_if<scattering::Frame>(&item.measurement);
    if (frame == nullptr) continue;
    any = true;
    if (!item.has_geometry) {
      fmt::print(stderr,
                 "foray: {}: it holds no geometry; give one with --geometry, or angles and the "
                 "kind of experiment are guesses\n",
                 file);
    }
    const Classes classes = network.classify(*frame);
    json ? print_json(file, item, classes) : print_tree(file, item, classes);
  }
  if (!any) {
    fmt::print(stderr, "foray: {}: expected a detector frame, found {} without one\n", file,
               content.format);
  }
  return any;
}

int classify(const ClassifyOptions& options) {
  const auto network = options.weights.empty() ? classifier::builtin_classifier()
                                               : classifier::load_classifier(options.weights);
  const files::ReadOptions reading = read_options(options);
  bool all = true;
  for (const std::string& file : options.files) {
    try {
      all = classify_file(file, *network, reading, options.json) && all;
    } catch (const files::FileError& error) {
      fmt::print(stderr, "foray: {}\n", error.what());
      all = false;
    } catch (const std::invalid_argument& error) {
      fmt::print(stderr, "foray: {}: {}\n", file, error.what());
      all = false;
    }
  }
  return all ? kExitDone : kExitFailed;
}

}  // namespace

void add_classify_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand(
      "classify", "Tell what detector frames show: the label hierarchy with its probabilities");
  command->add_option("files", options->files, "frames: NXsas, TIFF, EDF, CBF, numpy")->required();
  command->add_option("--weights", options->weights,
                      "weights of 'foray train' instead of the program's own");
  command->add_option("--geometry", options->geometry, "PONI file, for frames without a geometry");
  command->add_option("--mask", options->mask, "image file; pixels that are not 0 are left out");
  command->add_flag("--json", options->json, "one JSON object a frame and line");
  command->footer("example: foray classify --geometry saxs.poni frame_0001.cbf frame_0002.cbf");
  command->callback([options, &exit_code] { exit_code = classify(*options); });
}

}  // namespace foray::app
