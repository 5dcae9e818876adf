// Prints how well attributes, geometries, features and problems are told by foray's networks and,
// trained on the same frames, by what others have used: histograms of oriented gradients with
// linear support vector machines, a convolutional network of LeNet's size on the image, and the
// same network averaged over turns and mirrors. Not a timed benchmark.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "attribute_methods.h"
#include "attributes.h"
#include "baseline_scores.h"
#include "foray/classifier/training.h"
#include "foray/common/parallel.h"
#include "intervals.h"

namespace {

using namespace foray;
using bench::Interval;
using bench::Method;
using bench::PathScores;
using bench::Picture;
using bench::Task;
using Settings = bench::TableSettings;
using Rows = std::vector<std::size_t>;

constexpr char kUsage[] =
    "usage: foray_attribute_table [FRAMES_TRAIN [FRAMES_TEST [SEED [EPOCHS]]]]\n"
    "\n"
    "  FRAMES_TRAIN  simulated frames that every method is trained on (default 2000); a quarter\n"
    "                as many of other instruments calibrate it\n"
    "  FRAMES_TEST   frames of instruments that none has seen (default 800)\n"
    "  SEED          of frames and networks (default 1)\n"
    "  EPOCHS        passes of the networks over the training frames (default 10)\n"
    "\n"
    "Average precision is the area under precision over recall. An attribute is there where\n"
    "any of its label paths is, in whatever geometry; its score is the sum over the\n"
    "geometries of the most probable of its paths. Brackets hold 95 % of 500 draws of whole\n"
    "instruments. Attributes that the labels have no path for, or no frame shows, are named\n"
    "and left out of the means.\n"
    "\n"
    "The ceiling is 1: labels of attributes follow from a scene and the counts to expect of\n"
    "it, so who knows these makes no mistake. Who sees one noisy frame stays below it by\n"
    "what the noise hides, which is not known here. What the best of the others leaves to 1\n"
    "is the gap, of which a share is closed.\n"
    "\n"
    "In the second table a geometry is right where it is the most probable one. F1 is of\n"
    "all that lies below the true geometry, given that and cut at one half. The accuracy of\n"
    "a problem is the share of frames on the right side of one half.\n";

std::int64_t number(const char* name, std::string_view text, std::int64_t least) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least ||
      value > std::numeric_limits<std::int32_t>::max()) {
    throw std::invalid_argument(fmt::format("{}: expected a whole number from {} to {}, got '{}'",
                                            name, least, std::numeric_limits<std::int32_t>::max(),
                                            text));
  }
  return value;
}

Settings read_settings(const std::vector<std::string>& words) {
  if (words.size() > 4) {
    throw std::invalid_argument(
        fmt::format("expected four arguments at most, got {}\n{}", words.size(), kUsage));
  }
  Settings settings;
  settings.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (!words.empty()) settings.training = static_cast<int>(number("FRAMES_TRAIN", words[0], 100));
  if (words.size() > 1) settings.test = static_cast<int>(number("FRAMES_TEST", words[1], 8));
  if (words.size() > 2) settings.seed = static_cast<std::uint64_t>(number("SEED", words[2], 0));
  if (words.size() > 3) settings.epochs = static_cast<int>(number("EPOCHS", words[3], 1));
  return settings;
}

// Scores and truth of some questions, in the form that baseline_scores.h reads.
struct Questions {
  std::vector<std::string> names;
  std::vector<Picture> truth;      // by frame
  std::vector<PathScores> scores;  // by method and frame
};

Questions ask_attributes(const Task& task, const std::vector<Method>& methods) {
  std::vector<bench::Attribute> attributes = bench::ten_attributes();
  for (const auto& attribute : bench::seventeen_attributes()) {
    const bool known = std::any_of(attributes.begin(), attributes.end(),
                                   [&](const auto& other) { return other.name == attribute.name; });
    if (!known) attributes.push_back(attribute);
  }
  Questions questions{{},
                      std::vector<Picture>(task.test.size()),
                      std::vector<PathScores>(methods.size(), PathScores(task.test.size()))};
  for (const auto& attribute : attributes) {
    const bench::Places places = bench::places_of(attribute, task.paths);
    std::vector<int> truth;
    for (const auto& one : task.truth) truth.push_back(bench::attribute_truth(places, one));
    if (std::count(truth.begin(), truth.end(), 1) == 0) {
      fmt::print("Left out, as {}: {}.\n",
                 places.empty() ? "the labels have it not" : "no frame shows it", attribute.name);
      continue;
    }
    questions.names.push_back(attribute.name);
    for (std::size_t k = 0; k < truth.size(); ++k) {
      questions.truth[k].truth.push_back(truth[k]);
      for (std::size_t m = 0; m < methods.size(); ++m) {
        questions.scores[m][k].push_back(bench::attribute_score(places, methods[m].probability[k]));
      }
    }
  }
  return questions;
}

// Of the attributes of a set, those that are asked.
Rows places_among(const std::vector<bench::Attribute>& set, const Questions& questions) {
  Rows places;
  for (const auto& attribute : set) {
    const auto found = std::find(questions.names.begin(), questions.names.end(), attribute.name);
    if (found != questions.names.end()) {
      places.push_back(static_cast<std::size_t>(found - questions.names.begin()));
    }
  }
  return places;
}

using MethodFigure = std::function<double(std::size_t method, const Rows& rows)>;

// A row of a table: one figure of every method.
struct Line {
  std::string name;
  std::string there;  // how often what it asks for is true
  MethodFigure figure;
};

void print_lines(const Task& task, std::size_t methods, const std::vector<Line>& lines,
                 int threads) {
  std::vector<std::string> cells(lines.size() * methods);
  parallel_for(static_cast<std::int64_t>(cells.size()), threads, [&](std::int64_t cell) {
    const std::size_t method = static_cast<std::size_t>(cell) % methods;
    const Line& line = lines[static_cast<std::size_t>(cell) / methods];
    const Interval interval = bench::bootstrap(
        task.experiments, [&](const Rows& rows) { return line.figure(method, rows); }, 1);
    if (std::isnan(interval.value)) return;
    cells[cell] =
        fmt::format("{:.3f} ({:.3f} to {:.3f})", interval.value, interval.low, interval.high);
  });
  for (std::size_t k = 0; k < lines.size(); ++k) {
    fmt::print("| {} | {} |", lines[k].name, lines[k].there);
    for (std::size_t m = 0; m < methods; ++m) fmt::print(" {} |", cells[k * methods + m]);
    fmt::print("\n");
  }
}

// How many are true of how many that are known.
std::string text_of_counts(const std::vector<int>& truth) {
  const auto there = std::count(truth.begin(), truth.end(), 1);
  const auto unknown = std::count(truth.begin(), truth.end(), -1);
  return fmt::format("{} of {}", there, static_cast<std::ptrdiff_t>(truth.size()) - unknown);
}

void print_head(const std::string& first, const std::vector<Method>& methods) {
  fmt::print("\n| {} | there |", first);
  for (const Method& method : methods) fmt::print(" {} |", method.name);
  fmt::print("\n|---|---|");
  for (std::size_t m = 0; m < methods.size(); ++m) fmt::print("---|");
  fmt::print("\n");
}

void print_attributes(const Task& task, const std::vector<Method>& methods,
                      const Settings& settings) {
  const Questions questions = ask_attributes(task, methods);
  std::vector<Line> lines;
  for (std::size_t a = 0; a < questions.names.size(); ++a) {
    std::vector<int> truth;
    for (const Picture& one : questions.truth) truth.push_back(one.truth[a]);
    lines.push_back({questions.names[a], text_of_counts(truth),
                     [&questions, a](std::size_t m, const Rows& rows) {
                       return bench::average_precision(questions.scores[m], questions.truth, a,
                                                       rows);
                     }});
  }
  const auto mean_of = [&questions](const Rows& asked) -> MethodFigure {
    return [&questions, asked](std::size_t m, const Rows& rows) {
      return bench::mean_average_precision(questions.scores[m], questions.truth, asked, rows);
    };
  };
  // Of what the best of the others leaves to 1, the ceiling.
  const auto closed_by = [&methods](const MethodFigure& mean) -> MethodFigure {
    return [&methods, mean](std::size_t m, const Rows& rows) {
      if (!methods[m].ours) return std::numeric_limits<double>::quiet_NaN();
      double best = 0;
      for (std::size_t other = 0; other < methods.size(); ++other) {
        if (!methods[other].ours) best = std::max(best, mean(other, rows));
      }
      return (mean(m, rows) - best) / (1 - best);
    };
  };
  for (const auto* set : {&bench::ten_attributes(), &bench::seventeen_attributes()}) {
    const Rows asked = places_among(*set, questions);
    const std::string name = fmt::format("of the {}", set->size());
    const auto mean = mean_of(asked);
    lines.push_back({"mean " + name, fmt::format("{} asked", asked.size()), mean});
    lines.push_back({"share of the gap to 1 closed, " + name, "", closed_by(mean)});
  }
  print_head("average precision", methods);
  print_lines(task, methods.size(), lines, settings.threads);
}

// Share of the frames of a known geometry whose most probable one it is.
double geometry_accuracy(const Task& task, const Method& method, const Rows& rows) {
  double right = 0;
  double asked = 0;
  for (const std::size_t k : rows) {
    if (task.test[k].targets.softmax.front() < 0) continue;
    asked += 1;
    right += task.truth[k][bench::likeliest_root(task.paths, method.probability[k])];
  }
  return right / asked;
}

double accuracy(const Task& task, const Method& method, std::size_t path, const Rows& rows) {
  std::vector<double> probability;
  std::vector<int> truth;
  for (const std::size_t k : rows) {
    if (task.truth[k][path] < 0) continue;
    probability.push_back(method.probability[k][path]);
    truth.push_back(task.truth[k][path]);
  }
  return classifier::path_figures("", probability, truth).accuracy;
}

void print_hierarchy(const Task& task, const std::vector<Method>& methods,
                     const Settings& settings) {
  std::vector<Picture> features;
  for (const auto& truth : task.truth) {
    features.push_back({nullptr, bench::features_of_root(task.paths, truth)});
  }
  std::vector<Line> lines = {
      {"geometry, accuracy", "",
       [&](std::size_t m, const Rows& rows) { return geometry_accuracy(task, methods[m], rows); }},
      {"features given the geometry, F1", "", [&](std::size_t m, const Rows& rows) {
         return bench::hierarchical_f1(methods[m].given, features, rows);
       }}};
  for (std::size_t path = 0; path < task.paths.size(); ++path) {
    if (!bench::is_aspect(task.paths, task.paths[path])) continue;
    std::vector<int> truth;
    for (const auto& one : task.truth) truth.push_back(one[path]);
    lines.push_back({task.paths[path] + ", accuracy", text_of_counts(truth),
                     [&, path](std::size_t m, const Rows& rows) {
                       return accuracy(task, methods[m], path, rows);
                     }});
  }
  print_head("", methods);
  print_lines(task, methods.size(), lines, settings.threads);
}

void run(const Settings& settings) {
  const Task task = bench::make_task(settings);
  fmt::print(
      "{} training frames, {} for calibration, {} of unseen instruments, seed {}, {} epochs, "
      "labels of version {}\n",
      task.training.size(), task.calibration.size(), task.test.size(), settings.seed,
      settings.epochs, classifier::default_hierarchy_version());
  const std::vector<Method> methods = bench::all_methods(task, settings);
  print_attributes(task, methods, settings);
  print_hierarchy(task, methods, settings);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    fmt::print("{}", kUsage);
    return 0;
  }
  try {
    run(read_settings(words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "foray_attribute_table: {}\n", error.what());
    return 1;
  }
}
