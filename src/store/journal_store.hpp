// JournalStore: a Store on top of a home (store/journal_home.hpp). The loop's thread fills a mailbox; a
// writer thread owns the writing half and commits everything that is waiting at once; a reader thread owns
// the reading half. Results come back through poll().
//
// Invariant: only what a successful commit wrote is acknowledged. After a failed commit, nothing handed over
// before the listener was notified is written any more: each hand-over has the epoch that the loop knew, a
// recovery begins a new one, and the writer drops what has an older one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "store/journal_home.hpp"
#include "store/store.hpp"

namespace kgw {

class JournalStore : public Store {
 public:
  struct Settings {
    JournalWriting::Kept kept;
    std::uint64_t max_bytes = 0;        // of the journal; 0: unlimited
    const Clock* clock = nullptr;       // required; also read on the writer's thread
    std::int64_t last_journal_key = 0;  // the largest in the home at the start
  };
  // An event for the log; called on the loop's thread, from poll().
  using Note = std::function<void(std::string_view event, std::string_view detail)>;

  // `wake` is called on the store's threads and on the loop's when poll() has something to do; it must not
  // block.
  JournalStore(Settings settings, JournalHome home, std::unique_ptr<JournalWriting> writing,
               std::function<void()> wake, Note note);
  ~JournalStore() override;  // close(), without reporting anything

  void set_listener(StoreListener& listener) override;
  std::uint64_t append(Record record) override;
  void commit() override;
  void poll() override;
  bool accepts() const override;
  bool has_room_for(std::string_view kiosk_id, std::string_view owner) override;
  void write_registry(std::vector<RegistryChange> changes, Written callback) override;
  void note_connection(ConnectionRecord record) override;
  void find_exchange(RequestId id, FoundExchange callback) override;
  void find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) override;
  void find_for_answer(RequestId id, FoundExchange callback) override;
  void find_claimed(const Digest& key, std::string_view asker, FoundExchange callback) override;
  bool may_be_forgotten(const RequestId& id) const override;
  void find_body(RequestId id, FoundBody callback) override;
  void find_exchanges(ExchangesQuery query, FoundExchanges callback) override;
  void find_finals(FinalsQuery query, FoundFinals callback) override;
  void find_connections(HistoryQuery query, FoundConnections callback) override;
  void find_audit(HistoryQuery query, FoundAudit callback) override;
  void find_callbacks(CallbacksQuery query, FoundCallbacks callback) override;
  void back_up(std::filesystem::path file, BackedUp callback) override;
  Durability durability() const override;
  std::optional<WallTime> certificate_ends() const override;
  Instant holds_until() const override;
  StoreStats stats() const override;
  std::string trouble() const override;
  void close() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
