#include "redis/sentinel_watch.hpp"

#include <utility>

namespace kgw::redis {
namespace {

constexpr std::chrono::milliseconds kAskEvery{1000};
constexpr std::chrono::milliseconds kStopWithin{100};

}  // namespace

SentinelWatch::SentinelWatch(RedisUrl url, std::string ca_file, Limits limits)
    : url_(std::move(url)), ca_file_(std::move(ca_file)), limits_(limits) {
  for (std::size_t i = 0; i < url_.addresses.size(); ++i) threads_.emplace_back([this, i] { follow(i); });
}

SentinelWatch::~SentinelWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<NamedMaster> SentinelWatch::master() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool SentinelWatch::pause() {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, kAskEvery, [this] { return stopping_.load(); });
}

void SentinelWatch::follow(std::size_t number) {
  const Address& sentinel = url_.addresses[number];
  while (!stopping_) {
    auto asks = Connection::open_sentinel(url_, sentinel, ca_file_, limits_);
    auto hears = Connection::open_sentinel(url_, sentinel, ca_file_, limits_);
    const bool follows = asks && hears && hears->run(Command{"SUBSCRIBE", "+switch-master"});
    while (follows && !stopping_) {
      const auto named = asks->ask_master(url_.master);
      if (!named) break;
      {
        const std::lock_guard lock(mutex_);
        if (!newest_ || named->epoch >= newest_->epoch) newest_ = *named;
      }
      // Whatever it sends, or if it is gone: ask at once.
      auto left = kAskEvery;
      while (left.count() > 0 && !stopping_ && !hears->readable(kStopWithin)) left -= kStopWithin;
      if (left.count() > 0 && !stopping_ && !hears->read_message()) break;
    }
    if (!pause()) return;
  }
}

}  // namespace kgw::redis
