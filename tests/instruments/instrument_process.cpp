// An instrument in a process of its own, for tests that kill it.
//
//   foray_instrument_process ADDRESS CAMPAIGN.json [QUESTIONS]
//
// serves the simulated instrument of a campaign file (its latency, faults and log as the file says)
// at "unix:PATH", "tcp:127.0.0.1:PORT" or "stdio", and prints the address when it is ready. Each id
// whose outcome it is asked for is added to the file QUESTIONS, one a line.

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "foray/codec/campaign_codec.h"
#include "foray/instruments/factory.h"
#include "foray/instruments/instrument_server.h"

namespace {

using namespace foray;

// Passes everything on and writes down what it is asked.
class QuestionedInstrument final : public campaign::Instrument {
 public:
  QuestionedInstrument(std::unique_ptr<campaign::Instrument> inner, const char* questions)
      : inner_(std::move(inner)), questions_(questions, std::ios::app) {}

  [[nodiscard]] std::string description() const override { return inner_->description(); }
  void submit(const campaign::MeasureRequest& request) override { inner_->submit(request); }
  std::optional<campaign::MeasureResult> poll(std::chrono::milliseconds timeout) override {
    return inner_->poll(timeout);
  }
  campaign::RequestState outcome(campaign::MeasurementId id) override {
    questions_ << id << std::endl;
    return inner_->outcome(id);
  }
  void abort() override { inner_->abort(); }

 private:
  std::unique_ptr<campaign::Instrument> inner_;
  std::ofstream questions_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: foray_instrument_process ADDRESS CAMPAIGN.json [QUESTIONS]\n";
    return 2;
  }
  try {
    std::ifstream stream(argv[2]);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    QuestionedInstrument instrument(
        foray::instruments::make_instrument(foray::codec::read_campaign(text)),
        argc == 4 ? argv[3] : "/dev/null");
    foray::instruments::InstrumentServerOptions options;
    options.address = argv[1];
    options.on_ready = [](const std::string& address) { std::cout << address << std::endl; };
    foray::instruments::serve_instrument(instrument, options);
  } catch (const std::exception& error) {
    std::cerr << "foray_instrument_process: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
