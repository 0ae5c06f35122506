// DeviceLookups: asks devices what became of requests (PROTOCOL.md 4.2), each again and again, at growing
// distances, until the device says so or an hour has passed. Used on the client's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/execution/boot_clock.hpp"
#include "agent/local/local_client.hpp"
#include "agent/routes/route.hpp"
#include "base/backoff.hpp"

namespace kgw {

// Runs a task on the caller's loop, once, after a while.
using After = std::function<void(Milliseconds delay, std::function<void()> task)>;

enum class DeviceSays : std::uint8_t {
  found,    // this is its answer
  absent,   // it was surely not done
  unclear,  // busy with it, not reachable, or not understood: ask again
};
DeviceSays read_device_answer(const DeviceQuestion& question, const OutboundAnswer& answer);

class DeviceLookups {
 public:
  struct Settings {
    Milliseconds first_pause{1'000};
    Milliseconds most_pause{30'000};
    Milliseconds give_up_after{std::chrono::hours(1)};
  };
  // `says` is unclear when it was given up; `response`: if found, the device's own object.
  struct Outcome {
    DeviceSays says = DeviceSays::unclear;
    std::string response;
  };

  // Requires `http` and `boot` to outlive this.
  DeviceLookups(LocalClient& http, const BootClock& boot, After after, Settings settings);
  ~DeviceLookups();  // what is being asked is not reported
  DeviceLookups(const DeviceLookups&) = delete;

  // Asks at once, with `call`; its answers mean what `question` says. `done` is called once, later.
  void ask(std::string request_id, OutboundRequest call, DeviceQuestion question,
           std::function<void(const Outcome&)> done);
  std::size_t asking() const { return asking_; }

 private:
  struct Asking {
    std::string request_id;
    OutboundRequest call;
    DeviceQuestion question;
    std::function<void(const Outcome&)> done;
    Backoff pause;
    Milliseconds until{0};
  };
  void attempt(const std::shared_ptr<Asking>& asking);
  void on_answer(const std::shared_ptr<Asking>& asking, const OutboundAnswer& answer);
  void try_later(const std::shared_ptr<Asking>& asking);
  void end(const Asking& asking, const Outcome& outcome);

  LocalClient& http_;
  const BootClock& boot_;
  const After after_;
  const Settings settings_;
  std::size_t asking_ = 0;
  std::shared_ptr<DeviceLookups*> self_;  // callbacks go through it: null once this is destroyed
};

}  // namespace kgw
