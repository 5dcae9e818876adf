#pragma once

#include <string>

namespace foray::instruments {

// Sets one property of an attribute's configuration ("max_value", "max_alarm"); false when the
// device cannot be reached.
bool set_attribute_property(const std::string& device, const std::string& attribute,
                            const std::string& property, const std::string& value);

}  // namespace foray::instruments
