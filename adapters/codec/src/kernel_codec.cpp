// Kernels in JSON: a word, or an object whose one key is the kind: {"matern52": {"ard": false}},
// {"sum": [...]}.
#include "kernel_codec.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "enum_names.h"
#include "foray/deep/torch_network.h"

namespace foray::codec {
namespace {

using surrogate::KernelKind;
using surrogate::KernelSpec;
using surrogate::ParameterKind;
using surrogate::ParameterLimit;

// What a kind may say beside "ard", "axes" and its variance.
std::vector<std::string> options_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::kMatern:
      return {"nu", "rotate", "lengthscale"};
    case KernelKind::kWendland:
      return {"smoothness", "rotate", "lengthscale"};
    case KernelKind::kRationalQuadratic:
      return {"rotate", "lengthscale", "alpha"};
    case KernelKind::kPeriodic:
      return {"lengthscale", "period"};
    case KernelKind::kPolynomial:
      return {"degree", "lengthscale", "offset"};
    case KernelKind::kSpectralMixture:
      return {"components", "lengthscale", "frequency"};
    case KernelKind::kGibbs:
      return {"lengthscale", "slope"};
    case KernelKind::kAmplitude:
      return {"centres", "lengthscale", "weight"};
    case KernelKind::kCoregionalisation:
      return {"rank", "loading"};
    case KernelKind::kDeep:
      return {"layers", "features", "kernel", "least_points"};
    case KernelKind::kConstant:
    case KernelKind::kWhite:
      return {};
    case KernelKind::kLinear:
    case KernelKind::kCategorical:
      return {"lengthscale"};
    default:
      return {"rotate", "lengthscale"};
  }
}

KernelKind kind_of(const Json& value, const std::string& word, const std::string& path) {
  std::vector<std::string> words;
  std::string expected;
  for (const KernelKind kind : surrogate::kernel_kinds()) {
    if (word == name_of(kind)) return kind;
    words.emplace_back(name_of(kind));
    expected += (expected.empty() ? "\"" : ", \"") + words.back() + "\"";
  }
  const auto near = nearest_word(word, words);
  throw CodecError(path + ": expected a kernel, one of " + expected + ", got " + describe(value) +
                   (near ? "; did you mean \"" + *near + "\"?" : ""));
}

// A number holds the parameter fixed, a pair says where it is sought.
ParameterLimit read_limit(const Json& value, ParameterKind kind, const std::string& path) {
  if (value.is_number()) {
    const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, number_of(value, path));
    return {kind, at, at};
  }
  const Eigen::VectorXd ends = value.is_array() ? vector_of(value, path) : Eigen::VectorXd();
  if (ends.size() != 2 || !(ends(0) < ends(1))) {
    throw CodecError(path + ": expected a number, which holds it fixed, or [lower, upper], got " +
                     describe(value));
  }
  return {kind, ends.head(1), ends.tail(1)};
}

std::vector<Eigen::Index> read_axes(const Json& value, const std::string& path,
                                    const std::vector<std::string>& axes) {
  if (axes.empty()) {
    throw CodecError(path + ": expected none in a kernel on features, which have no names");
  }
  std::vector<Eigen::Index> indices;
  const std::vector<std::string> names = texts_of(value, path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::find(axes.begin(), axes.end(), names[i]);
    if (found == axes.end()) {
      std::string expected;
      for (const std::string& axis : axes)
        expected += (expected.empty() ? "\"" : ", \"") + axis + "\"";
      throw CodecError(join_path(path, i) + ": expected one of " + expected + ", got \"" +
                       names[i] + "\"");
    }
    indices.push_back(found - axes.begin());
  }
  if (indices.empty()) throw CodecError(path + ": expected one axis or more, got []");
  return indices;
}

Eigen::MatrixXd read_centres(const Json& value, const std::string& path) {
  Eigen::MatrixXd centres;
  if (!value.is_array() || value.empty()) {
    throw CodecError(path + ": expected an array of points, got " + describe(value));
  }
  for (std::size_t m = 0; m < value.size(); ++m) {
    const Eigen::VectorXd centre = vector_of(value[m], join_path(path, m));
    if (m == 0) centres.resize(centre.size(), static_cast<Eigen::Index>(value.size()));
    if (centre.size() != centres.rows() || centre.size() == 0) {
      throw CodecError(join_path(path, m) + ": expected a point of as many coordinates as the " +
                       "others, got " + describe(value[m]));
    }
    centres.col(static_cast<Eigen::Index>(m)) = centre;
  }
  return centres;
}

KernelSpec read_kernel(const Json& value, const std::string& path,
                       const std::vector<std::string>& axes, bool ard, int depth);

void read_deep(const Json& options, const std::string& path, KernelSpec& spec, int depth) {
  spec.network = deep::torch_network();
  if (!deep::available()) {
    throw CodecError(path + ": expected a program with LibTorch, this one was built without " +
                     "(FORAY_TORCH=OFF)");
  }
  if (const Json* layers = find_member(options, "layers", path)) {
    const std::string place = path + "/layers";
    spec.layers.clear();
    if (!layers->is_array()) {
      throw CodecError(place + ": expected an array of widths, got " + describe(*layers));
    }
    for (std::size_t l = 0; l < layers->size(); ++l) {
      spec.layers.push_back(integer_of((*layers)[l], join_path(place, l)));
    }
  }
  read_field(options, "features", path, spec.features);
  read_field(options, "least_points", path, spec.least_points);
  const Json* kernel = find_member(options, "kernel", path);
  const Json plain = "matern52";
  spec.terms.push_back(
      read_kernel(kernel != nullptr ? *kernel : plain, path + "/kernel", {}, spec.ard, depth + 1));
}

void read_options(const Json& options, const std::string& path,
                  const std::vector<std::string>& axes, int depth, KernelSpec& spec) {
  std::vector<std::string> allowed = options_of(spec.kind);
  allowed.insert(allowed.end(), {"ard", "axes", "variance"});
  require_keys(options, allowed, path);
  read_field(options, "ard", path, spec.ard);
  read_field(options, "rotate", path, spec.rotate);
  read_field(options, "nu", path, spec.nu);
  read_field(options, "smoothness", path, spec.smoothness);
  read_field(options, "degree", path, spec.degree);
  read_field(options, "components", path, spec.components);
  read_field(options, "rank", path, spec.rank);
  if (spec.kind == KernelKind::kDeep) read_deep(options, path, spec, depth);
  if (const Json* named = find_member(options, "axes", path)) {
    spec.axes = read_axes(*named, path + "/axes", axes);
  }
  if (const Json* centres = find_member(options, "centres", path)) {
    spec.centres = read_centres(*centres, path + "/centres");
  }
  for (const ParameterKind kind : surrogate::parameter_kinds()) {
    if (const Json* limit = find_member(options, name_of(kind), path)) {
      spec.limits.push_back(read_limit(*limit, kind, join_path(path, name_of(kind))));
    }
  }
}

KernelSpec read_kernel(const Json& value, const std::string& path,
                       const std::vector<std::string>& axes, bool ard, int depth) {
  KernelSpec spec;
  spec.ard = ard;
  if (value.is_string()) {
    spec.kind = kind_of(value, value.get<std::string>(), path);
    if (spec.kind == KernelKind::kDeep) read_deep(Json::object(), path, spec, depth);
    return spec;
  }
  if (!value.is_object() || value.size() != 1) {
    throw CodecError(path + ": expected the name of a kernel, or an object with one key, its kind" +
                     ", got " + describe(value));
  }
  if (depth > kDeepest) {
    throw CodecError(path + ": expected at most " + std::to_string(kDeepest) +
                     " kernels within one another");
  }
  const std::string& word = value.begin().key();
  const Json& inner = value.begin().value();
  const std::string here = join_path(path, word);
  spec.kind = kind_of(value, word, path);
  if (spec.kind == KernelKind::kSum || spec.kind == KernelKind::kProduct) {
    if (!inner.is_array() || inner.empty() || inner.size() > kMostTerms) {
      throw CodecError(here + ": expected an array of 1 to " + std::to_string(kMostTerms) +
                       " kernels, got " + describe(inner));
    }
    for (std::size_t t = 0; t < inner.size(); ++t) {
      spec.terms.push_back(read_kernel(inner[t], join_path(here, t), axes, ard, depth + 1));
    }
    return spec;
  }
  if (!inner.is_object()) {
    throw CodecError(here + ": expected an object of the kernel's options, got " + describe(inner));
  }
  read_options(inner, here, axes, depth, spec);
  return spec;
}

Json json_from_limit(const ParameterLimit& limit) {
  if (limit.lower(0) == limit.upper(0)) return limit.lower(0);
  return Json::array({limit.lower(0), limit.upper(0)});
}

}  // namespace

KernelSpec kernel_from_json(const Json& value, const std::string& path,
                            const std::vector<std::string>& axes, bool ard) {
  return read_kernel(value, path, axes, ard, 0);
}

Json json_from_kernel(const KernelSpec& spec, const std::vector<std::string>& axes) {
  const char* word = name_of(spec.kind);
  if (!spec.terms.empty() && spec.kind != KernelKind::kDeep) {
    Json terms = Json::array();
    for (const KernelSpec& term : spec.terms) terms.push_back(json_from_kernel(term, axes));
    return {{word, std::move(terms)}};
  }
  Json options = Json::object();
  const std::vector<std::string> known = options_of(spec.kind);
  const auto says = [&](const char* key) {
    return std::find(known.begin(), known.end(), key) != known.end();
  };
  if (!spec.ard) options["ard"] = false;
  if (spec.rotate) options["rotate"] = true;
  if (says("nu")) options["nu"] = spec.nu;
  if (says("smoothness")) options["smoothness"] = spec.smoothness;
  if (says("degree")) options["degree"] = spec.degree;
  if (says("components")) options["components"] = spec.components;
  if (says("rank")) options["rank"] = spec.rank;
  if (says("layers")) {
    options["layers"] = spec.layers;
    options["features"] = spec.features;
    options["least_points"] = spec.least_points;
    options["kernel"] = json_from_kernel(spec.terms.front(), {});
  }
  for (const Eigen::Index axis : spec.axes)
    options["axes"].push_back(axes.at(static_cast<std::size_t>(axis)));
  for (Eigen::Index m = 0; m < spec.centres.cols(); ++m)
    options["centres"].push_back(
        std::vector<double>(spec.centres.col(m).begin(), spec.centres.col(m).end()));
  for (const ParameterLimit& limit : spec.limits)
    options[name_of(limit.kind)] = json_from_limit(limit);
  if (options.empty()) return word;
  return {{word, std::move(options)}};
}

}  // namespace foray::codec
