#include "report_transition.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

#include "page.h"
#include "plot.h"
#include "report_data.h"

namespace foray::app {
namespace {

const optimizer::Parameter& axis_of(const campaign::CampaignView& view) {
  const auto& parameters = view.spec().parameters;
  return *std::find_if(parameters.begin(), parameters.end(),
                       [&](const auto& one) { return one.name == view.spec().transitions->along; });
}

// The place of a measurement in the order in which results became known, from 1.
std::map<campaign::MeasurementId, double> order_of(const campaign::CampaignView& view) {
  std::map<campaign::MeasurementId, double> order;
  for (const campaign::MeasurementId id : view.scored()) {
    order[id] = static_cast<double>(order.size() + 1);
  }
  return order;
}

// Where it was thought to be, from the first finding on.
std::string history(const campaign::CampaignView& view) {
  const auto order = order_of(view);
  Series at{"likeliest place", {}, {}, "#0072b2", true, true};
  Series lower{"it lies between (95 %)", {}, {}, "#56b4e9"};
  lower.dashed = true;
  Series upper = lower;
  upper.name.clear();
  for (const campaign::TransitionFound& found : view.transitions()) {
    const double count = order.at(found.id);
    for (Series* series : {&at, &lower, &upper}) series->x.push_back(count);
    at.y.push_back(found.at);
    lower.y.push_back(found.between.lower);
    upper.y.push_back(found.between.upper);
  }
  if (view.transition() && at.x.back() < static_cast<double>(view.scored().size())) {
    for (Series* series : {&at, &lower, &upper}) {  // as it was at the end
      series->x.push_back(static_cast<double>(view.scored().size()));
      series->y.push_back(series->y.back());
    }
  }
  Axes axes{"where the transition was thought to be", "measurements", axis_label(axis_of(view))};
  axes.width = 700;
  axes.height = 360;
  return "<div class='figures'><figure>" + line_plot(axes, {lower, upper, at}) +
         "<figcaption>With each measurement with which it was found, or found elsewhere; in "
         "between it may have been lost again." +
         "</figcaption></figure></div>";
}

}  // namespace

std::string transition_text(const campaign::CampaignView& view,
                            const campaign::TransitionFound& found) {
  const optimizer::Parameter& axis = axis_of(view);
  const bool step = found.shape == scattering::CourseShape::kStep;
  return fmt::format(
      "{} between {:.6g} and {:.6g} {}(95 %), most likely at {:.6g}: a {} of {:.3g} "
      "in {}, where the scatter is {:.2g}; chance 1e{:.0f}",
      axis.name, found.between.lower, found.between.upper, axis.unit.empty() ? "" : axis.unit + " ",
      found.at, step ? "step" : "bend", found.size, found.of, found.scatter, found.log10_p);
}

std::string transition_trouble(const campaign::CampaignView& view) {
  if (!view.spec().transitions || !view.spec().transitions->of.empty()) return "";
  const bool any = std::any_of(view.scored().begin(), view.scored().end(),
                               [&](auto id) { return view.measurement(id).features.size() > 0; });
  return any ? "" : "there was nothing to look in: no measurement was a frame";
}

std::string transition_section(const campaign::CampaignView& view) {
  if (!view.spec().transitions && view.reactions().empty()) return "";
  std::string html = "<h2>Transition and rules</h2>";
  std::vector<std::vector<std::string>> rows;
  if (view.spec().transitions) {
    const std::string trouble = transition_trouble(view);
    const std::string none = "none was found" + (trouble.empty() ? "" : "; " + trouble);
    rows.push_back(
        {"transition", view.transition() ? transition_text(view, *view.transition()) : none});
  }
  const auto order = order_of(view);
  for (const campaign::Reacted& reacted : view.reactions()) {
    std::string text = reacted.message;
    if (reacted.range) {
      text += fmt::format("; {} narrowed to {:.6g} to {:.6g}", view.spec().transitions->along,
                          reacted.range->lower, reacted.range->upper);
    }
    rows.push_back({fmt::format("after {:.0f} measurements", order.at(reacted.id)), text});
  }
  html += html_table({"", ""}, rows);
  if (!view.transitions().empty()) html += history(view);
  return html;
}

}  // namespace foray::app
