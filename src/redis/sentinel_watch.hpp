// SentinelWatch: which master the sentinels name, asked every second and at their "+switch-master": one that
// was moved on purpose goes on answering as a master for ten seconds, and what is written there is lost. A
// thread for each sentinel; master() and replicas() by any thread.
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

  // The one with the newest configuration that any sentinel names; nothing: none has answered yet.
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
