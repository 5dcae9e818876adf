#include "request_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "foray/codec/measure_json.h"

namespace foray::instruments {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw std::runtime_error(name + ": " + what);
}

LoggedRequest entry_from_json(const codec::Json& value) {
  LoggedRequest entry;
  entry.request = codec::request_from_json(codec::member(value, "request", ""), "/request");
  entry.start_s = codec::number_of(codec::member(value, "start_s", ""), "/start_s");
  entry.motion_s = codec::number_of(codec::member(value, "motion_s", ""), "/motion_s");
  entry.due_s = codec::number_of(codec::member(value, "due_s", ""), "/due_s");
  return entry;
}

}  // namespace

RequestLog::RequestLog(const std::filesystem::path& file) : name_(file.string()) {
  if (name_.empty()) {
    return;
  }
  if (std::filesystem::exists(file)) {
    load(file);
  }
  descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    fail(name_,
         std::string("expected a writable log file: ") + std::generic_category().message(errno));
  }
}

RequestLog::~RequestLog() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void RequestLog::load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::size_t begin = 0;
  for (int line = 1; begin < text.size(); ++line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      std::filesystem::resize_file(file, begin);  // torn by a crash: it was never acknowledged
      return;
    }
    try {
      const codec::Json value = codec::parse_json(text.substr(begin, end - begin));
      const std::string state = codec::text_of(codec::member(value, "state", ""), "/state");
      if (state == "started") {
        LoggedRequest entry = entry_from_json(value);
        last_ = entry.request.id;
        entries_[entry.request.id] = std::move(entry);
      } else {
        const auto id = codec::integer_of(codec::member(value, "id", ""), "/id");
        if (state == "done") {
          entries_.at(id).done = true;
        } else {
          entries_.erase(id);
        }
      }
    } catch (const std::exception& error) {
      fail(name_ + ":" + std::to_string(line),
           std::string("expected a line of an instrument's log: ") + error.what());
    }
    begin = end + 1;
  }
}

void RequestLog::write_line(const std::string& line) {
  if (descriptor_ < 0) {
    return;
  }
  const std::string text = line + "\n";
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor_, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) {
      fail(name_, std::string("could not write: ") + std::generic_category().message(errno));
    }
    written += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  if (::fdatasync(descriptor_) != 0) {
    fail(name_, std::string("could not sync: ") + std::generic_category().message(errno));
  }
}

void RequestLog::started(const LoggedRequest& entry) {
  write_line(codec::write_json({{"state", "started"},
                                {"request", codec::json_from_request(entry.request)},
                                {"start_s", entry.start_s},
                                {"motion_s", entry.motion_s},
                                {"due_s", entry.due_s}}));
  last_ = entry.request.id;
  entries_[entry.request.id] = entry;
}

void RequestLog::done(campaign::MeasurementId id) {
  LoggedRequest& entry = entries_.at(id);
  if (!entry.done) {
    write_line(codec::write_json({{"state", "done"}, {"id", id}}));
    entry.done = true;
  }
}

void RequestLog::forget(campaign::MeasurementId id) {
  if (entries_.erase(id) > 0) {
    write_line(codec::write_json({{"state", "forgotten"}, {"id", id}}));
  }
}

const LoggedRequest* RequestLog::find(campaign::MeasurementId id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<const LoggedRequest*> RequestLog::before(double start_s) const {
  std::vector<const LoggedRequest*> found;
  for (const auto& [id, entry] : entries_) {
    if (entry.start_s < start_s) found.push_back(&entry);
  }
  return found;
}

const LoggedRequest* RequestLog::last() const { return last_ ? find(*last_) : nullptr; }

}  // namespace foray::instruments
