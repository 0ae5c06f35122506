// Loop: the one thread that owns all state. Asio's io_context (behind a pimpl) for signals and one timer;
// sockets live in the Poller, an own level-triggered epoll set that Asio watches as a single descriptor, so
// that a turn costs one epoll_wait and no re-arming. A turn: ready sockets -> wake-ups from other threads ->
// timer -> end-of-turn hook.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"

namespace kgw {

// Something with a file descriptor. Not owned by the poller; must be removed before it dies.
class Pollable {
 public:
  virtual ~Pollable() = default;
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR as epoll(7) reports them.
  virtual void on_ready(std::uint32_t events) = 0;
};

class Loop final : public TurnClock {
 public:
  explicit Loop(const Clock& clock);
  ~Loop() override;
  Loop(const Loop&) = delete;

  // --- sockets (level-triggered)
  void add(int fd, std::uint32_t events, Pollable& pollable);
  void change(int fd, std::uint32_t events, Pollable& pollable);
  // Also forgets events of this turn that were not delivered yet. A Pollable may be destroyed right after, even
  // from inside its own on_ready (the caller of on_ready touches it no more).
  void remove(int fd, Pollable& pollable);

  // --- time. now() is taken once at the start of each batch of events.
  const Now& now() const override { return now_; }
  Instant read_clock() const override;
  // One timer serves everything: `on_timer(now)` runs whatever is due and gives when it wants to run next. It
  // is asked again at the end of every turn through `next_timer`.
  void set_timer(std::function<std::optional<Instant>()> next, std::function<void(const Now&)> run);

  // Runs at the end of each turn in which anything happened: group commit, output, logs.
  void set_end_of_turn(std::function<void()> hook);
  // What wake() makes run, on the loop, at most once a turn.
  void set_on_wake(std::function<void()> hook);
  // The only method for other threads (and signal handlers): one eventfd write.
  void wake();

  // SIGINT and SIGTERM (and SIGHUP) reach `hook` on the loop.
  void on_signals(std::function<void(int signal)> hook);

  // Runs `task` later in this turn or in the next one; on the loop's thread only.
  void post(std::function<void()> task);

  void run();   // until stop()
  void stop();  // before run(): that then ends at once

 private:
  struct Impl;
  Now now_{};
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
