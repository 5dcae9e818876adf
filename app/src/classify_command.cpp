#include <fmt/core.h>

#include <Eigen/Core>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/label_queue.h"
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
  bool all = false;  // of the text: also what is improbable
  int queue = 0;     // 0: tell what every frame shows
};

using Classes = std::vector<scattering::ClassProbability>;

void print_json(const std::string& file, const files::Item& item,
                const classifier::Recognition& seen) {
  nlohmann::json line = {{"file", file}, {"classes", nlohmann::json::array()}};
  if (!item.name.empty()) line["name"] = item.name;
  for (const auto& one : seen.classes) {
    line["classes"].push_back({{"path", one.path},
                               {"probability", one.probability},
                               {"logit_variance", one.logit_variance}});
  }
  if (seen.novelty) {
    line["novelty"] = {{"score", seen.novelty->score},
                       {"variance", seen.novelty->variance},
                       {"unknown", seen.novelty->unknown()},
                       {"false_alarms", seen.novelty->false_alarms}};
  }
  // Text of files may hold anything; what is no UTF-8 is replaced.
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// What is less probable is left out of the text, unless all is asked for.
constexpr double kWorthTelling = 0.05;

void print_class(const std::string& name, double probability) {
  const auto bar = static_cast<std::size_t>(std::lround(probability * 20));
  fmt::print("  {:<30} {:6.3f}  {}\n", name, probability, std::string(bar, '#'));
}

// Children indented below their parent.
void print_children(const Classes& classes, const std::string& parent, std::size_t indent,
                    double least) {
  for (const auto& one : classes) {
    if (parent_of(one.path) != parent || one.probability < least) continue;
    print_class(std::string(indent, ' ') + one.path.substr(one.path.rfind('/') + 1),
                one.probability);
    print_children(classes, one.path, indent + 2, least);
  }
}

// Aspects (instrument, problem) are no classes themselves: their questions stand below their name.
void print_aspects(const Classes& classes, double least) {
  std::set<std::string> paths;
  for (const auto& one : classes) paths.insert(one.path);
  std::string last;
  for (const auto& one : classes) {
    const std::string aspect = parent_of(one.path);
    if (aspect.empty() || paths.count(aspect) > 0 || one.probability < least) continue;
    if (aspect != last) fmt::print("  {}\n", aspect);
    last = aspect;
    print_class("  " + one.path.substr(aspect.size() + 1), one.probability);
  }
}

void print_novelty(const classifier::Novelty& novelty) {
  fmt::print("  {:<30} {:6.2f}  {}\n", "novelty", novelty.score,
             novelty.unknown()
                 ? fmt::format("unknown: the probabilities mean nothing (above 0 as {:.3g} % of "
                               "known frames)",
                               100 * novelty.false_alarms)
                 : "known");
}

void print_tree(const std::string& file, const files::Item& item,
                const classifier::Recognition& seen, bool all) {
  const double least = all ? 0.0 : kWorthTelling;
  fmt::print("{}{}{}\n", file, item.name.empty() ? "" : ": ", item.name);
  print_children(seen.classes, "", 0, least);
  print_aspects(seen.classes, least);
  if (seen.novelty) print_novelty(*seen.novelty);
}

files::ReadOptions read_options(const ClassifyOptions& options) {
  files::ReadOptions result;
  if (!options.geometry.empty()) result.geometry = files::read_poni(options.geometry);
  if (!options.mask.empty()) result.mask = files::read_mask(options.mask);
  return result;
}

// Whether the file held a frame that could be classified; `take` gets each one.
bool classify_file(const std::string& file, const classifier::Classifier& network,
                   const files::ReadOptions& reading,
                   const std::function<void(const files::Item&, classifier::Recognition)>& take) {
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
    take(item, network.recognise(*frame));
  }
  if (!any) {
    fmt::print(stderr, "foray: {}: expected a detector frame, found {} without one\n", file,
               content.format);
  }
  return any;
}

// Whether all files held a frame; what is wrong with the others is told.
bool classify_files(const ClassifyOptions& options,
                    const std::function<void(const std::string&, const files::Item&,
                                             classifier::Recognition)>& take) {
  const auto network = options.weights.empty() ? classifier::builtin_classifier()
                                               : classifier::load_classifier(options.weights);
  const files::ReadOptions reading = read_options(options);
  bool all = true;
  for (const std::string& file : options.files) {
    try {
      all = classify_file(file, *network, reading,
                          [&](const files::Item& item, classifier::Recognition seen) {
                            take(file, item, std::move(seen));
                          }) &&
            all;
    } catch (const files::FileError& error) {
      fmt::print(stderr, "foray: {}\n", error.what());
      all = false;
    } catch (const std::invalid_argument& error) {
      fmt::print(stderr, "foray: {}: {}\n", file, error.what());
      all = false;
    }
  }
  return all;
}

// A frame that may be worth a label.
struct Candidate {
  std::string name;
  double doubt = 0;
  bool unknown = false;
  std::vector<float> features;
};

// Whether an unknown frame belongs to what is to be known at all is a question too.
constexpr double kDoubtOfUnknown = 1;

void print_queue(const std::vector<Candidate>& candidates, const ClassifyOptions& options) {
  const auto n = static_cast<Eigen::Index>(candidates.size());
  Eigen::VectorXd doubts(n);
  Eigen::MatrixXf features(n > 0 ? static_cast<Eigen::Index>(candidates[0].features.size()) : 0, n);
  for (Eigen::Index k = 0; k < n; ++k) {
    const Candidate& one = candidates[static_cast<std::size_t>(k)];
    doubts(k) = one.doubt;
    features.col(k) = Eigen::Map<const Eigen::VectorXf>(one.features.data(), features.rows());
  }
  int rank = 0;
  for (const int k : classifier::label_queue(doubts, features, options.queue)) {
    const Candidate& one = candidates[static_cast<std::size_t>(k)];
    ++rank;
    if (options.json) {
      const nlohmann::json line = {
          {"rank", rank}, {"frame", one.name}, {"doubt_bit", one.doubt}, {"unknown", one.unknown}};
      fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      fmt::print("{:>4}  {:5.2f} bit  {}{}\n", rank, one.doubt, one.name,
                 one.unknown ? "  (unknown)" : "");
    }
  }
}

int classify(const ClassifyOptions& options) {
  std::vector<Candidate> candidates;
  const bool all = classify_files(
      options, [&](const std::string& file, const files::Item& item, classifier::Recognition seen) {
        if (options.queue > 0) {
          const bool unknown = seen.novelty && seen.novelty->unknown();
          candidates.push_back({item.name.empty() ? file : file + ": " + item.name,
                                classifier::doubt(seen.classes) + (unknown ? kDoubtOfUnknown : 0),
                                unknown, std::move(seen.features)});
        } else if (options.json) {
          print_json(file, item, seen);
        } else {
          print_tree(file, item, seen, options.all);
        }
      });
  if (options.queue > 0) print_queue(candidates, options);
  return all ? kExitDone : kExitFailed;
}

}  // namespace

void add_classify_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand(
      "classify",
      "Tell what detector frames show: the label hierarchy (docs/classifier.md) with its "
      "probabilities");
  command->add_option("files", options->files, "frames: NXsas, TIFF, EDF, CBF, numpy")->required();
  command->add_option("--weights", options->weights,
                      "weights of 'foray train' instead of the program's own");
  command->add_option("--geometry", options->geometry, "PONI file, for frames without a geometry");
  command->add_option("--mask", options->mask, "image file; pixels that are not 0 are left out");
  auto* json = command->add_flag("--json", options->json, "one JSON object a frame and line");
  command->add_flag("--all", options->all, "also what is less probable than 5 %")->excludes(json);
  command
      ->add_option("--queue", options->queue,
                   "instead, name this many frames that are most worth a label, in order: in doubt "
                   "and unlike each other")
      ->check(CLI::Range(1, 1000000));
  command->footer("example: foray classify --geometry saxs.poni frame_0001.cbf frame_0002.cbf");
  command->callback([options, &exit_code] { exit_code = classify(*options); });
}

}  // namespace foray::app
