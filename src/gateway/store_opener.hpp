// StoreOpener: opens the store that the settings ask for. The embedded one now or never; one in Redis as soon
// as Redis is there and no other gateway serves it: a thread tries again until then.
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
  std::string weakness;  // what its home's settings don't promise, one sentence; empty: nothing
};

class StoreOpener {
 public:
  // `node`, `nonce`: as RedisLease has them.
  StoreOpener(const Config& config, const Clock& clock, Loop& loop, Log& log, std::string node,
              std::string nonce);
  ~StoreOpener() { stop(); }

  // Blocks, for Redis a few seconds at most. A Fault that may pass (may_pass()) is worth start().
  Result<OpenedStore> open();
  bool may_pass() const { return !config_.redis_url.empty(); }

  // Tries again on a thread, and wakes the loop when there is something to take() or another reason why not.
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
  const std::shared_ptr<SeenHolder> seen_;  // of whoever serves while we wait
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::optional<OpenedStore> opened_;  // guarded
  std::string why_;                    // guarded
  bool stopping_ = false;              // guarded
  std::thread thread_;
};

}  // namespace kgw
