#include "store_sqlite/unjournaled_store.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "store/forgotten.hpp"

namespace kgw {

Result<std::unique_ptr<UnjournaledStore>> UnjournaledStore::open(EmbeddedStore::Settings settings,
                                                                 std::function<void()> wake,
                                                                 EmbeddedStore::Note note,
                                                                 StoreImage& image_out) {
  const Clock* const clock = settings.clock;
  auto disk = EmbeddedStore::open(std::move(settings), wake, std::move(note), image_out);
  if (!disk) return disk.error();
  image_out.open.clear();
  image_out.unclaimed.clear();
  std::unique_ptr<UnjournaledStore> store(new UnjournaledStore);
  store->clock_ = clock;
  store->born_ = std::max(key_at(clock->now().wall), image_out.last_journal_key + 1);
  store->disk_ = std::move(*disk);
  store->disk_->set_listener(*store);
  store->wake_ = std::move(wake);
  return store;
}

UnjournaledStore::~UnjournaledStore() {
  committed_ = last_number_;  // nobody is told any more: the listener may be gone
  close();
}

std::uint64_t UnjournaledStore::append(Record record) {
  if (!closed_) exchanges_.apply(record);
  return ++last_number_;
}

void UnjournaledStore::commit() {
  disk_->commit();
  if (closed_ || committed_ == last_number_) return;
  committed_ = last_number_;
  ++commits_;
  KGW_CHECK(listener_ != nullptr);
  listener_->on_store_committed(committed_, {});
}

void UnjournaledStore::poll() {
  disk_->poll();
  for (const std::function<void()>& lookup : std::exchange(lookups_, {})) lookup();
}

// What is about an exchange stays where the exchange is; its line of the audit trail goes to the disk.
void UnjournaledStore::write_registry(std::vector<RegistryChange> changes, Written callback) {
  std::vector<RegistryChange> of_exchanges;
  std::erase_if(changes, [&of_exchanges](RegistryChange& change) {
    const bool of_exchange = std::holds_alternative<ResolvedRecord>(change) ||
                             std::holds_alternative<UnclaimedRecord>(change) ||
                             std::holds_alternative<ClaimedRecord>(change);
    if (of_exchange) of_exchanges.push_back(std::move(change));
    return of_exchange;
  });
  if (of_exchanges.empty()) return disk_->write_registry(std::move(changes), std::move(callback));
  auto written = [this, of_exchanges = std::move(of_exchanges),
                  callback = std::move(callback)](const Result<void>& done) {
    if (done)
      for (const RegistryChange& change : of_exchanges) apply(change);
    callback(done);
  };
  if (changes.empty()) return post([written = std::move(written)] { written({}); });
  disk_->write_registry(std::move(changes), std::move(written));
}

void UnjournaledStore::apply(const RegistryChange& change) {
  if (const auto* const resolved = std::get_if<ResolvedRecord>(&change)) exchanges_.apply(*resolved);
  if (const auto* const unclaimed = std::get_if<UnclaimedRecord>(&change)) exchanges_.apply(*unclaimed);
  if (const auto* const claimed = std::get_if<ClaimedRecord>(&change)) exchanges_.apply(*claimed);
}

void UnjournaledStore::note_connection(ConnectionRecord record) { disk_->note_connection(std::move(record)); }

void UnjournaledStore::back_up(std::filesystem::path file, BackedUp callback) {
  disk_->back_up(std::move(file), std::move(callback));
}

void UnjournaledStore::post(std::function<void()> lookup) {
  lookups_.push_back(std::move(lookup));
  if (lookups_.size() == 1 && wake_) wake_();
}

void UnjournaledStore::look_up(std::function<void(std::optional<Fault>)> answer) {
  std::optional<Fault> refused;
  if (closed_) refused = Fault{ErrorCode::store_unavailable, {}};
  else if (lookups_.size() >= limits::kStoreReadsMax) refused = Fault{ErrorCode::overloaded, {}};
  post([this, asked = clock_->now().steady, answer = std::move(answer), refused] {
    read_time_.record(clock_->now().steady - asked);
    answer(refused);
  });
}

void UnjournaledStore::find_exchange(RequestId id, FoundExchange callback) {
  look_up([this, id, callback = std::move(callback)](const std::optional<Fault>& refused) {
    if (refused) callback(*refused);
    else callback(exchanges_.find(id));
  });
}

void UnjournaledStore::find_for_answer(RequestId id, FoundExchange callback) {
  post([this, id, refused = closed_, callback = std::move(callback)] {
    if (refused) callback(Fault{ErrorCode::store_unavailable, {}});
    else callback(exchanges_.find(id));
  });
}

void UnjournaledStore::find_claimed(const Digest&, std::string_view, FoundExchange callback) {
  look_up([callback = std::move(callback)](const std::optional<Fault>& refused) {
    if (refused) callback(*refused);
    else callback(std::optional<StoredExchange>());
  });
}

bool UnjournaledStore::may_be_forgotten(const RequestId& id) const {
  return kgw::may_be_forgotten(id, std::max(born_, exchanges_.kept_from()), exchanges_.newest(),
                               clock_->now().wall);
}

// Bodies are not kept in memory.
void UnjournaledStore::find_body(RequestId, FoundBody callback) {
  look_up([callback = std::move(callback)](const std::optional<Fault>& refused) {
    if (refused) callback(*refused);
    else callback(SharedBytes());
  });
}

void UnjournaledStore::find_exchanges(ExchangesQuery query, FoundExchanges callback) {
  look_up(
      [this, query = std::move(query), callback = std::move(callback)](const std::optional<Fault>& refused) {
        if (refused) callback(*refused);
        else callback(exchanges_.page(query));
      });
}

// A cursor of one run would mean nothing to the next: what was missed in between, nobody could say.
void UnjournaledStore::find_finals(FinalsQuery, FoundFinals callback) {
  look_up([callback = std::move(callback)](const std::optional<Fault>& refused) {
    if (refused) callback(*refused);
    else
      callback(Fault{ErrorCode::not_implemented,
                     "The feed needs the journal, and JOURNAL is off: ask GET /requests/{request_id} for each "
                     "request, or turn the journal on."});
  });
}

void UnjournaledStore::find_connections(HistoryQuery query, FoundConnections callback) {
  disk_->find_connections(std::move(query), std::move(callback));
}

void UnjournaledStore::find_audit(HistoryQuery query, FoundAudit callback) {
  disk_->find_audit(std::move(query), std::move(callback));
}

void UnjournaledStore::find_callbacks(CallbacksQuery query, FoundCallbacks callback) {
  disk_->find_callbacks(std::move(query), std::move(callback));
}

StoreStats UnjournaledStore::stats() const {
  StoreStats stats = disk_->stats();
  stats.commits += commits_;
  stats.records += committed_;
  stats.read_time.add(read_time_);
  return stats;
}

void UnjournaledStore::close() {
  if (closed_ || !disk_) return;
  commit();
  closed_ = true;
  disk_->close();
}

}  // namespace kgw
