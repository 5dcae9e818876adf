#include "foray/service/remote_instrument.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace foray::service::remote_instrument_test {
namespace {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::RequestState;
using std::chrono::milliseconds;

constexpr milliseconds kLong{20000};

MeasureRequest request(MeasurementId id) { return {id, {"x", "y"}, Eigen::Vector2d(1, 2), 0.5}; }

RemoteAnswer answer(MeasurementId id) {
  RemoteAnswer given;
  given.result.id = id;
  given.result.measurement = scattering::Values{{"f", 3, 0.1}};
  return given;
}

// A client that writes down what it is asked.
struct Recorder {
  std::vector<MeasurementId> measured;
  std::vector<MeasurementId> asked;
  int aborted = 0;
  RemoteClient client() {
    return {[this](const MeasureRequest& r) { measured.push_back(r.id); },
            [this](MeasurementId id) { asked.push_back(id); }, [this] { ++aborted; }};
  }
};

struct Rig {
  explicit Rig(milliseconds reconnect = kLong, MeasurementReader reader = nullptr,
               milliseconds outcome_wait = kLong)
      : link(std::make_shared<RemoteLink>(RemoteOptions{"furnace", reconnect, outcome_wait})),
        instrument(link, "furnace", {"x", "y"}, std::move(reader)) {}
  std::shared_ptr<RemoteLink> link;
  RemoteInstrument instrument;
  Recorder client;
};

TEST(RemoteInstrument, SendsRequestsAndDeliversAnswers) {
  Rig s;
  s.link->attach(s.client.client(), false);
  s.instrument.submit(request(1));
  EXPECT_EQ(s.client.measured, std::vector<MeasurementId>{1});
  RemoteAnswer given = answer(1);
  given.read_back = {{"y", 2.5}, {"x", 1.5}};
  EXPECT_TRUE(s.link->deliver(given));
  const auto result = s.instrument.poll(kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kNone);
  EXPECT_EQ(result->read_back, Eigen::Vector2d(1.5, 2.5));
  EXPECT_FALSE(s.link->deliver(given)) << "an answer is delivered once";
  EXPECT_FALSE(s.instrument.poll(milliseconds(0)));
}

TEST(RemoteInstrument, KeepsARequestUntilAClientRegisters) {
  Rig s;
  s.instrument.submit(request(1));
  EXPECT_FALSE(s.instrument.poll(milliseconds(0)));
  EXPECT_EQ(s.link->open().size(), 1U);
  s.link->attach(s.client.client(), false);
  EXPECT_EQ(s.client.measured, std::vector<MeasurementId>{1});
}

TEST(RemoteInstrument, FaultsAsDisconnectedWhenNobodyComes) {
  Rig s(milliseconds(0));
  s.instrument.submit(request(1));
  const auto result = s.instrument.poll(kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kDisconnected);
}

TEST(RemoteInstrument, FaultsAsDisconnectedWhenTheClientDoesNotReturn) {
  Rig s(milliseconds(30));
  const auto attachment = s.link->attach(s.client.client(), false);
  s.instrument.submit(request(1));
  s.link->detach(*attachment);
  const auto result = s.instrument.poll(kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, FaultKind::kDisconnected);
}

TEST(RemoteInstrument, AsksForTheOutcomeAfterAReconnection) {
  Rig s;
  s.link->detach(*s.link->attach(s.client.client(), false));
  const auto first = s.link->attach(s.client.client(), false);
  for (MeasurementId id = 1; id <= 3; ++id) s.instrument.submit(request(id));
  s.link->detach(*first);
  Recorder returned;
  s.link->attach(returned.client(), false);
  EXPECT_EQ(returned.asked, (std::vector<MeasurementId>{1, 2, 3}));
  EXPECT_TRUE(returned.measured.empty());
  s.link->deliver(answer(1));
  s.link->tell_outcome(1, RequestState::kDone);
  s.link->tell_outcome(2, RequestState::kNotStarted);
  s.link->tell_outcome(3, RequestState::kUnknown);
  EXPECT_EQ(returned.measured, std::vector<MeasurementId>{2});
  const auto done = s.instrument.poll(kLong);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->id, 1);
  EXPECT_EQ(done->fault, FaultKind::kNone);
  const auto lost = s.instrument.poll(kLong);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->id, 3);
  EXPECT_EQ(lost->fault, FaultKind::kDisconnected);
}

TEST(RemoteInstrument, LetsAnotherClientTakeOverOnlyWhenAsked) {
  Rig s;
  const auto first = s.link->attach(s.client.client(), false);
  Recorder other;
  EXPECT_FALSE(s.link->attach(other.client(), false));
  EXPECT_TRUE(s.link->attach(other.client(), true));
  s.link->detach(*first);
  EXPECT_TRUE(s.link->attached()) << "the first one's end is not the second one's";
}

TEST(RemoteInstrument, TellsTheOutcomeAfterARestart) {
  Rig s;
  RemoteClient client = s.client.client();
  std::thread answering;
  client.ask_outcome = [&](MeasurementId id) {
    answering = std::thread([&, id] {
      s.link->deliver(answer(id));
      s.link->tell_outcome(id, RequestState::kDone);
    });
  };
  s.link->attach(client, false);
  EXPECT_EQ(s.instrument.outcome(7), RequestState::kDone);
  answering.join();
  const auto result = s.instrument.poll(kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->id, 7);
}

TEST(RemoteInstrument, TellsTheOutcomeOfAClientThatRegistersLater) {
  Rig s;
  std::thread registering([&] {
    RemoteClient client = s.client.client();
    client.ask_outcome = [&](MeasurementId id) {
      s.link->tell_outcome(id, RequestState::kNotStarted);
    };
    s.link->attach(client, false);
  });
  EXPECT_EQ(s.instrument.outcome(7), RequestState::kNotStarted);
  registering.join();
}

TEST(RemoteInstrument, DoesNotKnowTheOutcomeWithoutAClient) {
  Rig s(kLong, nullptr, milliseconds(1));
  EXPECT_EQ(s.instrument.outcome(7), RequestState::kUnknown);
}

TEST(RemoteInstrument, ForgetsWhatWasSubmittedWhenAborted) {
  Rig s;
  s.link->attach(s.client.client(), false);
  s.instrument.submit(request(1));
  s.instrument.abort();
  EXPECT_EQ(s.client.aborted, 1);
  EXPECT_TRUE(s.link->open().empty());
  EXPECT_FALSE(s.link->deliver(answer(1)));
}

TEST(RemoteInstrument, CallsAPartialReadBackMalformed) {
  Rig s;
  s.link->attach(s.client.client(), false);
  s.instrument.submit(request(1));
  RemoteAnswer given = answer(1);
  given.read_back = {{"x", 1.0}};
  s.link->deliver(given);
  const auto result = s.instrument.poll(kLong);
  EXPECT_EQ(result->fault, FaultKind::kMalformed);
  EXPECT_NE(result->message.find("y"), std::string::npos);
}

TEST(RemoteInstrument, ReadsTheFileThatTheClientNames) {
  Rig s(kLong, [](const std::string& path) -> scattering::Measurement {
    if (path != "good.nxs") throw std::invalid_argument("no such file");
    return scattering::Values{{"f", 1, 0}};
  });
  s.link->attach(s.client.client(), false);
  s.instrument.submit(request(1));
  s.instrument.submit(request(2));
  RemoteAnswer good;
  good.result.id = 1;
  good.file = "good.nxs";
  s.link->deliver(good);
  EXPECT_TRUE(s.instrument.poll(kLong)->measurement);
  RemoteAnswer bad;
  bad.result.id = 2;
  bad.file = "bad.nxs";
  s.link->deliver(bad);
  const auto result = s.instrument.poll(kLong);
  EXPECT_EQ(result->fault, FaultKind::kMalformed);
  EXPECT_NE(result->message.find("bad.nxs"), std::string::npos);
}

}  // namespace
}  // namespace foray::service::remote_instrument_test
