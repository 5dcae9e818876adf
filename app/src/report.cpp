#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "foray/files/atomic_write.h"
#include "foray/files/read_measurement.h"
#include "page.h"
#include "plot.h"
#include "progress.h"
#include "report_data.h"

namespace foray::app {

namespace {

constexpr int kMapSide = 80;
std::string number(double value) { return fmt::format("{:.4g}", value); }

std::string axis_label(const optimizer::Parameter& parameter) {
  return parameter.unit.empty() ? parameter.name
                                : fmt::format("{} [{}]", parameter.name, parameter.unit);
}

std::string overview(const RunSummary& summary) {
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
  for (const auto& [fault, count] : summary.faults) {
    rows.push_back({"fault: " + fault, fmt::format("{}", count)});
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
    const std::string unit = choice.spec.unit.empty() ? "" : fmt::format(" [{}]", choice.spec.unit);
    Map map = base_map(view, *grid);
    map.values = values.mean;
    html += figure(map_plot(map_axes(view, *grid, name + unit), map), "Posterior mean.");
    map.values = values.sd;
    html += figure(map_plot(map_axes(view, *grid, name + ": uncertainty" + unit), map),
                   "Posterior standard deviation; dots are where it measured.");
  }
  return html + "</div>";
}

std::string curves(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter) {
  const Progression run = progression(view, fitter);
  std::string html = "<h2>How it went</h2><div class='figures'>";
  if (!run.best.empty()) {
    Axes axes{"best so far", "measurements", "best value"};
    html += figure(line_plot(axes, {{"", run.count, run.best, "#0072b2"}}),
                   "Best measured value of the objective.");
  }
  std::vector<Series> by_count;
  std::vector<Series> by_time;
  std::size_t k = 0;
  for (const auto& [name, sd] : run.uncertainty) {
    std::vector<double> relative = sd;
    const auto first = std::find_if(sd.begin(), sd.end(), [](double v) { return v > 0; });
    if (first == sd.end()) continue;
    for (double& value : relative) value /= *first;
    by_count.push_back({name, run.count, relative, hex(class_colour(k))});
    by_time.push_back({name, run.beam_s, relative, hex(class_colour(k++))});
  }
  Axes axes{"remaining uncertainty", "measurements", "mean posterior sd, relative to the first"};
  html += figure(line_plot(axes, by_count), "How much is not known yet, averaged over the space.");
  axes.x_label = "beam time [s]";
  html += figure(line_plot(axes, by_time), "The same against motion, settling and exposure.");
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
                    number(entry.second / static_cast<double>(view.scored().size()))});
  }
  if (rows.empty()) return "";
  return "<h2>Classes found</h2>" +
         html_table({"class", "frames in which it is more likely than not", "mean probability"},
                    rows);
}

// The first frame of each combination of probable classes, at most eight.
std::string sample_frames(const campaign::CampaignView& view, const RunFolder& folder) {
  std::string html;
  std::set<std::string> seen;
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    std::string what;
    for (const scattering::ClassProbability& path : one.classes) {
      if (path.probability > 0.5) what += (what.empty() ? "" : ", ") + path.path;
    }
    if (one.file.path.empty() || seen.size() >= 8 || !seen.insert(what).second) continue;
    const auto content = files::read_measurement((folder.path() / one.file.path).string());
    const auto* frame = std::get_if<scattering::Frame>(&content.items.at(0).measurement);
    if (frame == nullptr) continue;
    html += fmt::format(
        "<figure><img alt='frame {0}' src='data:image/png;base64,{1}'/>"
        "<figcaption>{0}: {2}</figcaption></figure>",
        id, base64(encode_png(picture_of(*frame, 240))), escape(what));
  }
  if (html.empty()) return "";
  return "<h2>Sample frames</h2><p>Logarithmic scale; grey is masked. One for each combination of "
         "classes.</p><div class='figures'>" +
         html + "</div>";
}

std::string measurements_table(const campaign::CampaignView& view) {
  std::vector<std::string> headings = {"id", "chosen by"};
  for (const auto& parameter : view.parameters()) headings.push_back(axis_label(parameter));
  for (const auto& choice : view.spec().observables) headings.push_back(choice.spec.name);
  std::vector<std::vector<std::string>> rows;
  for (const campaign::MeasurementView& one : view.measurements()) {
    std::vector<std::string> row = {
        fmt::format("{}", one.id),
        one.acquisition.empty() ? campaign::source_name(one.source) : one.acquisition};
    for (Eigen::Index k = 0; k < one.position.size(); ++k) row.push_back(number(one.position(k)));
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

}  // namespace

std::string report_html(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                        const RunFolder& folder) {
  const campaign::Models models = campaign::Models::at(view, fitter);
  std::string body = overview(summarise(view));
  if (!view.scored().empty()) {
    body += maps(view, models) + curves(view, fitter) + classes_found(view) +
            sample_frames(view, folder) + measurements_table(view);
  }
  body += "<h2>Settings</h2><pre>" + escape(view.file()) + "</pre>";
  return html_page(view.spec().name, body);
}

void write_report(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                  const RunFolder& folder) {
  files::write_atomically((folder.path() / "summary.json").string(), summary_json(view));
  files::write_atomically((folder.path() / "report.html").string(),
                          report_html(view, fitter, folder));
}

}  // namespace foray::app
