#include "warm_start.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"

namespace foray::classifier {
namespace {

const Tensor& array_named(const Member& member, const std::string& name) {
  const auto found = std::find_if(member.begin(), member.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  if (found == member.end()) {
    throw std::invalid_argument("start: expected networks with an array '" + name +
                                "', got none of that name");
  }
  return *found;
}

// Copies rows of an array of the head, one an output, from where the same output stands in `from`.
void copy_rows(const Tensor& from, const std::vector<std::string>& from_names, Tensor& to,
               const std::vector<std::string>& to_names) {
  const std::size_t size = to.values.size() / to_names.size();
  for (std::size_t k = 0; k < to_names.size(); ++k) {
    const auto found = std::find(from_names.begin(), from_names.end(), to_names[k]);
    if (found == from_names.end()) continue;
    const auto row = static_cast<std::size_t>(found - from_names.begin());
    std::copy_n(from.values.begin() + static_cast<std::ptrdiff_t>(row * size), size,
                to.values.begin() + static_cast<std::ptrdiff_t>(k * size));
  }
}

}  // namespace

std::vector<Member> members_to_start_from(const Weights& start, const LabelHierarchy& labels,
                                          int told, std::uint64_t seed) {
  const auto outputs = static_cast<int>(output_names(start.labels).size());
  const NetworkShape own = make_ensemble(start.members, outputs, "start")->shape();
  require(own.told == told, "start: expected networks that take the " + std::to_string(told) +
                                " numbers of the examples' trunk, got ones that take " +
                                std::to_string(own.told));
  const std::vector<std::string> from_names = output_names(start.labels);
  const std::vector<std::string> to_names = output_names(labels);
  NetworkShape shape = own;
  shape.outputs = static_cast<int>(to_names.size());
  std::vector<Member> members;
  for (std::size_t m = 0; m < start.members.size(); ++m) {
    Member member = initial_member(shape, derive_seed(seed, m));
    for (Tensor& array : member) {
      const Tensor& from = array_named(start.members[m], array.name);
      if (array.name.rfind("head.", 0) == 0) {
        copy_rows(from, from_names, array, to_names);
      } else {
        array.values = from.values;
      }
    }
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace foray::classifier
