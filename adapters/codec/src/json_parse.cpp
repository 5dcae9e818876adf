#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "foray/codec/json.h"

namespace foray::codec {
namespace {

// Reads a text and tells how far it got, so that every refusal can name its place.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the value while it checks what the library's own parser lets pass.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const JsonLimits& limits, const char* const* reached)
      : text_(text), limits_(limits), reached_(reached) {}

  bool null() override { return put(nullptr) != nullptr; }
  bool boolean(bool value) override { return put(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return put(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) {
      refuse("expected an integer within 64 bits, got " + std::to_string(value));
    }
    return put(static_cast<std::int64_t>(value)) != nullptr;
  }
  bool number_float(number_float_t value, const string_t& token) override {
    if (token.find_first_of(".eE") == string_t::npos) {
      refuse("expected an integer within 64 bits, got " + token.substr(0, 40));
    }
    if (!std::isfinite(value)) {
      refuse("expected a finite number, got " + token.substr(0, 40));
    }
    return put(value) != nullptr;
  }
  bool string(string_t& value) override { return put(std::move(value)) != nullptr; }
  bool binary(binary_t& /*value*/) override {
    refuse("expected JSON text, got binary data");
    return false;
  }
  bool start_object(std::size_t /*count*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*count*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (stack_.back()->contains(value)) {
      refuse("expected each key once, got \"" + value.substr(0, 60) + "\" a second time");
    }
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    const std::string what = error.what();
    const std::size_t end_of_id = what.find("] ");
    std::string reason = end_of_id == std::string::npos ? what : what.substr(end_of_id + 2);
    if (reason.rfind("parse error", 0) == 0) {
      const std::size_t colon = reason.find(": ");
      reason = colon == std::string::npos ? reason : reason.substr(colon + 2);
    }
    refuse_at(position, "expected JSON, " + reason.substr(0, 200));
  }

  Json take() { return std::move(root_); }

 private:
  template <typename Value>
  Json* put(Value&& value) {
    if (++values_ > limits_.values) {
      refuse("expected at most " + std::to_string(limits_.values) + " values");
    }
    if (stack_.empty()) {
      root_ = Json(std::forward<Value>(value));
      return &root_;
    }
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(Json(std::forward<Value>(value)));
      return &parent.back();
    }
    Json& place = parent[key_];
    place = Json(std::forward<Value>(value));
    return &place;
  }

  bool open(Json&& container) {
    if (static_cast<int>(stack_.size()) >= limits_.depth) {
      refuse("expected at most " + std::to_string(limits_.depth) + " nested levels, got more");
    }
    stack_.push_back(put(std::move(container)));
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    refuse_at(static_cast<std::size_t>(*reached_ - text_.data()), reason);
  }

  [[noreturn]] void refuse_at(std::size_t position, const std::string& reason) const {
    const std::string_view before = text_.substr(0, std::min(position, text_.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t last = before.rfind('\n');
    const std::size_t column =
        last == std::string_view::npos ? before.size() : before.size() - last - 1;
    throw CodecError("line " + std::to_string(line) + ", column " +
                     std::to_string(std::max<std::size_t>(column, 1)) + ": " + reason);
  }

  std::string_view text_;
  JsonLimits limits_;
  const char* const* reached_;
  Json root_;
  std::vector<Json*> stack_;
  std::string key_;
  std::int64_t values_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw CodecError("expected at most " + std::to_string(limits.bytes) + " bytes of JSON, got " +
                     std::to_string(text.size()));
  }
  if (text.empty()) {
    throw CodecError("line 1, column 1: expected JSON, got an empty text");
  }
  const char* reached = text.data();
  Builder builder(text, limits, &reached);
  const CountingIterator first(text.data(), &reached);
  const CountingIterator last(text.data() + text.size(), &reached);
  Json::sax_parse(first, last, &builder);
  return builder.take();
}

}  // namespace foray::codec
