#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"

namespace foray::instruments {

// What an instrument did with a request.
struct LoggedRequest {
  campaign::MeasureRequest request;
  double start_s = 0;   // on the instrument's clock: end of waiting for what came before
  double motion_s = 0;  // moving and settling
  double due_s = 0;     // when the answer comes
  bool done = false;    // the measurement was taken
};

// What an instrument did, kept in memory and, with a file name, also in a file of JSON lines that
// is synced line by line. A torn last line (a crash while writing) is cut off when it is opened.
class RequestLog {
 public:
  // Throws std::runtime_error naming the file and the line.
  explicit RequestLog(const std::filesystem::path& file);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;
  RequestLog(RequestLog&&) = delete;
  RequestLog& operator=(RequestLog&&) = delete;

  void started(const LoggedRequest& entry);
  void done(campaign::MeasurementId id);
  void forget(campaign::MeasurementId id);  // aborted: as if it had never come

  [[nodiscard]] const LoggedRequest* find(campaign::MeasurementId id) const;
  // Those that began before a time, in the order of their ids.
  [[nodiscard]] std::vector<const LoggedRequest*> before(double start_s) const;
  [[nodiscard]] const LoggedRequest* last() const;  // the one started last; nullptr: none

 private:
  void load(const std::filesystem::path& file);
  void write_line(const std::string& line);

  std::map<campaign::MeasurementId, LoggedRequest> entries_;
  std::optional<campaign::MeasurementId> last_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace foray::instruments
