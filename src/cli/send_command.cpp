// `send`: one request through the gateway, as any backend would make it. Only what a kiosk itself said counts
// as success.
#include <algorithm>
#include <ostream>

#include "cli/kiosk_commands.hpp"

namespace kgw {
namespace {

// Longer than any gateway lets a caller wait by default; and what the gateway itself needs on top of a timeout.
constexpr std::chrono::seconds kLongestWait{330};
constexpr std::chrono::seconds kGrace{30};

bool is_from_kiosk(const OutboundAnswer& answer) {
  return answer.status == 200 && std::any_of(answer.fields.begin(), answer.fields.end(), [](const auto& field) {
           return field.first == "x-answer-from" && field.second == "kiosk";
         });
}

}  // namespace

void send(const AdminApi& api, const SendArguments& arguments, std::ostream& out) {
  AdminApi::Call call{
      .method = "POST",
      .path = "/send",
      .body = arguments.json,
      .fields = {"Header-Kiosk-Id: " + arguments.kiosk, "Header-Operation-Type: " + arguments.operation,
                 "Header-Http-Method: " + arguments.method},
      .timeout = kLongestWait};
  if (arguments.timeout_s) {
    call.fields.push_back("Header-Timeout: " + std::to_string(*arguments.timeout_s));
    call.timeout = std::chrono::seconds(*arguments.timeout_s) + kGrace;
  }
  const OutboundAnswer answer = api.call(call);
  if (!is_from_kiosk(answer)) throw CommandFailed(api.complaint(answer));
  out << answer.body << "\n";
}

}  // namespace kgw
