#include "net/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/signals.hpp"

namespace kgw {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;
using Signals = asio::basic_signal_set<asio::io_context::executor_type>;

// A turn that is longer, or comes so much later than it was to, is a pause.
constexpr Milliseconds kPauseMin{50};

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

}  // namespace

struct Loop::Impl {
  Impl(Loop& owner, const Clock& of_clock)
      : loop(owner),
        clock(of_clock),
        context(1),
        epoll(context.get_executor(), checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        timer(context.get_executor()),
        signals(context.get_executor()),
        wake_fd(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    control(EPOLL_CTL_ADD, wake_fd, EPOLLIN, nullptr);  // no pollable: names the wake-up
  }
  ~Impl() {
    if (on_signal) ignore_further_signals([this] { signals.clear(); });
    close(wake_fd);
  }

  void control(int operation, int fd, std::uint32_t interest, Pollable* pollable) {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = pollable;
    KGW_CHECK(epoll_ctl(epoll.native_handle(), operation, fd, &event) == 0);
    if (operation == EPOLL_CTL_ADD) ++watched;
    else if (operation == EPOLL_CTL_DEL) --watched;
  }

  // Asio arms the outer epoll edge-triggered; each new wait makes it look again, so nothing that is left in the
  // inner set is forgotten.
  void wait_for_sockets() {
    epoll.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;
      turn();
      wait_for_sockets();
    });
  }

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      turn(signal);
      wait_for_signal();
    });
  }

  void turn(int signal = 0) {
    begin_turn();
    deliver_events();
    if (signal != 0 && on_signal) on_signal(signal);
    // After a pause a caller may have gone whose frame is about to leave: its socket says so.
    if (wake_due && (swept || loop.unheard_ < kPauseMin)) run_wake();
    run_tasks();
    if (swept && (inbox == nullptr || inbox->taken())) {
      sweeping = false;
      run_timer();
    }
    if (end_of_turn) end_of_turn();
    turn_ended = clock.now().steady;
    arm_timer();
    if (!tasks.empty() || sweeping) schedule_turn();
  }

  void begin_turn() {
    const Instant began = loop.now_.steady;
    loop.now_ = clock.now();
    const Instant now = loop.now_.steady;
    if (turn_ended != Instant{}) {
      if (turn_ended - began > kPauseMin) loop.paused_ += turn_ended - began;
      // When it was to be at the latest; without a timer nobody waits for anything.
      const Instant at = turn_scheduled ? turn_ended : armed_for ? std::max(*armed_for, turn_ended) : now;
      if (now - at > kPauseMin) loop.paused_ += now - at;
    }
    if (std::exchange(timer_fired, false)) armed_for.reset();
    if (std::exchange(posted, false)) turn_scheduled = false;
    loop.unheard_ = now - heard_until;
    if (sweeping) return;
    sweeping = true;
    swept = false;
    sweep_began = loop.now_;
    to_deliver = watched;
  }

  // A ready socket comes behind all others that are ready, so that after as many events as there are sockets
  // each of those that were ready when the sweep began has had its turn.
  void deliver_events() {
    const int ready = epoll_wait(epoll.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    event_count = ready > 0 ? static_cast<std::size_t>(ready) : 0;
    const bool all = event_count < events.size() || event_count >= to_deliver;
    to_deliver -= std::min(to_deliver, event_count);
    for (next_event = 0; next_event < event_count;) {
      const epoll_event& event = events[next_event++];
      if (event.data.ptr == nullptr) wake_due = wake_due || (event.events != 0);
      else static_cast<Pollable*>(event.data.ptr)->on_ready(event.events);
    }
    event_count = 0;
    if (swept || !all) return;
    swept = true;
    heard_until = sweep_began.steady;
    if (inbox != nullptr) inbox->mark();
  }

  void forget(const Pollable& pollable) {
    for (std::size_t i = next_event; i < event_count; ++i)
      if (events[i].data.ptr == &pollable) events[i] = {};
  }

  void run_wake() {
    wake_due = false;
    std::uint64_t times = 0;
    while (read(wake_fd, &times, sizeof times) < 0 && errno == EINTR) {
    }
    woken.store(false, std::memory_order_seq_cst);  // before the hook looks: a wake-up from now on is a new one
    if (on_wake) on_wake();
  }

  void run_tasks() {
    running.swap(tasks);
    for (auto& task : running) task();
    running.clear();
  }

  void schedule_turn() {
    if (std::exchange(turn_scheduled, true)) return;
    asio::post(context, [this] {
      posted = true;
      turn();
    });
  }

  void run_timer() {
    if (!next_timer) return;
    const auto next = next_timer();
    if (next && *next <= sweep_began.steady) on_timer(sweep_began);
  }

  // Only an earlier deadline moves the timer; a later one is looked up when the timer fires. So a deadline that
  // keeps moving away costs no system call.
  void arm_timer() {
    if (!next_timer) return;
    const auto next = next_timer();
    if (!next || (armed_for && *armed_for <= *next)) return;
    armed_for = *next;
    timer.expires_at(*next);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (error) return;  // moved
      timer_fired = true;
      turn();
    });
  }

  Loop& loop;
  const Clock& clock;
  asio::io_context context;
  Descriptor epoll;
  Timer timer;
  Signals signals;
  const int wake_fd;

  std::array<epoll_event, 1024> events{};
  std::size_t event_count = 0;
  std::size_t next_event = 0;
  bool wake_due = false;
  std::atomic<bool> woken{false};
  std::vector<std::function<void()>> tasks, running;
  bool turn_scheduled = false;
  bool posted = false;  // this turn is the one that was scheduled
  std::optional<Instant> armed_for;
  bool timer_fired = false;  // and `armed_for` is what it fired for

  std::size_t watched = 0;  // descriptors in the set
  Instant turn_ended{};     // the last one; none yet: the epoch
  Instant heard_until{};    // what came before this was delivered
  Now sweep_began{};
  std::size_t to_deliver = 0;  // events, until each socket had its turn
  bool sweeping = false;
  bool swept = false;  // all was delivered; what the inbox still holds is not taken yet
  Inbox* inbox = nullptr;

  std::function<std::optional<Instant>()> next_timer;
  std::function<void(const Now&)> on_timer;
  std::function<void()> end_of_turn;
  std::function<void()> on_wake;
  std::function<void(int)> on_signal;
  bool stop_asked = false;  // run() ends, or does not begin
};

void Loop::catch_up() { now_ = impl_->clock.now(); }
void Loop::set_inbox(Inbox* inbox) { impl_->inbox = inbox; }
Instant Loop::read_clock() const { return impl_->clock.now().steady; }

Loop::Loop(const Clock& clock) : now_(clock.now()), impl_(std::make_unique<Impl>(*this, clock)) {}
Loop::~Loop() = default;

void Loop::add(int fd, std::uint32_t events, Pollable& pollable) {
  impl_->control(EPOLL_CTL_ADD, fd, events, &pollable);
}

void Loop::change(int fd, std::uint32_t events, Pollable& pollable) {
  impl_->control(EPOLL_CTL_MOD, fd, events, &pollable);
}

void Loop::remove(int fd, Pollable& pollable) {
  impl_->control(EPOLL_CTL_DEL, fd, 0, &pollable);
  impl_->forget(pollable);
}

void Loop::set_timer(std::function<std::optional<Instant>()> next, std::function<void(const Now&)> run) {
  impl_->next_timer = std::move(next);
  impl_->on_timer = std::move(run);
}

void Loop::set_end_of_turn(std::function<void()> hook) { impl_->end_of_turn = std::move(hook); }
void Loop::set_on_wake(std::function<void()> hook) { impl_->on_wake = std::move(hook); }

void Loop::wake() {
  if (impl_->woken.exchange(true, std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  while (write(impl_->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Loop::on_signals(std::function<void(int signal)> hook) {
  impl_->on_signal = std::move(hook);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) impl_->signals.add(signal);
  impl_->wait_for_signal();
}

// The turn that is under way, or the one that run() starts with, sees to it.
void Loop::post(std::function<void()> task) { impl_->tasks.push_back(std::move(task)); }

void Loop::run() {
  if (std::exchange(impl_->stop_asked, false)) return;
  impl_->context.restart();
  impl_->wait_for_sockets();
  asio::post(impl_->context, [this] { impl_->turn(); });  // what was set up before: timers, tasks
  impl_->context.run();
  boost::system::error_code ignored;
  impl_->epoll.cancel(ignored);
  impl_->stop_asked = false;
}

void Loop::stop() {
  impl_->stop_asked = true;
  impl_->context.stop();
}

}  // namespace kgw
