#include "foray/instruments/simulated_instrument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "helpers.h"

namespace foray::instruments::simulated_instrument_test {
namespace {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureResult;
using campaign::RequestState;
using codec::SimulationSpec;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::unique_ptr<MeasurementSource> branin(double noise_sd = 0) {
  return make_function_source(
      {.function = "branin", .noise_sd = noise_sd, .inputs = {}, .simulation = {}}, {"x", "y"});
}

SimulationSpec moving() {
  SimulationSpec spec;
  spec.speed = {{"x", 2.0}, {"y", 4.0}};
  spec.settle_s = 0.5;
  return spec;
}

TEST(TestFunction, HasThePublishedMinima) {
  // Values of the functions' sources, to the digits that they print.
  EXPECT_NEAR(test_function("branin", point({M_PI, 2.275})), 0.397887, 1e-6);
  EXPECT_NEAR(test_function("branin", point({-M_PI, 12.275})), 0.397887, 1e-6);
  EXPECT_NEAR(
      test_function("hartmann6", point({0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573})),
      -3.32237, 1e-5);
  EXPECT_NEAR(test_function("ackley", point({0, 0, 0})), 0, 1e-12);
  EXPECT_EQ(test_function("step", point({0.6})), 1);
  EXPECT_THROW(test_function("branin", point({1})), std::invalid_argument);
  EXPECT_THROW(test_function("brannin", point({1, 2})), std::invalid_argument);
}

TEST(SimulatedInstrument, CountsMotionSettlingAndExposureWithoutWaiting) {
  SimulatedClock clock(1000);
  SimulatedInstrument instrument(branin(), moving(), &clock);
  instrument.submit(request_at(1, 0, 0, 3));
  const auto first = instrument.poll(milliseconds(60000));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->motion_s, 0);  // where it stood before is not known
  EXPECT_EQ(first->exposure_s, 3);
  EXPECT_DOUBLE_EQ(clock.now(), 1003);
  instrument.submit(request_at(2, 4, 4, 3));
  const auto second = instrument.poll(milliseconds(60000));
  ASSERT_TRUE(second);
  EXPECT_DOUBLE_EQ(second->motion_s, 4 / 2.0 + 0.5);  // x is the slower axis
  EXPECT_DOUBLE_EQ(clock.now(), 1003 + 2.5 + 3);
}

TEST(SimulatedInstrument, LetsTimePassByTheTimeoutWhenNothingComes) {
  SimulatedClock clock;
  SimulatedInstrument instrument(branin(), moving(), &clock);
  EXPECT_FALSE(instrument.poll(milliseconds(1500)));
  EXPECT_DOUBLE_EQ(clock.now(), 1.5);
  instrument.submit(request_at(1, 0, 0, 10));
  EXPECT_FALSE(instrument.poll(milliseconds(4000)));
  EXPECT_DOUBLE_EQ(clock.now(), 5.5);
  EXPECT_TRUE(instrument.poll(milliseconds(6500)));
  EXPECT_NEAR(clock.now(), 11.5, 1e-12);
}

TEST(SimulatedInstrument, GivesResultsThatDoNotDependOnTheOrder) {
  std::map<MeasurementId, double> forward;
  std::map<MeasurementId, double> backward;
  for (auto* values : {&forward, &backward}) {
    SimulatedInstrument instrument(branin(5), moving());
    for (MeasurementId k = 0; k < 6; ++k) {
      const MeasurementId id = values == &forward ? k : 5 - k;
      instrument.submit(request_at(id, static_cast<double>(id), 2));
    }
    while (const auto result = instrument.poll(milliseconds(0))) {
      (*values)[result->id] = value_of(*result);
    }
  }
  EXPECT_EQ(forward.size(), 6U);
  EXPECT_EQ(forward, backward);
}

TEST(SimulatedInstrument, HasNoiseOfTheStatedVarianceThatFallsWithExposure) {
  SimulatedInstrument instrument(branin(2), SimulationSpec{});
  const double truth = test_function("branin", point({1, 1}));
  double sum_of_squares = 0;
  constexpr int kCount = 2000;
  for (int id = 1; id <= kCount; ++id) {
    instrument.submit(request_at(id, 1, 1, 4));
    const auto result = instrument.poll(milliseconds(0));
    const auto& value = std::get<scattering::Values>(*result->measurement)[0];
    EXPECT_DOUBLE_EQ(value.variance, 1);  // 2^2 / 4 s
    sum_of_squares += (value.value - truth) * (value.value - truth);
  }
  // The sample variance has a relative standard error of sqrt(2 / n) = 3 %; five of them.
  EXPECT_NEAR(sum_of_squares / kCount, 1, 0.16);
}

TEST(SimulatedInstrument, MakesFramesOfTheSampleFromItsSeed) {
  codec::SimulatorInstrumentSpec spec;
  SimulatedInstrument instrument(make_sample_source(spec), spec.simulation);
  SimulatedInstrument twin(make_sample_source(spec), spec.simulation);
  EXPECT_EQ(instrument.description(), "simulated film_library");
  instrument.submit(request_at(3, 5, 5));
  twin.submit(request_at(2, 9, 9));
  twin.submit(request_at(3, 5, 5));
  twin.poll(milliseconds(0));
  const auto a = instrument.poll(milliseconds(0));
  const auto b = twin.poll(milliseconds(0));
  ASSERT_TRUE(a && b && a->measurement && b->measurement);
  const auto& frame = std::get<scattering::Frame>(*a->measurement);
  EXPECT_TRUE((frame.counts == std::get<scattering::Frame>(*b->measurement).counts).all());
  EXPECT_GT(frame.counts.sum(), 1000);
  instrument.submit(request_at(4, 500, 5));
  EXPECT_EQ(instrument.poll(milliseconds(0))->fault, FaultKind::kRefused);
  spec.sample = "nothing";
  EXPECT_THROW(make_sample_source(spec), std::invalid_argument);
}

struct FaultCase {
  double codec::FaultSpec::*chance;
  FaultKind fault;
};

TEST(SimulatedInstrument, HasTheFaultThatIsSwitchedOnForFramesAndForValues) {
  for (const FaultCase& item : {FaultCase{&codec::FaultSpec::refused, FaultKind::kRefused},
                                FaultCase{&codec::FaultSpec::wrong, FaultKind::kMalformed},
                                FaultCase{&codec::FaultSpec::beam_off, FaultKind::kBeamLoss},
                                FaultCase{&codec::FaultSpec::saturated, FaultKind::kSaturated},
                                FaultCase{&codec::FaultSpec::not_finite, FaultKind::kNotFinite}}) {
    SimulationSpec spec;
    spec.faults.*item.chance = 1;
    for (const bool frames : {true, false}) {
      SimulatedInstrument instrument(frames ? make_sample_source({}) : branin(), spec);
      instrument.submit(request_at(1, 5, 5));
      const auto result = instrument.poll(milliseconds(0));
      ASSERT_TRUE(result);
      EXPECT_EQ(result->fault, item.fault);
      EXPECT_FALSE(result->message.empty());
    }
  }
}

TEST(SimulatedInstrument, ShowsEachFaultInTheFrameItself) {
  const auto frame_with = [](double codec::FaultSpec::*chance) {
    codec::SimulatorInstrumentSpec spec;
    spec.simulation.faults.*chance = 1;
    SimulatedInstrument instrument(make_sample_source(spec), spec.simulation);
    instrument.submit(request_at(1, 5, 5));
    return std::get<scattering::Frame>(instrument.poll(milliseconds(0))->measurement.value());
  };
  const scattering::Frame saturated = frame_with(&codec::FaultSpec::saturated);
  EXPECT_TRUE((saturated.counts >= saturated.saturation).any());
  EXPECT_TRUE(frame_with(&codec::FaultSpec::not_finite).counts.isNaN().any());
  EXPECT_LT(frame_with(&codec::FaultSpec::beam_off).counts.sum(),
            0.01 * frame_with(&codec::FaultSpec::late).counts.sum());
}

TEST(SimulatedInstrument, LosesAnswersButKnowsThatItMeasured) {
  SimulationSpec spec;
  spec.faults.lost = 1;
  SimulatedClock clock;
  SimulatedInstrument instrument(branin(), spec, &clock);
  instrument.submit(request_at(1, 5, 5));
  EXPECT_FALSE(instrument.poll(milliseconds(100000)));
  EXPECT_EQ(instrument.outcome(1), RequestState::kDone);
  const auto result = instrument.poll(milliseconds(0));
  ASSERT_TRUE(result);
  EXPECT_EQ(value_of(*result), test_function("branin", point({5, 5})));
}

TEST(SimulatedInstrument, AnswersLateAndOutOfOrder) {
  SimulationSpec spec;
  spec.faults.late = 0.5;
  spec.faults.late_s = 50;
  spec.latency_s = 0.25;
  SimulatedInstrument instrument(branin(), spec);
  std::vector<MeasurementId> order;
  for (MeasurementId id = 1; id <= 10; ++id) {
    instrument.submit(request_at(id, 1, 1));
  }
  while (const auto result = instrument.poll(milliseconds(0))) {
    order.push_back(result->id);
  }
  EXPECT_EQ(order.size(), 10U);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(SimulatedInstrument, HasNoBeamBetweenTheGivenTimesOnly) {
  SimulationSpec spec;
  spec.faults.beam_off_from_s = 2;
  spec.faults.beam_off_until_s = 4;
  SimulatedInstrument instrument(branin(), spec);
  std::vector<FaultKind> faults;
  for (MeasurementId id = 1; id <= 6; ++id) {  // starts at 0, 1, 2, 3, 4, 5 s
    instrument.submit(request_at(id, 1, 1, 1));
    faults.push_back(instrument.poll(milliseconds(0))->fault);
  }
  const FaultKind none = FaultKind::kNone;
  const FaultKind loss = FaultKind::kBeamLoss;
  EXPECT_THAT(faults, ::testing::ElementsAre(none, none, loss, loss, none, none));
}

TEST(SimulatedInstrument, ReportsItsOffsetButNotItsDrift) {
  SimulationSpec spec;
  spec.faults.read_back_offset = {{"x", 0.5}};
  spec.faults.drift_per_hour = {{"y", 3600}};  // 1 a second
  SimulatedInstrument instrument(branin(), spec);
  instrument.submit(request_at(1, 1, 1, 2));
  instrument.poll(milliseconds(0));
  instrument.submit(request_at(2, 1, 1, 2));  // starts at 2 s
  const auto result = instrument.poll(milliseconds(0));
  EXPECT_EQ(result->read_back, point({1.5, 1}));
  EXPECT_DOUBLE_EQ(value_of(*result), test_function("branin", point({1.5, 3})));
}

TEST(SimulatedInstrument, MeasuresARequestOnceHoweverOftenItIsAsked) {
  SimulatedInstrument instrument(branin(1), moving());
  instrument.submit(request_at(1, 1, 1));
  instrument.submit(request_at(1, 1, 1));
  const auto first = instrument.poll(milliseconds(0));
  EXPECT_FALSE(instrument.poll(milliseconds(0)));
  instrument.submit(request_at(1, 1, 1));
  const auto again = instrument.poll(milliseconds(0));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(value_of(*first), value_of(*again));
  EXPECT_EQ(instrument.outcome(2), RequestState::kNotStarted);
}

TEST(SimulatedInstrument, RemembersInItsLogWhatItDidBeforeARestart) {
  const TemporaryFolder folder;
  SimulationSpec spec = moving();
  spec.log_file = (folder.path() / "instrument.log").string();
  double measured = 0;
  {
    SimulatedInstrument instrument(branin(1), spec);
    instrument.submit(request_at(1, 1, 1));
    measured = value_of(*instrument.poll(milliseconds(0)));
    instrument.submit(request_at(2, 5, 1));  // begun, never finished
  }
  std::ofstream(spec.log_file, std::ios::app) << "{\"state\": \"sta";  // torn by a crash
  SimulatedInstrument instrument(branin(1), spec);
  EXPECT_EQ(instrument.outcome(1), RequestState::kDone);
  const auto again = instrument.poll(milliseconds(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(value_of(*again), measured);
  EXPECT_EQ(instrument.outcome(2), RequestState::kUnknown);
  EXPECT_EQ(instrument.outcome(3), RequestState::kNotStarted);
  instrument.submit(request_at(2, 5, 1));
  EXPECT_TRUE(instrument.poll(milliseconds(0)));
  EXPECT_EQ(instrument.outcome(2), RequestState::kDone);
}

TEST(SimulatedInstrument, RefusesALogThatIsNotOneNamingTheLine) {
  const TemporaryFolder folder;
  SimulationSpec spec;
  spec.log_file = folder.write("log", "{\"state\": \"started\"}\n").string();
  try {
    SimulatedInstrument instrument(branin(), spec);
    FAIL() << "expected a refusal";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("log:1: expected a line of an instrument's log"));
  }
  spec.log_file = (folder.path() / "no/such/folder").string();
  EXPECT_THROW(SimulatedInstrument(branin(), spec), std::runtime_error);
}

TEST(SimulatedInstrument, ForgetsWhatIsAborted) {
  SimulatedInstrument instrument(branin(), moving());
  instrument.submit(request_at(1, 1, 1));
  instrument.abort();
  EXPECT_FALSE(instrument.poll(milliseconds(0)));
  EXPECT_EQ(instrument.outcome(1), RequestState::kNotStarted);
}

TEST(SimulatedInstrument, TakesItsTimeWhenTimeIsReal) {
  SimulationSpec spec;
  spec.time = codec::InstrumentTime::kReal;
  spec.time_scale = 0.01;
  SimulatedInstrument instrument(branin(), spec);
  const auto begin = std::chrono::steady_clock::now();
  instrument.submit(request_at(1, 1, 1, 5));  // 50 ms
  EXPECT_FALSE(instrument.poll(milliseconds(0)));
  EXPECT_TRUE(instrument.poll(milliseconds(10000)));
  // Never early: that is exact. How late depends on the machine.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(49));
}

TEST(SimulationSpec, HasValidDefaultsAndEachBadFieldIsRefusedByName) {
  EXPECT_NO_THROW(validate(SimulationSpec{}));
  const auto message = [](const auto& change) -> std::string {
    SimulationSpec spec;
    change(spec);
    try {
      validate(spec);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message([](auto& s) { s.faults.lost = 1.5; }), HasSubstr("faults.lost"));
  EXPECT_THAT(message([](auto& s) { s.time_scale = 0; }), HasSubstr("time_scale"));
  EXPECT_THAT(message([](auto& s) { s.latency_s = -1; }), HasSubstr("latency_s"));
  EXPECT_THAT(message([](auto& s) { s.settle_s = std::nan(""); }), HasSubstr("settle_s"));
  EXPECT_THAT(message([](auto& s) { s.speed["x"] = 0; }), HasSubstr("speed.x"));
}

}  // namespace
}  // namespace foray::instruments::simulated_instrument_test
