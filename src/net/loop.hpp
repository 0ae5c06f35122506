// Loop: the one thread that owns all state. Asio's io_context (behind a pimpl) for signals and one timer;
// sockets live in the Poller, an own level-triggered epoll set that Asio watches as a single descriptor, so
// that a turn costs one epoll_wait and no re-arming. A turn: ready sockets -> signals -> wake-ups from other
// threads -> timer -> end-of-turn hook.
//
// Nobody is judged by time in which the loop did not run. Deadlines are looked at only when everything that lay
// in the sockets before them was taken, however many turns that needs (a sweep: each socket that was ready when
// it began was read); and patience() is a clock that stands still while the process is stopped, or a turn takes
// long.
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

  // --- time. now() is taken once at the start of each turn, and by catch_up(): for the start, where much is
  // done before there is a turn.
  const Now& now() const override { return now_; }
  void catch_up();
  // Steady time without the pauses: what a peer's silence is measured by. A deadline by this clock comes due,
  // by the other, at `deadline + paused()`; that moves away with each pause.
  Instant patience() const { return now_.steady - paused_; }
  std::chrono::nanoseconds paused() const { return paused_; }
  // How long what is found in a socket during this turn may have lain there, at most.
  std::chrono::nanoseconds unheard() const { return unheard_; }
  Instant read_clock() const override;
  // One timer serves everything: `run(by)` runs whatever was due by then, which is when the sweep began: now(),
  // or a little earlier. `next` is asked at the end of every turn for when that is to be.
  void set_timer(std::function<std::optional<Instant>()> next, std::function<void(const Now&)> run);

  // What was read from sockets but not handled yet belongs to the sweep too.
  class Inbox {
   public:
    virtual ~Inbox() = default;
    virtual void mark() = 0;         // the sockets were read: what is left of that is owed
    virtual bool taken() const = 0;  // nothing is owed any more
  };
  void set_inbox(Inbox* inbox);

  // Runs at the end of each turn in which anything happened: group commit, output, logs.
  void set_end_of_turn(std::function<void()> hook);
  // What wake() makes run, on the loop, at most once a turn.
  void set_on_wake(std::function<void()> hook);
  // The only method for other threads (and signal handlers): one eventfd write.
  void wake();

  // SIGINT and SIGTERM (and SIGHUP) reach `hook` on the loop, within a turn.
  void on_signals(std::function<void(int signal)> hook);

  // Runs `task` later in this turn or in the next one; on the loop's thread only.
  void post(std::function<void()> task);

  void run();   // until stop()
  void stop();  // before run(): that then ends at once

 private:
  struct Impl;
  Now now_{};
  std::chrono::nanoseconds paused_{};
  std::chrono::nanoseconds unheard_{};
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
