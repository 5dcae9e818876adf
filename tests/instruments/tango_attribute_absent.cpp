#include "tango_attribute.h"

namespace foray::instruments {

bool set_attribute_property(const std::string& /*device*/, const std::string& /*attribute*/,
                            const std::string& /*property*/, const std::string& /*value*/) {
  return false;
}

}  // namespace foray::instruments
