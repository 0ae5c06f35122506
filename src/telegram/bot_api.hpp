// BotApi: calls Telegram's Bot API over its own HttpClient (curl's thread), so that the loop never waits. The
// bot's token is part of every URL and of nothing that is returned from here. Loop thread only.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"

namespace kgw::telegram {

struct ApiAnswer {
  bool ok = false;
  // Telegram answered, whatever it said; false: no connection, no answer, or a proxy's page.
  bool reached = false;
  int code = 0;             // Telegram's error_code (400, 401, 403, 404, 409, 429) or the HTTP status
  std::string description;  // for people; never contains the token
  std::chrono::seconds retry_after{0};
  std::optional<std::int64_t> migrate_to_chat_id;
  boost::json::value result;
  bool too_large = false;  // the answer exceeds what is read; `beginning` has its first bytes
  std::string beginning;
  std::string date;  // the answer's Date field: Telegram's clock (RFC 9110 6.6.1)
};

class BotApi {
 public:
  struct Settings {
    std::string token;
    std::string url;    // TELEGRAM_API_URL, without a trailing slash
    std::string proxy;  // TELEGRAM_PROXY; empty: none
  };
  using Callback = std::function<void(ApiAnswer)>;
  static constexpr std::size_t kCallsMax = 64;  // in flight; more are refused

  // `wake`: called on curl's thread when poll() has something to do.
  BotApi(Settings settings, std::function<void()> wake);

  // `callback` runs in poll(), exactly once unless this is destroyed first. Returns false if too many calls
  // are in flight.
  bool call(std::string_view method, const boost::json::object& parameters, std::chrono::milliseconds timeout,
            Callback callback);
  void poll() { client_.poll(); }

 private:
  ApiAnswer read(OutboundAnswer answer) const;
  std::string without_token(std::string text) const;

  const Settings settings_;
  HttpClient client_;
};

}  // namespace kgw::telegram
