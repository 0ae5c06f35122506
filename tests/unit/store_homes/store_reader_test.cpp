#include "store/store_reader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "sqlite/database.hpp"

namespace kgw {
namespace {

// A look that has no end of its own.
class EndlessReading final : public JournalReading {
 public:
  explicit EndlessReading(std::atomic<int>& interrupts) : interrupts_(interrupts) {}
  Result<std::optional<StoredExchange>> claimed(const Digest&) override { return std::nullopt; }
  Result<SharedBytes> body(const RequestId&) override {
    const auto never = db_.integer(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0");
    if (!never) return never.error();
    return SharedBytes();
  }
  void interrupt() override {
    ++interrupts_;
    db_.interrupt();
  }

  Result<std::optional<StoredExchange>> exchange(const RequestId&) override { return nothing(); }
  Result<std::optional<StoredExchange>> visible_exchange(const RequestId&, const ExchangeView&) override {
    return nothing();
  }
  Result<Page<StoredExchange>> exchanges(const ExchangesQuery&) override { return nothing(); }
  Result<FinalsPage> finals(const FinalsQuery&) override { return nothing(); }
  Result<Page<StoredConnection>> connections(const HistoryQuery&) override { return nothing(); }
  Result<Page<StoredAudit>> audit(const HistoryQuery&) override { return nothing(); }
  Result<Page<StoredCallback>> callbacks(const CallbacksQuery&) override { return nothing(); }

 private:
  static Fault nothing() { return Fault{ErrorCode::store_unavailable, "not asked for"}; }
  std::atomic<int>& interrupts_;
  sqlite::Database db_ = std::move(*sqlite::Database::open(":memory:"));
};

TEST(StoreReader, AtItsEndTheReadThatRunsIsInterrupted) {
  std::atomic<int> interrupts{0};
  std::atomic<int> ended{0};
  StoreReader reader([&]() -> JournalHome::Reading { return std::make_unique<EndlessReading>(interrupts); });
  std::promise<void> begun;
  reader.post([&](Result<JournalReading*> home) {
    begun.set_value();
    // The first interrupt comes before the query has begun, and is lost.
    while (interrupts == 0) std::this_thread::yield();
    const bool read = (*home)->body(RequestId{}).has_value();
    if (!read) ++ended;
    return read;
  });
  begun.get_future().wait();
  reader.stop();
  EXPECT_EQ(ended, 1);
}

// A thousand pages of history that wait would hold the exit for a minute.
TEST(StoreReader, AtItsEndWhatWaitsIsDropped) {
  std::atomic<int> ran{0};
  auto alive = std::make_shared<int>();
  {
    StoreReader reader([]() -> JournalHome::Reading { return Fault{ErrorCode::store_unavailable, "none"}; });
    std::promise<void> begun, go;
    reader.post([&](Result<JournalReading*>) {
      begun.set_value();
      go.get_future().wait();
      ++ran;
      return true;
    });
    begun.get_future().wait();
    for (int i = 0; i < 100; ++i)
      reader.post([&ran, alive](Result<JournalReading*>) {
        ++ran;
        return true;
      });
    std::thread ender([&] { reader.stop(); });
    while (alive.use_count() > 1) std::this_thread::yield();  // they are dropped while the first still runs
    go.set_value();
    ender.join();
  }
  EXPECT_EQ(ran, 1);
}

// Answers before keys before pages; and those behind get their turn, each lane its own.
TEST(StoreReader, LanesGoAheadOfEachOtherAndNoneStarves) {
  using Lane = StoreReader::Lane;
  std::atomic<int> interrupts{0};
  StoreReader reader([&]() -> JournalHome::Reading { return std::make_unique<EndlessReading>(interrupts); });
  std::promise<void> begun, go, done;
  reader.post([&](Result<JournalReading*>) {
    begun.set_value();
    go.get_future().wait();
    return true;
  });
  begun.get_future().wait();
  constexpr std::size_t kEach = 100;
  std::string order;  // the reader's thread alone writes it
  for (const auto& [lane, letter] : {std::pair(Lane::common, 'p'), {Lane::claims, 'k'}, {Lane::answers, 'a'}})
    for (std::size_t i = 0; i < kEach; ++i)
      reader.post(
          [&, letter = letter](Result<JournalReading*>) {
            order += letter;
            if (order.size() == 3 * kEach) done.set_value();
            return true;
          },
          lane);
  go.set_value();
  done.get_future().wait();
  const std::string row(32, 'a');
  EXPECT_EQ(order.substr(0, 102), row + "k" + row + "p" + row + "kaaa") << order;
  EXPECT_EQ(order.substr(order.size() - 96), std::string(96, 'p')) << order;
}

}  // namespace
}  // namespace kgw
