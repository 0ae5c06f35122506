// Demo: kiosks to play with: a DemoTerminal, and for each kiosk a Link with a Runner, all on threads of its
// own. Faults on demand show what a gateway does when kiosks misbehave.
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
  mute,       // requests are carried out, answers never sent
  wrong_id,   // answers bear another request's id
  late,       // answers come 60 s later, when callers have given up
  duplicate,  // each answer comes twice
  drop,       // the link is cut right after a request came; the answer comes over the next one
};
struct DemoFaultInfo {
  DemoFault fault{};
  std::string_view name;    // "wrong-id"
  std::string_view what;    // what the kiosks do
  std::string_view expect;  // what comes of it for a caller
};
std::span<const DemoFaultInfo> demo_faults();
std::optional<DemoFault> parse_demo_fault(std::string_view name);

struct DemoOptions {
  std::string gateway_ws_url;                               // "ws://127.0.0.1:8000/ws"
  std::vector<std::pair<std::string, std::string>> kiosks;  // id, token
  std::set<DemoFault> faults;                               // they add up
  DemoTerminal::Settings terminal;
  Milliseconds slow_by{10'000};
  Milliseconds late_by{60'000};
};

class Demo {
 public:
  // What a kiosk is up to: "connected", "disconnected: REASON", "answer OPERATION RESULT".
  // Called on the demo's own thread.
  using OnEvent = std::function<void(std::string event, std::string kiosk)>;

  // Starts at once; the gateway need not be there yet. Throws std::runtime_error when the URL is none or the
  // terminal can't listen.
  explicit Demo(DemoOptions options, OnEvent on_event = {});
  ~Demo();  // cuts the links, ends the threads
  Demo(const Demo&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
