#include "foray/instruments/process_instrument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "child.h"
#include "foray/instruments/instrument_server.h"
#include "foray/instruments/measurement_source.h"
#include "foray/instruments/simulated_instrument.h"
#include "helpers.h"

namespace foray::instruments::process_instrument_test {
namespace {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::RequestState;
using std::chrono::milliseconds;

// A campaign whose instrument takes 30 s a measurement, a thousand times faster, and keeps a log.
std::string slow_campaign(const std::filesystem::path& log) {
  return R"({"parameters": [{"name": "x", "range": [-5, 10]}, {"name": "y", "range": [0, 15]}],
  "instrument": {"adapter": "function", "function": "branin", "noise_sd": 1, "seed": 4,
    "time": "real", "time_scale": 0.001, "latency_s": 20, "log_file": ")" +
         log.string() + R"(",
    "faults": {"read_back_offset": {"x": 0.25}, "late": 0.3, "late_s": 60}},
  "observables": [{"name": "f", "from": "value:f"}],
  "objective": {"kind": "minimise", "observable": "f"}})";
}

class ServedInstrument {
 public:
  ServedInstrument()
      : campaign_(folder_.write("campaign.json", slow_campaign(folder_.path() / "log"))),
        address_("unix:" + (folder_.path() / "socket").string()) {}

  void start() { child_.start({FORAY_INSTRUMENT_PROCESS, address_, campaign_.string()}); }
  void kill() { child_.kill_now(); }
  [[nodiscard]] codec::ProcessInstrumentSpec spec() const {
    return {.address = address_, .reconnect_s = 0.02, .answer_timeout_s = 20};
  }
  [[nodiscard]] const std::filesystem::path& campaign() const { return campaign_; }
  [[nodiscard]] std::filesystem::path log() const { return folder_.path() / "log"; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path campaign_;
  std::string address_;
  Child child_;
};

// What the instrument answers with, computed here.
std::map<MeasurementId, double> truth(int count) {
  codec::FunctionInstrumentSpec spec{.noise_sd = 1};
  const auto source = make_function_source(spec, {"x", "y"});
  std::map<MeasurementId, double> values;
  for (MeasurementId id = 1; id <= count; ++id) {
    const auto reading =
        source->read({id, {"x", "y"}, point({static_cast<double>(id) + 0.25, 2}), 1, 4, true});
    values[id] = std::get<scattering::Values>(reading.measurement)[0].value;
  }
  return values;
}

TEST(ProcessInstrument, MeasuresThroughASocketWithAnswersOutOfOrder) {
  ServedInstrument server;
  server.start();
  ProcessInstrument instrument(server.spec());
  constexpr int kCount = 12;
  for (MeasurementId id = 1; id <= kCount; ++id) {
    instrument.submit(request_at(id, static_cast<double>(id), 2));
  }
  std::map<MeasurementId, double> values;
  std::vector<MeasurementId> order;
  for (int i = 0; i < kCount; ++i) {
    const auto result = wait_for_result(instrument);
    ASSERT_TRUE(result) << i;
    EXPECT_EQ(result->fault, FaultKind::kNone) << result->message;
    EXPECT_EQ(result->read_back[0], static_cast<double>(result->id) + 0.25);
    values[result->id] = value_of(*result);
    order.push_back(result->id);
  }
  EXPECT_EQ(values, truth(kCount));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_FALSE(instrument.poll(milliseconds(50)));
}

TEST(ProcessInstrument, GetsEveryAnswerThoughTheServerIsKilledAgainAndAgain) {
  ServedInstrument server;
  ProcessInstrument instrument(server.spec());
  constexpr int kCount = 12;
  std::map<MeasurementId, double> values;
  for (MeasurementId id = 1; id <= kCount; ++id) {
    server.start();
    instrument.submit(request_at(id, static_cast<double>(id), 2));
    if (id % 3 == 0) {
      // Wait until it has begun, kill it, and let another one take over.
      while (!std::filesystem::exists(server.log())) {
        std::this_thread::yield();
      }
      server.kill();
      server.start();
    }
    auto result = wait_for_result(instrument);
    ASSERT_TRUE(result) << id;
    if (result->fault == FaultKind::kDisconnected) {  // in doubt: as a campaign does, ask again
      instrument.submit(request_at(id, static_cast<double>(id), 2));
      result = wait_for_result(instrument);
      ASSERT_TRUE(result) << id;
    }
    ASSERT_EQ(result->fault, FaultKind::kNone) << result->message;
    values[result->id] = value_of(*result);
  }
  EXPECT_EQ(values, truth(kCount));
}

TEST(ProcessInstrument, TellsANewClientWhatWasDoneForTheOneThatDied) {
  ServedInstrument server;
  server.start();
  {
    ProcessInstrument first(server.spec());
    first.submit(request_at(1, 1, 2));
    ASSERT_TRUE(wait_for_result(first));
    first.submit(request_at(2, 2, 2));
    EXPECT_EQ(first.outcome(2), RequestState::kDone);  // on its way
  }
  server.kill();
  server.start();
  ProcessInstrument second(server.spec());
  EXPECT_EQ(second.outcome(1), RequestState::kDone);
  const auto again = wait_for_result(second);
  ASSERT_TRUE(again);
  EXPECT_EQ(value_of(*again), truth(1)[1]);
  EXPECT_EQ(second.outcome(3), RequestState::kNotStarted);
  EXPECT_NE(second.outcome(2), RequestState::kNotStarted);
}

TEST(ProcessInstrument, StartsACommandAndEndsIt) {
  ServedInstrument server;
  ProcessInstrument instrument(
      {.command = {FORAY_INSTRUMENT_PROCESS, "stdio", server.campaign().string()},
       .reconnect_s = 0.02,
       .answer_timeout_s = 20});
  instrument.submit(request_at(1, 1, 2));
  const auto result = wait_for_result(instrument);
  ASSERT_TRUE(result);
  EXPECT_EQ(value_of(*result), truth(1)[1]);
}

TEST(ProcessInstrument, SaysUnknownWhenNobodyAnswersAndRefusesBadAddresses) {
  const TemporaryFolder folder;
  ProcessInstrument alone({.address = "unix:" + (folder.path() / "nobody").string(),
                           .reconnect_s = 0.01,
                           .answer_timeout_s = 0.05});
  EXPECT_EQ(alone.outcome(1), RequestState::kUnknown);
  alone.submit(request_at(1, 1, 2));
  EXPECT_FALSE(alone.poll(milliseconds(20)));
  for (const char* address : {"localhost", "tcp:127.0.0.1:", "tcp:127.0.0.1:70000", "tcp:here:1",
                              "unix:", "udp:127.0.0.1:1"}) {
    EXPECT_THROW(ProcessInstrument({.address = address}), std::invalid_argument) << address;
  }
}

// A server in this process, on a port that the system chooses.
class LocalServer {
 public:
  explicit LocalServer(campaign::Instrument& instrument) {
    thread_ = std::thread([this, &instrument] {
      serve_instrument(instrument, {.address = "tcp:127.0.0.1:0",
                                    .on_ready =
                                        [this](const std::string& address) {
                                          address_ = address;
                                          ready_ = true;
                                        },
                                    .stop = [this] { return stop_.load(); }});
    });
    while (!ready_) {
      std::this_thread::yield();
    }
  }
  ~LocalServer() {
    stop_ = true;
    thread_.join();
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  LocalServer(LocalServer&&) = delete;
  LocalServer& operator=(LocalServer&&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stop_ = false;
  std::string address_;
  std::thread thread_;
};

TEST(ProcessInstrument, CarriesFramesOverTcp) {
  SimulatedInstrument simulated(make_sample_source({}), {});
  const LocalServer server(simulated);
  ProcessInstrument instrument({.address = server.address()});
  instrument.submit(request_at(1, 5, 5));
  const auto result = wait_for_result(instrument);
  ASSERT_TRUE(result);
  const auto& frame = std::get<scattering::Frame>(result->measurement.value());
  const auto direct = make_sample_source({})->read({1, {"x", "y"}, point({5, 5}), 1, 1, true});
  const auto& expected = std::get<scattering::Frame>(direct.measurement);
  EXPECT_TRUE((frame.counts == expected.counts).all());
  EXPECT_TRUE((frame.mask == expected.mask).all());
}

TEST(ProcessInstrument, ForgetsWhatIsAborted) {
  SimulatedInstrument simulated(make_function_source({}, {"x", "y"}),
                                {.time = codec::InstrumentTime::kReal, .latency_s = 1000});
  const LocalServer server(simulated);
  ProcessInstrument instrument({.address = server.address()});
  instrument.submit(request_at(1, 5, 5));
  EXPECT_EQ(instrument.outcome(1), RequestState::kDone);
  instrument.abort();
  EXPECT_EQ(instrument.outcome(1), RequestState::kNotStarted);
}

}  // namespace
}  // namespace foray::instruments::process_instrument_test
