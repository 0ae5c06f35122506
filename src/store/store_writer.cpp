#include "store/store_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kgw {
namespace {

constexpr Milliseconds kBackoffFirst{100};
constexpr Milliseconds kBackoffMost{1000};
// A store that fails again sooner than this after a recovery is waited for as if it had not recovered.
constexpr auto kHealthyTime = std::chrono::seconds(10);
constexpr auto kCopyPause = Milliseconds(1);  // likewise between the steps of a copy
constexpr auto kCopyPauseBusy = Milliseconds(5);
constexpr auto kSweepInterval = std::chrono::minutes(1);
constexpr auto kSweepNoteInterval = std::chrono::minutes(10);
constexpr auto kSweepPause = Milliseconds(20);  // between steps when there is nothing else to do
constexpr std::size_t kSweepRows = 500;         // of a step then
// When there is, a step is short, since a commit may have to wait for it, and the sweep takes a tenth of the
// time: some thousands of rows a second. When what it finds was due long ago, it doesn't keep up, and takes a
// third.
constexpr std::size_t kSweepRowsBusy = 100;
constexpr int kSweepRestBusy = 9;
constexpr int kSweepRestBehind = 2;
constexpr auto kSweepRestMax = std::chrono::seconds(1);
// Likewise the index. Most of its steps only read; each run of some thousands of rows is one commit.
constexpr std::size_t kIndexRows = 512;
constexpr std::size_t kIndexRowsBusy = 128;
constexpr int kIndexRestBusy = 19;
constexpr auto kIndexRest = std::chrono::seconds(1);  // when it has come to the end
constexpr auto kSweepBehind = std::chrono::minutes(10);

SweepTime first_sweep_time(const StoreWriter::Settings& settings, JournalWriting& journal) {
  const Now now = settings.clock.now();
  const auto swept_by = journal.swept_by();  // what fails here fails at the first commit as well
  if (swept_by && !*swept_by) (void)journal.keep_swept_by(now.wall);
  return {swept_by ? swept_by->value_or(now.wall) : now.wall, now.steady,
          std::min(settings.kept.bodies, settings.kept.rows)};
}

template <class T>
void move_behind(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void HandOver::clear() {
  work.records.clear();
  work.registry.clear();
  work.connections.clear();
  registry_written.clear();
  bytes = 0;
}

void HandOver::take(HandOver& more) {
  if (empty()) {
    std::swap(*this, more);
  } else {
    move_behind(work.records, more.work.records);
    move_behind(work.registry, more.work.registry);
    move_behind(work.connections, more.work.connections);
    move_behind(registry_written, more.registry_written);
    up_to = more.up_to;
    bytes += more.bytes;
  }
  more.clear();
}

StoreWriter::StoreWriter(Settings settings, std::unique_ptr<JournalWriting> journal, Outbox& outbox)
    : settings_(std::move(settings)),
      outbox_(outbox),
      journal_(std::move(journal)),
      backoff_(kBackoffFirst, kBackoffMost),
      sweep_time_(first_sweep_time(settings_, *journal_)) {
  journal_->show_kept_from(kept_from_);
  journal_->begin_sweep();
  (void)look_at_size();  // what fails here fails at the first commit as well
  thread_ = std::thread([this] { run(); });
}

void StoreWriter::hand_over(HandOver& gathered) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    // The loop has heard of a recovery; what it handed over before that is not to be written.
    if (!mailbox_.empty() && mailbox_.epoch != gathered.epoch) drop(mailbox_);
    mailbox_.take(gathered);
    wake = std::exchange(waiting_, false);
  }
  if (wake) wake_.notify_one();
}

void StoreWriter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  drop(mailbox_);
}

void StoreWriter::drop(HandOver& hand) {
  for (auto& callback : hand.registry_written)
    outbox_.post(CallbackEvent([callback = std::move(callback)] {
      callback(Fault{ErrorCode::store_unavailable, {}});
    }));
  dropped_connections_.fetch_add(hand.work.connections.size(), std::memory_order_relaxed);
  bytes_.fetch_sub(hand.bytes, std::memory_order_relaxed);
  hand.clear();
}

bool StoreWriter::wait_for_work(HandOver& hand) {
  std::unique_lock lock(mutex_);
  waiting_ = mailbox_.empty();
  const auto time = copying_                 ? kCopyPause
                    : sweeping_ || indexing_ ? Milliseconds(kSweepPause)
                                             : journal_->idle_time();
  wake_.wait_for(lock, time, [this] { return stopping_ || !mailbox_.empty() || ordered_copy_; });
  waiting_ = false;
  std::swap(hand, mailbox_);
  return !stopping_ || !hand.empty();
}

void StoreWriter::run() {
  HandOver hand;
  while (wait_for_work(hand)) {
    const bool busy = !hand.empty();
    Result<void> done;
    std::uint64_t in_doubt_to = 0;
    if (busy && hand.epoch == epoch_) {
      done = write(hand);
      if (!hand.empty() && !journal_->surely_unwritten()) in_doubt_to = hand.up_to;
    } else if (!busy) done = journal_->look_after();
    if (done) done = sweep(busy);
    if (done) done = index(busy);
    if (done) copy_some(busy);
    drop(hand);
    if (std::string news = journal_->take_news(); !news.empty())
      outbox_.post(NoteEvent{"store_mended", std::move(news)});
    tell_weakness();
    if (!done && !outlast(done.error(), in_doubt_to)) return;
  }
  finish();
}

// The records of a hand-over were given their numbers one after the other.
std::vector<NotNew> StoreWriter::not_new(const HandOver& hand, const std::vector<TakenKey>& taken) {
  std::vector<NotNew> out;
  const std::uint64_t first = hand.up_to + 1 - hand.work.records.size();
  for (const TakenKey& one : taken) out.push_back({first + one.record, one.verdict});
  return out;
}

Result<void> StoreWriter::write(HandOver& hand) {
  const Instant began = settings_.clock.now().steady;
  const auto taken = journal_->write(hand.work, began);
  if (!taken) return taken.error();
  const auto whole = settings_.clock.now().steady - began;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(whole);
  {
    const std::lock_guard lock(measured_mutex_);
    commit_time_.record(whole);
    batch_size_.record(static_cast<double>(hand.work.records.size()));
  }
  commits_.fetch_add(1, std::memory_order_relaxed);
  records_.fetch_add(hand.work.records.size(), std::memory_order_relaxed);
  last_commit_us_.store(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)),
                        std::memory_order_relaxed);
  bytes_.fetch_sub(hand.bytes, std::memory_order_relaxed);
  if (!hand.work.records.empty()) outbox_.post(CommittedEvent{hand.up_to, not_new(hand, *taken)});
  for (auto& callback : hand.registry_written)
    outbox_.post(CallbackEvent([callback = std::move(callback)] { callback({}); }));
  // From here on all of it is durable and told.
  hand.clear();
  if (auto done = journal_->after_write(); !done) return done;
  return look_at_size();
}

Result<void> StoreWriter::look_at_size() {
  if (settings_.max_bytes == 0) return {};
  const auto used = journal_->used_bytes();
  if (!used) return used.error();
  too_large_.store(*used > settings_.max_bytes, std::memory_order_relaxed);
  bytes_left_.store(settings_.max_bytes - std::min(*used, settings_.max_bytes), std::memory_order_relaxed);
  return {};
}

// One step at most, so that a commit never waits for more than one.
Result<void> StoreWriter::sweep(bool busy) {
  const Now now = settings_.clock.now();
  if (!sweeping_ && now.steady < sweep_at_) return {};
  if (busy && now.steady < sweep_rest_until_) return {};
  if (!sweeping_) {
    journal_->begin_sweep();
    sweeping_ = true;
  }
  const bool waited = sweep_time_.waits();
  const WallTime by = sweep_time_.at(now);
  if (sweep_time_.waits() && !waited)
    outbox_.post(NoteEvent{"sweep_waits", "the clock jumped from " + rfc3339(sweep_time_.trusted()) + " to " +
                                              rfc3339(now.wall) +
                                              ": nothing is deleted until the new time has held for a day"});
  swept_.behind = {};
  const Result<bool> more =
      journal_->sweep_step({settings_.kept, by, busy ? kSweepRowsBusy : kSweepRows}, swept_);
  if (!more) return more.error();
  const Instant ended = settings_.clock.now().steady;
  const int rest = swept_.behind > kSweepBehind ? kSweepRestBehind : kSweepRestBusy;
  // A step in which the process was stopped is not to be rested from for minutes.
  sweep_rest_until_ = ended + std::min<Instant::duration>((ended - now.steady) * rest, kSweepRestMax);
  if (!*more)
    if (auto done = end_sweep(now); !done) return done;
  if (auto done = journal_->after_write(); !done) return done;
  return look_at_size();
}

Result<void> StoreWriter::end_sweep(const Now& now) {
  sweeping_ = false;
  sweep_at_ = now.steady + kSweepInterval;
  if (!sweep_noted_ || now.steady - sweep_noted_at_ >= kSweepNoteInterval) note_sweep(now);
  return journal_->keep_swept_by(sweep_time_.trusted());
}

void StoreWriter::note_sweep(const Now& now) {
  if (!swept_.any()) return;
  sweep_noted_ = true;
  sweep_noted_at_ = now.steady;
  const JournalWriting::Swept swept = std::exchange(swept_, {});
  outbox_.post(NoteEvent{"store_swept", std::to_string(swept.rows) + " requests deleted, " +
                                            std::to_string(swept.bodies) + " emptied, " +
                                            std::to_string(swept.connections) + " connections and " +
                                            std::to_string(swept.audit) + " audit trail entries deleted, " +
                                            std::to_string(swept.pages) + " pages returned"});
}

// One step at most, as with the sweep.
Result<void> StoreWriter::index(bool busy) {
  const Instant began = settings_.clock.now().steady;
  if ((busy || !indexing_) && began < index_rest_until_) return {};
  const Result<bool> more = journal_->index_step(busy ? kIndexRowsBusy : kIndexRows);
  if (!more) return more.error();
  indexing_ = *more;
  const Instant ended = settings_.clock.now().steady;
  index_rest_until_ =
      ended + (*more ? std::min<Instant::duration>((ended - began) * kIndexRestBusy, kIndexRest) : kIndexRest);
  return journal_->after_write();
}

void StoreWriter::copy(std::filesystem::path file, History::BackedUp callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!copy_waits_ && !stopping_) {
      copy_waits_ = true;
      ordered_copy_ = CopyOrder{std::move(file), std::move(callback)};
      wake_.notify_one();
      return;
    }
  }
  outbox_.post(CallbackEvent([callback = std::move(callback)] {
    callback(Fault{ErrorCode::overloaded, "A backup is already being made; wait until it is done."});
  }));
}

// One step at most, as with the sweep. The journal's own connection copies, so that no snapshot is held and the
// log does not grow; what is committed meanwhile is in the copy.
void StoreWriter::copy_some(bool busy) {
  {
    const std::lock_guard lock(mutex_);
    if (ordered_copy_) copying_ = std::exchange(ordered_copy_, std::nullopt);
    else if (!copying_) return;
    else busy = busy || !mailbox_.empty();
  }
  const Instant now = settings_.clock.now().steady;
  if (!copy_begun_) {
    if (const auto begun = journal_->begin_copy(copying_->file); !begun) return end_copy(begun.error());
    copy_begun_ = true;
  } else if (busy && now - copy_step_at_ < kCopyPauseBusy) {
    return;
  }
  copy_step_at_ = now;
  const Result<bool> whole = journal_->copy_step(busy);
  if (!whole) return end_copy(whole.error());
  if (*whole) end_copy({});
}

void StoreWriter::end_copy(Result<void> how) {
  std::optional<CopyOrder> copy = std::exchange(copying_, std::nullopt);
  copy_begun_ = false;
  {
    const std::lock_guard lock(mutex_);
    copy_waits_ = false;
    if (!copy) copy = std::exchange(ordered_copy_, std::nullopt);
  }
  if (!copy) return;
  std::error_code ignored;
  if (!how) std::filesystem::remove(copy->file, ignored);
  outbox_.post(CallbackEvent([callback = std::move(copy->callback), how] { callback(how); }));
}

bool StoreWriter::outlast(const Fault& fault, std::uint64_t in_doubt_to) {
  outbox_.post(FailedEvent{fault.message, in_doubt_to});
  journal_->end_copy();
  end_copy(Fault{ErrorCode::store_unavailable, fault.message});
  journal_.reset();
  if (settings_.clock.now().steady - recovered_at_ >= kHealthyTime) backoff_.reset();
  std::string why = fault.message;
  ErrorCode code = fault.code;
  for (;;) {
    if (code == ErrorCode::forbidden) {
      outbox_.post(TakenOverEvent{why});
      return false;
    }
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, backoff_.next(), [this] { return stopping_; });
      drop(mailbox_);
      if (stopping_) return false;
    }
    end_copy(Fault{ErrorCode::store_unavailable, why});
    settings_.release_reading();
    JournalHome::Writing journal = settings_.reopen();
    if (journal) {
      journal_ = std::move(*journal);
      journal_->show_kept_from(kept_from_);
      break;
    }
    code = journal.error().code;
    if (std::exchange(why, journal.error().message) != why) outbox_.post(StillFailingEvent{why});
  }
  ++epoch_;
  recovered_at_ = settings_.clock.now().steady;
  sweeping_ = false;
  sweep_at_ = recovered_at_ + kSweepInterval;
  (void)look_at_size();  // what fails here fails at the first commit as well
  outbox_.post(RecoveredEvent{epoch_, journal_->lost_data(), journal_->take_open()});
  tell_weakness();
  return true;
}

void StoreWriter::tell_weakness() {
  if (auto why = journal_->new_weakness()) outbox_.post(WeaknessEvent{std::move(*why)});
}

void StoreWriter::finish() {
  journal_->end_copy();
  end_copy(Fault{ErrorCode::store_unavailable,
                 "The gateway is shutting down; make the backup again once it has stopped."});
  (void)sweep_time_.at(settings_.clock.now());
  (void)journal_->keep_swept_by(sweep_time_.trusted());
  if (const auto done = journal_->close_cleanly(); !done) {
    outbox_.post(NoteEvent{"store_not_closed_cleanly", done.error().message});
    journal_.reset();
  }
}

}  // namespace kgw
