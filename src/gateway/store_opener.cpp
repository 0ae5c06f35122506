#include "gateway/store_opener.hpp"

#include <utility>

#include "redis/url.hpp"
#include "store_redis/redis_store.hpp"
#include "store_sqlite/embedded_store.hpp"
#include "store_sqlite/unjournaled_store.hpp"

namespace kgw {
namespace {

// Between two tries; with the time that a lease takes to run out, a gateway that waits takes over within six
// seconds.
constexpr auto kTryAgain = std::chrono::milliseconds(500);

EmbeddedStore::Settings embedded_settings(const Config& config, const Clock& clock) {
  EmbeddedStore::Settings settings;
  settings.data_dir = config.data_dir;
  settings.retention = config.journal_retention;
  settings.keep_bodies = config.journal_keep_bodies;
  settings.keep_keys = config.idempotency_ttl;
  settings.keep_orders = config.unique_orders_window;
  settings.max_bytes = config.journal_bytes_max;
  settings.clock = &clock;
  return settings;
}

}  // namespace

StoreOpener::StoreOpener(const Config& config, const Clock& clock, Loop& loop, Log& log, std::string node,
                         std::string nonce)
    : config_(config),
      clock_(clock),
      loop_(loop),
      log_(log),
      node_(std::move(node)),
      nonce_(std::move(nonce)),
      seen_(std::make_shared<SeenHolder>()) {}

Result<OpenedStore> StoreOpener::open() {
  OpenedStore opened;
  const auto wake = [&loop = loop_] { loop.wake(); };
  const auto note = [&log = log_](std::string_view event, std::string_view detail) {
    log.write(LogLevel::warning, event, {{"detail", detail}});
  };
  if (!config_.redis_url.empty()) {
    auto url = redis::parse_redis_url(config_.redis_url);
    if (!url) return url.error();
    RedisStore::Settings settings;
    settings.redis.url = std::move(*url);
    settings.redis.ca_file = config_.redis_ca_file;
    settings.redis.wait_replicas = config_.redis_wait_replicas;
    settings.node = node_;
    settings.nonce = nonce_;
    settings.seen = seen_;
    settings.common = {{config_.journal_retention, config_.journal_keep_bodies, config_.idempotency_ttl,
                        config_.unique_orders_window},
                       config_.journal_bytes_max,
                       &clock_};
    settings.redis.keep_keys = config_.idempotency_ttl;
    settings.redis.keep_orders = config_.unique_orders_window;
    auto store = RedisStore::open(settings, wake, note, opened.image);
    if (!store) return store.error();
    opened.weakness = (*store)->weakness();
    opened.store = std::move(*store);
  } else if (config_.journal_strict) {
    auto store = EmbeddedStore::open(embedded_settings(config_, clock_), wake, note, opened.image);
    if (!store) return store.error();
    opened.store = std::move(*store);
  } else {
    auto store = UnjournaledStore::open(embedded_settings(config_, clock_), wake, note, opened.image);
    if (!store) return store.error();
    opened.store = std::move(*store);
  }
  return opened;
}

void StoreOpener::start(std::string why) {
  why_ = std::move(why);
  thread_ = std::thread([this] { run(); });
}

void StoreOpener::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (stopped_.wait_for(lock, kTryAgain, [this] { return stopping_; })) return;
    }
    Result<OpenedStore> opened = open();
    {
      const std::lock_guard lock(mutex_);
      if (opened) opened_ = std::move(*opened);
      else why_ = opened.error().message;
    }
    loop_.wake();
    if (opened) return;
  }
}

std::optional<OpenedStore> StoreOpener::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(opened_, std::nullopt);
}

std::string StoreOpener::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

void StoreOpener::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

}  // namespace kgw
