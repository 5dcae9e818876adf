#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <utility>

#include "foray/codec/json.h"
#include "foray/service/access.h"

namespace foray::service {

// Pieces of the schemas of methods. `title` says in words what is expected; messages use it.

inline const std::set<Role> kAll = {Role::kViewer, Role::kOperator, Role::kInstrument};
inline const std::set<Role> kOperators = {Role::kOperator};
inline const std::set<Role> kInstruments = {Role::kInstrument, Role::kOperator};

// An object schema of these properties, those of `required` required.
codec::Json object_schema(codec::Json properties, codec::Json required = codec::Json::array());

codec::Json text_schema(const std::string& title, int max_length = 200);
codec::Json integer_schema(const std::string& title, std::int64_t minimum);
codec::Json number_schema(const std::string& title);
codec::Json boolean_schema();
codec::Json campaign_id_schema();
codec::Json position_schema();  // an object of parameter names and numbers
codec::Json sequence_result();  // {"sequence"}
codec::Json any_object(const std::string& title);

}  // namespace foray::service
