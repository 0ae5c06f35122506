// EmbeddedStore: the journal on this machine's disk, DATA_DIR/gateway.db. The loop's thread fills a mailbox;
// one writer thread owns the Journal and makes one commit of all that waits; one reader thread owns a
// JournalReader. What they have done comes back through poll().
//
// Must hold: an acknowledgement is given only for what one successful commit wrote. After a failed commit
// nothing that was handed over before the listener heard of it is written any more: each hand-over bears the
// epoch that the loop knew, a recovery begins a new one, and the writer drops what bears an older one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace kgw {

class EmbeddedStore final : public Store {
 public:
  struct Settings {
    std::filesystem::path data_dir;
    Milliseconds retention = std::chrono::hours(24 * 30);  // rows of an exchange, from its end on
    Milliseconds keep_bodies = std::chrono::hours(24);     // its body and answer, from its end on
    std::uint64_t max_bytes = 0;                           // of the database; 0: no limit
    const Clock* clock = nullptr;                          // required; asked from the writer's thread too
    std::string vfs;  // the SQLite VFS; empty: the usual (tests bring their own)
  };
  // What is worth a line in the log; called on the loop's thread, from poll().
  using Note = std::function<void(std::string_view event, std::string_view detail)>;

  // Takes the directory's lock, migrates, recovers from a crash, reads what a start needs, starts the threads.
  // `wake` is called from the store's threads, and from the loop's, when poll() has something to do; it may not
  // block.
  static Result<std::unique_ptr<EmbeddedStore>> open(Settings settings, std::function<void()> wake, Note note,
                                                     StoreImage& image_out);
  ~EmbeddedStore() override;  // close(), but tells nobody

  // REQUIRES to be called before the first append(); the listener outlives the store.
  void set_listener(StoreListener& listener);

  std::uint64_t append(Record record) override;
  void commit() override;
  void poll() override;
  bool accepts() const override;
  void write_registry(std::vector<RegistryChange> changes, RegistryWritten callback) override;
  void note_connection(ConnectionRecord record) override;
  void find_exchange(RequestId id, FoundExchange callback) override;
  void find_exchanges(ExchangesQuery query, FoundExchanges callback) override;
  void find_connections(HistoryQuery query, FoundConnections callback) override;
  void find_audit(HistoryQuery query, FoundAudit callback) override;
  Durability durability() const override { return Durability::strict; }
  StoreStats stats() const override;
  std::string trouble() const override;
  void close() override;

 private:
  struct Impl;
  explicit EmbeddedStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
