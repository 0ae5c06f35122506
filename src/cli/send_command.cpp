// `send`: one request through the gateway, as a backend would send it. Succeeds only with an answer from the
// kiosk itself, and not if that says that the outcome is unknown.
// Implements cli/kiosk_commands.hpp.
#include <algorithm>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "base/table.hpp"
#include "cli/kiosk_commands.hpp"
#include "wire/json_scan.hpp"
#include "wire/outcome_rules.hpp"

namespace kgw {
namespace {

// Longer than any gateway lets a caller wait by default, plus the gateway's own time on top of a timeout.
constexpr std::chrono::seconds kLongestWait{330};
constexpr std::chrono::seconds kGrace{30};

bool is_from_kiosk(const OutboundAnswer& answer) {
  return answer.status == 200 && std::any_of(answer.fields.begin(), answer.fields.end(), [](const auto& field) {
           return field.first == "x-answer-from" && field.second == "kiosk";
         });
}

// By the answer's field, or by what the kiosk's own status means.
bool is_unknown(const OutboundAnswer& answer) {
  for (const auto& [name, value] : answer.fields)
    if (name == "x-result") return value == "unknown";
  return OutcomeRules().classify("", answer.body) == AnswerResult::unknown;
}

// PROTOCOL.md 1.1's codes for requests that were not sent end with 1; for all others the outcome is unknown.
// With LEGACY_HTTP_STATUS only the body shows the code.
bool may_have_run(const OutboundAnswer& answer) {
  JsonMember error[] = {{"error"}};
  if (json_scan(answer.body, error).is_object && error[0].count == 1)
    for (const std::string_view unknown : {"timeout", "invalid_response", "internal_error"})
      if (json_equals(error[0].value, unknown)) return true;
  return answer.status >= 500 && answer.status != 501 && answer.status != 503;
}

// Returns what "-" and "@FILE" refer to, or the text itself.
std::string body_of(const std::string& json, std::istream& in) {
  const auto all = [](std::istream& from) { return std::string(std::istreambuf_iterator<char>(from), {}); };
  if (json == "-") return all(in);
  if (!json.starts_with('@')) return json;
  std::ifstream file(json.substr(1), std::ios::binary);
  if (!file || file.peek() == std::ifstream::traits_type::eof())
    throw CommandFailed("The file '" + printable(json.substr(1)) +
                        "' can't be read, or is empty. Nothing was sent.");
  return all(file);
}

}  // namespace

void send(const AdminApi& api, const SendArguments& arguments, std::istream& in, std::ostream& out) {
  AdminApi::Call call{
      .method = "POST",
      .path = "/send",
      .body = body_of(arguments.json, in),
      .fields = {"Header-Kiosk-Id: " + arguments.kiosk, "Header-Operation-Type: " + arguments.operation,
                 "Header-Http-Method: " + arguments.method},
      .timeout = kLongestWait};
  if (arguments.timeout_s) {
    call.fields.push_back("Header-Timeout: " + std::to_string(*arguments.timeout_s));
    call.timeout = std::chrono::seconds(*arguments.timeout_s) + kGrace;
  }
  const OutboundAnswer answer = api.call(call);
  if (!is_from_kiosk(answer)) {
    if (!may_have_run(answer)) throw CommandFailed(api.complaint(answer));
    throw OutcomeUnknown(
        api.complaint(answer) +
        "\nIt is not known whether the kiosk carried it out; check the kiosk before you try again.");
  }
  out << answer.body << "\n";
  if (is_unknown(answer))
    throw OutcomeUnknown(
        "The kiosk answered that the outcome is not known; check the kiosk before you try again.");
}

}  // namespace kgw
