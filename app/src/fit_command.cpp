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
#include "fit_options.h"
#include "foray/codec/json.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/guinier.h"
#include "foray/scattering/model_fit.h"
#include "output_names.h"
#include "plot.h"

namespace foray::app {
namespace {

using codec::Json;
using scattering::Curve;
using scattering::FittedParameter;
using scattering::ModelFit;

struct FitOptions {
  std::vector<std::string> files;
  std::string model, out, plot;
  FitWords words;
  std::vector<double> range, slit;
  double resolution = 0, max_q_rg = 0;
  bool sharp = false;
};

constexpr std::size_t kMostCurves = 6;  // curves whose marks and lines can be told apart

Json json_of(const FittedParameter& parameter) {
  Json json = {{"value", parameter.estimate.value},
               {"sigma", std::sqrt(parameter.estimate.variance)},
               {"unit", parameter.unit},
               {"at_bound", parameter.at_bound},
               {"determined", parameter.determined}};
  if (std::isfinite(parameter.lower)) json["lower"] = parameter.lower;
  if (std::isfinite(parameter.upper)) json["upper"] = parameter.upper;
  return json;
}

Json json_of(const std::string& file, const std::string& name, const std::string& model,
             const ModelFit& fit) {
  Json json = {{"file", file},
               {"model", model},
               {"status", scattering::to_string(fit.status)},
               {"note", fit.note},
               {"chi_squared", fit.chi_squared},
               {"degrees_of_freedom", fit.degrees_of_freedom},
               {"reduced_chi_squared", fit.reduced_chi_squared()},
               {"errors", fit.errors_known ? "given" : "from the scatter about the fit"},
               {"smeared", fit.smeared},
               {"intensity_unit", fit.data.intensity_unit},
               {"parameters", Json::object()},
               {"values", Json::object()},
               {"order", Json::array()},
               {"covariance", Json::array()}};
  if (!name.empty()) json["name"] = name;
  for (const FittedParameter& parameter : fit.parameters) {
    json["parameters"][parameter.name] = json_of(parameter);
    json["order"].push_back(parameter.name);
  }
  for (const auto& [key, value] : fit.values) json["values"][key] = value;
  for (const auto& [key, distribution] : fit.distributions) {
    json["values"][key + "_pd"] = distribution.width;
  }
  for (Eigen::Index i = 0; i < fit.covariance.rows(); ++i) {
    json["covariance"].push_back(codec::json_of(fit.covariance.row(i).transpose()));
  }
  json["q"] = codec::json_of(fit.data.q);
  json["intensity"] = codec::json_of(fit.data.intensity);
  json["sigma"] = codec::json_of(fit.data.sigma);
  if (fit.data.dq.size() != 0) json["dq"] = codec::json_of(fit.data.dq);
  if (fit.data.slit_length.size() != 0) {
    json["slit_length"] = codec::json_of(fit.data.slit_length);
    json["slit_width"] = codec::json_of(fit.data.slit_width);
  }
  json["fit"] = codec::json_of(fit.fit);
  json["residuals"] = codec::json_of(fit.residuals());
  return json;
}

class Fitter {
 public:
  Fitter(const FitOptions& options, scattering::ModelFitOptions fit)
      : options_(options), model_(options.model), fit_(std::move(fit)) {
    if (!options.range.empty()) fit_.q = scattering::Range{options.range[0], options.range[1]};
    fit_.smear = !options.sharp;
  }

  int run() {
    for (const std::string& path : options_.files) {
      try {
        fit_file(path);
      } catch (const files::FileError& error) {
        refuse(error.what());
      } catch (const std::exception& error) {
        refuse(path + ": " + error.what());
      }
    }
    if (!options_.plot.empty() && !plotted_.empty()) write_plot();
    return refused_ == 0 ? kExitDone : kExitFailed;
  }

 private:
  void refuse(const std::string& message) {
    std::fflush(stdout);
    fmt::print(stderr, "foray: {}\n", message);
    ++refused_;
  }

  void fit_file(const std::string& path) {
    const files::FileContent content = files::read_measurement(path);
    bool any = false;
    for (const files::Item& item : content.items) {
      const auto* curve = std::get_if<Curve>(&item.measurement);
      if (curve == nullptr) continue;
      any = true;
      fit_curve(path, content.items.size() > 1 ? item.name : "", *curve);
    }
    if (!any) {
      throw files::FileError(path, "a curve (foray reduce makes one of an image)", content.format);
    }
  }

  void fit_curve(const std::string& path, const std::string& name, Curve curve) {
    if (options_.resolution > 0 && curve.dq.size() == 0) curve.dq = options_.resolution * curve.q;
    if (!options_.slit.empty() && curve.slit_length.size() == 0) {
      curve.slit_length = Eigen::VectorXd::Constant(curve.q.size(), options_.slit.front());
      const double width = options_.slit.size() > 1 ? options_.slit[1] : 0.0;
      curve.slit_width = Eigen::VectorXd::Constant(curve.q.size(), width);
    }
    const ModelFit fit =
        options_.max_q_rg > 0 ? guinier(curve) : scattering::fit_model(curve, model_, fit_);
    print(path, name, fit);
    // Where nothing was fitted there is nothing to keep.
    if (fit.status == scattering::ModelFitStatus::kTooFewPoints) {
      ++refused_;
      return;
    }
    if (!options_.out.empty()) {
      const std::string out = names_.next(options_.out, path, "_fit", ".json");
      const Json json =
          json_of(std::filesystem::path(path).filename().string(), name, options_.model, fit);
      files::write_atomically(out, codec::write_json(json, 1) + "\n");
      fmt::print("  written to {}\n", out);
    }
    add_to_plot(path, name, fit);
  }

  [[nodiscard]] ModelFit guinier(const Curve& curve) const {
    scattering::GuinierOptions guinier{.max_q_rg = options_.max_q_rg};
    if (fit_.q) guinier.q = *fit_.q;
    return scattering::fit_guinier(curve, guinier);
  }

  static void print(const std::string& path, const std::string& name, const ModelFit& fit) {
    fmt::print("{}{}{}: {}{}{}, chi^2 {:.4g} for {} degrees of freedom{}\n", path,
               name.empty() ? "" : ": ", name, to_string(fit.status), fit.note.empty() ? "" : ": ",
               fit.note, fit.chi_squared, fit.degrees_of_freedom,
               fit.errors_known ? "" : " (errors from the scatter about the fit)");
    for (const FittedParameter& parameter : fit.parameters) {
      const double sigma = std::sqrt(parameter.estimate.variance);
      const std::string error = parameter.at_bound ? "at its limit"
                                : sigma > 0        ? fmt::format("+- {:.2g}", sigma)
                                                   : "not determined";
      fmt::print("  {:<20} {:>12.6g} {} {}\n", parameter.name, parameter.estimate.value, error,
                 parameter.unit);
    }
  }

  void add_to_plot(const std::string& path, const std::string& name, const ModelFit& fit) {
    static constexpr const char* kColours[] = {"#3465a4", "#cc0000", "#4e9a06",
                                               "#75507b", "#c17d11", "#555753"};
    if (plotted_.size() >= 2 * kMostCurves) return;
    Series data;
    data.name = std::filesystem::path(path).filename().string();
    if (!name.empty()) data.name += ": " + name;
    data.colour = kColours[plotted_.size() / 2 % std::size(kColours)];
    data.line = false;
    data.marks = true;
    Series line = data;
    line.name = "";
    line.line = true;
    line.marks = false;
    for (Eigen::Index i = 0; i < fit.data.q.size(); ++i) {
      const auto shown = [](double value) { return value > 0 ? value : std::nan(""); };  // log-log
      data.x.push_back(fit.data.q[i]);
      data.y.push_back(shown(fit.data.intensity[i]));
      line.x.push_back(fit.data.q[i]);
      line.y.push_back(shown(fit.fit[i]));
    }
    plotted_.push_back(std::move(data));
    plotted_.push_back(std::move(line));
  }

  void write_plot() {
    const Axes axes{.title = options_.model,
                    .x_label = "q [1/angstrom]",
                    .y_label = "intensity",
                    .log_x = true,
                    .log_y = true,
                    .width = 720,
                    .height = 520};
    try {
      files::write_atomically(options_.plot, plot_file(line_plot(axes, plotted_)));
    } catch (const files::FileError& error) {
      refuse(error.what());
    }
  }

  const FitOptions& options_;
  scattering::Model model_;
  scattering::ModelFitOptions fit_;
  OutputNames names_;
  std::vector<Series> plotted_;
  int refused_ = 0;
};

// A name that the model does not have is told once, before the first file is read.
void check_names(const FitOptions& options, const scattering::ModelFitOptions& fit) {
  Curve none;
  none.q = none.intensity = none.sigma = Eigen::VectorXd(0);
  scattering::ModelFitOptions checked = fit;
  if (!options.range.empty()) checked.q = scattering::Range{options.range[0], options.range[1]};
  scattering::fit_model(none, scattering::Model(options.model), checked);
}

void check_slit_words(const FitOptions& options) {
  if (options.slit.empty()) return;
  if (options.slit.size() > 2) {
    throw std::invalid_argument(fmt::format(
        "fit: --slit: expected LENGTH or LENGTH,WIDTH, got {} numbers", options.slit.size()));
  }
  if (options.resolution > 0) {
    throw std::invalid_argument("fit: expected either --resolution or --slit, got both");
  }
  if (options.sharp) {
    throw std::invalid_argument("fit: expected either --sharp or --slit, got both");
  }
}

int fit(const FitOptions& options) {
  const scattering::ModelFitOptions fit = fit_options(options.words);
  if (options.max_q_rg > 0 && options.model != "guinier") {
    throw std::invalid_argument("fit: --max-qrg: expected --model guinier, got " + options.model);
  }
  if (options.max_q_rg > 0 && (!options.words.free.empty() || !options.words.set.empty() ||
                               !options.words.distributions.empty() || options.sharp)) {
    throw std::invalid_argument(
        "fit: --max-qrg: expected it without --free, --set, --pd and --sharp, which a Guinier fit "
        "has no use for");
  }
  check_slit_words(options);
  check_names(options, fit);
  if (!options.out.empty()) make_output_folder(options.out);
  return Fitter(options, fit).run();
}

}  // namespace

void add_fit_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("fit", "Fit a small-angle model to curves");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<FitOptions>();
  command->add_option("CURVES", options->files, "files with curves, of any format that foray reads")
      ->required();
  command
      ->add_option("--model", options->model,
                   "its name as in SasView; P@S with a structure factor, A+B, A*B")
      ->required();
  command->add_option("--free", options->words.free,
                      "parameters to fit: NAME, NAME=START, NAME=LOWER:UPPER (the start is looked "
                      "for) or NAME=LOWER:START:UPPER; NAME_pd is the relative width of NAME's "
                      "distribution; scale and background are free unless set");
  command->add_option("--set", options->words.set, "parameters that stay: NAME=VALUE");
  command->add_option("--pd", options->words.distributions,
                      "what is distributed: NAME=WIDTH (gaussian) or NAME=schulz:WIDTH");
  command->add_option("--range", options->range, "only LOWER,UPPER of q [1/angstrom]")
      ->delimiter(',')
      ->expected(2);
  command
      ->add_option("--max-qrg", options->max_q_rg,
                   "with --model guinier: only points up to this q rg (1.3 for compact bodies), "
                   "without a background")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--resolution", options->resolution,
                   "dq/q (standard deviation) of curves without a resolution of their own")
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--slit", options->slit,
                   "LENGTH or LENGTH,WIDTH of the slit of curves without one of their own: how far "
                   "it reaches to either side across and along q [1/angstrom]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--sharp", options->sharp, "leave the resolution of the curves out");
  command->add_option("--out", options->out,
                      "folder for one JSON a curve: parameters, covariance, data, fit, residuals");
  command->add_option("--plot", options->plot, "draw the first 6 curves and fits into this SVG");
  command->callback([options, &exit_code] { exit_code = fit(*options); });
  command->footer(
      "example: foray fit silica.xml --model sphere --free radius=40:80 radius_pd=0.02:0.3 "
      "--pd radius=schulz:0.1 --set sld=3.47 sld_solvent=6.3 --out fits --plot silica.svg\n"
      "Names, units and defaults of the models are those of SasView (docs/models.md).");
}

}  // namespace foray::app
