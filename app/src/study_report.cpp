#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "page.h"
#include "plot.h"
#include "progress.h"
#include "study.h"

namespace foray::app {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// One line a strategy; `y` and `x` pick what is plotted.
template <typename X, typename Y>
std::vector<Series> lines(const std::vector<StudyMedian>& medians, X x, Y y) {
  std::vector<Series> series;
  for (const std::string strategy : {"foray", "grid", "random"}) {
    Series one;
    one.name = strategy;
    one.colour = hex(class_colour(strategy == "foray" ? 5 : strategy == "grid" ? 4 : 7));
    one.marks = true;
    one.dashed = strategy == "random";
    for (const StudyMedian& median : medians) {
      if (median.strategy != strategy) continue;
      one.x.push_back(x(median));
      one.y.push_back(y(median));
    }
    series.push_back(std::move(one));
  }
  return series;
}

std::string curves(const std::vector<StudyMedian>& medians, const std::string& unit) {
  const auto count = [](const StudyMedian& m) { return static_cast<double>(m.measurements); };
  const auto beam = [](const StudyMedian& m) { return m.beam_s / 60; };
  const auto wrong = [](const StudyMedian& m) { return 100 * m.wrong_class_share; };
  const auto rms = [](const StudyMedian& m) { return m.value_rms; };
  Axes axes;
  axes.log_x = axes.log_y = true;
  std::string html;
  const auto add = [&](const std::string& title, const std::string& x, const std::string& y,
                       const std::vector<Series>& series) {
    axes.title = title;
    axes.x_label = x;
    axes.y_label = y;
    html += "<figure>" + line_plot(axes, series) + "</figure>";
  };
  add("wrong phase", "measurements", "share of the area [%]", lines(medians, count, wrong));
  add("wrong phase", "beam time [min]", "share of the area [%]", lines(medians, beam, wrong));
  add("grain size", "measurements", "RMS error " + unit, lines(medians, count, rms));
  add("grain size", "beam time [min]", "RMS error " + unit, lines(medians, beam, rms));
  return "<div class='figures'>" + html + "</div>";
}

std::string map_figures(const StudyResult& result, const StudyTargets& targets,
                        const campaign::CampaignSpec& spec) {
  std::string html;
  for (const bool of_classes : {true, false}) {
    html += "<div class='figures'>";
    for (const StudyMap& kept : result.maps) {
      Map map;
      map.x_lower = spec.parameters[0].lower;
      map.x_upper = spec.parameters[0].upper;
      map.y_lower = spec.parameters[1].lower;
      map.y_upper = spec.parameters[1].upper;
      map.values = of_classes ? kept.classes : kept.values;
      for (Eigen::Index i = 0; i < kept.positions.cols(); ++i) {
        map.points.push_back({kept.positions(0, i), kept.positions(1, i), "white", 0});
      }
      for (std::size_t k = 0; of_classes && k < targets.phases.size(); ++k) {
        map.classes.emplace_back(targets.phases[k], class_colour(k));
      }
      Axes axes;
      axes.title = kept.title;
      axes.x_label = spec.parameters[0].name + " [" + spec.parameters[0].unit + "]";
      axes.y_label = spec.parameters[1].name + " [" + spec.parameters[1].unit + "]";
      axes.width = 400;
      axes.height = 300;
      html += "<figure>" + map_plot(axes, map) + "</figure>";
    }
    html += "</div>";
  }
  return html;
}

}  // namespace

std::vector<StudyMedian> study_medians(const std::vector<StudyResult>& results) {
  struct Columns {
    std::vector<double> beam, wrong, rms;
  };
  std::map<std::pair<std::string, std::int64_t>, Columns> groups;
  for (const StudyResult& result : results) {
    for (const StudyRun& run : result.runs) {
      for (const StudyPoint& point : run.points) {
        Columns& columns = groups[{run.strategy, point.measurements}];
        columns.beam.push_back(point.beam_s);
        columns.wrong.push_back(point.error.wrong_class_share);
        columns.rms.push_back(point.error.value_rms);
      }
    }
  }
  std::vector<StudyMedian> medians;
  for (const auto& [key, columns] : groups) {
    medians.push_back(
        {key.first, key.second, median(columns.beam), median(columns.wrong), median(columns.rms)});
  }
  return medians;
}

std::string study_table(const std::vector<StudyResult>& results) {
  std::string text = fmt::format(
      "median over {} hidden samples\n{:>8} {:>13} {:>10} {:>12} {:>15}\n", results.size(),
      "strategy", "measurements", "beam time", "wrong phase", "grain size RMS");
  for (const StudyMedian& one : study_medians(results)) {
    text += fmt::format("{:>8} {:>13} {:>10} {:>10.2f} % {:>12.2f} nm\n", one.strategy,
                        one.measurements, duration(one.beam_s), 100 * one.wrong_class_share,
                        one.value_rms);
  }
  return text;
}

std::string study_html(const std::vector<StudyResult>& results, const StudyTargets& targets,
                       const campaign::CampaignSpec& spec) {
  std::string unit;
  for (const campaign::ObservableChoice& choice : spec.observables) {
    if (choice.spec.name == targets.value_observable) unit = "[" + choice.spec.unit + "]";
  }
  const std::vector<StudyMedian> medians = study_medians(results);
  std::vector<std::vector<std::string>> rows;
  for (const StudyMedian& one : medians) {
    rows.push_back({one.strategy, fmt::format("{}", one.measurements), duration(one.beam_s),
                    fmt::format("{:.2f}", 100 * one.wrong_class_share),
                    fmt::format("{:.2f}", one.value_rms)});
  }
  std::string body = fmt::format(
      "<p>Median over {} hidden samples. Each strategy measures the same sample on the same "
      "simulated beamline; the same surrogate draws the map in each case.</p>",
      results.size());
  body += curves(medians, unit);
  body += html_table({"strategy", "measurements", "beam time", "wrong phase [% of the area]",
                      "grain size RMS error " + unit},
                     rows);
  for (const StudyResult& result : results) {
    if (result.maps.empty()) continue;
    body += fmt::format("<h2>One of the samples</h2>{}", map_figures(result, targets, spec));
  }
  return html_page("foray beside a grid and random sampling", body);
}

}  // namespace foray::app
