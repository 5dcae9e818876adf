// session.hello, session.invite and rpc.discover.
#include "schemas.h"
#include "service_core.h"

namespace foray::service {

using codec::Json;

namespace {

Json limits_of(const ServiceCore& core) {
  const TransportOptions& transport = core.options.transport;
  return {{"message_bytes", transport.max_message_bytes},
          {"outgoing_bytes", transport.max_outgoing_bytes},
          {"messages_per_s", transport.messages_per_s},
          {"depth", 64}};
}

// The role that the credentials of a hello stand for; without any, the one of the connection.
std::optional<Role> role_of_hello(ServiceCore& core, const Call& call) {
  const auto token = call.params.find("token");
  if (token != call.params.end()) return core.access.role_of_token(token->get<std::string>());
  const auto code = call.params.find("code");
  if (code != call.params.end()) return core.access.redeem(code->get<std::string>());
  return call.caller.role;
}

std::optional<Json> hello(ServiceCore& core, Call& call) {
  const auto role = role_of_hello(core, call);
  if (!role) {
    core.worker.post([&core, connection = call.caller.connection] {
      core.close(connection, 1008, "not authenticated");
    });
    throw RpcError(kNotAuthenticated, "/params: expected a valid token or an unused code");
  }
  call.caller.role = role;
  const std::string role_text(role_name(*role));
  const auto client = call.params.find("client");
  call.caller.name =
      client == call.params.end() ? role_text : client->get<std::string>() + " (" + role_text + ")";
  return Json{{"protocol", "foray/1"},     {"version", core.options.version},
              {"instance", core.instance}, {"role", role_text},
              {"who", call.caller.name},   {"limits", limits_of(core)}};
}

std::optional<Json> invite(ServiceCore& core, Call& call) {
  const auto role = *role_of_name(call.params["role"].get<std::string>());
  const std::string code = core.access.issue_code(role);
  return Json{{"url", core.url() + "/?code=" + code}, {"code", code}};
}

}  // namespace

void add_session_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "session.hello",
             .summary = "Says who calls. The first message of a connection that did not bring a "
                        "bearer token or a browser session; a token or code may be given then.",
             .roles = {},
             .params = object_schema({{"token", text_schema("a token")},
                                      {"code", text_schema("a one-time code")},
                                      {"client", text_schema("a name for the records", 64)}}),
             .result = any_object("protocol, version, instance, role, who and limits"),
             .handler = [core](Call& call) { return hello(*core, call); }});
  table.add({.name = "session.invite",
             .summary = "An address for a browser, with a code that works once within an hour.",
             .roles = kOperators,
             .params = object_schema({{"role", {{"enum", {"viewer", "operator", "instrument"}}}}},
                                     {"role"}),
             .result = any_object("url and code"),
             .handler = [core](Call& call) { return invite(*core, call); }});
  table.add({.name = "rpc.discover",
             .summary = "This description of all methods (OpenRPC 1.2.6).",
             .roles = {},
             .params = object_schema(Json::object()),
             .result = any_object("an OpenRPC document"),
             .handler = [&table](Call&) -> std::optional<Json> { return table.discover(); }});
}

}  // namespace foray::service
