// The messages of protocol v2 (PROTOCOL.md 4) as plain values, for both ends of the link: read.hpp makes them
// of texts, compose.hpp makes texts of them. A view is a JSON value's bytes, passed on as they are: it points
// into the text that was read, or at what the composer is to copy. Every other text is unescaped, valid UTF-8
// and bounded (bounds.hpp). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw::kiosk_v2 {

// The subprotocol of the handshake (Sec-WebSocket-Protocol) that both ends must name.
inline constexpr std::string_view kSubprotocol = "kiosk-gateway.v2";

// ---------------------------------------------------------------- gateway -> agent

// The first message.
struct Hello {
  std::string node;
  std::string version;            // the gateway's
  Milliseconds ping_interval{0};  // 0: not told
  bool operator==(const Hello&) const = default;
};

struct Request {
  RequestId request_id;
  Milliseconds deadline{0};            // left when it was sent
  std::uint32_t attempt = 1;           // the number of this delivery
  std::string dedupe_id{};             // as base/ids.hpp's is_name() allows; empty: none
  std::vector<std::string> require{};  // operations whose devices must be ready
  std::string_view headers;            // an object
  std::string_view body;               // any value
  bool operator==(const Request&) const = default;
};

// The result is safe at the gateway.
struct Stored {
  RequestId request_id;
  bool operator==(const Stored&) const = default;
};

struct Cancel {
  RequestId request_id;
  bool operator==(const Cancel&) const = default;
};

// Ask the device what became of it.
struct LookUp {
  RequestId request_id;
  bool operator==(const LookUp&) const = default;
};

struct Diagnose {
  std::string id;  // as is_name() allows
  bool operator==(const Diagnose&) const = default;
};

struct Drain {
  Milliseconds reconnect_after{0};
  bool operator==(const Drain&) const = default;
};

struct EventStored {
  std::string event_id;
  bool operator==(const EventStored&) const = default;
};

using FromGateway = std::variant<Hello, Request, Stored, Cancel, LookUp, Diagnose, Drain, EventStored>;

// ---------------------------------------------------------------- agent -> gateway

struct AgentRoute {
  std::string operation;
  std::uint32_t concurrency = 1;  // at least 1
  Milliseconds timeout{0};        // 0: not told
  bool ready = true;
  bool lookup = false, cancel = false, health = false;  // what it can
  bool operator==(const AgentRoute&) const = default;
};

// Its first message: what it still has, and what it can do.
struct Resume {
  std::string outbox_id;  // the name of its disk, as is_name() allows
  std::vector<RequestId> accepted, executing, finished;
  std::uint32_t max_in_flight = 0;  // 0: not told
  std::string agent_version;
  std::vector<AgentRoute> routes;  // one an operation
  bool operator==(const Resume&) const = default;
};

// On the agent's disk: not executed twice from here on.
struct Accepted {
  RequestId request_id;
  bool operator==(const Accepted&) const = default;
};

// `other`: one that this version does not know. Never executed, never will be, whatever the reason.
enum class DeclineReason : std::uint8_t { expired, cancelled, busy, precondition, other };

struct Declined {
  RequestId request_id;
  DeclineReason reason = DeclineReason::other;
  std::string operation{};  // whose device is not ready; empty: none
  std::string message{};
  bool operator==(const Declined&) const = default;
};

struct Progress {
  RequestId request_id;
  std::string stage;
  std::string message{};
  bool operator==(const Progress&) const = default;
};

enum class ResultHow : std::uint8_t { answer, lookup, interrupted };

struct KioskResult {
  RequestId request_id;
  ResultHow how = ResultHow::answer;
  std::string_view response;  // an object
  bool operator==(const KioskResult&) const = default;
};

// The answer to a look-up that found nothing out.
struct StillUnknown {
  RequestId request_id;
  std::string message{};
  bool operator==(const StillUnknown&) const = default;
};

// A device became ready or stopped being so.
struct DeviceState {
  std::string operation;
  bool ready = false;
  std::string message{};
  Milliseconds since{0};  // so long ago
  bool operator==(const DeviceState&) const = default;
};

struct Diagnosis {
  std::string id;           // of the Diagnose
  std::string_view report;  // an object
  bool operator==(const Diagnosis&) const = default;
};

// Something that the kiosk reports unasked.
struct Event {
  std::string event_id;   // as is_name() allows
  std::string name;       // likewise
  std::string_view data;  // an object
  bool operator==(const Event&) const = default;
};

using FromAgent = std::variant<Resume, Accepted, Declined, Progress, KioskResult, StillUnknown, DeviceState,
                               Diagnosis, Event>;

}  // namespace kgw::kiosk_v2
