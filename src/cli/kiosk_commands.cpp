#include "cli/kiosk_commands.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <ostream>

#include "base/table.hpp"
#include "cli/answer_fields.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

std::string state(const json::value& kiosk) {
  const std::string link = flag(kiosk, "online") ? "online" : "offline";
  return flag(kiosk, "enabled") ? link : link == "online" ? "disabled, still online" : "disabled";
}

std::string path_of(const std::string& id) { return "/api/kiosks/" + percent_encode(id); }

AdminApi::Call patch(const std::string& id, const json::object& changes) {
  return {.method = "PATCH", .path = path_of(id), .body = json::serialize(changes), .fields = {}};
}

void print_token(const AdminApi& api, const std::string& body, std::ostream& out) {
  const json::value answer = parse_answer(body);
  out << "Its token, shown only this once (valid until " << moment(text(answer, "expires_at")) << "):\n\n"
      << text(answer, "token") << "\n\n"
      << "Put it in a file on the kiosk, for example /etc/kiosk-agent/token, that only the agent can read, and "
         "start "
         "there:\n"
      << "  kiosk-agent --gateway " << api.kiosk_url()
      << " --token-file /etc/kiosk-agent/token --route "
         "payment=http://127.0.0.1:9001/payment\n";
}

std::string shown(const KioskArguments& arguments) { return "Kiosk " + printable(arguments.id); }

void finish(const std::string& body, const KioskArguments& arguments, const std::string& sentence,
            std::ostream& out) {
  out << (arguments.json ? body : sentence) << "\n";
}

}  // namespace

void kiosk_add(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  json::object kiosk{{"id", arguments.id}};
  if (!arguments.name.empty()) kiosk["name"] = arguments.name;
  const std::string body =
      api.ask({.method = "POST", .path = "/api/kiosks", .body = json::serialize(kiosk), .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  out << shown(arguments) << " was added.\n";
  print_token(api, body, out);
}

void kiosk_list(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  Table table({"ID", "NAME", "STATE", "SINCE", "RUNNING", "WAITING", "TOKEN EXPIRES"});
  json::array all;
  std::string after;
  do {
    const std::string query = after.empty() ? "" : "&cursor=" + percent_encode(after);
    const json::value page =
        parse_answer(api.ask({.path = "/api/kiosks?limit=1000" + query, .body = {}, .fields = {}}));
    for (const json::value& kiosk : list(page, "kiosks")) {
      if (arguments.json) all.push_back(kiosk);
      else
        table.add({text(kiosk, "id"), text(kiosk, "name"), state(kiosk),
                   flag(kiosk, "online") ? moment(text(kiosk, "connected_at")) : "", text(kiosk, "in_flight"),
                   text(kiosk, "waiting"), text(kiosk, "token_expires_at").substr(0, 10)});
    }
    // A gateway whose cursor went backwards would keep us here for ever.
    const std::string next = text(page, "next");
    if (!next.empty() && next <= after)
      throw CommandFailed(
          "The gateway's list of kiosks does not end; check that GATEWAY_URL is the right gateway.");
    after = next;
  } while (!after.empty());
  if (arguments.json) {
    const std::size_t total = all.size();
    out << plain_json(json::object{{"kiosks", std::move(all)}, {"total", total}}) << "\n";
  } else if (table.rows() == 0) {
    out << "No kiosks yet. Add one with `kiosk-gateway kiosk add kiosk_001`.\n";
  } else {
    table.print(out);
  }
}

void kiosk_show(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body = api.ask({.path = path_of(arguments.id), .body = {}, .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value kiosk = parse_answer(body);
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out << name << std::string(16 - name.size(), ' ') << value << "\n";
  };
  line("ID", text(kiosk, "id"));
  line("Name", text(kiosk, "name"));
  line("State", state(kiosk));
  line("Connected", moment(text(kiosk, "connected_at")));
  line("Address", text(kiosk, "address"));
  line("Running", text(kiosk, "in_flight"));
  line("Waiting", text(kiosk, "waiting"));
  line("At a time", text(kiosk, "max_in_flight", "as set by KIOSK_MAX_IN_FLIGHT"));
  line("Added", moment(text(kiosk, "created_at")));
  line("Token issued", moment(text(kiosk, "token_issued_at")));
  line("Token expires", moment(text(kiosk, "token_expires_at")));
  if (list(kiosk, "connections").empty()) return;
  out << "\nLatest connections:\n";
  Table table({"WHEN", "", "ADDRESS", "WHY"});
  for (const json::value& event : list(kiosk, "connections"))
    table.add({moment(text(event, "at")), flag(event, "up") ? "up" : "down", text(event, "address"),
               text(event, "reason")});
  table.print(out);
}

void kiosk_rename(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body = api.ask(patch(arguments.id, {{"name", arguments.name}}));
  finish(body, arguments, shown(arguments) + " is now called " + printable(arguments.name) + ".", out);
}

void kiosk_enable(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body = api.ask(patch(arguments.id, {{"enabled", true}}));
  finish(body, arguments, shown(arguments) + " is enabled.", out);
}

void kiosk_disable(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  json::object changes{{"enabled", false}};
  if (arguments.force) changes["force"] = true;
  const std::string body = api.ask(patch(arguments.id, changes));
  finish(body, arguments,
         shown(arguments) + " is disabled" +
             (arguments.force ? ", its connection is closed." : "; running requests will still be answered."),
         out);
}

void kiosk_remove(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body = api.ask({.method = "DELETE",
                                    .path = path_of(arguments.id) + (arguments.force ? "?force=true" : ""),
                                    .body = {},
                                    .fields = {}});
  finish(body, arguments,
         shown(arguments) + " was removed, and its token no longer works" +
             (arguments.force ? ", its connection is closed." : "; running requests will still be answered."),
         out);
}

void kiosk_token(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body = api.ask({.method = "POST",
                                    .path = path_of(arguments.id) + "/token",
                                    .body = arguments.force ? "{\"force\":true}" : "{}",
                                    .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  out << shown(arguments) << " has a new token; the old one no longer works.\n";
  print_token(api, body, out);
}

void kiosk_set(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  json::object changes;
  if (arguments.max_in_flight == "default") {
    changes["max_in_flight"] = nullptr;
  } else {
    int number = 0;
    const char* const end = arguments.max_in_flight.data() + arguments.max_in_flight.size();
    const auto [stop, error] = std::from_chars(arguments.max_in_flight.data(), end, number);
    if (error != std::errc() || stop != end)
      throw CommandFailed("--max-in-flight must be a number from 1 to 1000, or 'default'.");
    changes["max_in_flight"] = number;
  }
  const std::string body = api.ask(patch(arguments.id, changes));
  finish(body, arguments,
         shown(arguments) + " gets " +
             (arguments.max_in_flight == "default" ? "up to KIOSK_MAX_IN_FLIGHT requests at a time."
                                                   : arguments.max_in_flight + " requests at a time."),
         out);
}

void kiosk_ping(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.method = "POST", .path = path_of(arguments.id) + "/ping", .body = {}, .fields = {}});
  const json::value answer = parse_answer(body);
  finish(body, arguments, shown(arguments) + " answered in " + text(answer, "round_trip_ms") + " ms.", out);
}

void kiosk_kick(const AdminApi& api, const KioskArguments& arguments, std::ostream& out) {
  const std::string body =
      api.ask({.method = "POST", .path = path_of(arguments.id) + "/kick", .body = {}, .fields = {}});
  finish(body, arguments, shown(arguments) + "'s connection was closed; its agent will reconnect by itself.",
         out);
}

}  // namespace kgw
