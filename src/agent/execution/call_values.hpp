// CallValues: what the names in braces stand for, in the URLs, bodies and arguments that routes have:
// {request_id}, {order_id}, {operation}, {id} (the device's own id of the job), {body} and {body.NAME} of the
// request. And the way back: where a value stands in a device's answer. No state, no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/execution/kiosk_request.hpp"

namespace kgw {

// Names of a device's answer that lie deeper are written with dots: "data.processId", "results.0.status".
// Returns the value's bytes, a string's quotes included; nullopt if there is none. Requires valid JSON.
std::optional<std::string_view> json_at(std::string_view text, std::string_view path);
// The text of a string, number or boolean of JSON; "" of anything else.
std::string scalar_text(std::string_view value);

class CallValues {
 public:
  // Requires the request to outlive this.
  explicit CallValues(const KioskRequest& request, std::string_view job_id = {})
      : request_(request), job_id_(job_id) {}

  // With the names' values in their place: percent-encoded; as the insides of a JSON string ({body} as it is);
  // as they are. Other text in braces stays. Error of all: a name has no value (its name, with braces).
  struct Filled {
    std::string text;
    std::string missing;  // empty: all had one
  };
  Filled in_url(std::string_view text) const;
  Filled in_json(std::string_view text) const;
  Filled plain(std::string_view text) const;

 private:
  template <class Append>
  Filled fill(std::string_view text, Append append) const;
  std::optional<std::string> find(std::string_view name) const;

  const KioskRequest& request_;
  const std::string_view job_id_;
};

// Whether {name} is one of those names.
bool is_call_value(std::string_view name);

}  // namespace kgw
