#include "store/embedded_store.hpp"

#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "store/data_dir.hpp"
#include "store/outbox.hpp"
#include "store/store_reader.hpp"
#include "store/store_writer.hpp"

namespace kgw {
namespace {

constexpr const char* kClosed = "the store is closed";

std::uint64_t bytes_of(const AcceptedRecord& r) {
  return r.kiosk_id.size() + r.operation.size() + r.order_id.size() + r.owner.size() +
         (r.frame ? r.frame.bytes->size() : 0);
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
std::uint64_t bytes_of(const RegistryChange& change) {
  return sizeof(RegistryChange) + std::visit([](const auto& r) { return bytes_of(r); }, change);
}
std::uint64_t bytes_of(const ConnectionRecord& r) {
  return sizeof(ConnectionRecord) + r.kiosk_id.size() + r.address.size() + r.reason.size();
}

}  // namespace

struct EmbeddedStore::Impl {
  Impl(DataDir held, Note on_note, std::function<void()> wake, const StoreWriter::Settings& settings,
       Journal journal)
      : directory(std::move(held)),
        note(std::move(on_note)),
        outbox(std::move(wake)),
        writer(settings, std::move(journal), outbox),
        reader(settings.file, settings.vfs) {}

  void gather(std::uint64_t bytes) {
    gathered.bytes += bytes;
    writer.add_bytes(bytes);
  }
  bool takes() const { return !failed && !closed; }
  bool full() const { return writer.bytes() >= limits::kStoreQueueBytesMax; }

  // A read of the journal whose answer comes back through poll().
  template <class T, class Callback, class Read>
  void find(Callback callback, Read read);

  void deliver(CommittedEvent& event) { listener->on_store_committed(event.up_to); }
  void deliver(FailedEvent& event);
  void deliver(RecoveredEvent& event);
  void deliver(NoteEvent& event) {
    if (note) note(event.event, event.detail);
  }
  void deliver(CallbackEvent& event) { event(); }

  DataDir directory;
  Note note;
  StoreListener* listener = nullptr;

  HandOver gathered;
  std::uint64_t last_number = 0;
  std::uint64_t epoch = 0;
  std::size_t reads = 0;  // asked for and not delivered
  std::uint64_t dropped_connections = 0;
  bool failed = false;
  bool closed = false;
  std::string why;
  std::vector<StoreEvent> events;

  Outbox outbox;  // before the threads that post to it
  StoreWriter writer;
  StoreReader reader;
};

void EmbeddedStore::Impl::deliver(FailedEvent& event) {
  failed = true;
  why = event.why;
  writer.drop(gathered);
  if (note) note("store_failed", why);
  listener->on_store_failed(why);
}

void EmbeddedStore::Impl::deliver(RecoveredEvent& event) {
  failed = false;
  epoch = event.epoch;
  if (note) note("store_recovered", {});
  listener->on_store_recovered();
}

template <class T, class Callback, class Read>
void EmbeddedStore::Impl::find(Callback callback, Read read) {
  if (closed || reads >= limits::kStoreReadsMax) {
    const Fault fault =
        closed ? Fault{ErrorCode::store_unavailable, kClosed} : Fault{ErrorCode::overloaded, {}};
    outbox.post(CallbackEvent([callback = std::move(callback), fault] { callback(fault); }));
    return;
  }
  ++reads;
  reader.post(
      [this, callback = std::move(callback), read = std::move(read)](Result<JournalReader*> journal) mutable {
        Result<T> found = journal ? read(**journal) : Result<T>(journal.error());
        const bool good = found.has_value();
        outbox.post(CallbackEvent([this, callback = std::move(callback), found = std::move(found)]() mutable {
          --reads;
          callback(std::move(found));
        }));
        return good;
      });
}

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(Settings settings, std::function<void()> wake,
                                                           Note note, StoreImage& image_out) {
  KGW_CHECK(settings.clock != nullptr);
  Result<DataDir> directory = DataDir::open(settings.data_dir);
  if (!directory) return directory.error();
  const auto file = directory->file("gateway.db");
  if (!file) return file.error();
  Result<Journal> journal = Journal::open(*file, settings.vfs, settings.clock->now().wall);
  if (!journal) return journal.error();
  Result<StoreImage> image = journal->load();
  if (!image) return image.error();
  image_out = std::move(*image);
  const StoreWriter::Settings writer{
      *file, settings.vfs, {settings.retention, settings.keep_bodies}, settings.max_bytes, *settings.clock};
  auto impl = std::make_unique<Impl>(std::move(*directory), std::move(note), std::move(wake), writer,
                                     std::move(*journal));
  return std::unique_ptr<EmbeddedStore>(new EmbeddedStore(std::move(impl)));
}

EmbeddedStore::EmbeddedStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EmbeddedStore::~EmbeddedStore() { close(); }

void EmbeddedStore::set_listener(StoreListener& listener) { impl_->listener = &listener; }

std::uint64_t EmbeddedStore::append(Record record) {
  Impl& my = *impl_;
  const std::uint64_t number = ++my.last_number;
  if (!my.takes()) return number;
  my.gather(bytes_of(record));
  my.gathered.work.records.push_back(std::move(record));
  return number;
}

void EmbeddedStore::commit() {
  Impl& my = *impl_;
  if (my.gathered.empty()) return;
  my.gathered.epoch = my.epoch;
  my.gathered.up_to = my.last_number;
  my.writer.hand_over(my.gathered);
}

void EmbeddedStore::poll() {
  Impl& my = *impl_;
  KGW_CHECK(my.listener != nullptr);
  std::vector<StoreEvent> events = std::move(my.events);
  my.outbox.take(events);
  for (StoreEvent& event : events) std::visit([&my](auto& e) { my.deliver(e); }, event);
  events.clear();
  my.events = std::move(events);
}

bool EmbeddedStore::accepts() const { return impl_->takes() && !impl_->full() && !impl_->writer.too_large(); }

void EmbeddedStore::write_registry(std::vector<RegistryChange> changes, RegistryWritten callback) {
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

void EmbeddedStore::note_connection(ConnectionRecord record) {
  Impl& my = *impl_;
  if (!my.takes() || my.full()) {
    ++my.dropped_connections;
    return;
  }
  my.gather(bytes_of(record));
  my.gathered.work.connections.push_back(std::move(record));
}

void EmbeddedStore::find_exchange(RequestId id, FoundExchange callback) {
  impl_->find<std::optional<StoredExchange>>(std::move(callback),
                                             [id](JournalReader& r) { return r.exchange(id); });
}

void EmbeddedStore::find_exchanges(ExchangesQuery query, FoundExchanges callback) {
  impl_->find<Page<StoredExchange>>(
      std::move(callback), [query = std::move(query)](JournalReader& r) { return r.exchanges(query); });
}

void EmbeddedStore::find_connections(HistoryQuery query, FoundConnections callback) {
  impl_->find<Page<StoredConnection>>(
      std::move(callback), [query = std::move(query)](JournalReader& r) { return r.connections(query); });
}

void EmbeddedStore::find_audit(HistoryQuery query, FoundAudit callback) {
  impl_->find<Page<StoredAudit>>(std::move(callback),
                                 [query = std::move(query)](JournalReader& r) { return r.audit(query); });
}

StoreStats EmbeddedStore::stats() const {
  const StoreWriter& writer = impl_->writer;
  return {.commits = writer.commits(),
          .records = writer.records(),
          .last_commit_us = writer.last_commit_us(),
          .queue_bytes = writer.bytes(),
          .dropped_connections = impl_->dropped_connections + writer.dropped_connections()};
}

std::string EmbeddedStore::trouble() const {
  if (impl_->closed) return kClosed;
  if (impl_->failed) return impl_->why;
  if (impl_->writer.too_large())
    return "the journal is larger than it may be: allow it more, or let it keep less, or shorter";
  if (impl_->full()) return "the disk doesn't keep up: too much waits to be written";
  return {};
}

void EmbeddedStore::close() {
  Impl& my = *impl_;
  if (my.closed) return;
  commit();
  my.closed = true;
  my.reader.stop();
  my.writer.stop();
}

}  // namespace kgw
