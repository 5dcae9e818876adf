#include <string>

#include "check_document.h"
#include "enum_names.h"
#include "foray/codec/campaign_json.h"
#include "foray/optimizer/acquisition_kinds.h"

namespace foray::codec {
namespace {

// true: with its defaults.
optimizer::TrustRegion read_trust_region(const Json& value, const std::string& path) {
  if (value == false) {
    throw CodecError(path +
                     ": expected true or an object, got false; an acquisition function that "
                     "is not automatic has none unless it is asked for");
  }
  optimizer::TrustRegion region;
  if (value == true) return region;
  read_field(value, "length", path, region.length);
  read_field(value, "least", path, region.least);
  read_field(value, "successes", path, region.successes);
  read_field(value, "failures", path, region.failures);
  return region;
}

}  // namespace

optimizer::AcquisitionSpec acquisition_from_json(const Json& value, const std::string& path) {
  require_valid("acquisition", value, path);
  optimizer::AcquisitionSpec acquisition;
  read_field(value, "kind", path, optimizer::acquisition_names(), acquisition.kind);
  read_field(value, "beta", path, acquisition.beta);
  read_field(value, "xi", path, acquisition.xi);
  read_field(value, "tolerance", path, acquisition.tolerance);
  read_field(value, "expression", path, acquisition.expression);
  read_field(value, "function", path, acquisition.function);
  read_field(value, "timeout_s", path, acquisition.timeout_s);
  read_field(value, "per_second", path, acquisition.per_second);
  read_field(value, "decide_exposure", path, acquisition.decide_exposure);
  if (const Json* region = find_member(value, "trust_region", path)) {
    acquisition.trust_region = read_trust_region(*region, path + "/trust_region");
  }
  if (acquisition.kind == optimizer::AcquisitionKind::kRemote) {
    (void)member(value, "function", path);
  }
  return acquisition;
}

void require_function_only(const Json& acquisition, const std::string& path) {
  for (const char* key : {"batch", "joint", "learn_cost"}) {
    if (acquisition.contains(key)) {
      throw CodecError(join_path(path, key) + ": expected it in a campaign file only");
    }
  }
}

// Coefficients that are not used have their defaults and are left out.
Json json_from_acquisition(const optimizer::AcquisitionSpec& acquisition) {
  Json value = {{"kind", name_of(optimizer::acquisition_names(), acquisition.kind)},
                {"beta", acquisition.beta}};
  if (acquisition.xi > 0) value["xi"] = acquisition.xi;
  if (acquisition.tolerance > 0) value["tolerance"] = acquisition.tolerance;
  if (acquisition.per_second) value["per_second"] = true;
  if (acquisition.decide_exposure) value["decide_exposure"] = true;
  if (const auto& region = acquisition.trust_region) {
    value["trust_region"] = {{"length", region->length},
                             {"least", region->least},
                             {"successes", region->successes},
                             {"failures", region->failures}};
  }
  if (!acquisition.expression.empty()) value["expression"] = acquisition.expression;
  if (acquisition.kind == optimizer::AcquisitionKind::kRemote) {
    value["function"] = acquisition.function;
    value["timeout_s"] = acquisition.timeout_s;
  }
  return value;
}

}  // namespace foray::codec
