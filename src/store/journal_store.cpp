#include "store/journal_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"
#include "store/forgotten.hpp"
#include "store/journal_shares.hpp"
#include "store/outbox.hpp"
#include "store/store_reader.hpp"
#include "store/store_writer.hpp"

namespace kgw {
namespace {

constexpr const char* kClosed = "the store is closed";

std::uint64_t bytes_of(const AcceptedRecord& r) {
  return sizeof(Order) + bytes_of(*r.order) + view(r.envelope.text).size();
}
std::uint64_t bytes_of(const AnsweredRecord& r) { return view(r.response).size(); }
std::uint64_t bytes_of(const DispatchedRecord&) { return 0; }
std::uint64_t bytes_of(const EndedRecord&) { return 0; }
std::uint64_t bytes_of(const Record& record) {
  return sizeof(Record) + std::visit([](const auto& r) { return bytes_of(r); }, record);
}
std::uint64_t bytes_of(const KioskRecord& r) { return r.id.size() + r.title.size(); }
std::uint64_t bytes_of(const KioskRemovedRecord& r) { return r.id.size(); }
std::uint64_t bytes_of(const KeyRecord& r) { return r.name.size() + r.owner.size() + r.kiosks.size() * 64; }
std::uint64_t bytes_of(const AuditRecord& r) { return r.actor.size() + r.target.size() + r.detail.size(); }
std::uint64_t bytes_of(const SettingRecord& r) { return r.name.size() + r.value.size(); }
std::uint64_t bytes_of(const ResolvedRecord& r) { return r.what.note.size() + r.what.by.size(); }
std::uint64_t bytes_of(const CallbackRecord& r) { return r.kiosk_id.size() + r.tries.why.size(); }
std::uint64_t bytes_of(const UnclaimedRecord& r) { return r.kiosk_id.size(); }
std::uint64_t bytes_of(const ClaimedRecord& r) { return r.kiosk_id.size(); }
std::uint64_t bytes_of(const RegistryChange& change) {
  return sizeof(RegistryChange) + std::visit([](const auto& r) { return bytes_of(r); }, change);
}
std::uint64_t bytes_of(const ConnectionRecord& r) {
  return sizeof(ConnectionRecord) + r.kiosk_id.size() + r.address.size() + r.reason.size();
}

}  // namespace

struct JournalStore::Impl {
  Impl(Settings settings, JournalHome home, std::unique_ptr<JournalWriting> writing, std::function<void()> wake,
       Note on_note)
      : durability(std::move(home.durability)),
        unfit(std::move(home.unfit)),
        certificate_ends(std::move(home.certificate_ends)),
        holds_until(std::move(home.holds_until)),
        clock(*settings.clock),
        note(std::move(on_note)),
        newest_key(settings.last_journal_key),
        shares(settings.max_bytes != 0 ? std::optional<JournalShares>(settings.kept.bodies) : std::nullopt),
        outbox(std::move(wake)),
        reader(std::move(home.open_reading)),
        writer({std::move(home.open_writing),
                home.reading_goes_first ? std::function([this] { reader.let_go(); }) : [] {}, settings.kept,
                settings.max_bytes, *settings.clock},
               std::move(writing), outbox) {}

  void gather(std::uint64_t bytes) {
    gathered.bytes += bytes;
    writer.add_bytes(bytes);
  }
  // Requests count to their kiosk and their owner, answers to the kiosk that says as much as it likes.
  void tally(const Record& record, std::uint64_t bytes) {
    const Instant now = clock.now().steady;
    if (const auto* const accepted = std::get_if<AcceptedRecord>(&record))
      shares->add(now, accepted->order->kiosk_id, accepted->order->owner, bytes);
    else if (const auto* const answered = std::get_if<AnsweredRecord>(&record))
      shares->add(now, answered->kiosk_id, {}, bytes);
  }
  bool takes() const { return !failed && !closed; }
  bool full() const { return writer.bytes() >= limits::kStoreQueueBytesMax; }

  // A read of the journal whose answer comes back through poll().
  template <class T, class Callback, class Read>
  void find(Callback callback, Read read, StoreReader::Lane lane = StoreReader::Lane::common);

  void deliver(CommittedEvent& event) { listener->on_store_committed(event.up_to, event.not_new); }
  void deliver(FailedEvent& event);
  void deliver(RecoveredEvent& event);
  void deliver(StillFailingEvent& event);
  void deliver(WeaknessEvent& event) { listener->on_store_weak(event.why); }
  void deliver(TakenOverEvent&) { listener->on_store_taken_over(); }
  void deliver(NoteEvent& event) {
    if (note) note(event.event, event.detail);
  }
  void deliver(CallbackEvent& event) { event(); }

  const std::function<Durability()> durability;
  const std::function<std::string()> unfit;
  const std::function<std::optional<WallTime>()> certificate_ends;
  const std::function<Instant()> holds_until;
  const Clock& clock;
  Note note;
  std::int64_t newest_key;              // of an exchange that was accepted
  std::optional<JournalShares> shares;  // nothing: no limit, and so nothing to share
  StoreListener* listener = nullptr;

  HandOver gathered;
  std::uint64_t last_number = 0;
  std::uint64_t epoch = 0;
  std::size_t reads = 0;                          // asked for and not delivered: of the common lane,
  Shares claim_reads{limits::kClaimReadsMax, 9};  // and of keys
  OwnTimeHistogram read_time;
  std::uint64_t dropped_connections = 0;
  bool failed = false;
  bool closed = false;
  std::string why;
  std::vector<StoreEvent> events;

  Outbox outbox;  // before the threads that post to it
  StoreReader reader;
  StoreWriter writer;  // has the reader let go of a home that failed
};

void JournalStore::Impl::deliver(FailedEvent& event) {
  failed = true;
  why = event.why;
  writer.drop(gathered);
  listener->on_store_doubts(event.in_doubt_to);
  listener->on_store_failed(why);
}

void JournalStore::Impl::deliver(StillFailingEvent& event) {
  why = event.why;
  if (note) note("store_still_failing", why);
}

void JournalStore::Impl::deliver(RecoveredEvent& event) {
  failed = false;
  epoch = event.epoch;
  reader.reopen();  // the home may be another server by now
  listener->on_store_recovered(event.lost_data);
  if (event.lost_data) listener->on_store_holds(std::move(event.open));
}

template <class T, class Callback, class Read>
void JournalStore::Impl::find(Callback callback, Read read, StoreReader::Lane lane) {
  const bool common = lane == StoreReader::Lane::common;
  if (closed || (common && reads >= limits::kStoreReadsMax)) {
    const Fault fault =
        closed ? Fault{ErrorCode::store_unavailable, kClosed} : Fault{ErrorCode::overloaded, {}};
    outbox.post(CallbackEvent([callback = std::move(callback), fault] { callback(fault); }));
    return;
  }
  if (common) ++reads;
  auto job = [this, common, asked = clock.now().steady, callback = std::move(callback),
              read = std::move(read)](Result<JournalReading*> journal) mutable {
    Result<T> found = journal ? read(**journal) : Result<T>(journal.error());
    const bool good = found.has_value();
    outbox.post(CallbackEvent(
        [this, common, asked, callback = std::move(callback), found = std::move(found)]() mutable {
          if (common) {
            --reads;
            read_time.record(clock.now().steady - asked);
          }
          callback(std::move(found));
        }));
    return good;
  };
  reader.post(std::move(job), lane);
}

JournalStore::JournalStore(Settings settings, JournalHome home, std::unique_ptr<JournalWriting> writing,
                           std::function<void()> wake, Note note)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(home), std::move(writing), std::move(wake),
                                   std::move(note))) {}

JournalStore::~JournalStore() { close(); }

void JournalStore::set_listener(StoreListener& listener) { impl_->listener = &listener; }

std::uint64_t JournalStore::append(Record record) {
  Impl& my = *impl_;
  const std::uint64_t number = ++my.last_number;
  if (const auto* const accepted = std::get_if<AcceptedRecord>(&record))
    my.newest_key = std::max(my.newest_key, accepted->id.journal_key());
  if (!my.takes()) return number;
  const std::uint64_t bytes = bytes_of(record);
  my.gather(bytes);
  if (my.shares) my.tally(record, bytes);
  my.gathered.work.records.push_back(std::move(record));
  return number;
}

void JournalStore::commit() {
  Impl& my = *impl_;
  if (my.gathered.empty()) return;
  my.gathered.epoch = my.epoch;
  my.gathered.up_to = my.last_number;
  my.writer.hand_over(my.gathered);
}

void JournalStore::poll() {
  Impl& my = *impl_;
  KGW_CHECK(my.listener != nullptr);
  std::vector<StoreEvent> events = std::move(my.events);
  my.outbox.take(events);
  for (StoreEvent& event : events) std::visit([&my](auto& e) { my.deliver(e); }, event);
  events.clear();
  my.events = std::move(events);
}

bool JournalStore::has_room_for(std::string_view kiosk_id, std::string_view owner) {
  Impl& my = *impl_;
  return !my.shares || my.shares->has_room(my.clock.now().steady, kiosk_id, owner, my.writer.bytes_left());
}

bool JournalStore::accepts() const { return impl_->takes() && !impl_->full() && !impl_->writer.too_large(); }

void JournalStore::write_registry(std::vector<RegistryChange> changes, Written callback) {
  Impl& my = *impl_;
  if (!my.takes() || my.full()) {
    const Fault fault = my.takes() ? Fault{ErrorCode::overloaded, {}} : Fault{ErrorCode::store_unavailable, {}};
    my.outbox.post(CallbackEvent([callback = std::move(callback), fault] { callback(fault); }));
    return;
  }
  for (RegistryChange& change : changes) {
    my.gather(bytes_of(change));
    my.gathered.work.registry.push_back(std::move(change));
  }
  my.gathered.registry_written.push_back(std::move(callback));
}

void JournalStore::note_connection(ConnectionRecord record) {
  Impl& my = *impl_;
  if (!my.takes() || my.full()) {
    ++my.dropped_connections;
    return;
  }
  my.gather(bytes_of(record));
  my.gathered.work.connections.push_back(std::move(record));
}

void JournalStore::find_exchange(RequestId id, FoundExchange callback) {
  impl_->find<std::optional<StoredExchange>>(std::move(callback),
                                             [id](JournalReading& r) { return r.exchange(id); });
}

void JournalStore::find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) {
  impl_->find<std::optional<StoredExchange>>(
      std::move(callback),
      [id, view = std::move(view)](JournalReading& r) { return r.visible_exchange(id, view); });
}

void JournalStore::find_for_answer(RequestId id, FoundExchange callback) {
  impl_->find<std::optional<StoredExchange>>(
      std::move(callback), [id](JournalReading& r) { return r.exchange(id); }, StoreReader::Lane::answers);
}

void JournalStore::find_claimed(const Digest& key, std::string_view asker, FoundExchange callback) {
  Impl& my = *impl_;
  if (!my.closed && !my.claim_reads.take(asker)) {
    my.outbox.post(CallbackEvent([callback = std::move(callback)] {
      callback(Fault{ErrorCode::overloaded, {}});
    }));
    return;
  }
  // A store that is closed says so; its share is of no interest any more.
  my.find<std::optional<StoredExchange>>(
      [&my, asker = std::string(asker),
       callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
        my.claim_reads.give_back(asker);
        callback(std::move(found));
      },
      [key](JournalReading& r) { return r.claimed(key); }, StoreReader::Lane::claims);
}

bool JournalStore::may_be_forgotten(const RequestId& id) const {
  return kgw::may_be_forgotten(id, impl_->writer.kept_from(), impl_->newest_key, impl_->clock.now().wall);
}

void JournalStore::find_body(RequestId id, FoundBody callback) {
  impl_->find<SharedBytes>(std::move(callback), [id](JournalReading& r) { return r.body(id); });
}

void JournalStore::find_exchanges(ExchangesQuery query, FoundExchanges callback) {
  impl_->find<Page<StoredExchange>>(
      std::move(callback), [query = std::move(query)](JournalReading& r) { return r.exchanges(query); });
}

void JournalStore::find_finals(FinalsQuery query, FoundFinals callback) {
  impl_->find<FinalsPage>(std::move(callback),
                          [query = std::move(query)](JournalReading& r) { return r.finals(query); });
}

void JournalStore::find_connections(HistoryQuery query, FoundConnections callback) {
  impl_->find<Page<StoredConnection>>(
      std::move(callback), [query = std::move(query)](JournalReading& r) { return r.connections(query); });
}

void JournalStore::find_audit(HistoryQuery query, FoundAudit callback) {
  impl_->find<Page<StoredAudit>>(std::move(callback),
                                 [query = std::move(query)](JournalReading& r) { return r.audit(query); });
}

void JournalStore::find_callbacks(CallbacksQuery query, FoundCallbacks callback) {
  impl_->find<Page<StoredCallback>>(
      std::move(callback), [query = std::move(query)](JournalReading& r) { return r.callbacks(query); });
}

void JournalStore::back_up(std::filesystem::path file, BackedUp callback) {
  Impl& my = *impl_;
  if (my.takes()) return my.writer.copy(std::move(file), std::move(callback));
  const Fault fault{ErrorCode::store_unavailable, trouble()};
  my.outbox.post(CallbackEvent([callback = std::move(callback), fault] { callback(fault); }));
}

Durability JournalStore::durability() const { return impl_->durability(); }

std::optional<WallTime> JournalStore::certificate_ends() const { return impl_->certificate_ends(); }

Instant JournalStore::holds_until() const { return impl_->holds_until(); }

StoreStats JournalStore::stats() const {
  const StoreWriter& writer = impl_->writer;
  StoreStats stats;
  stats.commits = writer.commits();
  stats.records = writer.records();
  stats.last_commit_us = writer.last_commit_us();
  stats.queue_bytes = writer.bytes();
  stats.dropped_connections = impl_->dropped_connections + writer.dropped_connections();
  stats.read_time = impl_->read_time;
  writer.add_histograms(stats);
  return stats;
}

std::string JournalStore::trouble() const {
  if (impl_->closed) return kClosed;
  if (impl_->failed) return impl_->why;
  if (impl_->writer.too_large())
    return "the journal has reached JOURNAL_MAX_BYTES: raise it, or lower JOURNAL_RETENTION or "
           "JOURNAL_KEEP_BODIES";
  if (impl_->full()) return "the store can't keep up: too much is waiting to be written";
  return impl_->unfit();
}

void JournalStore::close() {
  Impl& my = *impl_;
  if (my.closed) return;
  commit();
  my.closed = true;
  my.reader.stop();
  my.writer.stop();
}

}  // namespace kgw
