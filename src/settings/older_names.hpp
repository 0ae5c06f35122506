// The older service's names of settings, and what they are called here.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace kgw {

struct OlderName {
  std::string_view name;
  std::string_view successor;
  bool same = false;  // the same meaning: accepted for its successor without a word of the operator's
};

inline constexpr auto kOlderNames = std::to_array<OlderName>({
    {"WS_HOST", "HOST", true},
    {"WS_PORT", "PORT", true},
    {"SERVER_HOST", "HOST"},
    {"SERVER_PORT", "PORT"},
    {"API_HOST", "HOST"},
    {"API_PORT", "PORT"},
    {"REDIS_HOST", "REDIS_URL"},
    {"REDIS_PORT", "REDIS_URL"},
    {"REDIS_DB", "REDIS_URL"},
    {"REDIS_PASSWORD", "REDIS_URL"},
    {"JWT_SECRET_KEY", "JWT_SECRET"},
    {"SECRET_KEY", "JWT_SECRET"},
    {"JWT_EXPIRE_DAYS", "JWT_EXPIRATION_DAYS"},
    {"KIOSK_TIMEOUT", "KIOSK_RESPONSE_TIMEOUT"},
    {"RESPONSE_TIMEOUT", "KIOSK_RESPONSE_TIMEOUT"},
    {"BOT_TOKEN", "TELEGRAM_BOT_TOKEN"},
    {"TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"},
    {"ADMIN_IDS", "TELEGRAM_ADMIN_IDS"},
    {"TELEGRAM_ADMIN_ID", "TELEGRAM_ADMIN_IDS"},
    {"TELEGRAM_CHAT_ID", "TELEGRAM_LOG_CHAT_ID"},
    {"LOG_CHAT_ID", "TELEGRAM_LOG_CHAT_ID"},
    {"PROMETHEUS_URL", "GRAFANA_PROMETHEUS_URL"},
    {"LOKI_URL", "GRAFANA_LOKI_URL"},
});

// Returns nullptr if there is none of that name.
constexpr const OlderName* find_older_name(std::string_view name) {
  const auto* const found = std::find_if(kOlderNames.begin(), kOlderNames.end(),
                                         [name](const OlderName& one) { return one.name == name; });
  return found == kOlderNames.end() ? nullptr : found;
}

}  // namespace kgw
