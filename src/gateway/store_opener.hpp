// StoreOpener: opens the configured store. The embedded one now or never; one in Redis as soon as Redis is
// reachable and no other gateway uses it: a thread keeps trying.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "log/log.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "store/store.hpp"

namespace kgw {

struct SeenHolder;

struct OpenedStore {
  std::unique_ptr<Store> store;
  StoreImage image;
  std::string weakness;  // what its home's settings don't guarantee, one sentence; empty: nothing
};

class StoreOpener {
 public:
  // `node`, `nonce`: as for RedisLease.
  StoreOpener(const Config& config, const Clock& clock, Loop& loop, Log& log, std::string node,
              std::string nonce);
  ~StoreOpener() { stop(); }

  // Blocks, for Redis a few seconds at most. After a Fault that may pass (may_pass()) call start().
  Result<OpenedStore> open();
  bool may_pass() const { return !config_.redis_url.empty(); }

  // Keeps trying on a thread; wakes the loop when there is something to take(), or a new reason why not.
  void start(std::string why);
  std::optional<OpenedStore> take();
  std::string why() const;
  void stop();

 private:
  void run();

  const Config& config_;
  const Clock& clock_;
  Loop& loop_;
  Log& log_;
  const std::string node_;
  const std::string nonce_;
  const std::shared_ptr<SeenHolder> seen_;  // of the serving gateway, while we wait
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::optional<OpenedStore> opened_;  // guarded
  std::string why_;                    // guarded
  bool stopping_ = false;              // guarded
  std::thread thread_;
};

}  // namespace kgw
