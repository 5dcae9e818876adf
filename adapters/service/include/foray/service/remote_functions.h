#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "foray/campaign/ports.h"
#include "foray/common/mutex.h"

namespace foray::service {

/// How a question reaches the client that computes a function; called without the link's lock, on
/// the thread that caused it; must not block. Answered by deliver() or refuse() with its number.
using AskFunction =
    std::function<void(std::int64_t question, const optimizer::FunctionRequest& request)>;

/// The mailbox between a campaign's thread, which asks for values of acquisition functions, and the
/// service, whose clients compute them. Shared (by shared_ptr) by the campaign and the service,
/// whichever lives longer. All methods may be called concurrently; evaluate() by one thread.
///
/// A question whose client goes away is asked of the next one that registers, with another number:
/// computing a value twice does no harm, and what the first one says no longer counts.
class FunctionLink final : public campaign::RemoteFunctions {
 public:
  // The service's side.

  /// Makes `ask` the way to who computes the function of that name, instead of who did so before.
  /// @returns a number for detach().
  std::int64_t attach(const std::string& function, AskFunction ask);

  /// The client of that number is gone; without effect when another took over.
  void detach(std::int64_t attachment);

  [[nodiscard]] bool attached(const std::string& function) const;

  /// Hands over an answer; without effect when nobody waits for it any longer, or not for one of
  /// the client that was asked.
  void deliver(std::int64_t question, Eigen::VectorXd values);

  /// Hands over why there is none; without effect as above.
  void refuse(std::int64_t question, std::string why);

  // The campaign's side.

  /// Waits for an answer, `request.timeout_s` at most, also where no client is registered.
  Eigen::VectorXd evaluate(const optimizer::FunctionRequest& request,
                           const std::function<bool()>& given_up) override;

 private:
  struct Client {
    std::int64_t attachment = 0;
    AskFunction ask;
  };
  struct Waiting {
    std::int64_t question = 0;  // as it was asked last
    std::int64_t asked_of = 0;  // attachment; 0: nobody
    std::optional<Eigen::VectorXd> values;
    std::string refusal;
  };

  void ask_again(const optimizer::FunctionRequest& request);
  // Nothing is expected of this client any longer.
  void forget(std::int64_t attachment) FORAY_REQUIRES(mutex_);
  [[nodiscard]] bool awaited(std::int64_t question) const FORAY_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Client> clients_ FORAY_GUARDED_BY(mutex_);
  std::optional<Waiting> waiting_ FORAY_GUARDED_BY(mutex_);
  std::int64_t last_question_ FORAY_GUARDED_BY(mutex_) = 0;
  std::int64_t last_attachment_ FORAY_GUARDED_BY(mutex_) = 0;
};

}  // namespace foray::service
