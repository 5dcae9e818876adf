#pragma once

#include <cstdio>
#include <string>

#include "foray/campaign/campaign.h"
#include "foray/campaign/ports.h"

namespace foray::app {

/// Shows how a campaign goes: one live line in a terminal, one plain line a measurement in a pipe.
/// Called by the campaign's thread.
class Progress final : public campaign::EventSink {
 public:
  /// @param stream  where to write; whether it is a terminal decides the form.
  explicit Progress(std::FILE* stream);

  /// The campaign whose status is shown; until it is set, entries are only counted.
  void watch(const campaign::Campaign* campaign) { campaign_ = campaign; }

  void on_entry(const campaign::JournalEntry& entry) override;

  /// A line of its own.
  void say(const std::string& note);

  /// Ends the live line.
  void finish();

 private:
  void show(const campaign::JournalEntry& entry);

  std::FILE* stream_;
  bool terminal_;
  const campaign::Campaign* campaign_ = nullptr;
  double started_s_ = 0;   // time of the first entry that was seen
  std::int64_t seen_ = 0;  // results since then
  std::size_t width_ = 0;  // of the live line that stands
};

/// One line on where a campaign stands: measured, failed, time left, beam time used, best or
/// remaining uncertainty.
///
/// @param rate_s  wall seconds a measurement has taken so far; 0: not known.
std::string status_line(const campaign::CampaignStatus& status, double rate_s);

/// "1 h 05 min", "42 s".
std::string duration(double seconds);

}  // namespace foray::app
