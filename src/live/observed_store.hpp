// ObservedStore: a Store that also publishes operators' and connections' writes to the event streams, so that
// no handler has to. Forgets a removed kiosk's last error, and measures how long reads take. Changes nothing
// else. Loop thread only.
#pragma once

#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "live/kiosk_faults.hpp"
#include "live/news.hpp"
#include "shell/fold.hpp"
#include "store/store.hpp"
#include "telemetry/metrics.hpp"

namespace kgw {

class ObservedStore final : public Store {
 public:
  ObservedStore(Store& store, News& news, KioskFaults& faults, const Clock& clock, OwnTimeHistogram& reads)
      : store_(store), news_(news), faults_(faults), clock_(clock), reads_(reads) {}

  // Published once it is durable.
  void write_registry(std::vector<RegistryChange> changes, RegistryWritten callback) override;
  // The records of a kiosk that reconnects again and again are folded: twenty lines, then one a minute that
  // says how many it stands for.
  void note_connection(ConnectionRecord record) override;
  void on_tick(const Now& now);

  void set_listener(StoreListener& listener) override { store_.set_listener(listener); }
  std::uint64_t append(Record record) override { return store_.append(std::move(record)); }
  void commit() override { store_.commit(); }
  void poll() override { store_.poll(); }
  bool accepts() const override { return store_.accepts(); }
  bool has_room_for(std::string_view kiosk_id, std::string_view owner) override {
    return store_.has_room_for(kiosk_id, owner);
  }
  void find_exchange(RequestId id, FoundExchange callback) override {
    store_.find_exchange(id, timed(std::move(callback)));
  }
  void find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) override {
    store_.find_visible_exchange(id, std::move(view), timed(std::move(callback)));
  }
  void find_for_answer(RequestId id, FoundExchange callback) override {
    store_.find_for_answer(id, timed(std::move(callback)));
  }
  bool may_be_forgotten(const RequestId& id) const override { return store_.may_be_forgotten(id); }
  void find_frame(RequestId id, FoundFrame callback) override {
    store_.find_frame(id, timed(std::move(callback)));
  }
  void find_exchanges(ExchangesQuery query, FoundExchanges callback) override {
    store_.find_exchanges(std::move(query), timed(std::move(callback)));
  }
  void find_connections(HistoryQuery query, FoundConnections callback) override {
    store_.find_connections(std::move(query), timed(std::move(callback)));
  }
  void find_audit(HistoryQuery query, FoundAudit callback) override {
    store_.find_audit(std::move(query), timed(std::move(callback)));
  }
  void back_up(std::filesystem::path file, BackedUp callback) override {
    store_.back_up(std::move(file), std::move(callback));
  }
  Instant holds_until() const override { return store_.holds_until(); }
  std::optional<WallTime> certificate_ends() const override { return store_.certificate_ends(); }
  Durability durability() const override { return store_.durability(); }
  StoreStats stats() const override { return store_.stats(); }
  std::string trouble() const override { return store_.trouble(); }
  void close() override { store_.close(); }

 private:
  void write_connection(ConnectionRecord record);
  template <class Found>
  Found timed(Found callback) {
    return [this, asked = clock_.now().steady, callback = std::move(callback)](auto&&... found) {
      reads_.record(clock_.now().steady - asked);
      callback(std::forward<decltype(found)>(found)...);
    };
  }

  Store& store_;
  News& news_;
  KioskFaults& faults_;
  const Clock& clock_;
  OwnTimeHistogram& reads_;
  Fold<ConnectionRecord> connections_{20, std::chrono::minutes(1), limits::kKiosksMax};
};

}  // namespace kgw
