#include "named_position.h"

#include <algorithm>
#include <stdexcept>

namespace foray::instruments {

Eigen::VectorXd pick(const std::vector<std::string>& names,
                     const Eigen::Ref<const Eigen::VectorXd>& position,
                     const std::vector<std::string>& wanted, const std::string& where) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), wanted[i]);
    if (found == names.end()) {
      std::string known;
      for (const std::string& name : names) {
        known += (known.empty() ? "" : ", ") + name;
      }
      throw std::invalid_argument(where + ": expected the parameter " + wanted[i] +
                                  ", got a request with " + known);
    }
    values[static_cast<Eigen::Index>(i)] = position[found - names.begin()];
  }
  return values;
}

}  // namespace foray::instruments
