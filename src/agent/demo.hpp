// Demo: kiosks to try the gateway with: a DemoTerminal, and a Link with a Runner for each kiosk, all on its
// own threads. Faults can be enabled to show what a gateway does when kiosks misbehave.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/demo_terminal.hpp"

namespace kgw {

enum class DemoFault {
  slow,       // answers take 10 s
  mute,       // requests are carried out, but never answered
  wrong_id,   // answers have another request's id
  late,       // answers come 60 s late, when callers have given up
  duplicate,  // each answer is sent twice
  drop,       // the connection is cut right after a request; the answer comes over the next one
};
struct DemoFaultInfo {
  DemoFault fault{};
  std::string_view name;    // "wrong-id"
  std::string_view what;    // what the kiosks do
  std::string_view expect;  // what a caller sees
};
std::span<const DemoFaultInfo> demo_faults();
std::optional<DemoFault> parse_demo_fault(std::string_view name);

struct DemoOptions {
  std::string gateway_ws_url;                               // "ws://127.0.0.1:8000/ws"
  std::vector<std::pair<std::string, std::string>> kiosks;  // id, token
  std::set<DemoFault> faults;                               // combined
  DemoTerminal::Settings terminal;
  Milliseconds slow_by{10'000};
  Milliseconds late_by{60'000};
};

class Demo {
 public:
  // Reports what a kiosk does: "connected", "disconnected: REASON", "answer OPERATION RESULT". Called on the
  // demo's own thread.
  using OnEvent = std::function<void(std::string event, std::string kiosk)>;

  // Starts at once; the gateway may come up later. Throws std::runtime_error if the URL is not valid or the
  // terminal can't listen.
  explicit Demo(DemoOptions options, OnEvent on_event = {});
  ~Demo();  // closes the connections, ends the threads
  Demo(const Demo&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
