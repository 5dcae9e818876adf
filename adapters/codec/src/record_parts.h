#pragma once

#include <string>
#include <vector>

#include "enum_names.h"
#include "foray/campaign/records.h"
#include "foray/codec/json.h"

// Pieces that several records share.
namespace foray::codec {

inline constexpr EnumNames<campaign::FaultKind, 9> kFaults = {
    {{campaign::FaultKind::kNone, "none"},
     {campaign::FaultKind::kTimeout, "timeout"},
     {campaign::FaultKind::kDisconnected, "disconnected"},
     {campaign::FaultKind::kRefused, "refused"},
     {campaign::FaultKind::kBeamLoss, "beam_loss"},
     {campaign::FaultKind::kSaturated, "saturated"},
     {campaign::FaultKind::kNotFinite, "not_finite"},
     {campaign::FaultKind::kMalformed, "malformed"},
     {campaign::FaultKind::kAborted, "aborted"}}};

Json json_of_file(const campaign::SavedFile& file);
Json json_of_done(const campaign::MeasureDone& done);
Json json_of_observables(const std::vector<scattering::Observable>& observables);
Json json_of_classes(const std::vector<scattering::ClassProbability>& classes);

// Members that must be there; `path` is where the object stands.
double number_in(const Json& object, const char* key, const std::string& path = "");
std::int64_t integer_in(const Json& object, const char* key, const std::string& path = "");
int small_integer_in(const Json& object, const char* key, const std::string& path = "");
bool boolean_in(const Json& object, const char* key, const std::string& path = "");
std::string text_in(const Json& object, const char* key, const std::string& path = "");
Eigen::VectorXd vector_in(const Json& object, const char* key, const std::string& path = "");
const Json& array_in(const Json& object, const char* key, const std::string& path = "");
campaign::SavedFile file_in(const Json& object, const char* key, const std::string& path = "");
std::vector<scattering::Observable> observables_in(const Json& object, const char* key);
std::vector<scattering::ClassProbability> classes_in(const Json& object, const char* key);

// A `measure.done` by itself or within a late result.
campaign::MeasureDone done_of(const Json& json, const std::string& path);

}  // namespace foray::codec
