// UnjournaledStore: JOURNAL=off. The latest exchanges are in memory only, for GET /requests/{id}; kiosks and
// connection history go to an EmbeddedStore, as a token must survive a restart. Loop thread only.
//
// An exchange's record is acknowledged inside the commit() that follows it. If the disk fails, kiosks can't
// be changed, but exchanges continue.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/limits.hpp"
#include "store/exchange_ring.hpp"
#include "store/store.hpp"
#include "store_sqlite/embedded_store.hpp"

namespace kgw {

class UnjournaledStore final : public Store, private StoreListener {
 public:
  // Like EmbeddedStore::open(). Exchanges that an earlier run with a journal left open remain untouched on
  // disk for the next such run; they are not in `image_out`.
  static Result<std::unique_ptr<UnjournaledStore>> open(EmbeddedStore::Settings settings,
                                                        std::function<void()> wake, EmbeddedStore::Note note,
                                                        StoreImage& image_out);
  ~UnjournaledStore() override;

  void set_listener(StoreListener& listener) override { listener_ = &listener; }

  std::uint64_t append(Record record) override;
  void commit() override;
  void poll() override;
  bool accepts() const override { return !closed_; }
  void write_registry(std::vector<RegistryChange> changes, Written callback) override;
  void note_connection(ConnectionRecord record) override;
  void find_exchange(RequestId id, FoundExchange callback) override;
  void find_for_answer(RequestId id, FoundExchange callback) override;
  // No key is claimed here.
  void find_claimed(const Digest& key, std::string_view asker, FoundExchange callback) override;
  bool may_be_forgotten(const RequestId& id) const override;
  void find_body(RequestId id, FoundBody callback) override;
  void find_exchanges(ExchangesQuery query, FoundExchanges callback) override;
  void find_finals(FinalsQuery query, FoundFinals callback) override;
  void find_connections(HistoryQuery query, FoundConnections callback) override;
  void find_audit(HistoryQuery query, FoundAudit callback) override;
  // Those that an earlier run with a journal left: none is owed without one.
  void find_callbacks(CallbacksQuery query, FoundCallbacks callback) override;
  void back_up(std::filesystem::path file, BackedUp callback) override;
  Durability durability() const override { return Durability::off; }
  Instant holds_until() const override { return Instant::max(); }
  StoreStats stats() const override;
  std::string trouble() const override { return disk_->trouble(); }
  void close() override;

 private:
  UnjournaledStore() = default;
  // Of the disk: exchanges don't depend on it, and the log learns of it through the note.
  void on_store_committed(std::uint64_t, std::span<const NotNew>) override {}
  void on_store_failed(const std::string&) override {}
  void on_store_recovered(bool) override {}

  void apply(const RegistryChange& change);  // to what is in memory
  // Answers from the ring are delivered by poll() too, like those from a disk.
  void post(std::function<void()> lookup);
  // Of the History: refused when it is closed or has enough to do; its time is taken.
  void look_up(std::function<void(std::optional<Fault>)> answer);

  std::unique_ptr<EmbeddedStore> disk_;
  std::function<void()> wake_;
  StoreListener* listener_ = nullptr;
  ExchangeRing exchanges_;
  const Clock* clock_ = nullptr;
  std::int64_t born_ = 0;  // the smallest journal key that this run may have generated
  std::vector<std::function<void()>> lookups_;
  std::uint64_t last_number_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t commits_ = 0;
  OwnTimeHistogram read_time_;
  bool closed_ = false;
};

}  // namespace kgw
