#include "tango_devices.h"

#include <tango.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The only source that sees the Tango library.

namespace foray::instruments {
namespace {

using campaign::FaultKind;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Why a measurement ended early.
struct Trouble {
  FaultKind kind;
  std::string message;
};

// "ATTRIBUTE" of the main device, or "DEVICE/ATTRIBUTE" of another. A device's name has two
// slashes, more with a protocol in front.
struct AttributeName {
  std::string device;
  std::string attribute;
};

AttributeName split_name(const std::string& main_device, const std::string& name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) {
    return {main_device, name};
  }
  return {name.substr(0, slash), name.substr(slash + 1)};
}

std::string text_of(const Tango::DevFailed& failure) {
  std::string text;
  for (CORBA::ULong i = 0; i < failure.errors.length(); ++i) {
    const Tango::DevError& error = failure.errors[i];
    text += (text.empty() ? "" : "; ") + std::string(error.reason.in()) + ": " + error.desc.in();
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return text.substr(0, 600);
}

// What a failure means for the measurement.
FaultKind kind_of(const Tango::DevFailed& failure) {
  for (CORBA::ULong i = 0; i < failure.errors.length(); ++i) {
    const std::string reason = failure.errors[i].reason.in();
    for (const char* gone :
         {"API_CorbaException", "API_CantConnectToDevice", "API_DeviceTimedOut",
          "API_ServerNotRunning", "API_CommunicationFailed", "API_ConnectionFailed"}) {
      if (reason == gone) {
        return FaultKind::kDisconnected;
      }
    }
  }
  return FaultKind::kRefused;
}

template <typename Number>
std::vector<double> numbers_as(Tango::DeviceAttribute& reading) {
  std::vector<Number> values;
  reading >> values;
  return {values.begin(), values.end()};
}

// All numbers of a reading, what was read first and what was set after it.
std::vector<double> numbers(Tango::DeviceAttribute& reading, const std::string& name) {
  switch (reading.get_type()) {
    case Tango::DEV_DOUBLE:
      return numbers_as<Tango::DevDouble>(reading);
    case Tango::DEV_FLOAT:
      return numbers_as<Tango::DevFloat>(reading);
    case Tango::DEV_SHORT:
      return numbers_as<Tango::DevShort>(reading);
    case Tango::DEV_USHORT:
      return numbers_as<Tango::DevUShort>(reading);
    case Tango::DEV_LONG:
      return numbers_as<Tango::DevLong>(reading);
    case Tango::DEV_ULONG:
      return numbers_as<Tango::DevULong>(reading);
    case Tango::DEV_LONG64:
      return numbers_as<Tango::DevLong64>(reading);
    case Tango::DEV_ULONG64:
      return numbers_as<Tango::DevULong64>(reading);
    case Tango::DEV_UCHAR:
      return numbers_as<Tango::DevUChar>(reading);
    default:
      throw Trouble{FaultKind::kMalformed,
                    name + ": expected a number, got an attribute of Tango type " +
                        std::to_string(reading.get_type())};
  }
}

template <typename Integer>
Tango::DeviceAttribute integer_for(std::string name, double value) {
  const double rounded = std::round(value);
  // 2^63 is the first double beyond a 64-bit integer, hence "below" at the upper end.
  const double lowest = static_cast<double>(std::numeric_limits<Integer>::lowest());
  const double beyond = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  if (!(rounded >= lowest && rounded < beyond)) {
    throw Trouble{FaultKind::kRefused, name + ": expected a value from " + std::to_string(lowest) +
                                           " to below " + std::to_string(beyond) + ", got " +
                                           std::to_string(value)};
  }
  return {name, static_cast<Integer>(rounded)};
}

// A value in the type that the attribute has.
Tango::DeviceAttribute value_for(const std::string& attribute, long type, double value) {
  std::string name = attribute;
  switch (type) {
    case Tango::DEV_DOUBLE:
      return {name, static_cast<Tango::DevDouble>(value)};
    case Tango::DEV_FLOAT:
      return {name, static_cast<Tango::DevFloat>(value)};
    case Tango::DEV_SHORT:
      return integer_for<Tango::DevShort>(name, value);
    case Tango::DEV_USHORT:
      return integer_for<Tango::DevUShort>(name, value);
    case Tango::DEV_LONG:
      return integer_for<Tango::DevLong>(name, value);
    case Tango::DEV_ULONG:
      return integer_for<Tango::DevULong>(name, value);
    case Tango::DEV_LONG64:
      return integer_for<Tango::DevLong64>(name, value);
    case Tango::DEV_ULONG64:
      return integer_for<Tango::DevULong64>(name, value);
    default:
      throw Trouble{FaultKind::kRefused,
                    attribute + ": expected an attribute that holds a number, got Tango type " +
                        std::to_string(type)};
  }
}

class TangoDevices final : public SlowWork {
 public:
  explicit TangoDevices(codec::TangoInstrumentSpec spec) : spec_(std::move(spec)) {}

  MeasureResult measure(const MeasureRequest& request, Deadline deadline,
                        const std::function<bool()>& cancelled) override {
    deadline_ = deadline;
    cancelled_ = &cancelled;
    MeasureResult result;
    for (milliseconds pause(50);; pause = std::min(pause * 2, milliseconds(2000))) {
      result = {};
      result.id = request.id;
      try {
        attempt(request, result);
        return result;
      } catch (const Tango::DevFailed& failure) {
        result.fault = kind_of(failure);
        result.message = text_of(failure);
      } catch (const Trouble& trouble) {
        result.fault = trouble.kind;
        result.message = trouble.message;
      }
      result.measurement.reset();
      const bool again = result.fault == FaultKind::kDisconnected &&
                         steady_clock::now() + pause < deadline && !cancelled();
      if (!again) {
        return result;
      }
      devices_.clear();
      types_.clear();
      std::this_thread::sleep_for(pause);
    }
  }

  void stop_motion() override {
    if (!spec_.abort.empty()) {
      try {
        device(spec_.device).command_inout(spec_.abort);
      } catch (const Tango::DevFailed& failure) {
        throw std::runtime_error(text_of(failure));
      }
    }
  }

 private:
  void attempt(const MeasureRequest& request, MeasureResult& result) {
    const auto begin = steady_clock::now();
    for (std::size_t i = 0; i < request.names.size(); ++i) {
      const auto mapped = spec_.parameters.find(request.names[i]);
      if (mapped != spec_.parameters.end() && !is_measured(request, request.names[i])) {
        write(mapped->second, request.position[static_cast<Eigen::Index>(i)]);
      }
    }
    wait_while_moving();
    read_back(request, result);
    const auto arrived = steady_clock::now();
    result.motion_s = std::chrono::duration<double>(arrived - begin).count();
    if (!spec_.exposure.empty()) {
      write(spec_.exposure, request.exposure_s);
    }
    if (!spec_.trigger.empty()) {
      Tango::DeviceProxy& detector = device(spec_.device);
      require_wanted();
      detector.command_inout(spec_.trigger);
      wait_while_moving();
    }
    if (spec_.image.empty()) {
      read_values(result);
    } else {
      read_image(request, result);
    }
    result.exposure_s = std::chrono::duration<double>(steady_clock::now() - arrived).count();
  }

  Tango::DeviceProxy& device(const std::string& name) {
    auto& proxy = devices_[name];
    if (!proxy) {
      std::string copy = name;
      proxy = std::make_unique<Tango::DeviceProxy>(copy);
      proxy->set_timeout_millis(static_cast<int>(spec_.call_timeout_s * 1000));
    }
    return *proxy;
  }

  // What was given up must move nothing any more: another measurement may be under way.
  void require_wanted() const {
    if ((*cancelled_)()) {
      throw Trouble{FaultKind::kTimeout, spec_.device + ": given up"};
    }
  }

  void write(const std::string& attribute, double value) {
    const AttributeName name = split_name(spec_.device, attribute);
    Tango::DeviceProxy& proxy = device(name.device);
    auto type = types_.find(attribute);
    if (type == types_.end()) {
      type = types_.emplace(attribute, proxy.get_attribute_config(name.attribute).data_type).first;
    }
    Tango::DeviceAttribute setting = value_for(name.attribute, type->second, value);
    require_wanted();
    proxy.write_attribute(setting);
  }

  void wait_while_moving() {
    if (!spec_.wait_while_moving) {
      return;
    }
    for (milliseconds pause(2);; pause = std::min(pause * 2, milliseconds(100))) {
      bool moving = false;
      for (const auto& [name, proxy] : devices_) {
        const Tango::DevState state = proxy->state();
        moving = moving || state == Tango::MOVING;
        if (state == Tango::FAULT) {
          throw Trouble{FaultKind::kRefused, name + ": the device is in the state FAULT"};
        }
      }
      if (!moving) {
        return;
      }
      if (steady_clock::now() + pause > deadline_ || (*cancelled_)()) {
        throw Trouble{FaultKind::kTimeout, spec_.device + ": still MOVING at the deadline"};
      }
      std::this_thread::sleep_for(pause);
    }
  }

  // The first number of an attribute; notes go to the result's message.
  double read_number(const std::string& attribute, MeasureResult& result) {
    Tango::DeviceAttribute reading = read(attribute, result);
    const std::vector<double> values = numbers(reading, attribute);
    if (values.empty()) {
      throw Trouble{FaultKind::kMalformed, attribute + ": expected a number, got none"};
    }
    return values.front();
  }

  Tango::DeviceAttribute read(const std::string& attribute, MeasureResult& result) {
    const AttributeName name = split_name(spec_.device, attribute);
    Tango::DeviceAttribute reading = device(name.device).read_attribute(name.attribute.c_str());
    if (reading.has_failed()) {  // an attribute that does not exist is reported inside its reading
      throw Tango::DevFailed(reading.get_err_stack());
    }
    switch (reading.get_quality()) {
      case Tango::ATTR_VALID:
        break;
      case Tango::ATTR_INVALID:
        throw Trouble{FaultKind::kMalformed, attribute + ": its quality is INVALID"};
      case Tango::ATTR_ALARM:
        note(result, attribute + ": its quality is ALARM");
        break;
      case Tango::ATTR_WARNING:
        note(result, attribute + ": its quality is WARNING");
        break;
      case Tango::ATTR_CHANGING:
        note(result, attribute + ": its quality is CHANGING");
        break;
    }
    return reading;
  }

  static void note(MeasureResult& result, const std::string& text) {
    result.message += (result.message.empty() ? "" : "; ") + text;
  }

  static bool is_measured(const MeasureRequest& request, const std::string& name) {
    return std::find(request.measured.begin(), request.measured.end(), name) !=
           request.measured.end();
  }

  void read_back(const MeasureRequest& request, MeasureResult& result) {
    result.read_back = request.position;
    for (std::size_t i = 0; i < request.names.size(); ++i) {
      const std::string& name = request.names[i];
      const auto mapped = spec_.parameters.find(name);
      if (mapped == spec_.parameters.end()) {
        continue;
      }
      const auto index = static_cast<Eigen::Index>(i);
      result.read_back[index] = read_number(mapped->second, result);
      const auto tolerance = spec_.tolerance.find(name);
      const double difference = std::abs(result.read_back[index] - request.position[index]);
      if (tolerance != spec_.tolerance.end() && !is_measured(request, name) &&
          !(difference <= tolerance->second)) {
        throw Trouble{FaultKind::kRefused, name + ": expected to arrive within " +
                                               std::to_string(tolerance->second) + " of " +
                                               std::to_string(request.position[index]) + ", got " +
                                               std::to_string(result.read_back[index])};
      }
    }
  }

  void read_values(MeasureResult& result) {
    scattering::Values values;
    for (const auto& [name, attribute] : spec_.observables) {
      const auto variance = spec_.variances.find(name);
      const double number = read_number(attribute, result);
      if (!std::isfinite(number)) {
        throw Trouble{FaultKind::kNotFinite,
                      attribute + ": expected a finite number, got " + std::to_string(number)};
      }
      values.push_back({name, number, variance == spec_.variances.end() ? 0 : variance->second});
    }
    result.measurement = std::move(values);
  }

  void read_image(const MeasureRequest& request, MeasureResult& result) {
    Tango::DeviceAttribute reading = read(spec_.image, result);
    const Eigen::Index fast = reading.get_dim_x();
    const Eigen::Index slow = reading.get_dim_y();
    const std::vector<double> pixels = numbers(reading, spec_.image);
    if (slow < 1 || fast < 1 || pixels.size() < static_cast<std::size_t>(slow * fast)) {
      throw Trouble{FaultKind::kMalformed, spec_.image + ": expected an image of " +
                                               std::to_string(slow) + " x " + std::to_string(fast) +
                                               " pixels, got " + std::to_string(pixels.size())};
    }
    scattering::Frame frame;
    frame.counts = Eigen::Map<const scattering::Image>(pixels.data(), slow, fast);
    frame.mask = scattering::Mask::Zero(slow, fast);
    frame.geometry = spec_.geometry;
    frame.exposure_s = request.exposure_s;
    frame.saturation = spec_.saturation;
    if (!frame.counts.isFinite().all()) {
      result.fault = FaultKind::kNotFinite;
      result.message = spec_.image + ": expected finite counts, got NaN or infinity";
    } else if (spec_.saturation > 0 && (frame.counts >= spec_.saturation).any()) {
      result.fault = FaultKind::kSaturated;
      result.message = spec_.image + ": expected counts below " + std::to_string(spec_.saturation) +
                       ", got " + std::to_string(frame.counts.maxCoeff());
    }
    result.measurement = std::move(frame);
  }

  codec::TangoInstrumentSpec spec_;
  std::map<std::string, std::unique_ptr<Tango::DeviceProxy>> devices_;
  std::map<std::string, long> types_;  // of the attributes that are written
  Deadline deadline_;
  const std::function<bool()>* cancelled_ = nullptr;
};

}  // namespace

std::unique_ptr<SlowWork> make_tango_devices(const codec::TangoInstrumentSpec& spec) {
  return std::make_unique<TangoDevices>(spec);
}

}  // namespace foray::instruments
