// PushLine: what waits to be pushed to one address: in order, one at a time, tried again while the other side
// says that it may work later, given up and counted when it says that it never will. Bounded: over a long
// outage the oldest go. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "net/http_client.hpp"
#include "net/push_target.hpp"
#include "telemetry/collect.hpp"

namespace kgw {

class PushLine {
 public:
  struct Settings {
    std::string to;  // for the figures
    PushTarget target;
    std::vector<std::string> fields;  // "Name: value"
  };
  // Called when pushing begins to fail (a sentence why), and when it works again (empty).
  using Note = std::function<void(const std::string& why)>;

  PushLine(Settings settings, HttpClient& client, const Clock& clock, Random& random, Note note);

  void add(std::string body);
  void count_dropped(std::uint64_t more) { figures_.dropped += more; }
  std::optional<Instant> next_deadline() const { return retry_at_; }
  void on_tick(Instant now);
  PushFigures figures() const;

  // At the end: begins nothing more by itself; then the client may go.
  void hold() { held_ = true; }
  // Held, and without the client: tries once more to send what waits, and blocks for it, at most until then.
  void finish(Instant until);

 private:
  enum class Verdict : std::uint8_t { taken, later, never };
  OutboundRequest request(const std::string& body) const;
  static Verdict judge(const OutboundAnswer& answer);
  void start();
  void on_answer(const OutboundAnswer& answer);
  void take(Verdict verdict, const OutboundAnswer& answer);
  void tell(const std::string& why);
  Milliseconds pause(const OutboundAnswer& answer);

  const Settings settings_;
  HttpClient& client_;
  const Clock& clock_;
  Random& random_;
  const Note note_;
  std::vector<std::string> fields_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool under_way_ = false;  // the first of them
  bool failing_ = false;
  bool held_ = false;
  Backoff backoff_;
  std::optional<Instant> retry_at_;
  PushFigures figures_;
};

}  // namespace kgw
