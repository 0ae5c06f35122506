#include "net/loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <thread>

#include "jumping_clock.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Ready final : public Pollable {
 public:
  Ready(Loop& loop, std::function<void()> what)
      : loop_(loop), fd_(eventfd(1, EFD_NONBLOCK)), what_(std::move(what)) {
    loop_.add(fd_, EPOLLIN, *this);
  }
  ~Ready() override {
    loop_.remove(fd_, *this);
    close(fd_);
  }
  void on_ready(std::uint32_t) override { what_(); }

 private:
  Loop& loop_;
  int fd_;
  std::function<void()> what_;
};

TEST(Loop, AnEventOfOneThatWasRemovedInTheSameTurnIsForgotten) {
  SystemClock clock;
  Loop loop(clock);
  std::unique_ptr<Ready> a, b;
  int events = 0;
  a = std::make_unique<Ready>(loop, [&] {
    ++events;
    b.reset();
    loop.stop();
  });
  b = std::make_unique<Ready>(loop, [&] {
    ++events;
    a.reset();
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(events, 1);
}

TEST(Loop, APollableMayDieInItsOwnEvent) {
  SystemClock clock;
  Loop loop(clock);
  std::unique_ptr<Ready> one;
  one = std::make_unique<Ready>(loop, [&] {
    loop.stop();
    const auto dying = std::move(one);
  });
  loop.run();
  EXPECT_EQ(one, nullptr);
}

TEST(Loop, WhatIsLeftReadyComesAgain) {
  SystemClock clock;
  Loop loop(clock);
  int events = 0;
  Ready never_read(loop, [&] {
    if (++events == 5) loop.stop();
  });
  loop.run();
  EXPECT_EQ(events, 5);
}

TEST(Loop, WakeUpsFromAnotherThreadAreNotLost) {
  SystemClock clock;
  Loop loop(clock);
  std::atomic<int> asked{0};
  int seen = 0;
  loop.set_on_wake([&] {
    seen = asked.load();
    if (seen == 10'000) loop.stop();
  });
  std::thread other([&] {
    for (int i = 0; i < 10'000; ++i) {
      ++asked;
      loop.wake();
    }
  });
  loop.run();
  other.join();
  EXPECT_EQ(seen, 10'000);
}

TEST(Loop, RunsTimersPostsAndTheEndOfEachTurn) {
  SystemClock clock;
  Loop loop(clock);
  std::vector<std::string> order;
  std::optional<Instant> due = clock.now().steady + 20ms;
  loop.set_timer([&] { return due; },
                 [&](const Now& now) {
                   EXPECT_GE(now.steady, *due);
                   order.push_back("timer");
                   due.reset();
                   loop.post([&] {
                     order.push_back("post");
                     loop.stop();
                   });
                 });
  bool first = true;
  loop.set_end_of_turn([&] {
    if (first) due = std::min(*due, clock.now().steady + 5ms);  // an earlier one moves the timer
    first = false;
    if (!order.empty()) order.push_back("end");
  });
  loop.run();
  EXPECT_EQ(order, (std::vector<std::string>{"timer", "end", "post", "end"}));
}

TEST(Loop, AStopBeforeItRunsIsNotForgotten) {
  const SystemClock clock;
  Loop loop(clock);
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.stop();
  loop.run();
  EXPECT_FALSE(ran) << "it ended at once";
  loop.run();
  EXPECT_TRUE(ran) << "and counts for one run only";
}

TEST(Loop, HearsSignals) {
  SystemClock clock;
  Loop loop(clock);
  int heard = 0;
  loop.on_signals([&](int signal) {
    heard = signal;
    loop.stop();
  });
  loop.post([] { std::raise(SIGTERM); });
  loop.run();
  EXPECT_EQ(heard, SIGTERM);
}

// A deadline that is set from a signal's hook counts from the signal, however long the loop had been idle.
TEST(Loop, ASignalIsHeardWithTheTimeOfItsOwnTurn) {
  JumpingClock clock;
  Loop loop(clock);
  Instant heard{};
  loop.on_signals([&](int) {
    heard = loop.now().steady;
    loop.stop();
  });
  Instant raised{};
  std::promise<void> idle;
  loop.post([&] { idle.set_value(); });
  std::thread other([&] {
    idle.get_future().wait();
    clock.jump(30s);
    raised = clock.now().steady;
    kill(getpid(), SIGTERM);
  });
  loop.run();
  other.join();
  EXPECT_GE(heard, raised);
}

TEST(Loop, ADeadlineIsJudgedOnlyWhenEverySocketWasRead) {
  constexpr std::size_t kSockets = 2500;  // more than one look at the poller gives
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * kSockets);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  JumpingClock clock;
  Loop loop(clock);
  std::vector<bool> read(kSockets);
  std::deque<Ready> sockets;
  for (std::size_t i = 0; i < kSockets; ++i) sockets.emplace_back(loop, [&read, i] { read[i] = true; });
  const Instant due = clock.now().steady;
  std::ptrdiff_t unread = -1;
  loop.set_timer([&] { return std::optional(due); },
                 [&](const Now& by) {
                   EXPECT_GE(by.steady, due);
                   unread = std::count(read.begin(), read.end(), false);
                   loop.stop();
                 });
  loop.run();
  EXPECT_EQ(unread, 0);
}

TEST(Loop, WhatWasReadAndNotHandledIsTakenBeforeADeadlineIsJudged) {
  class Rest final : public Loop::Inbox {
   public:
    void mark() override { ++marks; }
    bool taken() const override { return left == 0; }
    int marks = 0;
    int left = 5;
  } rest;
  JumpingClock clock;
  Loop loop(clock);
  loop.set_inbox(&rest);
  const std::function<void()> work = [&] {
    if (--rest.left > 0) loop.post(work);
  };
  loop.post(work);
  const Instant due = clock.now().steady;
  int left = -1;
  loop.set_timer([&] { return std::optional(due); },
                 [&](const Now&) {
                   left = rest.left;
                   loop.stop();
                 });
  loop.run();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(rest.marks, 1) << "what comes later belongs to the next sweep";
}

// Stopped between two turns: known by the timer that was to fire meanwhile.
// Whether this thread of ours waits for something, as the kernel sees it.
bool is_asleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string stat(std::istreambuf_iterator<char>(file), {});
  const std::size_t name_ends = stat.rfind(')');
  return name_ends != std::string::npos && stat.compare(name_ends, 3, ") S") == 0;
}

TEST(Loop, PatienceStandsStillWhileTheLoopIsStopped) {
  JumpingClock clock;
  Loop loop(clock);
  const Instant due = clock.now().steady + 1s;
  loop.set_timer([&] { return std::optional(due); }, [](const Now&) {});
  std::promise<void> idle;
  loop.post([&] { idle.set_value(); });
  std::thread other([&, looping = gettid()] {
    idle.get_future().wait();
    while (!is_asleep(looping)) std::this_thread::yield();  // the turn is over
    clock.jump(30s);
    loop.wake();
  });
  loop.set_on_wake([&] { loop.stop(); });
  loop.run();
  other.join();
  EXPECT_GE(loop.paused(), 28s);
  EXPECT_LE(loop.paused(), loop.now().steady - due) << "at most since the timer was due";
  EXPECT_EQ(loop.patience(), loop.now().steady - loop.paused());
}

TEST(Loop, ALongTurnIsAPauseAndAShortOneIsNone) {
  JumpingClock clock;
  Loop loop(clock);
  int turns = 0;
  std::vector<std::chrono::nanoseconds> paused;
  const std::function<void()> turn = [&] {
    paused.push_back(loop.paused());
    if (++turns == 3) return loop.stop();
    clock.jump(turns == 1 ? 12s : 0s);
    loop.post(turn);
  };
  loop.post(turn);
  loop.run();
  EXPECT_EQ(paused[0], 0s);
  EXPECT_GE(paused[1], 12s);
  EXPECT_LT(paused[2], 13s);
}

// In a process of its own: the signal would end this one.
TEST(Loop, ASecondSignalAfterTheLoopDoesNotKillTheProcessAtItsLastWork) {
  const pid_t child = fork();
  if (child == 0) {
    {
      SystemClock clock;
      Loop loop(clock);
      loop.on_signals([](int) {});
    }
    std::raise(SIGTERM);
    _exit(7);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace kgw
