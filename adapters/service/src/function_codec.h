#pragma once

#include <Eigen/Core>
#include <string>

#include "foray/codec/json.h"
#include "foray/optimizer/remote.h"

namespace foray::service {

// Messages to and from a client that computes an acquisition function.

// {campaign, function, objective, parameters, points, models}.
codec::Json evaluate_params(const std::string& campaign, const optimizer::FunctionRequest& request);

// What an answer is.
codec::Json values_result_schema();

// One finite number a point.
// @throws codec::CodecError saying what was expected and what came.
Eigen::VectorXd read_values(const codec::Json& result, Eigen::Index count);

// What a client that answers with an error says.
std::string refusal_of(const codec::Json& error);

}  // namespace foray::service
