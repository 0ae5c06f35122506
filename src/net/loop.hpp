// Loop: the one thread that owns all state. Asio's io_context (behind a pimpl) serves signals and one timer;
// sockets are in a level-triggered epoll set of our own that Asio watches as a single descriptor, so that a
// turn costs one epoll_wait and no re-arming. A turn: ready sockets -> signals -> wake-ups from other threads
// -> tasks -> timer -> end-of-turn hook.
//
// Nobody is timed out for time in which the loop did not run. Deadlines are checked only once everything that
// was in the sockets before them has been handled, however many turns that takes (a sweep: every socket that
// was ready when it began has been read); and patience() is a clock that stands still while the process is
// stopped or a turn takes long.
// long.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"

namespace kgw {

// Something with a file descriptor. Not owned by the loop: call remove() before destroying it.
class Pollable {
 public:
  virtual ~Pollable() = default;
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR, as in epoll(7).
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
  // Also drops this turn's undelivered events. The Pollable may be destroyed right after, even inside its own
  // on_ready (whose caller does not touch it again).
  void remove(int fd, Pollable& pollable);

  // --- time. now() is read once at the start of each turn, and by catch_up(), for a start-up that does much
  // before the first turn.
  const Now& now() const override { return now_; }
  void catch_up();
  // Steady time without the pauses: the clock by which a peer's silence is measured. A deadline by this clock
  // falls due by the steady one at `deadline + paused()`, which moves away with each pause.
  Instant patience() const { return now_.steady - paused_; }
  std::chrono::nanoseconds paused() const { return paused_; }
  // The longest time that something found in a socket during this turn may have been there.
  std::chrono::nanoseconds unheard() const { return unheard_; }
  Instant read_clock() const override;
  // One timer for everything. `run(by)` handles all that was due at `by`: when the sweep began, so now() or a
  // little earlier. `next` is asked at the end of every turn for the next deadline.
  void set_timer(std::function<std::optional<Instant>()> next, std::function<void(const Now&)> run);

  // What was read from sockets but not handled yet is part of the sweep too.
  class Inbox {
   public:
    virtual ~Inbox() = default;
    virtual void mark() = 0;         // the sockets have been read; what is unhandled now is owed
    virtual bool taken() const = 0;  // nothing is owed any more
  };
  void set_inbox(Inbox* inbox);

  // Runs at the end of every turn: group commit, output, logs.
  void set_end_of_turn(std::function<void()> hook);
  // Runs on the loop after wake(), at most once per turn.
  void set_on_wake(std::function<void()> hook);
  // The only method for other threads (and signal handlers): writes to an eventfd.
  void wake();

  // Reports SIGINT, SIGTERM and SIGHUP to `hook`, on the loop.
  void on_signals(std::function<void(int signal)> hook);

  // Runs `task` later in this turn or in the next one. Loop thread only.
  void post(std::function<void()> task);

  void run();   // until stop()
  void stop();  // before run(): makes it return at once

 private:
  struct Impl;
  Now now_{};
  std::chrono::nanoseconds paused_{};
  std::chrono::nanoseconds unheard_{};
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
