#include "api/insight_api.hpp"

#include <string>

#include "http/answers.hpp"
#include "http/json_object.hpp"

namespace kgw {

void InsightApi::series(const HttpRequest& request) const {
  const std::string asked = query_value(request.head.query, "window").value_or("900");
  for (const int window : Series::kWindows)
    if (asked == std::to_string(window))
      return respond_json(server_, request.call, 200, series_.json(window), kNoStore);
  respond_error(server_, request.call, ErrorCode::invalid_argument,
                "'window' must be 900, 3600 or 86400 seconds.");
}

void InsightApi::settings(HttpCallId call) const {
  std::string all = "[";
  for (const SettingValue& value : reload_.in_use())
    all.append(all.size() > 1 ? "," : "")
        .append(JsonObject()
                    .text("name", value.name)
                    .text_or_null("value", shown_value(value))
                    .text("source", value.source)
                    .boolean("secret", value.secret)
                    .take());
  respond_json(server_, call, 200, JsonObject().raw("settings", all + "]").take(), kNoStore);
}

}  // namespace kgw
