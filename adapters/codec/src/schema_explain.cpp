#include "schema_explain.h"

#include <algorithm>
#include <string>
#include <vector>

namespace foray::codec {
namespace {

using Nodes = std::vector<const Json*>;

// Follows a document and its schema side by side.
class Explainer {
 public:
  Explainer(const Json& schema, const Json& document) : schema_(schema), document_(document) {}

  // The subschemas that apply to the value at `tokens`, and the value (nullptr: no such place).
  Nodes at(const std::vector<std::string>& tokens, const Json*& value) const {
    value = &document_;
    Nodes nodes;
    add(schema_, *value, nodes);
    for (const std::string& token : tokens) {
      const Json* parent = value;
      value = child_of(*parent, token);
      if (value == nullptr) {
        return {};
      }
      Nodes below;
      for (const Json* node : nodes) {
        if (const Json* subschema = subschema_of(*node, *parent, token)) {
          add(*subschema, *value, below);
        }
      }
      nodes = std::move(below);
    }
    return nodes;
  }

  // The node, what it refers to, and those of its conditions that hold for `value`.
  void add(const Json& node, const Json& value, Nodes& nodes) const {
    if (!node.is_object()) {
      return;
    }
    if (const auto reference = node.find("$ref"); reference != node.end()) {
      const std::string pointer = reference->get<std::string>().substr(1);  // "#/definitions/x"
      add(schema_.at(Json::json_pointer(pointer)), value, nodes);
      return;
    }
    nodes.push_back(&node);
    if (const auto all = node.find("allOf"); all != node.end()) {
      for (const Json& part : *all) {
        add(part, value, nodes);
      }
    }
    if (const auto condition = node.find("if"); condition != node.end()) {
      const auto branch = node.find(holds(*condition, value) ? "then" : "else");
      if (branch != node.end()) {
        add(*branch, value, nodes);
      }
    }
  }

 private:
  static const Json* child_of(const Json& value, const std::string& token) {
    if (value.is_object()) {
      const auto found = value.find(token);
      return found == value.end() ? nullptr : &*found;
    }
    if (value.is_array() && !token.empty() &&
        token.find_first_not_of("0123456789") == std::string::npos && token.size() < 10) {
      const std::size_t index = std::stoul(token);
      return index < value.size() ? &value[index] : nullptr;
    }
    return nullptr;
  }

  static const Json* subschema_of(const Json& node, const Json& parent, const std::string& token) {
    if (parent.is_array()) {
      const auto items = node.find("items");
      return items != node.end() && items->is_object() ? &*items : nullptr;
    }
    if (const auto properties = node.find("properties"); properties != node.end()) {
      if (const auto found = properties->find(token); found != properties->end()) {
        return &*found;
      }
    }
    const auto additional = node.find("additionalProperties");
    return additional != node.end() && additional->is_object() ? &*additional : nullptr;
  }

  // Conditions of our schemas test one key against a constant, or whether it is there.
  static bool holds(const Json& condition, const Json& value) {
    const auto properties = condition.find("properties");
    if (!value.is_object()) {
      return false;
    }
    if (properties == condition.end()) {
      const auto required = condition.find("required");
      return required != condition.end() &&
             std::all_of(required->begin(), required->end(),
                         [&](const Json& key) { return value.contains(key.get<std::string>()); });
    }
    return std::all_of(properties->items().begin(), properties->items().end(),
                       [&](const auto& property) {
                         const auto found = value.find(property.key());
                         return found != value.end() && property.value().contains("const") &&
                                *found == property.value().at("const");
                       });
  }

  const Json& schema_;
  const Json& document_;
};

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return text;
}

std::string expectation(const Nodes& nodes) {
  for (const Json* node : nodes) {
    if (const auto values = node->find("enum"); values != node->end()) {
      std::vector<std::string> words;
      for (const Json& value : *values) {
        words.push_back(value.dump());
      }
      return (words.size() > 1 ? "one of " : "") + join_words(words);
    }
  }
  // The most specific title is that of the last node: conditions come after what they refine.
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (const auto title = (*node)->find("title"); title != (*node)->end()) {
      return title->get<std::string>();
    }
  }
  for (const Json* node : nodes) {
    if (const auto type = node->find("type"); type != node->end()) {
      return "a value of type " + type->dump();
    }
  }
  return "something else";
}

std::string spelling_hint(const Nodes& nodes, const Json& value) {
  std::vector<std::string> words;
  for (const Json* node : nodes) {
    if (const auto values = node->find("enum"); values != node->end()) {
      for (const Json& candidate : *values) {
        words.push_back(candidate.get<std::string>());
      }
    }
  }
  if (words.empty() || !value.is_string()) {
    return "";
  }
  const auto near = nearest_word(value.get<std::string>(), words);
  return near ? "; did you mean \"" + *near + "\"?" : "";
}

std::string where(const std::string& path) { return path.empty() ? "the whole text" : path; }

void explain_unknown(const Nodes& nodes, const Json& value, const std::string& path,
                     std::vector<std::string>& lines) {
  for (const Json* node : nodes) {
    const auto additional = node->find("additionalProperties");
    const auto properties = node->find("properties");
    if (additional == node->end() || *additional != false || properties == node->end()) {
      continue;
    }
    std::vector<std::string> allowed;
    for (const auto& [key, unused] : properties->items()) {
      allowed.push_back(key);
    }
    try {
      require_keys(value, allowed, path);
    } catch (const CodecError& error) {
      lines.insert(lines.end(), error.problems().begin(), error.problems().end());
    }
  }
}

std::string explain_missing(const Nodes& nodes, const Json& value, const std::string& key,
                            const Explainer& explainer) {
  std::string line = "expected the key \"" + key + "\"";
  for (const Json* node : nodes) {
    const auto properties = node->find("properties");
    if (properties != node->end() && properties->contains(key)) {
      Nodes child;
      explainer.add(properties->at(key), Json(), child);
      if (!child.empty()) {
        line += " (" + expectation(child) + ")";
        break;
      }
    }
  }
  return line + ", got " + describe(value);
}

}  // namespace

std::vector<std::string> explain(const Json& schema, const Json& document,
                                 const std::vector<SchemaFinding>& findings,
                                 const std::string& path) {
  const Explainer explainer(schema, document);
  std::vector<std::string> lines;
  for (const SchemaFinding& finding : findings) {
    std::string here = path;
    for (const std::string& token : finding.tokens) {
      here = join_path(here, token);
    }
    const Json* value = nullptr;
    const Nodes nodes = explainer.at(finding.tokens, value);
    if (value == nullptr) {
      lines.push_back(where(here) + ": expected what the schema says");
    } else if (finding.kind == SchemaFinding::Kind::kUnknownKey) {
      explain_unknown(nodes, *value, here, lines);
    } else if (finding.kind == SchemaFinding::Kind::kMissingKey) {
      lines.push_back(where(here) + ": " + explain_missing(nodes, *value, finding.key, explainer));
    } else {
      lines.push_back(where(here) + ": expected " + expectation(nodes) + ", got " +
                      describe(*value) + spelling_hint(nodes, *value));
    }
  }
  std::vector<std::string> unique;
  for (std::string& line : lines) {
    if (std::find(unique.begin(), unique.end(), line) == unique.end()) {
      unique.push_back(std::move(line));
    }
  }
  return unique;
}

}  // namespace foray::codec
