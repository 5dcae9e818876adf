#include "formulas.h"

#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/mutex.h"

namespace foray::simulator {

namespace {

constexpr double kTenToNinety = 4.394449154672439;  // ln 81

double smooth_step(double x, double width) { return 1 / (1 + std::exp(-kTenToNinety * x / width)); }

struct Entry {
  std::string place, name;
  Quantity quantity;
};

double look_up(const QuantityTable& table, double x) {
  const auto after = std::upper_bound(table.at.begin(), table.at.end(), x);
  if (after == table.at.begin()) return table.values.front();
  if (after == table.at.end()) return table.values.back();
  const auto i = static_cast<std::size_t>(after - table.at.begin());
  const double part = (x - table.at[i - 1]) / (table.at[i] - table.at[i - 1]);
  return table.values[i - 1] + part * (table.values[i] - table.values[i - 1]);
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!name.empty()) text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

void check_table(const std::string& place, const QuantityTable& table) {
  require(table.at.size() >= 2 && table.at.size() == table.values.size(),
          place + ": expected as many values as places, at least two, got " +
              std::to_string(table.values.size()) + " for " + std::to_string(table.at.size()));
  for (std::size_t i = 1; i < table.at.size(); ++i) {
    require(table.at[i] > table.at[i - 1], place + ": expected places that ascend");
  }
}

// muParser would take an assignment without a word.
bool has_assignment(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') continue;
    if (i > 0 && (text[i - 1] == '<' || text[i - 1] == '>' || text[i - 1] == '!')) continue;
    if (i + 1 < text.size() && text[i + 1] == '=') {
      ++i;
      continue;
    }
    return true;
  }
  return false;
}

}  // namespace

struct Formulas::Impl {
  // The parsers of one call at a time, with the values that they are bound to.
  struct Session {
    std::vector<double> values;
    std::vector<mu::Parser> parsers;  // one for each formula, in order
  };

  std::vector<std::string> names;  // of all values; "" for none
  std::size_t given = 0;
  std::vector<Entry> entries;
  mutable Mutex mutex;
  mutable std::vector<std::unique_ptr<Session>> idle FORAY_GUARDED_BY(mutex);

  void bind(mu::Parser& parser, const Entry& entry, std::size_t known, double* values) const;
  [[nodiscard]] std::unique_ptr<Session> make_session() const;
  [[nodiscard]] std::unique_ptr<Session> borrow() const;
};

// `known` values come before the entry.
void Formulas::Impl::bind(mu::Parser& parser, const Entry& entry, std::size_t known,
                          double* values) const {
  const std::string& text = std::get<std::string>(entry.quantity);
  const std::string where = entry.place + ": \"" + text + "\": ";
  parser.DefineConst("pi", std::numbers::pi);
  parser.DefineFun("step", smooth_step);
  for (std::size_t i = 0; i < known; ++i) {
    if (names[i].empty()) continue;
    try {
      parser.DefineVar(names[i], values + i);
    } catch (const mu::Parser::exception_type&) {
      throw std::invalid_argument(where + "the name \"" + names[i] +
                                  "\" cannot be used in formulas");
    }
  }
  try {
    parser.SetExpr(text);
    int results = 0;
    parser.Eval(results);
    require(results == 1, where + "expected one value, found a list");
  } catch (const mu::Parser::exception_type& error) {
    const std::vector<std::string> before(names.begin(),
                                          names.begin() + static_cast<std::ptrdiff_t>(known));
    throw std::invalid_argument(where + error.GetMsg() + "; known names: " + list_of(before));
  }
}

std::unique_ptr<Formulas::Impl::Session> Formulas::Impl::make_session() const {
  auto session = std::make_unique<Session>();
  session->parsers.reserve(entries.size());
  session->values.resize(names.size(), 0.5);
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (!std::holds_alternative<std::string>(entries[k].quantity)) continue;
    session->parsers.emplace_back();
    bind(session->parsers.back(), entries[k], given + k, session->values.data());
  }
  return session;
}

std::unique_ptr<Formulas::Impl::Session> Formulas::Impl::borrow() const {
  {
    const Lock lock(mutex);
    if (!idle.empty()) {
      std::unique_ptr<Session> session = std::move(idle.back());
      idle.pop_back();
      return session;
    }
  }
  return make_session();
}

Formulas::Formulas(std::vector<std::string> given) : impl_(std::make_unique<Impl>()) {
  impl_->given = given.size();
  impl_->names = std::move(given);
}

Formulas::~Formulas() = default;

std::size_t Formulas::add(const std::string& place, const std::string& name,
                          const Quantity& quantity) {
  if (!name.empty()) {
    require(std::find(impl_->names.begin(), impl_->names.end(), name) == impl_->names.end(),
            place + ": expected a name that nothing else has, got \"" + name + "\"");
  }
  Entry entry{place, name, quantity};
  const std::size_t known = impl_->names.size();
  if (const auto* table = std::get_if<QuantityTable>(&quantity)) {
    const bool found = !table->of.empty() && std::find(impl_->names.begin(), impl_->names.end(),
                                                       table->of) != impl_->names.end();
    require(found, place + "/of: expected one of " + list_of(impl_->names) + ", got \"" +
                       table->of + "\"");
    check_table(place, *table);
  } else if (const auto* text = std::get_if<std::string>(&quantity)) {
    require(!has_assignment(*text),
            place + ": \"" + *text + "\": expected a formula, got an assignment");
    std::vector<double> values(known, 0.5);
    mu::Parser parser;
    impl_->bind(parser, entry, known, values.data());
  }
  impl_->entries.push_back(std::move(entry));
  impl_->names.push_back(name);
  return known;
}

std::vector<double> Formulas::evaluate(const Eigen::Ref<const Eigen::VectorXd>& given) const {
  ensure(static_cast<std::size_t>(given.size()) == impl_->given,
         "Formulas: expected as many values as names");
  std::unique_ptr<Impl::Session> session = impl_->borrow();
  std::vector<double>& values = session->values;
  std::copy(given.begin(), given.end(), values.begin());
  std::size_t parser = 0;
  std::string problem;
  for (std::size_t k = 0; k < impl_->entries.size() && problem.empty(); ++k) {
    const Entry& entry = impl_->entries[k];
    double& value = values[impl_->given + k];
    if (const auto* number = std::get_if<double>(&entry.quantity)) {
      value = *number;
    } else if (const auto* table = std::get_if<QuantityTable>(&entry.quantity)) {
      const auto found = std::find(impl_->names.begin(), impl_->names.end(), table->of);
      value = look_up(*table, values[static_cast<std::size_t>(found - impl_->names.begin())]);
    } else {
      try {
        value = session->parsers[parser++].Eval();
      } catch (const mu::Parser::exception_type& error) {
        problem = entry.place + ": " + error.GetMsg();
        continue;
      }
    }
    if (!std::isfinite(value)) {
      std::ostringstream text;
      text << entry.place << ": expected a finite value, got " << value;
      problem = text.str();
    }
  }
  std::vector<double> result = values;
  {
    const Lock lock(impl_->mutex);
    impl_->idle.push_back(std::move(session));
  }
  require(problem.empty(), problem);
  return result;
}

}  // namespace foray::simulator
