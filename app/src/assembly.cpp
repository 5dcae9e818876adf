#include "assembly.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "foray/classifier/classifier.h"
#include "foray/classifier/classifying_scorer.h"
#include "foray/classifier/weights.h"
#include "foray/codec/campaign_json.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/read_measurement.h"
#include "foray/instruments/factory.h"
#include "foray/optimizer/search_space.h"
#include "foray/scattering/value_scorer.h"
#include "foray/surrogate/gp_fitter.h"

namespace foray::app {

namespace {

bool only_values(const std::vector<scattering::ObservableSpec>& specs) {
  return std::all_of(specs.begin(), specs.end(), [](const scattering::ObservableSpec& spec) {
    return spec.from.rfind("value:", 0) == 0;
  });
}

// The frames that observables are compared with.
std::map<std::string, classifier::ReferenceFrame> references_of(
    const std::vector<scattering::ObservableSpec>& specs, const std::filesystem::path& inputs) {
  const std::string kind = "distance:";
  std::map<std::string, classifier::ReferenceFrame> references;
  for (const scattering::ObservableSpec& spec : specs) {
    if (spec.from.rfind(kind, 0) != 0) continue;
    const std::string name = spec.from.substr(kind.size());
    const std::string path = (inputs / name).string();
    try {
      files::FileContent content = files::read_measurement(path);
      auto* frame = std::get_if<scattering::Frame>(&content.items.at(0).measurement);
      if (frame == nullptr || content.items.size() > 1) {
        throw files::FileError(path, "one detector frame",
                               frame == nullptr ? content.format + " without one"
                                                : std::to_string(content.items.size()));
      }
      references[name] = {std::move(*frame), files::sha256_of_file(path)};
    } catch (const files::FileError& error) {
      throw std::invalid_argument("observable '" + spec.name + "': " + error.what());
    }
  }
  return references;
}

std::unique_ptr<classifier::Classifier> load_network(const std::filesystem::path& path,
                                                     const std::string& no_trunk_at) {
  const classifier::Weights weights = classifier::read_weights(path);
  if (!no_trunk_at.empty() && weights.trunk) {
    throw std::invalid_argument(
        no_trunk_at +
        "/scorer/classifier: the service runs no networks of others; expected weights without a "
        "trunk, got " +
        path.string());
  }
  return classifier::make_classifier(weights, path.string());
}

}  // namespace

codec::CampaignFile parse_campaign(const std::string& text, const std::string& where, bool begins) {
  std::vector<std::string> problems;
  try {
    codec::CampaignFile file = codec::read_campaign(text);
    if (begins) codec::require_given_values(file);
    const optimizer::SearchSpace space(file.campaign.parameters, file.campaign.constraints,
                                       candidate_positions(file.campaign));
    return file;
  } catch (const codec::CodecError& error) {
    problems = error.problems();
  } catch (const std::invalid_argument& error) {
    problems = {error.what()};
  }
  std::string message;
  for (const std::string& problem : problems) {
    if (!message.empty()) message += '\n';
    message.append(where).append(": ").append(problem);
  }
  throw std::invalid_argument(message);
}

void require_no_service(const codec::CampaignFile& file, const std::string& where) {
  if (file.campaign.acquisition.kind != optimizer::AcquisitionKind::kRemote) return;
  throw std::invalid_argument(where + ": /acquisition/kind: \"remote\", function \"" +
                              file.campaign.acquisition.function +
                              "\": expected a running service (foray serve), at which a client "
                              "registers it with acquisition.register");
}

std::unique_ptr<scattering::Scorer> make_scorer(const codec::CampaignFile& file,
                                                const std::filesystem::path& inputs,
                                                const std::string& no_trunk_at) {
  std::vector<scattering::ObservableSpec> specs;
  for (const auto& choice : file.campaign.observables) specs.push_back(choice.spec);
  // Numbers need no network, whatever the file's default says.
  if (only_values(specs)) return std::make_unique<scattering::ValueScorer>(specs);
  std::unique_ptr<classifier::Classifier> network;
  if (file.scorer.classifier == "builtin") {
    network = classifier::builtin_classifier();
  } else if (file.scorer.classifier != "none") {
    network = load_network(inputs / file.scorer.classifier, no_trunk_at);
  }
  classifier::ScorerOptions options;
  options.reduce = file.scorer.reduce != "none";
  options.features = file.campaign.transitions && file.campaign.transitions->of.empty();
  options.references = references_of(specs, inputs);
  return std::make_unique<classifier::ClassifyingScorer>(std::move(network), std::move(specs),
                                                         options);
}

std::unique_ptr<surrogate::ModelFitter> make_fitter(int threads) {
  surrogate::FitOptions options;
  options.gp.threads = threads;
  return std::make_unique<surrogate::GpFitter>(options);
}

Assembly assemble(const codec::CampaignFile& file, const std::filesystem::path& folder,
                  const std::filesystem::path& inputs, const std::string& no_trunk_at) {
  instruments::InstrumentContext context;
  context.folder = folder;
  context.inputs = inputs;
  context.reader = [](const std::filesystem::path& path) {
    return files::read_measurement(path.string()).items.at(0).measurement;
  };
  Assembly parts;
  parts.instrument = instruments::make_instrument(file, context);
  parts.scorer = make_scorer(file, inputs.empty() ? folder : inputs, no_trunk_at);
  parts.fitter = make_fitter(file.campaign.threads);
  return parts;
}

}  // namespace foray::app
