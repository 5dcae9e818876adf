#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/campaign_json.h"
#include "foray/deep/torch_network.h"

namespace foray::codec::kernel_codec_test {
namespace {

using surrogate::KernelKind;
using ::testing::HasSubstr;

// A campaign of two positions in mm and a temperature whose surrogate has this kernel.
std::string campaign_with(const std::string& kernel) {
  return R"({"parameters": [{"name": "x", "unit": "mm", "range": [0, 20]},
                            {"name": "y", "unit": "mm", "range": [-5, 5]},
                            {"name": "t", "unit": "K", "range": [100, 1000], "scale": "log"}],
             "instrument": {"adapter": "function", "function": "branin", "inputs": ["x", "y"]},
             "observables": [{"name": "f", "from": "value:f"}],
             "objective": {"kind": "maximise", "observable": "f"},
             "surrogate": {"kernel": )" +
         kernel + "}}";
}

std::string refusal(const std::string& kernel) {
  try {
    (void)read_campaign(campaign_with(kernel));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST(KernelCodec, ReadsWhatItWritesForEveryKind) {
  for (const char* kernel :
       {R"("matern12")", R"("squared_exponential")", R"({"matern": {"nu": 0.8}})",
        R"({"wendland": {"smoothness": 3}})", R"({"rational_quadratic": {"alpha": [0.1, 10]}})",
        R"({"periodic": {"axes": ["x"], "period": 1.5}})", R"("linear")",
        R"({"polynomial": {"degree": 3}})", R"({"spectral_mixture": {"components": 4}})",
        R"("gibbs")",
        R"({"amplitude": {"axes": ["x", "y"], "centres": [[1.0, 2.0], [15.0, -3.0]]}})",
        R"({"categorical": {"axes": ["t"]}})", R"({"matern52": {"ard": false}})",
        R"({"matern52": {"axes": ["x", "y"], "lengthscale": [0.5, 4.0], "rotate": true}})",
        R"({"sum": [{"matern52": {"variance": 2.0}}, "white", "constant",
                    {"product": ["linear", {"periodic": {"axes": ["x"]}}]}]})"}) {
    const CampaignFile file = read_campaign(campaign_with(kernel));
    const std::string once = write_campaign(file);
    EXPECT_EQ(write_campaign(read_campaign(once)), once) << kernel;
    // What was said is in what is written.
    const Json said = parse_json(kernel);
    const Json written = parse_json(once)["surrogate"]["kernel"];
    if (said.is_object()) {
      EXPECT_EQ(written.begin().key(), said.begin().key()) << kernel;
    } else if (written.is_string()) {
      EXPECT_EQ(written, said);
    }
  }
}

TEST(KernelCodec, ReadsWhatItWritesOfADeepKernelOrSaysWhatItNeeds) {
  const std::string deep =
      R"({"deep": {"axes": ["x", "y"], "features": 3, "layers": [16, 8], "variance": [0.5, 2.0],
                   "kernel": {"sum": ["matern32", {"linear": {"lengthscale": 0.4}}]}}})";
  if (!deep::available()) {
    EXPECT_THAT(refusal(deep),
                HasSubstr("/surrogate/kernel/deep: expected a program with LibTorch"));
    EXPECT_THAT(refusal("\"deep\""),
                HasSubstr("/surrogate/kernel: expected a program with LibTorch"));
    GTEST_SKIP() << "built without LibTorch";
  }
  // Of a sum each term has a variance; the features have no unit.
  EXPECT_THAT(refusal(deep), HasSubstr("deep.variance: this kernel has no such parameter here"));
  const std::string without =
      std::regex_replace(deep, std::regex(R"("variance": \[0.5, 2.0\],)"), "");
  const CampaignFile file = read_campaign(campaign_with(without));
  const surrogate::KernelSpec& kernel = file.campaign.surrogate.kernel;
  EXPECT_EQ(kernel.layers, (std::vector<Eigen::Index>{16, 8}));
  EXPECT_EQ(kernel.features, 3);
  EXPECT_EQ(kernel.least_points, 40);
  EXPECT_EQ(kernel.axes, (std::vector<Eigen::Index>{0, 1}));
  const campaign::CampaignSpec& spec = file.campaign;
  const surrogate::KernelSpec unit = unit_kernel(spec, spec.observables.front(), spec.parameters);
  EXPECT_EQ(unit.terms.at(0).terms.at(1).limits.at(0).lower(0), 0.4);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_EQ(parse_json(once)["surrogate"]["kernel"]["deep"]["kernel"],
            parse_json(without)["deep"]["kernel"]);
  // By its name alone it is that of Matern.
  const CampaignFile plain = read_campaign(campaign_with("\"deep\""));
  EXPECT_EQ(plain.campaign.surrogate.kernel.terms.at(0).kind, KernelKind::kMatern52);
  EXPECT_EQ(write_campaign(read_campaign(write_campaign(plain))), write_campaign(plain));
  EXPECT_THAT(refusal(R"({"deep": {"layers": [0]}})"), HasSubstr("layers: expected widths from 1"));
  EXPECT_THAT(refusal(R"({"deep": {"layers": 3}})"),
              HasSubstr("/surrogate/kernel/deep/layers: expected an array of widths, got 3"));
  EXPECT_THAT(refusal(R"({"deep": {"features": 0}})"), HasSubstr("features: expected 1 to 16"));
  EXPECT_THAT(refusal(R"({"deep": {"least_points": 2}})"), HasSubstr("expected 10 or more, got 2"));
  EXPECT_THAT(refusal(R"({"deep": {"kernel": "matern53"}})"),
              HasSubstr("/surrogate/kernel/deep/kernel: expected a kernel"));
  EXPECT_THAT(refusal(R"({"deep": {"kernel": {"matern52": {"axes": ["x"]}}}})"),
              HasSubstr("kernel/matern52/axes: expected none in a kernel on features"));
  EXPECT_THAT(refusal(R"({"deep": {"kernel": {"deep": {}}}})"),
              HasSubstr("expected no deep kernel within a deep one"));
  EXPECT_THAT(refusal(R"({"deep": {"lengthscale": 2}})"), HasSubstr("/deep"));
}

TEST(KernelCodec, OneLengthscaleForAllIsInheritedByKernelsThatDoNotSay) {
  const std::string text =
      campaign_with(R"({"sum": ["matern32", {"linear": {"ard": true}}]}, "ard": false)");
  const surrogate::KernelSpec kernel = read_campaign(text).campaign.surrogate.kernel;
  EXPECT_FALSE(kernel.terms.at(0).ard);
  EXPECT_TRUE(kernel.terms.at(1).ard);
}

TEST(KernelCodec, UnitsAreThoseOfTheParameters) {
  const campaign::CampaignSpec spec = read_campaign(campaign_with(R"({"product": [
          {"periodic": {"axes": ["x"], "period": 1.5, "lengthscale": [1, 4]}},
          {"matern52": {"axes": ["x", "y"], "lengthscale": 5}},
          {"gibbs": {"axes": ["t"], "slope": [-1, 1]}},
          {"amplitude": {"axes": ["y", "t"], "centres": [[0, 316.22776601683796]]}}]})"))
                                          .campaign;
  const surrogate::KernelSpec kernel = unit_kernel(spec, spec.observables.front(), spec.parameters);
  const auto limit = [](const surrogate::KernelSpec& term, surrogate::ParameterKind kind) {
    for (const auto& one : term.limits)
      if (one.kind == kind) return one;
    throw std::logic_error("no such limit");
  };
  using surrogate::ParameterKind;
  EXPECT_DOUBLE_EQ(limit(kernel.terms[0], ParameterKind::kPeriod).lower(0), 0.075);
  EXPECT_DOUBLE_EQ(limit(kernel.terms[0], ParameterKind::kLengthscale).upper(0), 0.2);
  EXPECT_DOUBLE_EQ(limit(kernel.terms[1], ParameterKind::kLengthscale).lower(0), 0.25);
  EXPECT_DOUBLE_EQ(limit(kernel.terms[1], ParameterKind::kLengthscale).lower(1), 0.5);
  EXPECT_DOUBLE_EQ(limit(kernel.terms[2], ParameterKind::kSlope).upper(0), std::log(10.0));
  EXPECT_DOUBLE_EQ(kernel.terms[3].centres(0, 0), 0.5);
  EXPECT_NEAR(kernel.terms[3].centres(1, 0), 0.5, 1e-12);
}

TEST(MeanCodec, ReadsWhatItWritesAndRefusesByName) {
  const auto with = [](const std::string& mean) {
    std::string text = campaign_with("\"matern52\"");
    text.replace(text.find("\"from\""), 0, "\"mean\": " + mean + ", ");
    return text;
  };
  const auto refused = [&](const std::string& mean) -> std::string {
    try {
      (void)read_campaign(with(mean));
    } catch (const std::exception& error) {
      return error.what();
    }
    return "accepted";
  };
  for (const char* mean :
       {R"("linear")", R"({"constant": -2.5})", R"json({"expression": "x * y + log10(t)"})json",
        R"({"table": [[0.0, 0.0, 100.0, 2.5], [20.0, 10.0, 200.0, 3.0]]})"}) {
    const std::string once = write_campaign(read_campaign(with(mean)));
    EXPECT_EQ(parse_json(once)["observables"][0]["mean"], parse_json(mean));
    EXPECT_EQ(write_campaign(read_campaign(once)), once);
  }
  EXPECT_THAT(refused("\"flat\""), HasSubstr("/observables/0/mean: expected \"constant\""));
  EXPECT_THAT(refused(R"({"expression": "x + z"})"), HasSubstr("/observables/0/mean"));
  EXPECT_THAT(refused(R"({"table": [[1, 2, -5, 3]]})"),
              HasSubstr("table: point 0 is not within a logarithmic range"));
  EXPECT_THAT(refused(R"({"table": [[1, 2]]})"),
              HasSubstr("/observables/0/mean/table/0: expected [x, y, t, value], got [1,2]"));
  EXPECT_THAT(refused(R"({"expression": "x + z"})"), HasSubstr("known names: x, y, t"));
  EXPECT_THAT(refused(R"json({"expression": "log10(y)"})json"),
              HasSubstr("somewhere in the space"));
}

TEST(KernelCodec, RefusesByName) {
  EXPECT_THAT(refusal(R"("matern53")"),
              HasSubstr("/surrogate/kernel: expected a kernel, one of \"matern12\""));
  EXPECT_THAT(refusal(R"("matern53")"), HasSubstr("did you mean \"matern5"));
  EXPECT_THAT(refusal("3"), HasSubstr("/surrogate/kernel: expected a kernel"));
  EXPECT_THAT(refusal(R"({"sum": []})"),
              HasSubstr("/surrogate/kernel/sum: expected an array of 1 to 16 kernels, got []"));
  EXPECT_THAT(refusal(R"({"sum": ["linear", {"periodic": {"perod": 1}}]})"),
              HasSubstr("/surrogate/kernel/sum/1/periodic"));
  EXPECT_THAT(refusal(R"({"sum": ["linear", {"periodic": {"perod": 1}}]})"), HasSubstr("period"));
  EXPECT_THAT(refusal(R"({"matern52": {"lengthscale": [4, 1]}})"),
              HasSubstr("/surrogate/kernel/matern52/lengthscale: expected a number, which holds"));
  EXPECT_THAT(refusal(R"({"matern52": {"axes": ["z"]}})"),
              HasSubstr("axes/0: expected one of \"x\", \"y\", \"t\", got \"z\""));
  EXPECT_THAT(refusal(R"({"matern52": {"lengthscale": 1}})"),
              HasSubstr("expected axes of one unit and scale, got \"x\" and \"t\""));
  EXPECT_THAT(refusal(R"({"matern52": {"lengthscale": -1, "axes": ["x"]}})"),
              HasSubstr("expected a limit above 0"));
  EXPECT_THAT(refusal(R"({"matern52": {}, "linear": {}})"), HasSubstr("an object with one key"));
  EXPECT_THAT(refusal(R"({"amplitude": {"axes": ["x"], "centres": [[1, 2]]}})"),
              HasSubstr("centres: expected 1 coordinates each, got 2"));
}

}  // namespace
}  // namespace foray::codec::kernel_codec_test
