#include "expressions.h"

#include <muParser.h>

#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/mutex.h"

namespace foray::optimizer {

namespace {

[[noreturn]] void refuse(const std::string& expression, const std::string& reason) {
  throw std::invalid_argument("constraint \"" + expression + "\": " + reason);
}

// Refuses what muParser would take without a word: a chain "0 < x < 5", which compares the truth
// of "0 < x" with 5, an assignment, equality, or a formula that is no inequality at all.
void check_form(const std::string& expression) {
  int comparisons = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    const char next = i + 1 < expression.size() ? expression[i + 1] : '\0';
    if (c == '<' || c == '>') {
      ++comparisons;
      if (next == '=') ++i;
      if (comparisons > 1)
        refuse(expression,
               "expected one comparison between \"&&\" or \"||\"; write several as separate "
               "constraints");
    } else if (c == '=' || (c == '!' && next == '=')) {
      refuse(expression, "expected an inequality with <, <=, > or >=, got an equation");
    } else if ((c == '&' && next == '&') || (c == '|' && next == '|')) {
      if (comparisons != 1) refuse(expression, "expected a comparison on each side of && and ||");
      comparisons = 0;
      ++i;
    }
  }
  if (comparisons != 1)
    refuse(expression, "expected an inequality such as \"x + y <= 1\", found no comparison");
}

// The parsers of one call at a time, with the variables that they are bound to.
struct Session {
  std::vector<double> values;
  std::vector<mu::Parser> parsers;

  Session(const std::vector<std::string>& names, const std::vector<std::string>& expressions)
      : values(names.size()), parsers(expressions.size()) {
    for (std::size_t i = 0; i < expressions.size(); ++i) bind(parsers[i], names, expressions[i]);
  }

  void bind(mu::Parser& parser, const std::vector<std::string>& names,
            const std::string& expression) {
    for (std::size_t j = 0; j < names.size(); ++j) {
      try {
        parser.DefineVar(names[j], &values[j]);
      } catch (const mu::Parser::exception_type&) {
        refuse(expression, "the parameter name \"" + names[j] + "\" cannot be used in expressions");
      }
    }
    try {
      parser.SetExpr(expression);
      int results = 0;
      parser.Eval(results);
      if (results != 1) refuse(expression, "expected one inequality, found a list");
    } catch (const mu::Parser::exception_type& error) {
      std::ostringstream known;
      for (const std::string& name : names) known << (known.tellp() > 0 ? ", " : "") << name;
      refuse(expression, error.GetMsg() + "; known names: " + known.str());
    }
  }
};

}  // namespace

struct Inequalities::Impl {
  std::vector<std::string> names;
  std::vector<std::string> expressions;
  Mutex mutex;
  std::vector<std::unique_ptr<Session>> idle FORAY_GUARDED_BY(mutex);

  std::unique_ptr<Session> borrow() {
    {
      const Lock lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<Session> session = std::move(idle.back());
        idle.pop_back();
        return session;
      }
    }
    return std::make_unique<Session>(names, expressions);
  }

  void give_back(std::unique_ptr<Session> session) {
    const Lock lock(mutex);
    idle.push_back(std::move(session));
  }
};

Inequalities::Inequalities(std::vector<std::string> names, std::vector<std::string> expressions)
    : impl_(std::make_unique<Impl>()) {
  for (const std::string& expression : expressions) check_form(expression);
  impl_->names = std::move(names);
  impl_->expressions = std::move(expressions);
  impl_->give_back(std::make_unique<Session>(impl_->names, impl_->expressions));
}

Inequalities::~Inequalities() = default;

const std::vector<std::string>& Inequalities::expressions() const { return impl_->expressions; }

bool Inequalities::hold(const Eigen::Ref<const Eigen::VectorXd>& values) const {
  if (impl_->expressions.empty()) return true;
  std::unique_ptr<Session> session = impl_->borrow();
  Eigen::Map<Eigen::VectorXd>(session->values.data(), values.size()) = values;
  bool all = true;
  try {
    for (std::size_t i = 0; all && i < session->parsers.size(); ++i)
      all = session->parsers[i].Eval() > 0.5;  // 1 or 0; NaN is neither.
  } catch (const mu::Parser::exception_type&) {
    all = false;  // Not computable there: a division that muParser refuses.
  }
  impl_->give_back(std::move(session));
  return all;
}

}  // namespace foray::optimizer
