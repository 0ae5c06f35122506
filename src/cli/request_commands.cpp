#include "cli/request_commands.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>
#include <set>

#include "base/ids.hpp"
#include "base/table.hpp"
#include "cli/answer_fields.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr std::size_t kPageMax = 1000;
constexpr int kLookAgainMs = 1000;

std::string filters(const RequestArguments& a) {
  std::string query;
  const auto add = [&query](std::string_view name, const std::string& value) {
    if (!value.empty()) query.append("&").append(name).append("=").append(percent_encode(value));
  };
  add("kiosk_id", a.kiosk);
  add("operation_type", a.operation);
  add("order_id", a.order);
  add("state", a.state);
  add("outcome", a.outcome);
  add("result", a.result);
  if (a.unclaimed) query += "&unclaimed=true";
  return query;
}

// "done" or "not_done"; empty: nobody has resolved it.
std::string resolved_as(const json::value& request) {
  const auto* const resolved = request.if_object() ? request.get_object().if_contains("resolved") : nullptr;
  return resolved != nullptr && resolved->is_object() ? text(*resolved, "result") : std::string();
}

// Its caller may not have got the answer.
bool is_unclaimed(const json::value& request) {
  const auto* const claimed = request.if_object() ? request.get_object().if_contains("claimed") : nullptr;
  return claimed != nullptr && claimed->is_bool() && !claimed->get_bool();
}

std::string state_of(const json::value& request) {
  std::string state = text(request, "state");
  if (flag(request, "late")) state += ", late";
  if (const std::string error = text(request, "error"); !error.empty()) state += ": " + error;
  const std::string resolved = resolved_as(request);
  if (!resolved.empty()) state += ", resolved: " + resolved;
  else if (text(request, "outcome") == "unknown") state += ", OUTCOME UNKNOWN";
  if (is_unclaimed(request)) state += ", UNCLAIMED";
  return state;
}

std::string result_of(const json::value& request) {
  const std::string result = text(request, "result");
  return result.empty() ? result : ", " + result;
}

std::string line_of(const json::value& request) {
  return moment(text(request, "created_at")) + "  " + text(request, "request_id") + "  " +
         text(request, "kiosk_id") + "  " + text(request, "operation_type") + "  " + state_of(request) +
         result_of(request);
}

}  // namespace

void requests_list(const AdminApi& api, const RequestArguments& arguments, std::ostream& out) {
  Table table({"WHEN", "REQUEST", "KIOSK", "OPERATION", "ORDER", "STATE", "RESULT", "BY"});
  std::string before;
  for (int left = arguments.limit; left > 0;) {
    const std::string cursor = before.empty() ? "" : "&cursor=" + percent_encode(before);
    const json::value page = parse_answer(
        api.ask({.path = "/api/requests?limit=" +
                         std::to_string(std::min<std::size_t>(static_cast<std::size_t>(left), kPageMax)) +
                         filters(arguments) + cursor,
                 .body = {},
                 .fields = {}}));
    for (const json::value& request : list(page, "requests")) {
      --left;
      if (arguments.json) out << plain_json(request) << "\n";
      else
        table.add({moment(text(request, "created_at")), text(request, "request_id"), text(request, "kiosk_id"),
                   text(request, "operation_type"), text(request, "order_id"), state_of(request),
                   text(request, "result"), text(request, "owner")});
    }
    before = text(page, "next");
    if (before.empty()) break;
  }
  if (arguments.json) return;
  if (table.rows() == 0) out << "No matching requests.\n";
  else table.print(out);
}

void requests_show(const AdminApi& api, const RequestArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.path = "/requests/" + percent_encode(arguments.id), .body = {}, .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value request = parse_answer(body);
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out << name << std::string(16 - name.size(), ' ') << value << "\n";
  };
  line("Request", text(request, "request_id"));
  line("Kiosk", text(request, "kiosk_id"));
  line("Operation", text(request, "operation_type"));
  line("Order", text(request, "order_id"));
  line("State", state_of(request));
  line("Result", text(request, "result"));
  line("Accepted", moment(text(request, "created_at")));
  line("Sent", moment(text(request, "dispatched_at")));
  line("Answered", moment(text(request, "answered_at")));
  line("Deadline", moment(text(request, "deadline_at")));
  if (!resolved_as(request).empty()) {
    const json::value& resolved = request.at("resolved");
    line("Resolved",
         resolved_as(request) + ", by " + text(resolved, "by") + ", " + moment(text(resolved, "at")));
    line("Note", text(resolved, "note"));
  }
  // Byte for byte: parsed and printed again, an amount would look different.
  JsonMember response[] = {{"response"}};
  if (json_scan(body, response).valid && response[0].count == 1 && response[0].kind != JsonKind::null)
    line("Answer", printable(response[0].value));
  line("Not JSON", text(request, "response_text"));
}

void requests_resolve(const AdminApi& api, const RequestArguments& arguments, std::ostream& out) {
  const json::object form{{"result", arguments.resolution}, {"note", arguments.note}};
  const std::string body = api.ask({.method = "POST",
                                    .path = "/api/requests/" + percent_encode(arguments.id) + "/resolve",
                                    .body = json::serialize(form),
                                    .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value request = parse_answer(body);
  out << "Request " << text(request, "request_id") << " at kiosk " << text(request, "kiosk_id");
  if (text(request, "outcome") == "known")
    out << " is claimed: its answer (" << text(request, "result") << ") is known to its caller.\n";
  else out << " is resolved: " << resolved_as(request) << ".\n";
}

void requests_ack(const AdminApi& api, const RequestArguments& arguments, std::ostream& out) {
  const json::value request =
      parse_answer(api.ask({.path = "/requests/" + percent_encode(arguments.id), .body = {}, .fields = {}}));
  if (!is_unclaimed(request))
    throw CommandFailed("This request has no unclaimed answer: it is " + state_of(request) + ".");
  const std::string result = text(request, "result");
  RequestArguments resolved = arguments;
  if (result == "success") resolved.resolution = "done";
  else if (result == "declined" || result == "failed") resolved.resolution = "not_done";
  else
    throw CommandFailed("Its answer (" + result +
                        ") does not say whether it was done. Find out, then: requests resolve " + arguments.id +
                        " done|not_done");
  requests_resolve(api, resolved, out);
}

// Prints each request from now on once, when it has ended; those still running are checked again.
void requests_follow(const AdminApi& api, const RequestArguments& arguments, std::ostream& out) {
  const auto ask = [&](const std::string& query) {
    return parse_answer(api.ask({.path = "/api/requests?" + query, .body = {}, .fields = {}}));
  };
  const auto key_of = [](const json::value& request) {
    const auto id = RequestId::parse(text(request, "request_id"));
    return id ? id->journal_key() : 0;
  };
  const json::value newest = ask("limit=1");
  std::int64_t from = list(newest, "requests").empty() ? 0 : key_of(list(newest, "requests")[0]);
  std::set<std::int64_t> shown;  // above `from`
  while (out) {
    std::string cursor = std::to_string(from);
    std::int64_t done_up_to = from;
    bool all_ended = true;
    for (bool more = true; more;) {
      const json::value page =
          ask("limit=" + std::to_string(kPageMax) + "&order=oldest&cursor=" + cursor + filters(arguments));
      for (const json::value& request : list(page, "requests")) {
        const std::int64_t key = key_of(request);
        const std::string state = text(request, "state");
        const bool ended = state != "accepted" && state != "dispatched";
        if (ended && shown.insert(key).second)
          out << (arguments.json ? plain_json(request) : line_of(request)) << "\n";
        all_ended = all_ended && ended;
        if (all_ended) done_up_to = key;
      }
      more = list(page, "requests").size() == kPageMax;
      cursor = text(page, "next", cursor);
    }
    out.flush();
    from = done_up_to;
    shown.erase(shown.begin(), shown.upper_bound(from));
    ::poll(nullptr, 0, kLookAgainMs);
  }
}

}  // namespace kgw
