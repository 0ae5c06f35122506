// SentinelWatch: which master the sentinels name, asked every second and at each "+switch-master": a master
// that was moved on purpose keeps answering as one for ten seconds, and what is written to it then is lost.
// Owns a thread per sentinel; master() may be called on any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "redis/connection.hpp"

namespace kgw::redis {

class SentinelWatch {
 public:
  SentinelWatch(RedisUrl url, std::string ca_file, Limits limits);
  ~SentinelWatch();
  SentinelWatch(const SentinelWatch&) = delete;
  SentinelWatch& operator=(const SentinelWatch&) = delete;

  // Returns the master with the newest configuration that any sentinel has named, or nullopt if none has
  // answered yet.
  std::optional<NamedMaster> master() const;

 private:
  void follow(std::size_t number);
  bool pause();  // false: asked to stop

  const RedisUrl url_;
  const std::string ca_file_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stopping_{false};
  std::optional<NamedMaster> newest_;  // guarded by mutex_
  std::vector<std::thread> threads_;   // last: they use all of the above
};

}  // namespace kgw::redis
