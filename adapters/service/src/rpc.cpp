#include "rpc.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "foray/campaign/campaign.h"

namespace foray::service {

namespace {

constexpr std::size_t kMaxRemembered = 1000;
constexpr std::size_t kMaxIdLength = 256;

struct CodeName {
  int code;
  const char* message;
};

constexpr CodeName kCodes[] = {
    {kParseError, "Parse error"},
    {kInvalidRequest, "Invalid Request"},
    {kMethodNotFound, "Method not found"},
    {kInvalidParams, "Invalid params"},
    {kInternalError, "Internal error"},
    {kNotAuthenticated, "Not authenticated: session.hello with a token comes first"},
    {kNotPermitted, "The session's role may not do this"},
    {kNotFound, "There is no such thing"},
    {kRefused, "Not possible in this state or within these limits"},
    {kConflict, "Another revision, use of the key or holder of the name is in the way"},
    {kUnavailable, "It ended or went away before the request was carried out"},
};

// Messages quote what came, which may be no text at all: bytes that are not UTF-8 are replaced.
std::string error_text(const Json& id, const RpcError& error) {
  Json body = {{"code", error.code()}, {"message", error.what()}};
  if (!error.data().is_null()) body["data"] = error.data();
  const Json message = {{"jsonrpc", "2.0"}, {"id", id}, {"error", body}};
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string result_text(const Json& id, const Json& result) {
  try {
    return codec::write_json({{"jsonrpc", "2.0"}, {"id", id}, {"result", result}});
  } catch (const codec::CodecError& error) {
    return error_text(id, RpcError(kInternalError, std::string("the result: ") + error.what()));
  }
}

// Runs `action`; whatever it throws becomes an RpcError.
template <class Action>
std::optional<RpcError> problem_of(Action action) {
  try {
    action();
    return std::nullopt;
  } catch (const RpcError& error) {
    return error;
  } catch (const codec::CodecError& error) {
    return RpcError(kInvalidParams, error.what(), Json{{"problems", error.problems()}});
  } catch (const std::invalid_argument& error) {
    return RpcError(kInvalidParams, error.what());
  } catch (const campaign::CommandRefused& error) {
    return RpcError(kRefused, error.what());
  } catch (const std::exception& error) {
    return RpcError(kInternalError, error.what());
  }
}

bool is_answer(const Json& message) {
  return message.is_object() && !message.contains("method") &&
         (message.contains("result") || message.contains("error"));
}

// The id to answer with; null where it cannot be told.
Json id_of(const Json& message) {
  const auto found = message.find("id");
  if (found == message.end()) return nullptr;
  if (found->is_string() && found->get_ref<const std::string&>().size() > kMaxIdLength)
    return nullptr;
  return found->is_string() || found->is_number_integer() ? *found : Json(nullptr);
}

void require_request(const Json& message) {
  const auto refuse = [](const std::string& why) { throw RpcError(kInvalidRequest, why); };
  if (message.is_array()) refuse("batches are not taken: send one request a message");
  if (!message.is_object()) refuse("expected an object, got " + codec::describe(message));
  const auto version = message.find("jsonrpc");
  if (version == message.end() || *version != "2.0") refuse("/jsonrpc: expected \"2.0\"");
  const auto method = message.find("method");
  if (method == message.end() || !method->is_string())
    refuse("/method: expected the name of a method");
  if (message.contains("id") && !message["id"].is_null() && id_of(message).is_null())
    refuse("/id: expected a string of at most 256 bytes or an integer, got " +
           codec::describe(message["id"]));
  for (const auto& [key, value] : message.items())
    if (key != "jsonrpc" && key != "method" && key != "id" && key != "params")
      refuse("/" + key + ": expected jsonrpc, method, params or id");
}

}  // namespace

Dispatcher::Dispatcher(codec::JsonLimits limits) : limits_(limits) {}

void Dispatcher::add(Method method) {
  if (method.mutating)
    method.params["properties"]["idempotency_key"] = {
        {"type", "string"},
        {"title", "a string of 1 to 128 characters"},
        {"minLength", 1},
        {"maxLength", 128},
        {"description",
         "The same key with the same call gives the same answer without doing it again; with "
         "another call it is refused. Remembered for the last 1000 calls."}};
  method.params["type"] = "object";
  method.params["additionalProperties"] = false;
  if (!method.params.contains("title")) method.params["title"] = "an object of named parameters";
  codec::JsonSchema schema(method.params);
  const std::string name = method.name;
  const bool added = methods_.try_emplace(name, Entry{std::move(method), std::move(schema)}).second;
  if (!added) throw std::logic_error("Dispatcher: two methods are named " + name);
}

void Dispatcher::handle(Caller& caller, std::string_view text, const Send& send,
                        const OnAnswer& on_answer) {
  Json message;
  try {
    message = codec::parse_json(text, limits_);
  } catch (const codec::CodecError& error) {
    return send(error_text(nullptr, RpcError(kParseError, error.what())));
  }
  if (is_answer(message)) {
    const auto result = message.find("result");
    const auto error = message.find("error");
    const bool both = result != message.end() && error != message.end();
    if (!both && message.contains("id"))
      on_answer(message["id"], result == message.end() ? nullptr : &*result,
                error == message.end() ? nullptr : &*error);
    return;
  }
  request(caller, message, send);
}

void Dispatcher::request(Caller& caller, const Json& message, const Send& send) {
  const bool is_object = message.is_object();
  const Json id = is_object ? id_of(message) : Json(nullptr);
  if (const auto problem = problem_of([&] { require_request(message); }))
    return send(error_text(id, *problem));
  const bool notification = !message.contains("id");
  const Responder responder([send, id, notification](const Json* result, const RpcError* error) {
    if (notification) return;
    if (error != nullptr) return send(error_text(id, *error));
    send(result_text(id, *result));
  });
  const auto problem = problem_of([&] {
    const Entry& entry = entry_for(caller, message);
    const auto params = message.find("params");
    call(caller, entry, params == message.end() ? Json::object() : *params, responder);
  });
  if (problem) responder.error(*problem);
}

const Dispatcher::Entry& Dispatcher::entry_for(const Caller& caller, const Json& message) const {
  const auto& name = message["method"].get_ref<const std::string&>();
  const auto found = methods_.find(name);
  const bool open = found != methods_.end() && found->second.method.roles.empty();
  if (!caller.role && !open)
    throw RpcError(kNotAuthenticated, "expected session.hello with a token as the first message");
  if (found == methods_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, entry] : methods_) names.push_back(known);
    const auto near = codec::nearest_word(name, names);
    throw RpcError(kMethodNotFound, "there is no method " + codec::describe(message["method"]) +
                                        (near ? "; did you mean " + *near + "?" : ""));
  }
  const auto& roles = found->second.method.roles;
  if (!open && roles.count(*caller.role) == 0) {
    std::string allowed;
    for (const Role role : roles)
      allowed += (allowed.empty() ? "" : " or ") + std::string(role_name(role));
    throw RpcError(kNotPermitted, name + ": expected the role " + allowed + ", this session is " +
                                      std::string(role_name(*caller.role)));
  }
  return found->second;
}

void Dispatcher::call(Caller& caller, const Entry& entry, const Json& params,
                      const Responder& responder) {
  const auto problems = entry.schema.problems(params, "/params");
  if (!problems.empty()) {
    std::string text;
    for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
    throw RpcError(kInvalidParams, text, Json{{"problems", problems}});
  }
  const auto key = params.find("idempotency_key");
  if (key == params.end()) {
    Call now{caller, params, responder};
    if (const auto result = entry.method.handler(now)) responder.result(*result);
    return;
  }
  const std::string scope = std::string(role_name(*caller.role)) + " " + entry.method.name + " " +
                            key->get<std::string>();
  std::string text = codec::write_json(params);
  if (repeated(scope, text, responder)) return;
  under_way_.insert(scope);
  const Responder remembering(
      [this, scope, text = std::move(text), responder](const Json* result, const RpcError* error) {
        under_way_.erase(scope);
        if (error != nullptr) return responder.error(*error);
        remember(scope, text, *result);
        responder.result(*result);
      });
  Call now{caller, params, remembering};
  std::optional<Json> result;
  const auto problem = problem_of([&] { result = entry.method.handler(now); });
  if (problem) return remembering.error(*problem);
  if (result) remembering.result(*result);
}

bool Dispatcher::repeated(const std::string& key, const std::string& request,
                          const Responder& responder) const {
  if (under_way_.count(key) > 0)
    throw RpcError(kConflict, "/params/idempotency_key: this call is still under way");
  const auto found = remembered_.find(key);
  if (found == remembered_.end()) return false;
  if (found->second.request != request)
    throw RpcError(kConflict, "/params/idempotency_key: was used for a call with other params");
  responder.result(found->second.result);
  return true;
}

void Dispatcher::remember(const std::string& key, std::string request, const Json& result) {
  if (remembered_order_.size() >= kMaxRemembered) {
    remembered_.erase(remembered_order_.front());
    remembered_order_.erase(remembered_order_.begin());
  }
  remembered_[key] = {std::move(request), result};
  remembered_order_.push_back(key);
}

Json Dispatcher::discover() const {
  Json methods = Json::array();
  for (const auto& [name, entry] : methods_) {
    const Method& method = entry.method;
    const Json required = method.params.value("required", Json::array());
    Json params = Json::array();
    const Json properties = method.params.value("properties", Json::object());
    for (const auto& [param, schema] : properties.items()) {
      const bool needed = std::find(required.begin(), required.end(), param) != required.end();
      params.push_back({{"name", param}, {"required", needed}, {"schema", schema}});
    }
    std::stable_sort(params.begin(), params.end(), [](const Json& a, const Json& b) {
      return a["required"].get<bool>() && !b["required"].get<bool>();
    });
    Json roles = Json::array();
    for (const Role role : method.roles) roles.push_back(role_name(role));
    methods.push_back({{"name", name},
                       {"summary", method.summary},
                       {"paramStructure", "by-name"},
                       {"params", params},
                       {"result", {{"name", "result"}, {"schema", method.result}}},
                       {"x-roles", roles}});
  }
  Json errors = Json::object();
  for (const CodeName& known : kCodes)
    errors["E" + std::to_string(-known.code)] = {{"code", known.code}, {"message", known.message}};
  return {{"openrpc", "1.2.6"},
          {"info",
           {{"title", "foray"},
            {"version", "1.0.0"},
            {"description",
             "JSON-RPC 2.0 over WebSocket, one message a text frame. The server also sends "
             "notifications (events.entry) and, to a registered instrument, requests "
             "(instrument.measure, instrument.outcome) and the notification instrument.abort; to a "
             "registered acquisition function the request acquisition.evaluate."}}},
          {"methods", methods},
          {"components", {{"errors", errors}}}};
}

std::string request_text(const std::string& id, const std::string& method, const Json& params) {
  return codec::write_json(
      {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
}

std::string notification_text(const std::string& method, const Json& params) {
  return codec::write_json({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

}  // namespace foray::service
