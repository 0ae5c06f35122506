#include "net/loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

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
