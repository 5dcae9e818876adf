#include "foray/service/service.h"

#include <utility>

#include "foray/common/check.h"
#include "service_core.h"

namespace foray::service {

using codec::Json;

namespace {

codec::JsonLimits limits_of(const TransportOptions& options) {
  codec::JsonLimits limits;
  limits.bytes = options.max_message_bytes;
  limits.depth = 64;
  limits.values = 200'000;
  return limits;
}

HttpAnswer plain(unsigned status, const char* text) {
  return {status, "text/plain; charset=utf-8", text, {}};
}

}  // namespace

ServiceCore::ServiceCore(CampaignHost& campaign_host, ServiceOptions service_options)
    : host(campaign_host),
      options(std::move(service_options)),
      access(options.tokens),
      instance(random_hex(8)),
      dispatcher(limits_of(options.transport)),
      feed(host, options.transport.max_outgoing_bytes / 4,
           [this](ConnectionId id, std::string text) { send(id, std::move(text)); }),
      desk(host, worker, [this](ConnectionId id, std::string text) { send(id, std::move(text)); }) {
  add_all_methods(dispatcher, this);
}

OpenCampaign ServiceCore::open(const std::string& id) const {
  auto found = host.find(id);
  if (found) return *found;
  require_known(id);
  throw RpcError(kRefused, "/params/campaign: " + id +
                               " is not open in this server; campaign.resume takes it up");
}

void ServiceCore::require_known(const std::string& id) const {
  if (host.find(id)) return;
  for (const std::string& known : host.list())
    if (known == id) return;
  throw RpcError(kNotFound, "/params/campaign: there is no campaign " + codec::describe(Json(id)));
}

void ServiceCore::look_after_futures() {
  std::erase_if(waiting_, [](const auto& answered) { return answered(); });
  if (!waiting_.empty())
    worker.after(std::chrono::milliseconds(2), [this] { look_after_futures(); });
}

void add_all_methods(Dispatcher& table, ServiceCore* core) {
  add_session_methods(table, core);
  add_campaign_methods(table, core);
  add_measurement_methods(table, core);
  add_model_methods(table, core);
  add_live_methods(table, core);
}

// Joins the transport's thread, the worker and the host.
struct Service::Impl final : public TransportHandler {
  Impl(CampaignHost& host, ServiceOptions options)
      : core(host, checked(std::move(options))), transport(core.options.transport, *this) {
    core.port = transport.port();
    core.send = [this](ConnectionId id, std::string text) {
      if (core.sessions.count(id) == 0) return;
      core.feed.sent(id, text.size());
      transport.send(id, std::move(text));
    };
    core.close = [this](ConnectionId id, std::uint16_t code, std::string reason) {
      transport.close(id, code, std::move(reason));
    };
    cookie_name = "foray_" + std::to_string(core.port);
    host.on_entry([this](const std::string& id, const campaign::JournalEntry& entry) {
      core.worker.post([this, id, entry] { core.feed.entry(id, entry); });
    });
  }

  static ServiceOptions checked(ServiceOptions options) {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kInstrument}) {
      const auto token = options.tokens.find(role);
      require(token != options.tokens.end() && token->second.size() >= 64,
              "ServiceOptions: tokens: expected 64 hexadecimal digits for the role " +
                  std::string(role_name(role)));
    }
    if (options.assets.count("/") == 0) options.assets.merge(status_page());
    return options;
  }

  HttpAnswer http(const HttpRequest& request) override;
  HttpAnswer upgrade(ConnectionId id, const HttpRequest& request) override;
  void message(ConnectionId id, std::string text) override;
  void written(ConnectionId id, std::size_t bytes) override {
    core.worker.post([this, id, bytes] { core.feed.written(id, bytes); });
  }
  void closed(ConnectionId id) override;
  HttpAnswer enter(const std::string& code);

  ServiceCore core;
  Transport transport;
  std::string cookie_name;
};

// Exchanges the one-time code of a printed address for a browser session.
HttpAnswer Service::Impl::enter(const std::string& code) {
  const auto role = core.access.redeem(code);
  if (!role)
    return plain(403,
                 "This address was used before or is too old; ask for another one "
                 "(session.invite, or start the server anew).\n");
  HttpAnswer answer = plain(303, "");
  answer.headers.emplace_back("Location", "/");
  answer.headers.emplace_back("Set-Cookie", cookie_name + "=" + core.access.open_session(*role) +
                                                "; Path=/; HttpOnly; SameSite=Strict");
  return answer;
}

HttpAnswer Service::Impl::http(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpAnswer answer = plain(405, "expected GET or HEAD\n");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (request.path == "/health") return {200, "application/json", R"({"status":"ok"})", {}};
  if (request.path == "/" && request.method == "GET")
    if (const auto code = query_value(request.query, "code")) return enter(*code);
  const auto found = core.options.assets.find(request.path);
  if (found == core.options.assets.end()) return plain(404, "there is no such page\n");
  return {200, found->second.content_type, found->second.body, {}};
}

HttpAnswer Service::Impl::upgrade(ConnectionId id, const HttpRequest& request) {
  std::optional<Role> role;
  const auto cookie = cookie_value(request.cookie, cookie_name);
  if (!request.bearer.empty()) {
    role = core.access.role_of_token(request.bearer);
    if (!role) return plain(401, "this token is not valid\n");
  } else if (cookie) {
    // A browser always sends an Origin; a cookie without one was taken from a browser.
    if (!request.has_origin) return plain(403, "a browser session needs an Origin\n");
    role = core.access.role_of_session(*cookie);
  }
  core.worker.post([this, id, role] {
    Caller caller;
    caller.connection = id;
    caller.role = role;
    if (role) caller.name = role_name(*role);
    core.sessions[id] = caller;
    if (role) return;
    core.worker.after(core.options.transport.handshake_timeout, [this, id] {
      const auto found = core.sessions.find(id);
      if (found != core.sessions.end() && !found->second.role)
        core.close(id, 1008, "no session.hello came");
    });
  });
  return {101, "", "", {}};
}

void Service::Impl::message(ConnectionId id, std::string text) {
  core.worker.post([this, id, text = std::move(text)] {
    const auto found = core.sessions.find(id);
    if (found == core.sessions.end()) return;
    core.dispatcher.handle(
        found->second, text, [this, id](std::string answer) { core.send(id, std::move(answer)); },
        [this, id, role = found->second.role](const Json& request, const Json* result,
                                              const Json* error) {
          if (role) core.desk.answer(id, request, result, error);
        });
    // Only now the next message is read: a client that asks faster than it can be answered waits.
    transport.resume(id);
  });
}

void Service::Impl::closed(ConnectionId id) {
  core.worker.post([this, id] {
    core.sessions.erase(id);
    core.feed.closed(id);
    core.desk.closed(id);
  });
}

Service::Service(CampaignHost& host, ServiceOptions options)
    : impl_(std::make_unique<Impl>(host, std::move(options))) {}

Service::~Service() { stop(); }

void Service::start() { impl_->transport.start(); }

std::uint16_t Service::port() const { return impl_->core.port; }

std::string Service::url() const { return impl_->core.url(); }

std::string Service::invitation(Role role) const {
  return url() + "/?code=" + impl_->core.access.issue_code(role);
}

void Service::stop() {
  impl_->core.host.on_entry(nullptr);
  impl_->transport.stop();
  impl_->core.worker.stop();
}

std::string openrpc_document() {
  Dispatcher table{codec::JsonLimits{}};
  add_all_methods(table, nullptr);
  return codec::write_json(table.discover(), 2);
}

}  // namespace foray::service
