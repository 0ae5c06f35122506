// RedisStore: a JournalStore in Redis, for one gateway at a time (store_redis/redis_lease).
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
    std::string node;                  // our name, for those who wait for the lease
    std::string nonce;                 // distinguishes this run from others of the same node
    std::shared_ptr<SeenHolder> seen;  // shared by all attempts of a waiting gateway; may be null
    JournalStore::Settings common;
  };

  // Blocks until Redis has answered or the time limits are reached. Faults: already_exists if another gateway
  // uses this Redis; store_unavailable if it can't be reached or used now. Either may pass: try again.
  static Result<std::unique_ptr<RedisStore>> open(const Settings& settings, std::function<void()> wake,
                                                  Note note, StoreImage& image_out);
  ~RedisStore() override { close(); }
  // What Redis' settings don't guarantee, one sentence; empty: nothing.
  const std::string& weakness() const { return weakness_; }

 private:
  RedisStore(JournalStore::Settings settings, JournalHome home, std::unique_ptr<JournalWriting> writing,
             std::function<void()> wake, Note note, std::string weakness)
      : JournalStore(settings, std::move(home), std::move(writing), std::move(wake), std::move(note)),
        weakness_(std::move(weakness)) {}
  std::string weakness_;
};

}  // namespace kgw
