#include "foray/classifier/weights.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "encoder_options.h"

extern "C" {
// Defined in builtin_weights.S.
extern const char foray_builtin_weights_begin[];
extern const char foray_builtin_weights_end[];
}

namespace foray::classifier {
namespace {

static_assert(std::endian::native == std::endian::little,
              "weights files are little endian and are copied as they stand");

constexpr char kMagic[] = "FORAYCLS";
constexpr std::size_t kMagicSize = 8;

std::uint64_t hash_of(const char* data, std::size_t size) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t k = 0; k < size; ++k) {
    hash = (hash ^ static_cast<unsigned char>(data[k])) * 0x100000001b3ULL;
  }
  return hash;
}

class Writer {
 public:
  template <class T>
  void number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  template <class T>
  void list(const std::vector<T>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    const std::size_t at = bytes_.size();
    bytes_.resize(at + values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes_.data() + at, values.data(), values.size() * sizeof(T));
  }
  void texts(const std::vector<std::string>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const std::string& value : values) text(value);
  }
  void raw(const char* data, std::size_t size) { bytes_.append(data, size); }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  Reader(const std::string& bytes, std::size_t end, const std::string& place)
      : bytes_(bytes), end_(end), place_(place) {}

  template <class T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof(T)), sizeof(T));
    return value;
  }
  std::string text() {
    const auto size = number<std::uint32_t>();
    const char* data = take(size);
    return {data, size};
  }
  template <class T>
  std::vector<T> list() {
    const std::size_t count = number<std::uint32_t>();
    const char* data = take(count * sizeof(T));
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), data, count * sizeof(T));
    return values;
  }
  // A count of things that take at least one byte each.
  std::size_t count() {
    const std::size_t value = number<std::uint32_t>();
    if (value > end_ - at_) fail(value);
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values(count());
    for (std::string& value : values) value = text();
    return values;
  }
  void skip(std::size_t size) { take(size); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

 private:
  const char* take(std::size_t size) {
    if (size > end_ - at_) fail(size);
    const char* data = bytes_.data() + at_;
    at_ += size;
    return data;
  }
  [[noreturn]] void fail(std::size_t size) const {
    std::ostringstream text;
    text << place_ << ": expected " << size << " more bytes at byte " << at_ << ", got "
         << end_ - at_;
    throw std::runtime_error(text.str());
  }

  const std::string& bytes_;
  std::size_t at_ = 0;
  std::size_t end_;
  const std::string& place_;
};

void write_labels(Writer& out, const LabelHierarchy& labels) {
  out.number(static_cast<std::uint32_t>(labels.roots.size()));
  for (const LabelRoot& root : labels.roots) {
    out.text(root.name);
    out.texts(root.features);
    out.number(static_cast<std::uint32_t>(root.groups.size()));
    for (const KindGroup& group : root.groups) {
      out.text(group.feature);
      out.texts(group.kinds);
      out.text(group.minority);
      out.texts(group.traits);
    }
  }
  out.number(static_cast<std::uint32_t>(labels.aspects.size()));
  for (const LabelAspect& aspect : labels.aspects) {
    out.text(aspect.name);
    out.texts(aspect.questions);
  }
}

LabelHierarchy read_labels(Reader& in) {
  LabelHierarchy labels;
  labels.roots.resize(in.count());
  for (LabelRoot& root : labels.roots) {
    root.name = in.text();
    root.features = in.texts();
    root.groups.resize(in.count());
    for (KindGroup& group : root.groups) {
      group.feature = in.text();
      group.kinds = in.texts();
      group.minority = in.text();
      group.traits = in.texts();
    }
  }
  labels.aspects.resize(in.count());
  for (LabelAspect& aspect : labels.aspects) {
    aspect.name = in.text();
    aspect.questions = in.texts();
  }
  return labels;
}

std::size_t elements(const Tensor& tensor) {
  std::size_t product = 1;
  for (const std::int64_t side : tensor.shape) {
    if (side < 0 || side > (1 << 24)) return 0;
    product *= static_cast<std::size_t>(side);
  }
  return product;
}

template <class T>
bool finite(const std::vector<T>& values) {
  for (const T value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

// What does not fit in known frames; "" when all does or none were measured.
std::string misfit_of_known(const KnownFrames& known) {
  if (known.mean.empty() && known.axes.empty()) return "";
  if (known.mean.empty() || known.axes.size() % known.mean.size() != 0) {
    return "expected directions of known frames of " + std::to_string(known.mean.size()) +
           " features each, got " + std::to_string(known.axes.size()) + " values";
  }
  if (!finite(known.mean) || !finite(known.axes)) {
    return "expected finite features of known frames, got NaN or infinity";
  }
  if (!(known.foreign_weight >= 0 && std::isfinite(known.foreign_weight))) {
    return "expected a weight of foreign frames >= 0, got " + std::to_string(known.foreign_weight);
  }
  if (!std::isfinite(known.log_threshold) || !(known.false_alarms > 0 && known.false_alarms < 1)) {
    return "expected a finite threshold with false alarms between 0 and 1, got " +
           std::to_string(known.log_threshold) + " with " + std::to_string(known.false_alarms);
  }
  return "";
}

// What does not fit in a set of weights; "" when all does.
std::string misfit(const Weights& weights) {
  try {
    validate(weights.labels);
    if (weights.trunk) require_encoder_options({weights.trunk->side, weights.trunk->channels});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  const OutputLayout layout = output_layout(weights.labels);
  const std::size_t decisions = layout.softmax.size() + layout.sigmoid.size();
  const Calibration& calibration = weights.calibration;
  if (calibration.scale.size() != decisions || calibration.shift.size() != decisions ||
      calibration.logit_floor.size() != label_paths(weights.labels).size()) {
    return "expected a calibration of " + std::to_string(decisions) + " decisions, got " +
           std::to_string(calibration.scale.size());
  }
  if (!finite(calibration.scale) || !finite(calibration.shift) ||
      !finite(calibration.logit_floor)) {
    return "expected a finite calibration, got NaN or infinity";
  }
  if (weights.members.empty()) return "expected at least one network, got none";
  for (const Member& member : weights.members) {
    for (const Tensor& tensor : member) {
      if (tensor.values.size() != elements(tensor)) {
        return "expected the shape of '" + tensor.name + "' to hold " +
               std::to_string(tensor.values.size()) + " values, got " +
               std::to_string(elements(tensor));
      }
      if (!finite(tensor.values)) return "expected finite values in '" + tensor.name + "'";
    }
  }
  return misfit_of_known(weights.known);
}

KnownFrames read_known(Reader& in, std::uint32_t version) {
  KnownFrames known;
  known.mean = in.list<float>();
  known.axes = in.list<float>();
  if (version > kOldestWeightsVersion) known.foreign_weight = in.number<double>();
  known.log_threshold = in.number<double>();
  known.false_alarms = in.number<double>();
  return known;
}

Weights read_body(Reader& in, std::uint32_t version) {
  Weights weights;
  weights.description = in.text();
  weights.labels = read_labels(in);
  weights.members.resize(in.count());
  for (Member& member : weights.members) {
    member.resize(in.count());
    for (Tensor& tensor : member) {
      tensor.name = in.text();
      tensor.shape = in.list<std::int64_t>();
      tensor.values = in.list<float>();
    }
  }
  weights.calibration.scale = in.list<double>();
  weights.calibration.shift = in.list<double>();
  weights.calibration.logit_floor = in.list<double>();
  weights.known = read_known(in, version);
  if (!in.at_end()) {
    ForeignTrunk& trunk = weights.trunk.emplace();
    trunk.torchscript = in.text();
    trunk.side = in.number<std::int32_t>();
    trunk.channels = in.number<std::int32_t>();
  }
  return weights;
}

}  // namespace

std::string serialize_weights(const Weights& weights) {
  const std::string problem = misfit(weights);
  if (!problem.empty()) throw std::invalid_argument("serialize_weights: " + problem);
  Writer out;
  out.raw(kMagic, kMagicSize);
  out.number(kWeightsVersion);
  out.text(weights.description);
  write_labels(out, weights.labels);
  out.number(static_cast<std::uint32_t>(weights.members.size()));
  for (const Member& member : weights.members) {
    out.number(static_cast<std::uint32_t>(member.size()));
    for (const Tensor& tensor : member) {
      out.text(tensor.name);
      out.list(tensor.shape);
      out.list(tensor.values);
    }
  }
  out.list(weights.calibration.scale);
  out.list(weights.calibration.shift);
  out.list(weights.calibration.logit_floor);
  out.list(weights.known.mean);
  out.list(weights.known.axes);
  out.number(weights.known.foreign_weight);
  out.number(weights.known.log_threshold);
  out.number(weights.known.false_alarms);
  if (weights.trunk) {
    out.text(weights.trunk->torchscript);
    out.number(weights.trunk->side);
    out.number(weights.trunk->channels);
  }
  out.number(hash_of(out.bytes().data(), out.bytes().size()));
  return std::move(out.bytes());
}

Weights parse_weights(const std::string& bytes, const std::string& place) {
  constexpr std::size_t kHashSize = sizeof(std::uint64_t);
  if (bytes.size() < kMagicSize || bytes.compare(0, kMagicSize, kMagic) != 0) {
    throw std::runtime_error(place + ": expected a foray classifier weights file (it begins with " +
                             kMagic + "), got another kind of file of " +
                             std::to_string(bytes.size()) + " bytes");
  }
  Reader head(bytes, bytes.size(), place);
  head.skip(kMagicSize);
  const auto version = head.number<std::uint32_t>();
  if (version < kOldestWeightsVersion || version > kWeightsVersion) {
    const bool older = version < kOldestWeightsVersion;
    throw std::runtime_error(
        place + ": expected weights of version " + std::to_string(kOldestWeightsVersion) + " or " +
        std::to_string(kWeightsVersion) + ", got version " + std::to_string(version) +
        (older ? ", whose networks take other inputs; make new ones with "
                 "'foray train', or fit the built-in ones to your labelled "
                 "frames again"
               : ""));
  }
  const std::size_t end = bytes.size() < kHashSize ? 0 : bytes.size() - kHashSize;
  std::uint64_t stored = 0;
  std::memcpy(&stored, bytes.data() + end, kHashSize);
  if (hash_of(bytes.data(), end) != stored) {
    throw std::runtime_error(place +
                             ": expected the hash at the end to fit the contents, got a "
                             "file that was cut short or changed (" +
                             std::to_string(bytes.size()) + " bytes)");
  }
  Reader in(bytes, end, place);
  in.skip(kMagicSize + sizeof(version));
  Weights weights = read_body(in, version);
  std::string problem = misfit(weights);
  if (problem.empty() && !in.at_end()) problem = "expected the end of the file, got more bytes";
  if (!problem.empty()) throw std::runtime_error(place + ": " + problem);
  return weights;
}

Weights read_weights(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) {
    throw std::runtime_error(file.string() + ": expected a weights file, cannot read it");
  }
  return parse_weights(bytes.str(), file.string());
}

void write_weights(const std::filesystem::path& file, const Weights& weights) {
  const std::string bytes = serialize_weights(weights);
  std::filesystem::path aside = file;
  aside += ".part";
  std::ofstream out(aside, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(aside, file, error);
  if (!out || error) {
    throw std::runtime_error(file.string() + ": expected to write the weights, cannot write there");
  }
}

Weights builtin_weights() {
  const std::string bytes(foray_builtin_weights_begin, foray_builtin_weights_end);
  return parse_weights(bytes, "builtin weights");
}

}  // namespace foray::classifier
