#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "enum_names.h"
#include "foray/campaign/spec.h"
#include "foray/codec/json.h"

namespace foray::codec {

using Names = std::vector<std::string>;

inline std::string quoted(const Names& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "\"" : ", \"") + name + "\"";
  }
  return text;
}

// Collects problems; each check adds at most one line a place.
class Checker {
 public:
  Checker(const Json& value, const std::string& path) : value_(value), path_(path) {}

  void add(const std::string& where, const std::string& problem) {
    problems_.push_back(path_ + where + ": " + problem);
  }

  void require_unique(const Names& names, const std::string& array, const char* what) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!seen.insert(names[i]).second) {
        add(array + "/" + std::to_string(i) + "/name",
            std::string("expected a name that no other ") + what + " has, got \"" + names[i] +
                "\"");
      }
    }
  }

  void require_known(const std::string& name, const Names& known, const std::string& where,
                     const char* what) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return;
    }
    std::string problem =
        std::string("expected ") + what + " (" + quoted(known) + "), got \"" + name + "\"";
    if (const auto near = nearest_word(name, known)) {
      problem += "; did you mean \"" + *near + "\"?";
    }
    add(where, problem);
  }

  void require_increasing(double lower, double upper, const std::string& where) {
    if (!(lower < upper)) {
      add(where,
          "expected two increasing numbers, got " + describe(value_.at(Json::json_pointer(where))));
    }
  }

  Names take() { return std::move(problems_); }

 private:
  const Json& value_;
  const std::string& path_;
  Names problems_;
};

inline Names parameter_names(const campaign::CampaignSpec& spec) {
  Names names;
  for (const optimizer::Parameter& parameter : spec.parameters) {
    names.push_back(parameter.name);
  }
  return names;
}

inline Names observable_names(const campaign::CampaignSpec& spec) {
  Names names;
  for (const campaign::ObservableChoice& choice : spec.observables) {
    names.push_back(choice.spec.name);
  }
  return names;
}

}  // namespace foray::codec
