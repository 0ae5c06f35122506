// What the agent reads: the gateway's messages (PROTOCOL.md 4). No state.
// Implements wire/kiosk_v2/read.hpp.
#include <algorithm>

#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/json_elements.hpp"
#include "wire/kiosk_v2/read_message.hpp"

namespace kgw::kiosk_v2 {
namespace {

// The usual ones first.
constexpr std::array<std::string_view, 14> kNames{
    "type", "request_id", "deadline_ms", "attempt", "dedupe_id",        "require", "headers",
    "body", "event_id",   "node",        "version", "ping_interval_ms", "id",      "reconnect_after_ms",
};

// An element that is no name must not be passed over: the request would start without what it requires.
std::vector<std::string> read_require(Members& members) {
  constexpr std::string_view kRequire = "require";
  std::vector<std::string> require;
  for (JsonElements elements(members.array(kRequire)); elements.next();) {
    const std::string_view token = elements.value();
    std::string name;
    if (token.front() == '"' && token.size() <= 6 * limits::kNameCharsMax + 2) name = json_unescape(token);
    if (!is_name(name)) return members.fail(kRequire, "has an element that is no operation's name"), require;
    if (require.size() == kRequireMax) return members.fail(kRequire, "has too many elements"), require;
    require.push_back(std::move(name));
  }
  return require;
}

FromGateway read_request(Members& members) {
  Request request;
  request.request_id = members.request_id();
  request.deadline = time_of(members, "deadline_ms");
  request.attempt = static_cast<std::uint32_t>(members.whole("attempt", kAttemptMax, 1));
  request.dedupe_id = members.name_or_none("dedupe_id");
  request.require = read_require(members);
  request.headers = members.object("headers", limits::kFrameBytesMax);
  request.body = members.value("body");
  return request;
}

// One type for two things: a result, or an event.
FromGateway read_stored(Members& members) {
  if (!members.has("event_id")) return Stored{members.request_id()};
  if (members.has("request_id")) members.fail("stored", "names a request and an event");
  return EventStored{members.name("event_id")};
}

FromGateway read_cancel(Members& members) { return Cancel{members.request_id()}; }

FromGateway read_look_up(Members& members) { return LookUp{members.request_id()}; }

FromGateway read_diagnose(Members& members) { return Diagnose{members.name("id")}; }

FromGateway read_drain(Members& members) {
  return Drain{time_of(members, "reconnect_after_ms", Milliseconds(0))};
}

FromGateway read_hello(Members& members) {
  Hello hello;
  hello.node = members.text("node", kLabelBytesMax);
  hello.version = members.text("version", kLabelBytesMax);
  hello.ping_interval = time_of(members, "ping_interval_ms", Milliseconds(0));
  return hello;
}

constexpr std::array<TypeReader<FromGateway>, 7> kTypes{{
    {"request", read_request},
    {"stored", read_stored},
    {"cancel", read_cancel},
    {"lookup", read_look_up},
    {"hello", read_hello},
    {"diagnose", read_diagnose},
    {"drain", read_drain},
}};

}  // namespace

ReadFromGateway read_from_gateway(std::string_view text) {
  return read_message<FromGateway>(text, kNames, std::span(kTypes));
}

}  // namespace kgw::kiosk_v2
