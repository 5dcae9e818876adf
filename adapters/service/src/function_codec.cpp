#include "function_codec.h"

#include "foray/codec/campaign_json.h"
#include "foray/codec/schema.h"

namespace foray::service {

using codec::Json;

namespace {

Json numbers(const Eigen::VectorXd& values) {
  return std::vector<double>(values.begin(), values.end());
}

const codec::JsonSchema& answer_schema() {
  static const codec::JsonSchema schema(values_result_schema());
  return schema;
}

}  // namespace

Json evaluate_params(const std::string& campaign, const optimizer::FunctionRequest& request) {
  Json names = Json::array();
  for (const auto& parameter : request.parameters) names.push_back(parameter.name);
  Json points = Json::array();
  for (Eigen::Index j = 0; j < request.points.cols(); ++j) {
    Json point = Json::array();
    for (std::size_t i = 0; i < request.parameters.size(); ++i)
      point.push_back(codec::json_from_value(request.points(static_cast<Eigen::Index>(i), j),
                                             request.parameters[i]));
    points.push_back(std::move(point));
  }
  Json models = Json::object();
  for (const auto& model : request.models)
    models[model.observable] = {{"mu", numbers(model.mean)}, {"sigma", numbers(model.sigma)}};
  optimizer::Objective objective;
  objective.terms = {request.term};
  return {{"campaign", campaign},
          {"function", request.function},
          {"objective", codec::json_from_objective(objective)},
          {"parameters", names},
          {"points", points},
          {"models", models}};
}

Json values_result_schema() {
  return {{"type", "object"},
          {"title", "an object with values"},
          {"required", {"values"}},
          {"additionalProperties", false},
          {"properties",
           {{"values",
             {{"type", "array"},
              {"title", "an array of numbers, one a point"},
              {"maxItems", 1000},
              {"items", {{"type", "number"}, {"title", "a number"}}}}}}}};
}

Eigen::VectorXd read_values(const Json& result, Eigen::Index count) {
  const auto problems = answer_schema().problems(result, "/result");
  if (!problems.empty())
    throw codec::CodecError("answer to acquisition.evaluate: " + problems.front());
  Eigen::VectorXd values = codec::vector_of(result["values"], "/result/values");
  if (values.size() != count)
    throw codec::CodecError("answer to acquisition.evaluate: /result/values: expected " +
                            std::to_string(count) + " numbers, one a point, got " +
                            std::to_string(values.size()));
  return values;
}

std::string refusal_of(const Json& error) {
  const auto message = error.is_object() ? error.find("message") : error.end();
  return message != error.end() && message->is_string()
             ? "its client refused: " + message->get<std::string>()
             : "its client refused: " + codec::describe(error);
}

}  // namespace foray::service
