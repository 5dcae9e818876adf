#include "expression.h"

#include <algorithm>
#include <stdexcept>

#include "foray/common/nearest_word.h"

namespace foray::scattering {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

const ModelDefinition& find_model(std::string_view untrimmed) {
  const std::string_view name = trimmed(untrimmed);
  for (const ModelDefinition& row : model_table()) {
    if (row.name == name) return row;
  }
  std::string text = "model: unknown model \"" + std::string(name) + "\"";
  if (const auto near = nearest_word(name, model_names())) {
    text += "; did you mean \"" + *near + "\"?";
  }
  throw std::invalid_argument(text);
}

class Parser {
 public:
  ModelExpression parse(std::string_view expression) {
    out_.parameters = {any("scale", "", 1), any("background", "1/cm", 0)};
    const auto terms = split(expression, '+');
    const bool single = terms.size() == 1 && expression.find('*') == std::string_view::npos;
    for (const std::string_view term : terms) add_term(term, terms.size() > 1, single);
    return std::move(out_);
  }

 private:
  void add_term(std::string_view text, bool scaled, bool single) {
    const auto factors = split(text, '*');
    ModelTerm term;
    if (scaled) {
      std::string letters;
      for (std::size_t i = 0; i < factors.size(); ++i) {
        letters += static_cast<char>(letter_ + static_cast<char>(i));
      }
      term.scale = out_.parameters.size();
      out_.parameters.push_back(any(letters + "_scale", "", 1));
    }
    for (const std::string_view factor : factors) {
      term.factors.push_back(add_factor(factor, single ? "" : std::string(1, letter_++) + "_"));
      if (letter_ > 'Z') throw std::invalid_argument("model: expected at most 25 models in a sum");
    }
    out_.terms.push_back(std::move(term));
  }

  ModelFactor add_factor(std::string_view text, const std::string& prefix) {
    const auto parts = split(text, '@');
    if (parts.size() > 2) {
      throw std::invalid_argument("model: expected at most one '@' in \"" + std::string(text) +
                                  "\"");
    }
    ModelFactor factor;
    factor.form = &find_model(parts[0]);
    factor.start = out_.parameters.size();
    for (const ModelParameter& parameter : factor.form->parameters) add(prefix, parameter);
    if (parts.size() == 2) add_structure(factor, find_model(parts[1]), prefix);
    return factor;
  }

  void add_structure(ModelFactor& factor, const ModelDefinition& structure,
                     const std::string& prefix) {
    if (!structure.is_structure_factor || factor.form->is_structure_factor) {
      throw std::invalid_argument(
          "model: expected a particle before and a structure factor after "
          "'@', got \"" +
          factor.form->name + "@" + structure.name + "\"");
    }
    factor.structure = &structure;
    // Structure factors begin with radius_effective and volfraction.
    factor.radius_effective = add(prefix, structure.parameters[0]);
    const auto& own = factor.form->parameters;
    const auto shared =
        std::find_if(own.begin(), own.end(), [](const auto& p) { return p.name == "volfraction"; });
    factor.volfraction_in_form = shared != own.end();
    factor.volfraction = factor.volfraction_in_form
                             ? factor.start + static_cast<std::size_t>(shared - own.begin())
                             : add(prefix, structure.parameters[1]);
    factor.structure_rest = out_.parameters.size();
    for (std::size_t i = 2; i < structure.parameters.size(); ++i) {
      add(prefix, structure.parameters[i]);
    }
    if (factor.form->has_amplitude) {
      factor.structure_factor_mode = add(prefix, between("structure_factor_mode", "", 0, 0, 1));
    }
    if (!factor.form->radius_modes.empty()) {
      const auto modes = static_cast<double>(factor.form->radius_modes.size());
      factor.radius_effective_mode = add(prefix, between("radius_effective_mode", "", 1, 0, modes));
    }
  }

  std::size_t add(const std::string& prefix, ModelParameter parameter) {
    parameter.name = prefix + parameter.name;
    out_.parameters.push_back(std::move(parameter));
    return out_.parameters.size() - 1;
  }

  ModelExpression out_;
  char letter_ = 'A';
};

}  // namespace

ModelExpression parse_model(std::string_view expression) { return Parser().parse(expression); }

}  // namespace foray::scattering
