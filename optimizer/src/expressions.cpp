#include "foray/optimizer/expressions.h"

#include <muParser.h>

#include <limits>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/mutex.h"

namespace foray::optimizer {

namespace {

[[noreturn]] void refuse(const char* what, const std::string& expression,
                         const std::string& reason) {
  throw std::invalid_argument(std::string(what) + " \"" + expression + "\": " + reason);
}

[[noreturn]] void refuse(const std::string& expression, const std::string& reason) {
  refuse("constraint", expression, reason);
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
  const char* what;
  std::vector<double> values;
  std::vector<mu::Parser> parsers;

  Session(const char* kind, const std::vector<std::string>& names,
          const std::vector<std::string>& expressions)
      : what(kind), values(names.size()), parsers(expressions.size()) {
    for (std::size_t i = 0; i < expressions.size(); ++i) bind(parsers[i], names, expressions[i]);
  }

  void bind(mu::Parser& parser, const std::vector<std::string>& names,
            const std::string& expression) {
    for (std::size_t j = 0; j < names.size(); ++j) {
      try {
        parser.DefineVar(names[j], &values[j]);
      } catch (const mu::Parser::exception_type&) {
        refuse(what, expression,
               "the parameter name \"" + names[j] + "\" cannot be used in expressions");
      }
    }
    try {
      parser.SetExpr(expression);
      int results = 0;
      parser.Eval(results);
      if (results != 1) refuse(what, expression, "expected one, found a list");
    } catch (const mu::Parser::exception_type& error) {
      std::ostringstream known;
      for (const std::string& name : names) known << (known.tellp() > 0 ? ", " : "") << name;
      refuse(what, expression, error.GetMsg() + "; known names: " + known.str());
    }
  }
};

// Sessions that nobody uses now; const methods of their owners may be called concurrently.
struct Pool {
  const char* what;
  std::vector<std::string> names;
  std::vector<std::string> expressions;
  Mutex mutex;
  std::vector<std::unique_ptr<Session>> idle FORAY_GUARDED_BY(mutex);

  Pool(const char* kind, std::vector<std::string> variables, std::vector<std::string> texts)
      : what(kind), names(std::move(variables)), expressions(std::move(texts)) {
    give_back(std::make_unique<Session>(what, names, expressions));
  }

  std::unique_ptr<Session> borrow() {
    {
      const Lock lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<Session> session = std::move(idle.back());
        idle.pop_back();
        return session;
      }
    }
    return std::make_unique<Session>(what, names, expressions);
  }

  void give_back(std::unique_ptr<Session> session) {
    const Lock lock(mutex);
    idle.push_back(std::move(session));
  }
};

// muParser would take an assignment without a word and change mu for the next point.
void refuse_assignment(const std::string& expression) {
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] != '=') continue;
    const char before = i > 0 ? expression[i - 1] : ' ';
    if (before == '<' || before == '>' || before == '!') continue;
    if (i + 1 < expression.size() && expression[i + 1] == '=') {
      ++i;
      continue;
    }
    refuse("expression", expression, "expected a formula, got an assignment");
  }
}

}  // namespace

struct Inequalities::Impl : Pool {
  using Pool::Pool;
};

struct Formula::Impl : Pool {
  using Pool::Pool;
};

Inequalities::Inequalities(std::vector<std::string> names, std::vector<std::string> expressions) {
  for (const std::string& expression : expressions) check_form(expression);
  impl_ = std::make_unique<Impl>("constraint", std::move(names), std::move(expressions));
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

Formula::Formula(std::vector<std::string> names, std::string expression) {
  refuse_assignment(expression);
  impl_ = std::make_unique<Impl>("expression", std::move(names),
                                 std::vector<std::string>{std::move(expression)});
}

Formula::~Formula() = default;

double Formula::evaluate(const Eigen::Ref<const Eigen::VectorXd>& values) const {
  std::unique_ptr<Session> session = impl_->borrow();
  Eigen::Map<Eigen::VectorXd>(session->values.data(), values.size()) = values;
  double result = std::numeric_limits<double>::quiet_NaN();
  try {
    result = session->parsers.front().Eval();
  } catch (const mu::Parser::exception_type&) {
    // Not computable there: a division that muParser refuses.
  }
  impl_->give_back(std::move(session));
  return result;
}

}  // namespace foray::optimizer
