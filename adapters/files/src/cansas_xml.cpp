#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <pugixml.hpp>
#include <sstream>
#include <stdexcept>

#include "bytes.h"
#include "check_data.h"
#include "foray/files/atomic_write.h"
#include "foray/files/curve_file.h"
#include "foray/files/file_error.h"
#include "make_data.h"
#include "nexus_common.h"
#include "parsers.h"
#include "text.h"

// canSAS 1-D XML, versions 1.0 and 1.1: https://www.cansas.org/formats/canSAS1d/1.1/doc/.
namespace foray::files {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The name without a namespace prefix.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
  return parent.find_child([&](const pugi::xml_node& node) { return local_name(node) == name; });
}

std::string text_of(const pugi::xml_node& parent, std::string_view name) {
  std::string text = child(parent, name).text().get();
  for (char& c : text) {
    c = (c == '\n' || c == '\r' || c == '\t') ? ' ' : c;
  }
  return std::string(trimmed(text));
}

void note_once(const std::string& note, Item& item) {
  if (std::find(item.notes.begin(), item.notes.end(), note) == item.notes.end()) {
    item.notes.push_back(note);
  }
}

struct Value {
  double number = kMissing;
  std::string unit;
  bool present = false;
};

Value value_of(const std::string& path, const pugi::xml_node& row, std::string_view name) {
  const pugi::xml_node node = child(row, name);
  if (!node) {
    return {};
  }
  const std::string text = text_of(row, name);
  const auto number = number_of(text);
  if (!number) {
    throw FileError(path, "a number in " + std::string(name), "\"" + text + "\"");
  }
  return {*number, node.attribute("unit").value(), true};
}

double q_factor_or_refuse(const std::string& path, const Value& value, Item& item) {
  if (value.unit.empty()) {
    note_once("q has no unit: taken as 1/angstrom", item);
    return 1;
  }
  const auto factor = to_inverse_angstrom(value.unit);
  if (!factor) {
    throw FileError(path, "q in 1/angstrom, 1/nm or another inverse length", "unit " + value.unit);
  }
  return *factor;
}

// A spread of q or a side of a slit, without a unit in that of q; nullopt where its unit is no
// inverse length.
std::optional<double> width_of(const Value& value, const std::string& name, double q_factor,
                               Item& item) {
  if (!value.present) {
    return kMissing;
  }
  const auto factor = value.unit.empty() ? q_factor : to_inverse_angstrom(value.unit);
  if (!factor) {
    note_once(name + " in \"" + value.unit + "\", no inverse length: left out", item);
    return std::nullopt;
  }
  return value.number * *factor;
}

// One Idata row; each value has its own unit.
void add_row(const std::string& path, const pugi::xml_node& row, RawCurve& raw, Item& item) {
  const Value q = value_of(path, row, "Q");
  const Value intensity = value_of(path, row, "I");
  if (!q.present || !intensity.present) {
    throw FileError(path, "Q and I in every Idata",
                    "none in row " + std::to_string(raw.q.size() + 1));
  }
  const IntensityUnit unit = intensity_unit(intensity.unit);
  if (raw.q.empty()) {
    raw.unit = {1, unit.unit};
  }
  const double q_factor = q_factor_or_refuse(path, q, item);
  raw.q.push_back(q.number * q_factor);
  raw.intensity.push_back(intensity.number * unit.factor);
  const Value sigma = value_of(path, row, "Idev");
  raw.sigma.push_back(sigma.number *
                      (sigma.unit.empty() ? unit.factor : intensity_unit(sigma.unit).factor));
  const Value dq = value_of(path, row, "Qdev");
  raw.dq.push_back(width_of(dq, "Qdev", q_factor, item).value_or(kMissing));
  const auto length = width_of(value_of(path, row, "dQl"), "dQl", q_factor, item);
  const auto width = width_of(value_of(path, row, "dQw"), "dQw", q_factor, item);
  const bool whole = length && width;  // half a slit is another one
  raw.slit_length.push_back(whole ? *length : kMissing);
  raw.slit_width.push_back(whole ? *width : kMissing);
}

bool all_missing(const std::vector<double>& values) {
  for (const double value : values) {
    if (!std::isnan(value)) {
      return false;
    }
  }
  return true;
}

Item read_data(const std::string& path, const pugi::xml_node& entry, const pugi::xml_node& data) {
  Item item;
  item.name = text_of(entry, "Title");
  RawCurve raw;
  for (const pugi::xml_node& row : data.children()) {
    if (local_name(row) == "Idata") {
      add_row(path, row, raw, item);
    }
  }
  for (std::vector<double>* values : {&raw.sigma, &raw.dq, &raw.slit_length, &raw.slit_width}) {
    if (all_missing(*values)) {
      values->clear();
    }
  }
  make_curve(path, std::move(raw), item);
  return item;
}

void add(pugi::xml_node row, const char* name, double value, const std::string& unit) {
  pugi::xml_node node = row.append_child(name);
  node.append_attribute("unit") = unit.c_str();
  node.text() = shortest(value).c_str();
}

std::string metadata_text(const Metadata& metadata, const char* name) {
  const auto found = metadata.find(name);
  const bool is_text =
      found != metadata.end() && std::holds_alternative<std::string>(found->second);
  return is_text ? std::get<std::string>(found->second) : "";
}

}  // namespace

FileContent read_cansas_xml(const std::string& path) {
  return parse_cansas_xml(path, read_bytes(path));
}

FileContent parse_cansas_xml(const std::string& path, std::string_view bytes) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed) {
    throw FileError(
        path, "a whole XML document",
        std::string(parsed.description()) + " at byte " + std::to_string(parsed.offset));
  }
  const pugi::xml_node root = document.document_element();
  if (local_name(root) != "SASroot") {
    throw FileError(path, "canSAS data (SASroot) in an XML file",
                    "the element " + std::string(root.name()));
  }
  FileContent content;
  content.format = "canSAS XML " + std::string(root.attribute("version").as_string("1.0"));
  for (const pugi::xml_node& entry : root.children()) {
    for (const pugi::xml_node& data : entry.children()) {
      if (local_name(entry) == "SASentry" && local_name(data) == "SASdata") {
        content.items.push_back(read_data(path, entry, data));
      }
    }
    for (const char* state : {"fitting_plug_in", "pr_inversion", "invariant"}) {
      if (child(entry, state)) {
        content.notes.push_back(std::string("the saved state ") + state + " is not read");
      }
    }
  }
  if (content.items.empty()) {
    throw FileError(path, "SASentry with SASdata in a canSAS file", "none");
  }
  return content;
}

std::string write_cansas_xml(const std::string& path, const scattering::Curve& curve,
                             const Metadata& metadata) {
  check_curve("write_cansas_xml", curve);
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("SASroot");
  root.append_attribute("version") = "1.1";
  root.append_attribute("xmlns") = "urn:cansas1d:1.1";
  pugi::xml_node entry = root.append_child("SASentry");
  entry.append_child("Title").text() = title_of(metadata).c_str();
  entry.append_child("Run").text() = metadata_text(metadata, "run").c_str();
  pugi::xml_node data = entry.append_child("SASdata");
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    pugi::xml_node row = data.append_child("Idata");
    add(row, "Q", curve.q[i], "1/A");
    add(row, "I", curve.intensity[i], curve.intensity_unit);
    if (curve.sigma.size() > 0) {
      add(row, "Idev", curve.sigma[i], curve.intensity_unit);
    }
    if (curve.dq.size() > 0) {
      add(row, "Qdev", curve.dq[i], "1/A");
    }
    if (curve.slit_length.size() > 0) {
      add(row, "dQw", curve.slit_width[i], "1/A");
      add(row, "dQl", curve.slit_length[i], "1/A");
    }
  }
  // The schema asks for these; what they would say is not known here.
  entry.append_child("SASsample").append_child("ID").text() = title_of(metadata).c_str();
  pugi::xml_node instrument = entry.append_child("SASinstrument");
  instrument.append_child("name").text() = "not recorded";
  instrument.append_child("SASsource").append_child("radiation").text() = "x-ray";
  instrument.append_child("SAScollimation");
  instrument.append_child("SASdetector").append_child("name").text() = "not recorded";
  entry.append_child("SASnote");
  std::ostringstream text;
  document.save(text, " ");
  return write_atomically(path, text.str());
}

}  // namespace foray::files
