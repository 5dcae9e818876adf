// Drives Debian's TangoTest (package tango-test), without a database.

#include "foray/instruments/tango_instrument.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "campaign_bench.h"
#include "child.h"
#include "helpers.h"

namespace foray::instruments::tango_instrument_test {
namespace {

using campaign::FaultKind;
using campaign::RequestState;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr const char* kServer = "/usr/lib/tango/TangoTest";

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  socklen_t length = sizeof(address);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(probe);
  return ntohs(address.sin_port);
}

class TangoInstrumentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!TangoInstrument::available()) {
      GTEST_SKIP() << "this build lacks Tango (FORAY_TANGO=OFF)";
    }
    if (!std::filesystem::exists(kServer)) {
      GTEST_SKIP() << kServer << " is not installed (package tango-test)";
    }
    port_ = free_port();
    start_server();
  }

  void start_server() {
    const std::string point = "giop:tcp:127.0.0.1:";
    // Dies with this process too, should the test crash.
    server_.start({"/usr/bin/setpriv", "--pdeathsig", "KILL", kServer, "xr", "-nodb", "-dlist",
                   "test/xr/1", "-ORBendPoint", point + std::to_string(port_)},
                  {"ORBendPoint=" + point});
    ASSERT_TRUE(server_.started());
  }

  [[nodiscard]] std::string device() const {
    return "tango://127.0.0.1:" + std::to_string(port_) + "/test/xr/1#dbase=no";
  }

  // What is written to x and y is what f and g read: exact.
  [[nodiscard]] codec::TangoInstrumentSpec spec() const {
    return {.device = device(),
            .parameters = {{"x", "double_scalar_w"}, {"y", "long_scalar_w"}},
            .observables = {{"f", "double_scalar_w"}, {"g", "long_scalar_w"}},
            .variances = {{"f", 0.25}},
            .tolerance = {{"x", 1e-9}},
            .deadline_s = 30,
            .call_timeout_s = 2};
  }

  Child server_;
  int port_ = 0;
};

TEST_F(TangoInstrumentTest, WritesParametersReadsThemBackAndReadsObservables) {
  TangoInstrument instrument(spec());
  EXPECT_EQ(instrument.description(), "tango " + device());
  instrument.submit(request_at(1, 3.25, 41.6));
  const auto result = wait_for_result(instrument, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->fault, FaultKind::kNone) << result->message;
  EXPECT_EQ(result->read_back, point({3.25, 42}));  // an integer attribute: read-back tells
  const auto& values = std::get<scattering::Values>(result->measurement.value());
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].name, "f");
  EXPECT_EQ(values[0].value, 3.25);
  EXPECT_EQ(values[0].variance, 0.25);
  EXPECT_EQ(values[1].value, 42);
  EXPECT_EQ(instrument.outcome(1), RequestState::kDone);
  EXPECT_EQ(instrument.poll(milliseconds(0))->id, 1);
  EXPECT_EQ(instrument.outcome(2), RequestState::kUnknown);
}

TEST_F(TangoInstrumentTest, ReadsAnImageAsAFrame) {
  codec::TangoInstrumentSpec with_image = spec();
  with_image.observables.clear();
  with_image.image = "ushort_image_ro";
  with_image.geometry.dist = 2;
  TangoInstrument instrument(with_image);
  // The device draws its first image some time after it has started; until then all is zero.
  std::optional<campaign::MeasureResult> result;
  for (campaign::MeasurementId id = 1; id <= 100; ++id) {
    instrument.submit(request_at(id, 1, 1, 0.5));
    result = wait_for_result(instrument, std::chrono::seconds(60));
    ASSERT_TRUE(result);
    ASSERT_EQ(result->fault, FaultKind::kNone) << result->message;
    if (std::get<scattering::Frame>(result->measurement.value()).counts.maxCoeff() > 0) break;
  }
  const auto& frame = std::get<scattering::Frame>(result->measurement.value());
  ASSERT_GT(frame.counts.maxCoeff(), 0);
  EXPECT_EQ(frame.counts.rows(), 251);
  EXPECT_EQ(frame.counts.cols(), 251);
  EXPECT_EQ(frame.geometry.dist, 2);
  EXPECT_EQ(frame.exposure_s, 0.5);
  with_image.saturation = 1;
  TangoInstrument saturated(with_image);
  saturated.submit(request_at(1, 1, 1, 0.5));
  const auto bright = wait_for_result(saturated, std::chrono::seconds(60));
  ASSERT_TRUE(bright);
  EXPECT_EQ(bright->fault, FaultKind::kSaturated);
}

TEST_F(TangoInstrumentTest, RefusesWhatDoesNotExistOrLiesOutOfRange) {
  const auto fault_with = [&](const codec::TangoInstrumentSpec& changed, double x, double y) {
    TangoInstrument instrument(changed);
    instrument.submit(request_at(1, x, y));
    const auto result = wait_for_result(instrument, std::chrono::seconds(60));
    EXPECT_TRUE(result);
    EXPECT_FALSE(result->measurement);
    EXPECT_EQ(result->fault, FaultKind::kRefused) << result->message;
    return result->message;
  };
  codec::TangoInstrumentSpec changed = spec();
  changed.parameters["x"] = "double_scalar_x";
  EXPECT_THAT(fault_with(changed, 1, 1), HasSubstr("double_scalar_x"));
  changed = spec();
  changed.observables["f"] = "no_such_attribute";
  EXPECT_THAT(fault_with(changed, 1, 1), HasSubstr("no_such_attribute"));
  changed = spec();
  changed.parameters["x"] = "string_scalar";
  EXPECT_THAT(fault_with(changed, 1, 1), HasSubstr("expected an attribute that holds a number"));
  EXPECT_THAT(fault_with(spec(), 1, 1e12), HasSubstr("long_scalar_w: expected a value from"));
  changed = spec();
  changed.limits = {{"x", {0, 5}}};
  EXPECT_THAT(fault_with(changed, 6, 1), HasSubstr("x: expected a value within its limits"));
  EXPECT_THAT(fault_with(spec(), std::nan(""), 1), HasSubstr("x: expected a finite number"));
}

TEST_F(TangoInstrumentTest, RefusesToMeasureOnADeviceInTheStateFault) {
  codec::TangoInstrumentSpec switching = spec();
  switching.trigger = "SwitchStates";  // TangoTest goes from RUNNING to FAULT
  TangoInstrument faulty(switching);
  faulty.submit(request_at(1, 1, 1));
  const auto result = wait_for_result(faulty, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kRefused);
  EXPECT_THAT(result->message, HasSubstr("state FAULT"));
  EXPECT_FALSE(result->measurement);
}

TEST_F(TangoInstrumentTest, RefusesWhenThePositionIsNotReached) {
  codec::TangoInstrumentSpec strict = spec();
  strict.tolerance = {{"y", 0.1}};  // an integer attribute cannot come nearer than 0.4
  TangoInstrument instrument(strict);
  instrument.submit(request_at(1, 1, 41.6));
  const auto result = wait_for_result(instrument, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kRefused);
  EXPECT_THAT(result->message, HasSubstr("y: expected to arrive within"));
}

TEST_F(TangoInstrumentTest, FindsAServerAgainThatWasKilledAndRestarted) {
  TangoInstrument instrument(spec());
  instrument.submit(request_at(1, 1, 1));
  ASSERT_TRUE(wait_for_result(instrument, std::chrono::seconds(60)));
  server_.kill_now();
  instrument.submit(request_at(2, 2, 2));
  EXPECT_FALSE(instrument.poll(milliseconds(100)));  // it goes on trying
  start_server();
  const auto result = wait_for_result(instrument, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->id, 2);
  EXPECT_EQ(result->fault, FaultKind::kNone) << result->message;
}

TEST_F(TangoInstrumentTest, SaysDisconnectedAtTheDeadlineWhenTheServerStaysAway) {
  server_.kill_now();
  codec::TangoInstrumentSpec impatient = spec();
  impatient.deadline_s = 0.3;
  TangoInstrument instrument(impatient);
  instrument.submit(request_at(1, 1, 1));
  const auto result = wait_for_result(instrument, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->fault == FaultKind::kDisconnected || result->fault == FaultKind::kTimeout);
  EXPECT_FALSE(result->measurement);
}

TEST_F(TangoInstrumentTest, KeepsItsDeadlineWhileTheServerHangsAndRecovers) {
  codec::TangoInstrumentSpec impatient = spec();
  TangoInstrument patient(spec());
  patient.submit(request_at(1, 1, 1));
  ASSERT_TRUE(wait_for_result(patient, std::chrono::seconds(60)));  // the server is up
  impatient.deadline_s = 0.3;
  TangoInstrument instrument(impatient);
  server_.freeze();
  instrument.submit(request_at(1, 2, 2));
  const auto result = wait_for_result(instrument, std::chrono::seconds(60));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kTimeout);  // the library itself would say something else
  server_.signal(SIGCONT);
  patient.submit(request_at(2, 2, 2));
  const auto after = wait_for_result(patient, std::chrono::seconds(60));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->fault, FaultKind::kNone) << after->message;
}

TEST_F(TangoInstrumentTest, CarriesACampaignToItsEndThroughADeathOfTheServer) {
  CampaignBench bench(R"({"seed": 2, "parameters": [
      {"name": "x", "range": [-5, 5]}, {"name": "y", "range": [0, 100]}],
    "instrument": {"adapter": "tango", "device": ")" +
                      device() + R"(",
      "parameters": {"x": "double_scalar_w", "y": "long_scalar_w"},
      "observables": {"f": "double_scalar_w"}, "variances": {"f": 1e-4}, "deadline_s": 60},
    "observables": [{"name": "f", "from": "value:f"}],
    "objective": {"kind": "maximise", "observable": "f"},
    "budget": {"measurements": 12}, "in_flight": 2})");
  bool killed = false;
  bench.on_entry = [&](const campaign::JournalEntry& entry, campaign::Campaign* /*campaign*/) {
    const auto* done = std::get_if<campaign::MeasureDone>(&entry.record);
    if (done != nullptr && done->id >= 5 && !killed) {
      killed = true;
      server_.kill_now();
      start_server();
    }
  };
  EXPECT_EQ(bench.run(), campaign::CampaignState::kFinished);
  EXPECT_TRUE(killed);
  ASSERT_GE(bench.view().scored().size(), 12U);
  for (const campaign::MeasurementId id : bench.view().scored()) {
    const campaign::MeasurementView& measurement = bench.view().measurement(id);
    EXPECT_EQ(measurement.observables[0].value, measurement.position[0]);
    EXPECT_EQ(measurement.position[1], std::round(measurement.requested[1]));  // the read-back
  }
}

TEST(TangoInstrument, RefusesASpecificationThatCannotWork) {
  EXPECT_THROW(TangoInstrument({.device = "a/b/c", .parameters = {{"x", "p"}}}),
               std::invalid_argument);
  EXPECT_THROW(TangoInstrument({.parameters = {{"x", "p"}}, .observables = {{"f", "q"}}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::instruments::tango_instrument_test
