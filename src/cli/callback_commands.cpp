#include "cli/callback_commands.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>
#include <utility>
#include <vector>

#include "base/table.hpp"
#include "cli/answer_fields.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPageMax = 1000;

std::string path_of(const std::string& owner) { return "/api/webhook-secrets/" + percent_encode(owner); }

}  // namespace

void callback_list(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  std::string filter;
  if (!arguments.state.empty()) filter += "&state=" + arguments.state;
  if (!arguments.request.empty()) filter += "&request_id=" + percent_encode(arguments.request);
  Table table({"CALLBACK", "STATE", "KIOSK", "OPERATION", "OWNER", "OWED SINCE", "TRIES", "WHY", "URL"});
  std::string cursor;
  for (std::int64_t left = arguments.limit; left > 0;) {
    std::string path = "/api/callbacks?limit=" + std::to_string(std::min(left, kPageMax)) + filter;
    if (!cursor.empty()) path += "&cursor=" + cursor;
    const json::value page = parse_answer(api.ask({.path = std::move(path), .body = {}, .fields = {}}));
    for (const json::value& row : list(page, "callbacks")) {
      --left;
      if (arguments.json) {
        out << plain_json(row) << "\n";
        continue;
      }
      table.add({text(row, "id"), text(row, "state"), text(row, "kiosk_id"), text(row, "operation_type"),
                 text(row, "owner"), moment(text(row, "owed_at")), text(row, "failed_tries"), text(row, "why"),
                 text(row, "url")});
    }
    cursor = text(page, "next");
    if (cursor.empty()) break;
  }
  if (arguments.json) return;
  if (table.rows() == 0) out << "No callbacks.\n";
  else table.print(out);
}

void callback_replay(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  if (arguments.id.empty() == arguments.since.empty())
    throw CommandFailed("Give either an ID (of a request or a callback) or --since with a time.");
  json::object form;
  if (arguments.id.empty()) form["since"] = arguments.since;
  else form["id"] = arguments.id;
  std::int64_t replayed = 0;
  for (bool more = true; more;) {
    const std::string body = api.ask(
        {.method = "POST", .path = "/api/callbacks/replay", .body = json::serialize(form), .fields = {}});
    const json::value answer = parse_answer(body);
    if (arguments.json) out << body << "\n";
    replayed += answer.at("replayed").to_number<std::int64_t>();
    more = flag(answer, "more");
  }
  if (!arguments.json) out << "Dead letters that are being sent again: " << replayed << ".\n";
}

void webhook_secret_make(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.method = "POST", .path = path_of(arguments.owner), .body = {}, .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value made = parse_answer(body);
  out << text(made, "secret")
      << "\n\nIt is shown only this once. The receiver of the callbacks verifies them with "
      << "it (https://www.standardwebhooks.com).\n";
  if (const std::string ends = text(made, "previous_ends_at"); !ends.empty())
    out << "The secret before it stays valid until " << moment(ends) << ".\n";
}

void webhook_secret_list(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  const std::string body = api.ask({.path = "/api/webhook-secrets", .body = {}, .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value answer = parse_answer(body);
  Table table({"OWNER", "MADE", "THE ONE BEFORE IT ENDS"});
  for (const json::value& one : list(answer, "webhook_secrets"))
    table.add({text(one, "owner"), moment(text(one, "made_at")), moment(text(one, "previous_ends_at"))});
  if (table.rows() == 0)
    out << "No webhook secrets yet. Make one with `kiosk-gateway webhook-secret make OWNER`.\n";
  else table.print(out);
}

void webhook_secret_end_previous(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.method = "DELETE", .path = path_of(arguments.owner) + "/previous", .body = {}, .fields = {}});
  if (arguments.json) out << body << "\n";
  else out << "Only the newest secret of " << arguments.owner << " is valid now.\n";
}

void webhook_secret_remove(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.method = "DELETE", .path = path_of(arguments.owner), .body = {}, .fields = {}});
  if (arguments.json) out << body << "\n";
  else
    out << "The secrets of " << arguments.owner
        << " were removed. Its requests with a Header-Callback-Url are refused from now on.\n";
}

}  // namespace kgw
