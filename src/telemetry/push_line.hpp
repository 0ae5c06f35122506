// PushLine: a queue of pushes to one address: in order, one at a time, retried while the other side may
// accept them later, given up and counted when it never will. Bounded: in a long outage the oldest are
// dropped. Loop thread only.
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
  // Called with the reason when pushing begins to fail, and with "" when it works again.
  using Note = std::function<void(const std::string& why)>;

  // Must outlive the line; the client may go after hold().
  struct Means {
    HttpClient& client;
    const Clock& clock;
    Random& random;
  };
  PushLine(Settings settings, const Means& means, Note note);

  void add(std::string body);
  void count_dropped(std::uint64_t more) { figures_.dropped += more; }
  std::optional<Instant> next_deadline() const { return retry_at_; }
  void on_tick(Instant now);
  PushFigures figures() const;

  // For the shutdown: starts no more pushes; afterwards the client may be destroyed.
  void hold() { held_ = true; }
  // Tries once more to send what is waiting, without the client; blocks until done or `until`. Requires
  // hold().
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
  bool under_way_ = false;  // the first one is in flight
  bool failing_ = false;
  bool held_ = false;
  Backoff backoff_;
  std::optional<Instant> retry_at_;
  PushFigures figures_;
};

}  // namespace kgw
