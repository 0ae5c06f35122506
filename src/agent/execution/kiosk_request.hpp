// A gateway's request to a kiosk (PROTOCOL.md 3, and 4's, which has more members), and the call to a local
// service that it becomes. Bytes in, bytes out; no I/O, no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/routes/route.hpp"
#include "base/clock.hpp"
#include "net/outbound.hpp"

namespace kgw {

inline constexpr std::size_t kRequestIdBytesMax = 255;

// Views point into the message.
struct KioskRequest {
  std::string id;  // unescaped
  std::string operation;
  std::string method = "POST";
  std::string dedupe_id;                  // empty: none
  std::string order_id;                   // of the header, else the body's; empty: none
  std::optional<Milliseconds> time_left;  // until nobody waits for its answer any more, if the message says so
  std::string_view body;                  // any JSON value, byte for byte; empty if the message has none
  std::string fault;                      // why it can't be carried out; empty: it can
};

// Returns nullopt if the message is not a request (a pong, something unknown, or nothing that can be
// answered).
std::optional<KioskRequest> parse_kiosk_request(std::string_view message);

// Returns the call that carries the request out, with the route's names in braces filled in. For GET the body's
// top-level members become query parameters (strings unescaped, numbers as written, null left out, objects and
// arrays as JSON text), as v1 clients do. Returns nullopt if a name in braces has no value.
std::optional<OutboundRequest> local_call(const KioskRequest& request, const Route& route);

// Returns the id that the device's job will have by the route, known before the call; empty: the device gives
// it.
std::string known_job(const KioskRequest& request, const Route& route);

// Returns the call that asks the device about the request, or its job; names in braces are filled in. Returns
// nullopt if one has no value: the device would be asked about something else.
std::optional<OutboundRequest> question_call(const KioskRequest& request, const DeviceQuestion& question,
                                             std::string_view job_id = {});

}  // namespace kgw
