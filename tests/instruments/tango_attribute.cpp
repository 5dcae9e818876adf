#include "tango_attribute.h"

#include <tango.h>

namespace foray::instruments {

bool set_attribute_property(const std::string& device, const std::string& attribute,
                            const std::string& property, const std::string& value) {
  try {
    std::string name = device;
    Tango::DeviceProxy proxy(name);
    Tango::AttributeInfoListEx configuration{proxy.get_attribute_config(attribute)};
    if (property == "max_value") {
      configuration[0].max_value = value;
    } else {
      configuration[0].alarms.max_alarm = value;
    }
    proxy.set_attribute_config(configuration);
    return true;
  } catch (const Tango::DevFailed&) {
    return false;
  }
}

}  // namespace foray::instruments
