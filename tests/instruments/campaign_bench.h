#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "foray/campaign/campaign.h"
#include "foray/campaign/memory_journal.h"
#include "foray/codec/campaign_codec.h"
#include "foray/instruments/factory.h"
#include "foray/scattering/value_scorer.h"
#include "foray/surrogate/gp_fitter.h"

namespace foray::instruments {

// Runs a campaign file on its own instrument, with a journal in memory or the one that it is given.
class CampaignBench {
 public:
  explicit CampaignBench(const std::string& text, bool simulated_time = false,
                         std::unique_ptr<campaign::Journal> journal = nullptr)
      : file_(codec::read_campaign(text)),
        simulated_time_(simulated_time),
        journal_(journal ? std::move(journal) : std::make_unique<campaign::MemoryJournal>()) {}

  // Scores with another scorer than that of values; before run().
  void score_with(std::unique_ptr<scattering::Scorer> scorer) { scorer_ = std::move(scorer); }

  // Who computes acquisition functions that are none of foray's; null: nobody.
  campaign::RemoteFunctions* functions = nullptr;

  // Called after each record with the running campaign.
  std::function<void(const campaign::JournalEntry&, campaign::Campaign*)> on_entry;

  // Starts the campaign, or takes it up with a new instrument, and runs it to its end.
  campaign::CampaignState run() {
    if (!scorer_) {
      std::vector<scattering::ObservableSpec> specs;
      for (const campaign::ObservableChoice& choice : file_.campaign.observables) {
        specs.push_back(choice.spec);
      }
      scorer_ = std::make_unique<scattering::ValueScorer>(specs);
    }
    const auto instrument =
        make_instrument(file_, {.clock = simulated_time_ ? &simulated_clock_ : nullptr});
    campaign::Clock& clock = simulated_time_ ? static_cast<campaign::Clock&>(simulated_clock_)
                                             : static_cast<campaign::Clock&>(system_clock_);
    const campaign::Ports ports{*instrument, *scorer_, *journal_, clock,
                                sink_,       store_,   fitter_,   functions};
    std::unique_ptr<campaign::Campaign> campaign;
    if (journal_->read(1).empty()) {
      campaign = std::make_unique<campaign::Campaign>(file_.campaign, "", ports, "test");
    } else {
      campaign = campaign::Campaign::resume(ports, "test");
    }
    if (journal_->read(1).size() == 1) {
      campaign->start("test");
    }
    sink_.react = [&](const campaign::JournalEntry& entry) {
      if (on_entry) {
        on_entry(entry, campaign.get());
      }
    };
    const campaign::CampaignState state = campaign->run();
    view_ = campaign->view();
    sink_.react = nullptr;
    return state;
  }

  // Takes over what another bench measured, as a folder would keep it.
  void keep_measurements_of(const CampaignBench& other) { store_.saved = other.store_.saved; }

  [[nodiscard]] const campaign::CampaignView& view() const { return view_; }
  [[nodiscard]] const campaign::Journal& log() const { return *journal_; }
  [[nodiscard]] std::vector<campaign::JournalEntry> journal() const { return journal_->read(1); }

 private:
  struct Sink final : campaign::EventSink {
    std::function<void(const campaign::JournalEntry&)> react;
    void on_entry(const campaign::JournalEntry& entry) override {
      if (react) {
        react(entry);
      }
    }
  };

  struct Store final : campaign::MeasurementStore {
    std::map<campaign::MeasurementId, scattering::Measurement> saved;
    campaign::SavedFile save(campaign::MeasurementId id,
                             const scattering::Measurement& measurement) override {
      saved.insert_or_assign(id, measurement);
      return {std::to_string(id), "hash"};
    }
    [[nodiscard]] scattering::Measurement load(campaign::MeasurementId id,
                                               const campaign::SavedFile& /*file*/) override {
      return saved.at(id);
    }
  };

  codec::CampaignFile file_;
  bool simulated_time_;
  SimulatedClock simulated_clock_;
  campaign::SystemClock system_clock_;
  std::unique_ptr<campaign::Journal> journal_;
  Sink sink_;
  Store store_;
  surrogate::GpFitter fitter_;
  std::unique_ptr<scattering::Scorer> scorer_;
  campaign::CampaignView view_;
};

}  // namespace foray::instruments
