#include "cli/key_commands.hpp"

#include <boost/json/serialize.hpp>
#include <ostream>

#include "base/table.hpp"
#include "cli/answer_fields.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSecondsADay = 86'400;

std::string joined(const json::array& items, std::string_view otherwise) {
  std::string all;
  for (const json::value& item : items)
    if (item.is_string())
      all.append(all.empty() ? "" : ", ").append(printable(std::string_view(item.get_string())));
  return all.empty() ? std::string(otherwise) : all;
}

bool counts(const json::value& key) {
  const std::string state = text(key, "state");
  return state == "active" || state == "expiring";
}

// Returns the ids of the active keys with this name or id; throws CommandFailed if there is none.
std::vector<std::string> find(const AdminApi& api, const std::string& name) {
  std::vector<std::string> ids;
  const json::value answer = parse_answer(api.ask({.path = "/api/keys", .body = {}, .fields = {}}));
  for (const json::value& key : list(answer, "keys"))
    if (counts(key) && (text(key, "name") == name || text(key, "id") == name)) ids.push_back(text(key, "id"));
  if (ids.empty())
    throw CommandFailed("There is no active key with the name or id " + printable(name) +
                        "; `kiosk-gateway key list` shows all keys.");
  return ids;
}

std::string path_of(const std::string& id) { return "/api/keys/" + percent_encode(id); }

void print_key(const json::value& key, std::ostream& out) {
  out << "\n"
      << text(key, "key") << "\n\nIt is shown only this once. The backend sends it with every call:\n"
      << "  Authorization: Bearer " << text(key, "key") << "\n";
}

}  // namespace

void key_add(const AdminApi& api, const KeyArguments& arguments, std::ostream& out) {
  json::array scopes;
  for (const std::string& scope : arguments.scopes) scopes.emplace_back(scope);
  if (scopes.empty()) scopes.emplace_back("send");
  json::object form{{"name", arguments.name}, {"scopes", scopes}};
  if (!arguments.owner.empty()) form["owner"] = arguments.owner;
  if (!arguments.kiosks.empty()) form["kiosks"] = json::array(arguments.kiosks.begin(), arguments.kiosks.end());
  if (arguments.rate) form["rate_per_second"] = *arguments.rate;
  if (arguments.days) form["expires_in_seconds"] = *arguments.days * kSecondsADay;
  const std::string body =
      api.ask({.method = "POST", .path = "/api/keys", .body = json::serialize(form), .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value key = parse_answer(body);
  out << "Key " << text(key, "name") << " was created (id " << text(key, "id")
      << "); its scopes: " << joined(list(key, "scopes"), "") << ".\n";
  print_key(key, out);
}

void key_list(const AdminApi& api, const KeyArguments& arguments, std::ostream& out) {
  const std::string body = api.ask({.path = "/api/keys", .body = {}, .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value answer = parse_answer(body);
  Table table({"NAME", "ID", "STATE", "MAY", "KIOSKS", "OWNER", "RATE", "MADE", "ENDS"});
  for (const json::value& key : list(answer, "keys")) {
    const bool revoked = text(key, "state") == "revoked";
    const std::string rate = text(key, "rate_per_second");
    table.add({text(key, "name"), text(key, "id"), text(key, "state"), joined(list(key, "scopes"), ""),
               joined(list(key, "kiosks"), "all"), text(key, "owner"), rate.empty() ? "" : rate + "/s",
               moment(text(key, "created_at")),
               moment(text(key, revoked ? "revoked_at" : "expires_at", "never"))});
  }
  if (table.rows() == 0) out << "No keys yet. Create one with `kiosk-gateway key add shop-backend`.\n";
  else table.print(out);
}

void key_rotate(const AdminApi& api, const KeyArguments& arguments, std::ostream& out) {
  std::vector<std::string> ids = find(api, arguments.name);
  if (ids.size() > 1) {
    // A key that is being replaced has an expiry date; its successor has none.
    const json::value answer = parse_answer(api.ask({.path = "/api/keys", .body = {}, .fields = {}}));
    ids.clear();
    for (const json::value& key : list(answer, "keys"))
      if (text(key, "name") == arguments.name && text(key, "state") == "active") ids.push_back(text(key, "id"));
    if (ids.size() != 1)
      throw CommandFailed(
          "More than one key has that name; give its id instead (`kiosk-gateway key list` shows it).");
  }
  const json::object form{{"overlap_seconds", arguments.overlap_hours * 3600}};
  const std::string body = api.ask({.method = "POST",
                                    .path = path_of(ids.front()) + "/rotate",
                                    .body = json::serialize(form),
                                    .fields = {}});
  if (arguments.json) {
    out << body << "\n";
    return;
  }
  const json::value key = parse_answer(body);
  out << "Key " << text(key, "name") << " was replaced by a new key (id " << text(key, "id")
      << "); the old one stays valid for another " << arguments.overlap_hours << " h.\n";
  print_key(key, out);
}

void key_revoke(const AdminApi& api, const KeyArguments& arguments, std::ostream& out) {
  for (const std::string& id : find(api, arguments.name)) {
    const std::string body = api.ask({.method = "DELETE", .path = path_of(id), .body = {}, .fields = {}});
    if (arguments.json) out << body << "\n";
    else
      out << "Key " << text(parse_answer(body), "name") << " (" << id << ") was revoked and no longer works.\n";
  }
}

void dashboard_link(const AdminApi& api, bool as_json, std::ostream& out) {
  const std::string body =
      api.ask({.method = "POST", .path = "/api/dashboard-links", .body = {}, .fields = {}});
  json::value answer = parse_answer(body);
  const std::string path = text(answer, "url");
  if (as_json) {
    answer.as_object()["url"] = api.url() + path;
    out << json::serialize(answer) << "\n";
    return;
  }
  out << "Open this link in a browser. It logs you in once and expires in five minutes:\n\n"
      << api.url() << path << "\n";
}

}  // namespace kgw
