#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "command.h"
#include "foray/classifier/transitions.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/files/poni.h"
#include "foray/files/read_measurement.h"

namespace foray::app {
namespace {

struct TransitionsOptions {
  std::vector<std::string> files;
  std::string geometry;
  std::string mask;
  classifier::TransitionOptions watching;
  bool json = false;
};

// The series so far: what its frames are called, and what watches them.
class Watch {
 public:
  Watch(const classifier::TransitionOptions& watching, bool json)
      : detector_(watching), json_(json) {}

  void take(const std::string& name, const scattering::Frame& frame) {
    const auto found = detector_.add(classifier::series_features(preprocessor_, frame));
    names_.push_back(name);  // Of what could be watched only: the detector counts no other.
    if (!found) return;
    ++transitions_;
    const std::string& onset = names_[static_cast<std::size_t>(found->onset)];
    if (json_) {
      const nlohmann::json line = {{"onset", found->onset},
                                   {"onset_frame", onset},
                                   {"seen", found->seen},
                                   {"seen_frame", name},
                                   {"log10_p", found->log10_p}};
      fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      fmt::print(
          "{}: frame {} of the series begins something else; certain with frame {}, chance "
          "1e{:.0f}\n",
          onset, found->onset + 1, found->seen + 1, found->log10_p);
    }
  }

  [[nodiscard]] std::size_t frames() const { return names_.size(); }
  [[nodiscard]] std::size_t transitions() const { return transitions_; }

 private:
  classifier::Preprocessor preprocessor_;
  classifier::TransitionDetector detector_;
  bool json_;
  std::vector<std::string> names_;
  std::size_t transitions_ = 0;
};

// Whether the file held a frame that could be watched.
bool take_file(const std::string& file, const files::ReadOptions& reading, Watch& watch) {
  const files::FileContent content = files::read_measurement(file, reading);
  bool any = false;
  for (const files::Item& item : content.items) {
    const auto* frame = std::get_if<scattering::Frame>(&item.measurement);
    if (frame == nullptr) continue;
    any = true;
    watch.take(item.name.empty() ? file : file + ": " + item.name, *frame);
  }
  if (!any) {
    fmt::print(stderr, "foray: {}: expected a detector frame, found {} without one\n", file,
               content.format);
  }
  return any;
}

int find_transitions(const TransitionsOptions& options) {
  files::ReadOptions reading;
  if (!options.geometry.empty()) reading.geometry = files::read_poni(options.geometry);
  if (!options.mask.empty()) reading.mask = files::read_mask(options.mask);
  classifier::TransitionOptions watching = options.watching;
  watching.longest = std::min(watching.longest, watching.memory - watching.least);
  Watch watch(watching, options.json);
  bool all = true;
  for (const std::string& file : options.files) {
    try {
      all = take_file(file, reading, watch) && all;
    } catch (const files::FileError& error) {
      fmt::print(stderr, "foray: {}\n", error.what());
      all = false;
    } catch (const std::invalid_argument& error) {
      fmt::print(stderr, "foray: {}: {}\n", file, error.what());
      all = false;
    }
  }
  if (!options.json) {
    fmt::print("{} transition{} in {} frames\n", watch.transitions(),
               watch.transitions() == 1 ? "" : "s", watch.frames());
  }
  return all ? kExitDone : kExitFailed;
}

}  // namespace

void add_transitions_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TransitionsOptions>();
  CLI::App* command = app.add_subcommand(
      "transitions", "Tell where in a series of detector frames something else begins");
  command
      ->add_option("files", options->files,
                   "frames in the order of measuring: NXsas, TIFF, EDF, CBF, numpy")
      ->required();
  command->add_option("--geometry", options->geometry, "PONI file, for frames without a geometry");
  command->add_option("--mask", options->mask, "image file; pixels that are not 0 are left out");
  command
      ->add_option("--false-alarms", options->watching.frames_per_false_alarm,
                   "at most one false alarm in so many frames")
      ->capture_default_str();
  command
      ->add_option("--memory", options->watching.memory,
                   "frames that the present course is learned from")
      ->capture_default_str();
  command->add_flag("--json", options->json, "one JSON object a transition and line");
  command->footer("example: foray transitions --geometry saxs.poni ramp_*.cbf");
  command->callback([options, &exit_code] { exit_code = find_transitions(*options); });
}

}  // namespace foray::app
