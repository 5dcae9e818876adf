#include "progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <variant>

namespace foray::app {

std::string duration(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<std::int64_t>(std::lround(seconds / 60));
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {:02d} min", minutes / 60, minutes % 60);
}

std::string status_line(const campaign::CampaignStatus& status, double rate_s) {
  std::string line = fmt::format("{} measured", status.measured);
  const std::int64_t limit = status.budget.measurements;
  if (limit > 0) line = fmt::format("{} of {} measured", status.measured, limit);
  if (status.failed > 0) line += fmt::format(", {} failed", status.failed);
  if (limit > 0 && rate_s > 0) {
    const auto left = static_cast<double>(std::max<std::int64_t>(0, limit - status.measured));
    line += fmt::format(" | {} left", duration(left * rate_s));
  }
  line += fmt::format(" | beam {}", duration(status.beam_hours * 3600));
  if (status.best) {
    line += fmt::format(" | best {} {:.5g} +- {:.2g}", status.best->observable, status.best->value,
                        std::sqrt(status.best->variance));
  } else {
    std::string separator = " | uncertainty ";
    for (const auto& [observable, sd] : status.uncertainty) {
      line += fmt::format("{}{} {:.3g}", separator, observable, sd);
      separator = ", ";
    }
  }
  return line;
}

Progress::Progress(std::FILE* stream) : stream_(stream), terminal_(isatty(fileno(stream)) != 0) {}

void Progress::on_entry(const campaign::JournalEntry& entry) {
  if (started_s_ == 0) started_s_ = entry.time_s;
  const bool result = std::holds_alternative<campaign::Scored>(entry.record) ||
                      std::holds_alternative<campaign::Told>(entry.record) ||
                      std::holds_alternative<campaign::MeasureFailed>(entry.record);
  if (result) ++seen_;
  const bool notable = std::holds_alternative<campaign::CampaignPaused>(entry.record) ||
                       std::holds_alternative<campaign::ObjectiveSet>(entry.record) ||
                       std::holds_alternative<campaign::PossibleDuplicate>(entry.record) ||
                       std::holds_alternative<campaign::TransitionFound>(entry.record) ||
                       std::holds_alternative<campaign::TransitionLost>(entry.record) ||
                       std::holds_alternative<campaign::Reacted>(entry.record) ||
                       std::holds_alternative<campaign::CampaignReopened>(entry.record);
  if (campaign_ != nullptr && (result || notable)) show(entry);
}

namespace {

// A line that reaches the end of the row would go on in the next and could not be overwritten.
std::string fitted(const std::string& line, std::size_t columns) {
  if (line.size() < columns) return line;
  return line.substr(0, columns < 5 ? 0 : columns - 4) + "...";
}

std::size_t columns(std::FILE* terminal) {
  winsize size{};
  const bool known = ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string remark(const campaign::Record& record) {
  if (const auto* failed = std::get_if<campaign::MeasureFailed>(&record)) {
    return fmt::format("measurement {}: {}: {}", failed->id, campaign::fault_name(failed->fault),
                       failed->message);
  }
  if (const auto* paused = std::get_if<campaign::CampaignPaused>(&record)) {
    return fmt::format("paused: {}", paused->reason);
  }
  if (const auto* duplicate = std::get_if<campaign::PossibleDuplicate>(&record)) {
    return fmt::format("measurement {} may be a duplicate: {}", duplicate->id, duplicate->message);
  }
  if (std::holds_alternative<campaign::ObjectiveSet>(record)) return "the objective was changed";
  if (const auto* found = std::get_if<campaign::TransitionFound>(&record)) {
    return fmt::format("a transition between {:.6g} and {:.6g}", found->between.lower,
                       found->between.upper);
  }
  if (const auto* lost = std::get_if<campaign::TransitionLost>(&record)) {
    return fmt::format("no transition any more with measurement {}", lost->id);
  }
  if (const auto* reacted = std::get_if<campaign::Reacted>(&record)) return reacted->message;
  return "";
}

}  // namespace

void Progress::show(const campaign::JournalEntry& entry) {
  const std::string note = remark(entry.record);
  const double rate = seen_ > 0 ? (entry.time_s - started_s_) / static_cast<double>(seen_) : 0.0;
  std::string line = status_line(campaign_->status(), rate);
  if (!terminal_) {
    fmt::print(stream_, "{}{}{}\n", note, note.empty() ? "" : " | ", line);
    std::fflush(stream_);
    return;
  }
  if (!note.empty()) say(note);
  line = fitted(line, columns(stream_));
  fmt::print(stream_, "\r{:<{}}", line, width_);
  width_ = line.size();
  std::fflush(stream_);
}

void Progress::say(const std::string& note) {
  fmt::print(stream_, "{}{:<{}}\n", terminal_ ? "\r" : "", note, width_);
  std::fflush(stream_);
  width_ = 0;
}

void Progress::finish() {
  if (terminal_ && width_ > 0) fmt::print(stream_, "\n");
  width_ = 0;
}

}  // namespace foray::app
