// RedisStore: a JournalStore whose home is Redis. One gateway at a time (store_redis/redis_lease).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/journal_store.hpp"
#include "store_redis/redis_journal.hpp"

namespace kgw {

class RedisStore final : public JournalStore {
 public:
  struct Settings {
    RedisSettings redis;
    std::string node;                  // who we are, for whoever waits for the lease
    std::string nonce;                 // tells this life apart from others of the same node
    std::shared_ptr<SeenHolder> seen;  // one for all tries of a gateway that waits; may be null
    JournalStore::Settings common;
  };

  // Blocks for as long as Redis takes, or its limits. Faults: ErrorCode::already_exists, another gateway serves
  // this Redis; store_unavailable: it can't be reached or used now. Both may pass: try again.
  static Result<std::unique_ptr<RedisStore>> open(const Settings& settings, std::function<void()> wake,
                                                  Note note, StoreImage& image_out);
  ~RedisStore() override { close(); }
  // What Redis' settings don't promise, one sentence; empty: nothing.
  const std::string& weakness() const { return weakness_; }

 private:
  RedisStore(JournalStore::Settings settings, JournalHome home, std::unique_ptr<JournalWriting> writing,
             std::function<void()> wake, Note note, std::string weakness)
      : JournalStore(settings, std::move(home), std::move(writing), std::move(wake), std::move(note)),
        weakness_(std::move(weakness)) {}
  std::string weakness_;
};

}  // namespace kgw
