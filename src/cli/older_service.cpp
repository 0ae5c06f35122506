#include "cli/older_service.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "base/ids.hpp"
#include "cli/admin_api.hpp"
#include "redis/connection.hpp"

namespace kgw {
namespace {

namespace json = boost::json;
using redis::Command;
using redis::Reply;

constexpr const char* kAll = "all_kiosks";
constexpr std::string_view kPrefix = "kiosk:";
constexpr std::size_t kStep = 500;

std::string info_key(const std::string& id) { return std::string(kPrefix) + id + ":info"; }
std::string token_key(const std::string& id) { return std::string(kPrefix) + id + ":token"; }

class OlderRedis {
 public:
  explicit OlderRedis(redis::Connection connection) : connection_(std::move(connection)) {}

  std::set<std::string> listed() {
    std::set<std::string> ids;
    Reply all = ask({"SMEMBERS", kAll});
    for (Reply& item : all.items) ids.insert(std::move(item.text));
    return ids;
  }
  // Returns the ids of all keys kiosk:<id><ending>, listed or not. SCAN may return one twice.
  std::set<std::string> named(std::string_view ending) {
    std::set<std::string> ids;
    std::string cursor = "0";
    do {
      const std::string pattern = std::string(kPrefix) + "*" + std::string(ending);
      const Reply page = ask({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
      if (page.items.size() != 2) throw CommandFailed("That Redis gave an unexpected answer to SCAN.");
      cursor = page.items[0].text;
      for (const Reply& key : page.items[1].items)
        if (key.text.size() > kPrefix.size() + ending.size())
          ids.insert(key.text.substr(kPrefix.size(), key.text.size() - kPrefix.size() - ending.size()));
    } while (cursor != "0");
    return ids;
  }
  // Returns an info and a token for each; a Reply may be an error (a key of another type).
  std::vector<Reply> kiosks(const std::vector<std::string>& ids) {
    std::vector<Command> commands;
    for (const std::string& id : ids) {
      commands.push_back({"HGETALL", info_key(id)});
      commands.push_back({"GET", token_key(id)});
    }
    auto replies = connection_.run(commands);
    if (!replies) throw CommandFailed(replies.error().message);
    return std::move(*replies);
  }

 private:
  Reply ask(Command command) {
    auto reply = connection_.run(std::move(command));
    if (!reply) throw CommandFailed("The older service's Redis: " + reply.error().message + ".");
    return std::move(*reply);
  }

  redis::Connection connection_;
};

// Fills in the line for the gateway; returns why it can't, or "".
std::string take(const std::string& id, const Reply& info, const Reply& token, json::object& line) {
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i + 1 < info.items.size(); i += 2)
    fields[info.items[i].text] = info.items[i + 1].text;
  if (info.is_error() || token.is_error())
    return "Its " + std::string(info.is_error() ? "info is not a hash" : "token is not a string") +
           " in that Redis; correct it there, or add the kiosk again ('kiosk-gateway kiosk add').";
  if (fields.empty())
    return "It has no " + info_key(id) +
           "; if the kiosk still exists, add it again ('kiosk-gateway kiosk add').";
  if (!fields["id"].empty() && fields["id"] != id)
    return "Its info says that it is '" + fields["id"] + "'; correct the id there and import again.";
  if (fields["enabled"] != "true" && fields["enabled"] != "false")
    return "Its 'enabled' is '" + fields["enabled"] +
           "', which is neither true nor false; correct it there and import again.";
  const std::string created = fields["created_at"];
  const auto at = parse_rfc3339(created.ends_with('Z') ? created : created + "Z");
  if (!at)
    return "Its 'created_at' is '" + created + "', which is not a time; correct it there and import again.";
  if (token.text.empty())
    return "It has no token; add it again ('kiosk-gateway kiosk add') and install the new token on it.";
  line = {{"kind", "kiosk"},
          {"id", id},
          {"name", fields["name"]},
          {"enabled", fields["enabled"] == "true"},
          // Its client works one request at a time: one sent while it is busy would run too late.
          {"max_in_flight", 1},
          {"created_at", rfc3339(*at)},
          {"token", token.text}};
  return {};
}

}  // namespace

std::vector<OlderKiosk> read_older_service(const std::string& url, const std::string& ca_file) {
  const auto parsed = redis::parse_redis_url(url);
  if (!parsed) throw CommandFailed("The address " + parsed.error().message + ".");
  using std::chrono::seconds;
  auto connection = redis::Connection::open(*parsed, ca_file, {seconds(5), seconds(10)});
  if (!connection)
    throw CommandFailed("The older service's Redis at " + parsed->shown() +
                        " can't be read: " + connection.error().message + ".");
  OlderRedis older(std::move(*connection));
  const std::set<std::string> listed = older.listed();
  std::set<std::string> all = listed;
  all.merge(older.named(":info"));
  all.merge(older.named(":token"));

  std::vector<OlderKiosk> found;
  std::vector<std::string> step;
  const auto look = [&] {
    const auto replies = older.kiosks(step);
    for (std::size_t i = 0; i < step.size(); ++i) {
      OlderKiosk& kiosk = found.emplace_back();
      kiosk.id = step[i];
      json::object line;
      if (!is_name(kiosk.id))
        kiosk.fault =
            "An id must be 1 to 64 characters of A-Z a-z 0-9 _ . : -; add the kiosk under another id.";
      else if (!listed.contains(kiosk.id))
        kiosk.fault =
            "It is not in all_kiosks: the older service no longer knew it. If it still exists: "
            "SADD all_kiosks " +
            kiosk.id + ", and import again.";
      else kiosk.fault = take(kiosk.id, replies[2 * i], replies[2 * i + 1], line);
      if (kiosk.fault.empty()) kiosk.line = json::serialize(line);
    }
    step.clear();
  };
  for (const std::string& id : all) {
    step.push_back(id);
    if (step.size() == kStep) look();
  }
  look();
  return found;
}

}  // namespace kgw
