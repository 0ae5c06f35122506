#include "store_redis/redis_store.hpp"

#include <utility>

#include "base/check.hpp"
#include "store_redis/redis_reader.hpp"

namespace kgw {

Result<std::unique_ptr<RedisStore>> RedisStore::open(const Settings& settings, std::function<void()> wake,
                                                     Note note, StoreImage& image_out) {
  KGW_CHECK(settings.common.clock != nullptr);
  const auto state =
      std::make_shared<RedisWriterState>(settings.node, settings.nonce, *settings.common.clock, settings.seen);
  auto journal = RedisJournal::open(settings.redis, state);
  if (!journal) return journal.error();
  RedisSettings redis = settings.redis;
  if (!redis.url.master.empty()) {
    redis.watch = std::make_shared<kgw::redis::SentinelWatch>(redis.url, redis.ca_file, redis.limits);
    (*journal)->watch(redis.watch);
  }
  auto image = (*journal)->load();
  if (!image) return image.error();
  image_out = std::move(*image);
  (void)(*journal)->new_weakness();  // told by whoever opens the store
  std::string weakness = state->promise().weakness;

  JournalHome home;
  home.durability = [state] { return state->durability.load(); };
  home.unfit = [state] { return state->promise().unfit; };
  home.certificate_ends = [state]() -> std::optional<WallTime> {
    const std::int64_t at = state->certificate_ends.load();
    return at == 0 ? std::nullopt : std::optional(wall_from_ms(at));
  };
  home.holds_until = [state] { return state->lease.holds_until(); };
  home.open_writing = [redis, state]() -> JournalHome::Writing {
    auto opened = RedisJournal::open(redis, state);
    if (!opened) return opened.error();
    return std::unique_ptr<JournalWriting>(std::move(*opened));
  };
  home.open_reading = [redis]() -> JournalHome::Reading {
    auto opened = RedisReader::open(redis);
    if (!opened) return opened.error();
    return std::unique_ptr<JournalReading>(std::move(*opened));
  };
  JournalStore::Settings common = settings.common;
  common.last_journal_key = image_out.last_journal_key;
  return std::unique_ptr<RedisStore>(new RedisStore(common, std::move(home), std::move(*journal),
                                                    std::move(wake), std::move(note), std::move(weakness)));
}

}  // namespace kgw
