// What the store's tests share: a directory of their own, a clock they set, a listener that remembers, and a
// wait that ends with the store's own wake-up.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "../temp_dir.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "store_redis/redis_store.hpp"
#include "store_sqlite/embedded_store.hpp"
#include "store_sqlite/unjournaled_store.hpp"

namespace kgw::testing {

inline constexpr std::int64_t kStartMs = 1'750'000'000'000;

class TestClock final : public Clock {
 public:
  Now now() const override {
    const Milliseconds passed(passed_ms_.load());
    return {Instant(passed), wall_from_ms(kStartMs) + passed + Milliseconds(leapt_ms_.load())};
  }
  void pass(Milliseconds time) { passed_ms_ += time.count(); }
  // The wall clock alone is set.
  void leap(Milliseconds time) { leapt_ms_ += time.count(); }

 private:
  std::atomic<std::int64_t> passed_ms_{0};
  std::atomic<std::int64_t> leapt_ms_{0};
};

// One life of a store, from open() to close() or to being left behind.
class Life final : public StoreListener {
 public:
  Life(bool disk, EmbeddedStore::Settings settings) {
    if (disk) take(EmbeddedStore::open(std::move(settings), wake(), note(), image));
    else take(UnjournaledStore::open(std::move(settings), wake(), note(), image));
  }
  explicit Life(const RedisStore::Settings& settings) {
    take(RedisStore::open(settings, wake(), note(), image));
  }

  ~Life() override { store.reset(); }

  void on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) override {
    withdrawn.insert(withdrawn.end(), not_new.begin(), not_new.end());
    EXPECT_GT(up_to, acked) << "an acknowledgement came twice or out of order";
    acked = up_to;
    told.push_back("committed");
  }
  void on_store_failed(const std::string& why) override {
    failures.push_back(why);
    told.push_back("failed");
  }
  void on_store_recovered(bool lost_data) override {
    ++recoveries;
    losses += lost_data ? 1 : 0;
    told.push_back("recovered");
  }

  void on_store_weak(const std::string& why) override { weaknesses.push_back(why); }
  void on_store_taken_over() override { told.push_back("taken over"); }

  // Polls until it is so; fails after a minute. The store's wake-up ends a wait, and so does a short while:
  // `so` may wait for a read itself and then take the wake-up that was meant for this.
  ::testing::AssertionResult until(const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < end) {
      {
        const std::lock_guard lock(mutex_);
        woken_ = false;
      }
      store->poll();
      if (so()) return ::testing::AssertionSuccess();
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(50), [this] { return woken_; });
    }
    return ::testing::AssertionFailure() << "the store did not come to it within a minute";
  }

  // Appends, commits, waits for the acknowledgement.
  void write(std::vector<Record> records) {
    std::uint64_t number = 0;
    for (Record& record : records) number = store->append(std::move(record));
    store->commit();
    ASSERT_TRUE(until([&] { return acked >= number; }));
  }
  Result<void> write_registry(std::vector<RegistryChange> changes) {
    std::optional<Result<void>> done;
    store->write_registry(std::move(changes), [&](const Result<void>& result) { done = result; });
    store->commit();
    EXPECT_TRUE(until([&] { return done.has_value(); }));
    return *done;
  }
  Result<std::optional<StoredExchange>> find(RequestId id) {
    std::optional<Result<std::optional<StoredExchange>>> found;
    store->find_exchange(id, [&](auto result) { found = std::move(result); });
    EXPECT_FALSE(found) << "the callback came from inside find_exchange()";
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    return *found;
  }
  // REQUIRES that the store can be read.
  std::optional<StoredExchange> find_claimed(const Digest& key) {
    std::optional<Result<std::optional<StoredExchange>>> found;
    store->find_claimed(key, "shop", [&](auto result) { found = std::move(result); });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    EXPECT_TRUE(*found);
    return found->value();
  }
  // REQUIRES that the store can be read.
  std::optional<StoredExchange> find_visible(RequestId id, ExchangeView view) {
    std::optional<Result<std::optional<StoredExchange>>> found;
    store->find_visible_exchange(id, std::move(view), [&](auto result) { found = std::move(result); });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    EXPECT_TRUE(*found);
    return found->value();
  }
  // REQUIRES that the store can be read.
  SharedBytes body(RequestId id) {
    std::optional<Result<SharedBytes>> found;
    store->find_body(id, [&](auto result) { found = std::move(result); });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    EXPECT_TRUE(*found);
    return found->value();
  }
  // REQUIRES that it is there.
  StoredExchange get(RequestId id) {
    const auto found = find(id);
    EXPECT_TRUE(found && *found) << id.text();
    return found && *found ? **found : StoredExchange{};
  }
  // REQUIRES that the store can be read.
  Page<StoredExchange> exchanges(ExchangesQuery query) {
    return page<StoredExchange>([&](auto callback) { store->find_exchanges(std::move(query), callback); });
  }
  Result<FinalsPage> find_finals(FinalsQuery query) {
    std::optional<Result<FinalsPage>> found;
    store->find_finals(std::move(query), [&](auto result) { found = std::move(result); });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    return *found;
  }
  // REQUIRES that the store can be read.
  FinalsPage finals(FinalsQuery query) {
    auto found = find_finals(std::move(query));
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    return found ? *found : FinalsPage{};
  }
  Page<StoredConnection> connections(HistoryQuery query) {
    return page<StoredConnection>([&](auto callback) { store->find_connections(std::move(query), callback); });
  }
  Page<StoredAudit> audit(HistoryQuery query) {
    return page<StoredAudit>([&](auto callback) { store->find_audit(std::move(query), callback); });
  }

  Page<StoredCallback> callbacks(CallbacksQuery query = {}) {
    return page<StoredCallback>([&](auto callback) { store->find_callbacks(std::move(query), callback); });
  }

  // Lets a sweep go through from its beginning: each commit is followed by one step at least, or is one.
  void sweep(TestClock& clock) {
    for (int step = 0; step < 40; ++step) {
      clock.pass(step % 20 == 0 ? Milliseconds(120'000) : Milliseconds(2000));  // past its rests
      ASSERT_TRUE(write_registry({SettingRecord{"sweep", std::to_string(step)}}));
    }
  }

  std::unique_ptr<Store> store;
  StoreImage image;
  std::string error;  // why open() failed
  ErrorCode code{};
  std::vector<NotNew> withdrawn;
  std::uint64_t acked = 0;
  std::vector<std::string> failures;
  std::vector<std::string> weaknesses;  // empty: it is strict by now
  int recoveries = 0;
  int losses = 0;  // recoveries that said that data was lost
  std::vector<std::string> told;
  std::vector<std::pair<std::string, std::string>> notes;

 private:
  std::function<void()> wake() {
    return [this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_all();
    };
  }
  JournalStore::Note note() {
    return [this](std::string_view event, std::string_view detail) {
      notes.emplace_back(std::string(event), std::string(detail));
    };
  }
  template <class Row, class Ask>
  Page<Row> page(Ask ask) {
    std::optional<Result<Page<Row>>> found;
    ask([&](Result<Page<Row>> result) { found = std::move(result); });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
    EXPECT_TRUE(found && *found) << "not readable";
    return found && *found ? **found : Page<Row>{};
  }
  template <class T>
  void take(Result<std::unique_ptr<T>> opened) {
    if (!opened) {
      error = opened.error().message;
      code = opened.error().code;
      return;
    }
    (*opened)->set_listener(*this);
    store = std::move(*opened);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// Records of exchanges, all at one time unless told.
class Records {
 public:
  RequestId id(WallTime at = wall_from_ms(kStartMs)) { return generator_.next(at); }
  static Envelope envelope(RequestId id, std::string_view body) {
    std::string text = R"({"request_id":")" + id.text() + R"(","headers":{"note":"},\"body\":0"},"body":)";
    const auto body_at = static_cast<std::uint32_t>(text.size());
    text.append(body).append("}");
    return {share(std::move(text)), body_at};
  }
  static AcceptedRecord accepted(RequestId id, bool dispatched = true, std::string_view body = "{}") {
    AcceptedRecord r;
    r.id = id;
    r.order = share(Order{"K1", "payment", "order-7", {}});
    r.accepted_at = wall_from_ms(id.journal_key() >> 12);
    r.deadline_at = r.accepted_at + Milliseconds(30'000);
    r.dispatched = dispatched;
    r.session = SessionId{5};
    r.envelope = envelope(id, body);
    return r;
  }
  static AnsweredRecord answered(RequestId id, std::string text = R"({"status":"success"})",
                                 int after_ms = 100) {
    AnsweredRecord r;
    r.id = id;
    r.answered_at = wall_from_ms((id.journal_key() >> 12) + after_ms);
    r.response = share(std::move(text));
    r.kiosk_id = "K1";
    return r;
  }
  static EndedRecord ended(RequestId id, State state, ErrorCode why, int after_ms = 30'000) {
    return {id, wall_from_ms((id.journal_key() >> 12) + after_ms), state, why, "K1"};
  }
  static ResolvedRecord resolved(RequestId id, Resolution result = Resolution::done, int after_ms = 60'000) {
    return {
        id, "K1", {result, "seen on the terminal", "ann", wall_from_ms((id.journal_key() >> 12) + after_ms)}};
  }
  static KioskRecord kiosk(std::string name) {
    KioskRecord k;
    k.id = std::move(name);
    k.title = "Касса \xF0\x9F\x8E\xAB";
    k.max_in_flight = 3;
    for (std::size_t i = 0; i < k.token_digest.size(); ++i)
      k.token_digest[i] = static_cast<std::uint8_t>(i * 9);
    k.created_at = wall_from_ms(kStartMs);
    k.token_expires_at = wall_from_ms(kStartMs + 1000);
    k.token_issued_at = wall_from_ms(kStartMs - 1000);
    return k;
  }

 private:
  SeededRandom random_{1};
  RequestIdGenerator generator_{random_};
};

}  // namespace kgw::testing
