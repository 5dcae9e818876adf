// model.predict.
#include "foray/codec/campaign_json.h"
#include "schemas.h"
#include "service_core.h"

namespace foray::service {

using codec::Json;

namespace {

constexpr Eigen::Index kMaxPoints = 40'000;
constexpr int kMaxAxes = 3;

using Parameters = std::vector<optimizer::Parameter>;

Eigen::Index index_of(const Parameters& parameters, const std::string& name,
                      const std::string& path) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name) return static_cast<Eigen::Index>(i);
  throw RpcError(kInvalidParams, path + ": there is no parameter " + name);
}

// The middle of each range, or the level nearest to it, for parameters that are not named; the full
// fidelity.
Eigen::VectorXd middle(const Parameters& parameters) {
  Eigen::VectorXd point(static_cast<Eigen::Index>(parameters.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double half = 0.5 * (parameters[i].lower + parameters[i].upper);
    point[static_cast<Eigen::Index>(i)] = optimizer::is_discrete(parameters[i])
                                              ? optimizer::nearest_level(parameters[i], half)
                                              : half;
    if (parameters[i].role == optimizer::ParameterRole::kFidelity)
      point[static_cast<Eigen::Index>(i)] = optimizer::full_fidelity(parameters[i]);
  }
  return point;
}

void set_named(const Parameters& parameters, const Json& named, const std::string& path,
               Eigen::VectorXd& point) {
  for (const auto& [name, value] : named.items()) {
    const std::string here = codec::join_path(path, name);
    const Eigen::Index row = index_of(parameters, name, here);
    point[row] = codec::value_from_json(value, parameters[static_cast<std::size_t>(row)], here);
  }
}

Eigen::MatrixXd listed_points(const Parameters& parameters, const Json& list) {
  Eigen::MatrixXd points(static_cast<Eigen::Index>(parameters.size()),
                         static_cast<Eigen::Index>(list.size()));
  for (std::size_t k = 0; k < list.size(); ++k) {
    Eigen::VectorXd point = middle(parameters);
    set_named(parameters, list[k], codec::join_path("/params/points", k), point);
    points.col(static_cast<Eigen::Index>(k)) = point;
  }
  return points;
}

struct Axis {
  std::string name;
  Eigen::Index row = 0;
  Eigen::VectorXd ticks;
};

std::vector<Axis> axes_of(const Parameters& parameters, const Json& list) {
  std::vector<Axis> axes;
  Eigen::Index total = 1;
  for (std::size_t k = 0; k < list.size(); ++k) {
    const std::string path = codec::join_path("/params/grid/axes", k);
    Axis axis;
    axis.name = list[k]["parameter"].get<std::string>();
    axis.row = index_of(parameters, axis.name, path + "/parameter");
    const auto& parameter = parameters[static_cast<std::size_t>(axis.row)];
    double lower = parameter.lower;
    double upper = parameter.upper;
    if (list[k].contains("range")) {
      lower = list[k]["range"][0].get<double>();
      upper = list[k]["range"][1].get<double>();
    }
    const auto count = list[k]["count"].get<Eigen::Index>();
    total *= count;
    if (total > kMaxPoints)
      throw RpcError(kInvalidParams, "/params/grid/axes: expected at most " +
                                         std::to_string(kMaxPoints) + " points in all");
    axis.ticks = Eigen::VectorXd::LinSpaced(count, lower, upper);
    axes.push_back(std::move(axis));
  }
  return axes;
}

// All points of the grid, the last axis fastest.
Eigen::MatrixXd grid_points(const std::vector<Axis>& axes, const Eigen::VectorXd& fixed) {
  Eigen::Index total = 1;
  for (const Axis& axis : axes) total *= axis.ticks.size();
  Eigen::MatrixXd points = fixed.replicate(1, total);
  Eigen::Index block = total;
  for (const Axis& axis : axes) {
    const Eigen::Index count = axis.ticks.size();
    block /= count;
    for (Eigen::Index k = 0; k < total; ++k) points(axis.row, k) = axis.ticks[(k / block) % count];
  }
  return points;
}

std::optional<Json> predict(ServiceCore& core, Call& call) {
  const Json& params = call.params;
  if (params.contains("points") == params.contains("grid"))
    throw RpcError(kInvalidParams, "/params: expected either points or grid");
  const auto open = core.open(params["campaign"].get<std::string>());
  const auto view = open.campaign->view();
  const Parameters& parameters = view.parameters();
  Json result = Json::object();
  Eigen::MatrixXd points;
  if (params.contains("points")) {
    points = listed_points(parameters, params["points"]);
  } else {
    const auto axes = axes_of(parameters, params["grid"]["axes"]);
    Eigen::VectorXd fixed = middle(parameters);
    if (params["grid"].contains("fixed"))
      set_named(parameters, params["grid"]["fixed"], "/params/grid/fixed", fixed);
    points = grid_points(axes, fixed);
    result["axes"] = Json::array();
    for (const Axis& axis : axes)
      result["axes"].push_back({{"parameter", axis.name}, {"values", codec::json_of(axis.ticks)}});
  }
  const auto observable = params["observable"].get<std::string>();
  const auto prediction = open.campaign->predict(observable, points);
  result["observable"] = observable;
  result["mean"] = codec::json_of(prediction.mean);
  result["sd"] = codec::json_of(prediction.sd);
  result["measured"] = view.scored().size();
  return result;
}

Json grid_schema() {
  const Json axis = {{"type", "object"},
                     {"title", "an object with parameter and count"},
                     {"required", {"parameter", "count"}},
                     {"additionalProperties", false},
                     {"properties",
                      {{"parameter", text_schema("the name of a parameter")},
                       {"count",
                        {{"type", "integer"},
                         {"title", "an integer from 1 to 1000"},
                         {"minimum", 1},
                         {"maximum", 1000}}},
                       {"range",
                        {{"type", "array"},
                         {"title", "two numbers"},
                         {"minItems", 2},
                         {"maxItems", 2},
                         {"items", number_schema("a number")}}}}}};
  return {{"type", "object"},
          {"title", "an object with axes, and fixed values of the other parameters"},
          {"required", {"axes"}},
          {"additionalProperties", false},
          {"properties",
           {{"axes",
             {{"type", "array"},
              {"title", "an array of 1 to 3 axes"},
              {"minItems", 1},
              {"maxItems", kMaxAxes},
              {"items", axis}}},
            {"fixed", position_schema()}}}};
}

}  // namespace

void add_model_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "model.predict",
             .summary =
                 "Mean and standard deviation of an observable at points or on a grid (row-major: "
                 "the last axis fastest). Parameters that are not named are in the middle of "
                 "their range.",
             .roles = kAll,
             .params = object_schema({{"campaign", campaign_id_schema()},
                                      {"observable", text_schema("the name of an observable")},
                                      {"points",
                                       {{"type", "array"},
                                        {"title", "an array of 1 to 40000 positions"},
                                        {"minItems", 1},
                                        {"maxItems", kMaxPoints},
                                        {"items", position_schema()}}},
                                      {"grid", grid_schema()}},
                                     {"campaign", "observable"}),
             .result = any_object("mean, sd, the number of measurements and, for a grid, the axes"),
             .handler = [core](Call& call) { return predict(*core, call); }});
}

}  // namespace foray::service
