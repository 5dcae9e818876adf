#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <variant>

#include "foray/codec/campaign_codec.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/measurement_store.h"
#include "page.h"
#include "plot.h"
#include "progress.h"
#include "report_data.h"
#include "report_transition.h"

namespace foray::app {

namespace {

constexpr int kMapSide = 80;
constexpr int kCurveWidth = 520;  // two beside each other on the page

bool is_logarithmic(const optimizer::Parameter& parameter) {
  return parameter.scale == optimizer::ParameterScale::kLog;
}

std::string unit_label(const campaign::ObservableChoice& choice) {
  return choice.spec.unit.empty() ? "" : fmt::format(" [{}]", choice.spec.unit);
}

// How the run compares with random points, or even ones, as rows of the overview.
std::vector<std::vector<std::string>> compared(const campaign::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  if (const auto& search = comparison.search) {
    const bool any = search->draws_that_allow_none < search->draws;
    rows.push_back(
        {"better than random",
         fmt::format("with probability {:.2f}: {} = {:.4g} was found, {} random points would have "
                     "reached {}",
                     search->probability, search->observable, search->found, search->points,
                     any ? fmt::format("{:.4g} +- {:.2g}", search->random, search->random_deviation)
                         : std::string("none that is allowed"))});
  }
  for (const campaign::MapComparison& map : comparison.maps) {
    rows.push_back({"variance left of " + map.observable,
                    fmt::format("{:.3g}; {} evenly spread points would have left {:.3g}",
                                map.remaining, map.points, map.spread_out)});
  }
  return rows;
}

// How far from `probability` a share of n is by chance: two standard deviations.
double deviation_by_chance(double probability, double n) {
  return 2 * std::sqrt(probability * (1 - probability) / n);
}

// How well each result is predicted from all others, with what the figures would be where the
// predictions were right.
std::vector<std::string> predicted(const campaign::Predictability& one) {
  const surrogate::Calibration& found = one.calibration;
  const auto n = static_cast<double>(found.points);
  std::string shares, intervals, chances;
  for (std::size_t k = 0; k < found.coverage.size(); ++k) {
    const double wanted = surrogate::Calibration::kIntervals[k];
    const char* const comma = k == 0 ? "" : k + 1 < found.coverage.size() ? ", " : " and ";
    shares += fmt::format("{}{:.0f}", comma, 100 * found.coverage[k]);
    intervals += fmt::format("{}{:.0f}", comma, 100 * wanted);
    chances += fmt::format("{}{:.0f}", comma, 100 * deviation_by_chance(wanted, n));
  }
  return {"predictions of " + one.observable,
          fmt::format("of {} results, each predicted from all others, {} % lie in the {} % "
                      "intervals (chance is +- {}); CRPS {:.3g}, where right {:.3g}; NLPD {:.3g}, "
                      "where right {:.3g}",
                      found.points, shares, intervals, chances, found.ranked_score,
                      found.expected_ranked_score, found.negative_density,
                      found.expected_negative_density)};
}

// "hole A1, thickness 1.5"
std::string candidate_text(const campaign::CampaignView& view,
                           const campaign::MeasurementView& one) {
  std::string text;
  for (const auto& [name, known] : known_of(view, one)) {
    const auto* words = std::get_if<std::string>(&known);
    text += (text.empty() ? "" : ", ") + name + " " +
            (words != nullptr ? *words : short_number(std::get<double>(known)));
  }
  return text;
}

std::string overview(const campaign::CampaignView& view, const RunSummary& summary,
                     const Assessment& assessment) {
  std::vector<std::vector<std::string>> rows = {
      {"state", summary.reason.empty() ? summary.state
                                       : fmt::format("{}: {}", summary.state, summary.reason)},
      {"instrument", summary.instrument},
      {"measured", fmt::format("{}", summary.measured)},
      {"failed", fmt::format("{}", summary.failed)},
      {"beam time", fmt::format("{} (motion {}, exposure {})", duration(summary.beam_s),
                                duration(summary.motion_s), duration(summary.exposure_s))},
      {"foray's own time",
       fmt::format("{:.0f} ms a measurement (median)", summary.overhead_ms_median)}};
  if (summary.best) {
    const std::string known = candidate_text(view, view.measurement(*summary.best));
    rows.push_back({"best", fmt::format("measurement {}{}{}", *summary.best,
                                        known.empty() ? "" : ": ", known)});
  }
  if (summary.trainings_not_converged > 0) {
    rows.push_back({"trainings that did not converge",
                    fmt::format("{} of {}; the best hyperparameters found until then were used",
                                summary.trainings_not_converged, summary.trainings)});
  }
  for (const auto& [fault, count] : summary.faults) {
    rows.push_back({"fault: " + fault, fmt::format("{}", count)});
  }
  for (std::vector<std::string>& row : compared(assessment.comparison)) {
    rows.push_back(std::move(row));
  }
  for (const campaign::Predictability& one : assessment.predictabilities) {
    rows.push_back(predicted(one));
  }
  return html_table({"", ""}, rows);
}

// Fills what every map of a campaign shares: its axes and where was measured.
Map base_map(const campaign::CampaignView& view, const MapGrid& grid) {
  Map map;
  const auto& x = view.parameters()[grid.x_parameter];
  const auto& y = view.parameters()[grid.y_parameter];
  map.x_lower = x.lower;
  map.x_upper = x.upper;
  map.y_lower = y.lower;
  map.y_upper = y.upper;
  int order = 0;
  for (const campaign::MeasurementId id : view.scored()) {
    const Eigen::VectorXd& position = view.measurement(id).position;
    map.points.push_back({position(static_cast<Eigen::Index>(grid.x_parameter)),
                          position(static_cast<Eigen::Index>(grid.y_parameter)), "white", ++order});
  }
  return map;
}

Axes map_axes(const campaign::CampaignView& view, const MapGrid& grid, const std::string& title) {
  Axes axes;
  axes.title = title;
  axes.x_label = axis_label(view.parameters()[grid.x_parameter]);
  axes.y_label = axis_label(view.parameters()[grid.y_parameter]);
  axes.log_x = is_logarithmic(view.parameters()[grid.x_parameter]);
  axes.log_y = is_logarithmic(view.parameters()[grid.y_parameter]);
  axes.width = 500;
  axes.height = 390;
  return axes;
}

std::string figure(const std::string& svg, const std::string& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", svg, escape(caption));
}

// Maps of the objective's class boundaries, the mean and uncertainty of each observable, the order.
std::string maps(const campaign::CampaignView& view, const campaign::Models& models) {
  const auto grid = make_map_grid(view, kMapSide);
  if (!grid) return "";
  std::string html = "<h2>Maps</h2><div class='figures'>";
  for (const optimizer::ObjectiveTerm& term : view.objective().terms) {
    if (term.kind != optimizer::ObjectiveKind::kBoundary) continue;
    Map map = base_map(view, *grid);
    map.values = class_map(models, *grid, term.observables);
    map.show_order = true;
    for (std::size_t k = 0; k < term.observables.size(); ++k) {
      map.classes.emplace_back(term.observables[k], class_colour(k));
    }
    html += figure(map_plot(map_axes(view, *grid, "most probable class"), map),
                   "Which class is most probable where; the numbers are the order of measuring.");
  }
  for (const campaign::ObservableChoice& choice : view.spec().observables) {
    const std::string& name = choice.spec.name;
    if (models.find(name) == nullptr) continue;
    const ObservableMap values = map_of(models, *grid, name);
    Map map = base_map(view, *grid);
    map.values = values.mean;
    map.show_order = true;
    html += figure(map_plot(map_axes(view, *grid, name + unit_label(choice)), map),
                   "Posterior mean; the numbers are the order of measuring.");
    map.values = values.sd;
    map.show_order = false;
    html +=
        figure(map_plot(map_axes(view, *grid, name + ": uncertainty" + unit_label(choice)), map),
               "Posterior standard deviation; dots are where it measured.");
  }
  return html + "</div>";
}

// Upright lines where a transition along the axis lies between.
std::vector<Series> transition_edges(const campaign::CampaignView& view, const std::string& axis,
                                     const std::vector<Series>& drawn) {
  if (!view.transition() || view.spec().transitions->along != axis) return {};
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  for (const Series& one : drawn) {
    for (const double y : one.y) {
      if (std::isfinite(y)) lowest = std::min(lowest, y);
      if (std::isfinite(y)) highest = std::max(highest, y);
    }
  }
  const auto& [lower, upper] = view.transition()->between;
  return {{"transition between", {lower, lower}, {lowest, highest}, "#009e73"},
          {"", {upper, upper}, {lowest, highest}, "#009e73"}};
}

// The same for a campaign with a single axis: curves.
std::string profiles(const campaign::CampaignView& view, const campaign::Models& models) {
  std::string html;
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    const campaign::ObservableChoice& choice = view.spec().observables[k];
    const auto profile = profile_of(view, models, choice.spec.name);
    if (!profile) continue;
    const optimizer::Parameter& parameter = view.parameters()[profile->parameter];
    Series mean{"posterior mean", profile->x, profile->mean, "#0072b2"};
    Series lower{"mean +- 2 standard deviations", profile->x, profile->mean, "#56b4e9"};
    lower.dashed = true;
    Series upper = lower;
    upper.name.clear();
    for (std::size_t i = 0; i < profile->sd.size(); ++i) {
      lower.y[i] -= 2 * profile->sd[i];
      upper.y[i] += 2 * profile->sd[i];
    }
    Series measured{"measured", {}, {}, "#d55e00", false, true, true};
    for (const campaign::MeasurementId id : view.scored()) {
      const campaign::MeasurementView& one = view.measurement(id);
      const scattering::Observable& value = one.observables.at(k);
      const bool present = value.status == scattering::ObservableStatus::kPresent;
      measured.x.push_back(one.position(static_cast<Eigen::Index>(profile->parameter)));
      measured.y.push_back(present ? value.value : std::nan(""));
    }
    std::vector<Series> all = {mean, lower, upper, measured};
    for (Series& edge : transition_edges(view, parameter.name, all)) all.push_back(std::move(edge));
    Axes axes{choice.spec.name, axis_label(parameter), choice.spec.name + unit_label(choice)};
    axes.log_x = is_logarithmic(parameter);
    axes.width = 700;
    axes.height = 400;
    html += figure(line_plot(axes, all), "What is known; the numbers are the order of measuring.");
  }
  return html.empty() ? "" : "<h2>Maps</h2><div class='figures'>" + html + "</div>";
}

// One line an observable; those without a single value are left out.
std::vector<Series> series_of(const std::vector<double>& x,
                              const std::map<std::string, std::vector<double>>& values) {
  std::vector<Series> series;
  for (const auto& [name, found] : values) {
    if (std::any_of(found.begin(), found.end(),
                    [](double value) { return std::isfinite(value); })) {
      series.push_back({name, x, found, hex(class_colour(series.size()))});
    }
  }
  return series;
}

std::string curves(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter) {
  const Progression run = progression(view, fitter);
  std::string html = "<h2>How it went</h2><div class='figures'>";
  if (!run.best.empty()) {
    Axes axes{"best so far", "measurements", run.best_of};
    axes.width = kCurveWidth;
    html += figure(line_plot(axes, {{"", run.count, run.best, "#0072b2"}}),
                   "Best measured value of the objective.");
  }
  Axes error{"error of prediction", "measurements", "error / spread of the values"};
  error.width = kCurveWidth;
  html += figure(line_plot(error, series_of(run.count, run.error)),
                 "How far the map was from each new measurement just before it was made: root mean "
                 "square of the last ten, relative to the standard deviation of all values.");
  Axes axes{"remaining uncertainty", "measurements", "posterior sd / spread of the values"};
  axes.width = kCurveWidth;
  html +=
      figure(line_plot(axes, series_of(run.count, run.uncertainty)),
             "How much is not known yet: posterior standard deviation, averaged over the space, "
             "relative to that of all values.");
  axes.x_label = "beam time [s]";
  html += figure(line_plot(axes, series_of(run.beam_s, run.uncertainty)),
                 "The same against motion, settling and exposure.");
  return html + "</div>";
}

std::string classes_found(const campaign::CampaignView& view) {
  std::map<std::string, std::pair<int, double>> found;  // path -> (times above 1/2, sum)
  for (const campaign::MeasurementId id : view.scored()) {
    for (const scattering::ClassProbability& one : view.measurement(id).classes) {
      auto& [times, sum] = found[one.path];
      times += one.probability > 0.5 ? 1 : 0;
      sum += one.probability;
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [path, entry] : found) {
    if (entry.first == 0) continue;
    rows.push_back({path, fmt::format("{}", entry.first),
                    short_number(entry.second / static_cast<double>(view.scored().size()))});
  }
  if (rows.empty()) return "";
  return "<h2>Classes found</h2>" +
         html_table({"class", "frames in which it is more likely than not", "mean probability"},
                    rows);
}

// A file that is gone or damaged is said to be, and keeps nobody from the rest of the report.
std::string frame_figure(campaign::MeasurementId id, const std::string& path,
                         const std::string& sha256, const std::string& what) {
  try {
    const auto stored = files::load_measurement(path, sha256);
    const auto* frame = std::get_if<scattering::Frame>(&stored.measurement);
    if (frame == nullptr) return "";
    return fmt::format(
        "<figure><img alt='frame {0}' src='data:image/png;base64,{1}'/>"
        "<figcaption>{0}: {2}</figcaption></figure>",
        id, base64(encode_png(picture_of(*frame, 240))), escape(what));
  } catch (const files::FileError& error) {
    return fmt::format("<figure><figcaption>{}: {}</figcaption></figure>", id,
                       escape(error.what()));
  }
}

// The first frame of each combination of probable classes, at most eight.
std::string sample_frames(const campaign::CampaignView& view, const RunFolder& folder) {
  std::string html;
  std::set<std::string> seen;
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    const std::string what = probable_classes(one.classes);
    if (one.file.path.empty() || seen.size() >= 8 || !seen.insert(what).second) continue;
    html += frame_figure(id, (folder.path() / one.file.path).string(), one.file.sha256, what);
  }
  if (html.empty()) return "";
  return "<h2>Sample frames</h2><p>Logarithmic scale; grey is masked. One for each combination of "
         "classes.</p><div class='figures frames'>" +
         html + "</div>";
}

std::string measurements_table(const campaign::CampaignView& view) {
  std::vector<std::string> headings = {"id", "chosen by"};
  const auto says = [](const campaign::Candidate& candidate) { return !candidate.about.empty(); };
  const bool candidates =
      std::any_of(view.spec().candidates.begin(), view.spec().candidates.end(), says) ||
      std::any_of(view.spec().start.begin(), view.spec().start.end(), says);
  if (candidates) headings.push_back("candidate");
  for (const auto& parameter : view.parameters()) headings.push_back(axis_label(parameter));
  for (const auto& choice : view.spec().observables) headings.push_back(choice.spec.name);
  std::vector<std::vector<std::string>> rows;
  for (const campaign::MeasurementView& one : view.measurements()) {
    std::vector<std::string> row = {
        fmt::format("{}", one.id),
        one.acquisition.empty() ? campaign::source_name(one.source) : one.acquisition};
    if (candidates) row.push_back(candidate_text(view, one));
    for (Eigen::Index k = 0; k < one.position.size(); ++k)
      row.push_back(short_number(one.position(k)));
    for (const scattering::Observable& observable : one.observables) {
      row.push_back(
          observable.status == scattering::ObservableStatus::kPresent
              ? fmt::format("{:.4g} +- {:.2g}", observable.value, std::sqrt(observable.variance))
          : observable.status == scattering::ObservableStatus::kAbsent ? "absent"
                                                                       : "failed");
    }
    if (one.state == campaign::MeasurementState::kFailed) {
      row.push_back(fmt::format("{}: {}", campaign::fault_name(one.fault), one.message));
    }
    rows.push_back(std::move(row));
  }
  return "<h2>Measurements</h2><details><summary>All of them</summary>" +
         html_table(headings, rows) + "</details>";
}

// Every setting, those that the file leaves to their defaults included.
std::string settings(const campaign::CampaignView& view) {
  if (view.file().empty()) return "";
  const std::string all = codec::write_campaign(codec::read_campaign(view.file()));
  return "<h2>Settings</h2><details open><summary>All, with their defaults</summary><pre>" +
         escape(all) + "</pre></details><details><summary>The campaign file as it was given" +
         "</summary><pre>" + escape(view.file()) + "</pre></details>";
}

}  // namespace

std::string report_html(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                        const Assessment& assessment, const RunFolder& folder) {
  const campaign::Models models = campaign::Models::at(view, fitter);
  std::string body = overview(view, summarise(view), assessment);
  if (!view.scored().empty()) {
    body += transition_section(view) + maps(view, models) + profiles(view, models) +
            curves(view, fitter) + classes_found(view) + sample_frames(view, folder) +
            measurements_table(view);
  }
  return html_page(view.spec().name, body + settings(view));
}

void write_report(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                  const RunFolder& folder) {
  const campaign::Models models = campaign::Models::at(view, fitter);
  const Assessment assessment{campaign::compare_with_random(view, models, fitter),
                              campaign::predictability(view, models)};
  files::write_atomically((folder.path() / "summary.json").string(),
                          summary_json(view, assessment));
  files::write_atomically((folder.path() / "report.html").string(),
                          report_html(view, fitter, assessment, folder));
}

}  // namespace foray::app
