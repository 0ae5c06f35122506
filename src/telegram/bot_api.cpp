#include "telegram/bot_api.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/limits.hpp"

namespace kgw::telegram {
namespace {

namespace json = boost::json;

constexpr auto kConnectTime = std::chrono::seconds(10);

std::int64_t integer(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (const auto* const number = value->if_int64()) return *number;
  return 0;
}

}  // namespace

BotApi::BotApi(Settings settings, std::function<void()> wake)
    : settings_(std::move(settings)), client_(std::move(wake), kCallsMax) {}

bool BotApi::call(std::string_view method, const json::object& parameters, std::chrono::milliseconds timeout,
                  Callback callback) {
  OutboundRequest request;
  request.method = "POST";
  request.url = settings_.url + "/bot" + settings_.token + "/" + std::string(method);
  request.fields = {"Content-Type: application/json"};
  request.body = json::serialize(parameters);
  request.connect_timeout = kConnectTime;
  request.timeout = timeout;
  request.answer_bytes_max = limits::kTelegramAnswerBytesMax;
  request.proxy = settings_.proxy;
  return client_.start(std::move(request), [this, callback = std::move(callback)](OutboundAnswer answer) {
    callback(read(std::move(answer)));
  });
}

ApiAnswer BotApi::read(OutboundAnswer answer) const {
  ApiAnswer out;
  for (auto& [name, value] : answer.fields)
    if (name == "date") out.date = std::move(value);
  if (answer.trouble != OutboundAnswer::Trouble::none) {
    out.too_large = answer.trouble == OutboundAnswer::Trouble::too_large;
    if (out.too_large) out.beginning = std::move(answer.body);
    out.description = without_token(std::move(answer.why));
    return out;
  }
  out.code = static_cast<int>(answer.status);
  boost::system::error_code fault;
  json::value value = json::parse(answer.body, fault);
  json::object* const object = fault ? nullptr : value.if_object();
  const json::value* const ok = object == nullptr ? nullptr : object->if_contains("ok");
  if (ok == nullptr || !ok->is_bool()) {
    out.description = "HTTP " + std::to_string(answer.status) + ", and no answer of Telegram's";
    return out;
  }
  out.reached = true;
  out.ok = ok->get_bool();
  if (out.ok) {
    if (json::value* const result = object->if_contains("result")) out.result = std::move(*result);
    return out;
  }
  if (const std::int64_t code = integer(*object, "error_code")) out.code = static_cast<int>(code);
  if (const json::value* const text = object->if_contains("description"); text != nullptr && text->is_string())
    out.description = without_token(std::string(text->get_string()));
  const json::value* const more = object->if_contains("parameters");
  if (more == nullptr || !more->is_object()) return out;
  out.retry_after = std::chrono::seconds(integer(more->get_object(), "retry_after"));
  if (const std::int64_t chat = integer(more->get_object(), "migrate_to_chat_id"))
    out.migrate_to_chat_id = chat;
  return out;
}

std::string BotApi::without_token(std::string text) const {
  for (std::size_t at = text.find(settings_.token); at != std::string::npos;
       at = text.find(settings_.token, at))
    text.replace(at, settings_.token.size(), "***");
  return text;
}

}  // namespace kgw::telegram
