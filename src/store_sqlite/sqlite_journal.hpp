// SqliteJournal: the writing half of the embedded store, without threads: one connection, used by one thread
// at a time. One write() is one commit. After a Fault the connection's state must not be trusted: destroy the
// object and open another one, which first makes durable what the disk has (see open()).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/order_fate.hpp"
#include "core/records.hpp"
#include "sqlite/copying.hpp"
#include "sqlite/database.hpp"
#include "store/journal_home.hpp"
#include "store/open_keys.hpp"
#include "store_sqlite/claims/claim_index.hpp"
#include "store_sqlite/journal_place.hpp"
#include "store_sqlite/term_run.hpp"

namespace kgw {

class SqliteJournal final : public JournalWriting {
 public:
  struct Opening {
    std::string vfs;
    WallTime now{};
    bool look_through = false;      // check for damage first, in a time that depends on the journal's size
    bool part_is_missing = false;   // accepted exchanges may be in none of the files: "not found" is not sure
    std::int64_t boot = 0;          // the machine's start (store_sqlite/journal_files)
    std::size_t run_rows = 0;       // exchanges per run of the index
    std::size_t claim_rows = 1024;  // claims that are kept in memory until they become a run
  };
  // Opens and migrates. What a crash or a failed commit left in the write-ahead log is copied into the
  // database and synced before any of it is trusted: a log page in the system's cache may never have reached
  // the disk, and a second fsync() would not report that. Then a probe is written, to detect a full or
  // read-only disk now. `file` must be accepted by `place`, which watches it from then on.
  static Result<SqliteJournal> open(const std::filesystem::path& file, std::shared_ptr<JournalPlace> place,
                                    const Opening& how);

  // Loads what a start needs.
  Result<StoreImage> load();

  Result<std::vector<TakenKey>> write(const JournalWork& work, Instant now) override;
  // Shortens the write-ahead log if it has grown beyond its bound.
  Result<void> after_write() override;
  // Of the database, without its free pages.
  Result<std::uint64_t> used_bytes() override;
  // Checks that the files are still in place.
  Result<void> look_after() override { return check_place(); }
  Milliseconds idle_time() const override { return Milliseconds(500); }
  std::string take_news() override { return place_->take_news(); }
  void begin_sweep() override;
  // One commit per step.
  Result<bool> sweep_step(const SweepOrder& order, Swept& swept) override;
  // A step reads rows, or writes a run, or merges some claims, in one commit.
  Result<bool> index_step(std::size_t rows_max) override;
  Result<std::optional<WallTime>> swept_by() override;
  Result<void> keep_swept_by(WallTime time) override;
  Result<void> begin_copy(const std::filesystem::path& into) override;
  Result<bool> copy_step(bool busy) override;
  void end_copy() override { copy_.reset(); }
  // Records where the next start must begin to look, and closes.
  Result<void> close_cleanly() override;

 private:
  // The tables in which exchanges end, or are closed by somebody.
  enum Marks : std::uint8_t { kAnsweredMarks, kEndedMarks, kResolvedMarks, kMarks };
  static constexpr std::int64_t kSparePages = 4096;  // free pages that are kept: 16 MiB, or a quarter of all
  struct DueRow {
    std::int64_t id;
    bool owes;  // a callback
  };
  struct Due {
    std::vector<DueRow> rows;
    std::int64_t next;
    bool more;
    Milliseconds behind;
  };

  SqliteJournal() = default;
  Result<void> prepare();
  Result<void> open_claims(std::size_t claim_rows);
  Result<void> probe(const Opening& how);
  Result<void> check_place();
  Result<JournalPosition> position();
  Result<void> rebuild_open_keys();

  // store_sqlite/journal_claims
  Result<ClaimVerdict> claim(const AcceptedRecord& record);
  Result<ClaimVerdict> claim_what_is_free(const AcceptedRecord& record);
  Result<ClaimVerdict> claim_key(const AcceptedRecord& record);
  Result<ClaimVerdict> claim_order(const AcceptedRecord& record);
  Result<void> free_claim(const RequestId& id);
  // What is known of `id` now, since `at`, for the order that it has, if it has one.
  Result<void> settle_order(const RequestId& id, OrderFate fate, WallTime at);
  // What somebody found out; an answer that came meanwhile knows better.
  Result<void> resolve_order(const RequestId& id, const Resolved& what);
  Result<bool> sweep_claims(const SweepOrder& order, Swept& swept);
  Result<bool> sweep_orders(const SweepOrder& order, Swept& swept);
  struct ClaimSweep;
  Result<bool> sweep_claims_of(const ClaimSweep& sweep, const SweepOrder& order);

  Result<void> apply(const AcceptedRecord& record);
  Result<void> apply(const DispatchedRecord& record);
  Result<void> apply(const AnsweredRecord& record);
  Result<void> apply(const EndedRecord& record);
  Result<void> apply(const KioskRecord& record);
  Result<void> apply(const KioskRemovedRecord& record);
  Result<void> apply(const KeyRecord& record);
  Result<void> apply(const AuditRecord& record);
  Result<void> apply(const SettingRecord& record);
  Result<void> apply(const ResolvedRecord& record);
  Result<void> apply(const CallbackRecord& record);
  Result<void> apply(const UnclaimedRecord& record);
  Result<void> apply(const ClaimedRecord& record);
  Result<void> apply(const ConnectionRecord& record);
  // The n-th final state of this exchange owes a callback.
  Result<void> owe(const RequestId& id, std::uint32_t n, WallTime at);
  Result<void> write_marks(Instant now);
  // store_sqlite/journal_unclaimed
  Result<void> write_told_mark(Instant now);
  Result<void> list_untold();
  Result<std::vector<StoredExchange>> load_unclaimed();
  Result<void> set_meta(const char* name, std::int64_t value);
  Result<std::int64_t> meta(const char* name);

  Result<void> read_sweep_marks(const Opening& how);
  Result<Due> due(Marks marks, std::int64_t from, WallTime cut, const SweepOrder& order);
  Result<bool> ends_before(Marks marks, std::int64_t from, WallTime cut, WallTime future);
  Result<void> follow_numbers(Marks marks, std::int64_t& mark);
  Result<bool> sweep_bodies(Marks marks, const SweepOrder& order, Swept& swept);
  Result<bool> empty_bodies(std::int64_t id);
  Result<bool> sweep_exchanges(Marks marks, const SweepOrder& order, Swept& swept);
  Result<void> drop_exchanges(const std::vector<std::int64_t>& ids);
  // store_sqlite/journal_callbacks
  Result<void> pass_by(std::int64_t id, bool whole);
  bool comes_again(const sqlite::Statement& row) const;
  Result<bool> sweep_late(const SweepOrder& order, Swept& swept);
  Result<bool> sweep_terms();
  Result<bool> sweep_history(const SweepOrder& order, Swept& swept);
  Result<bool> give_space_back(const SweepOrder& order, Swept& swept);

  Result<void> read_index_mark();
  Result<bool> terms_step(std::size_t rows_max);
  Result<std::size_t> gather_terms(TermRunBuilder& run, std::int64_t above, std::int64_t below,
                                   std::size_t rows_max);
  Result<void> put_run(TermRunBuilder& run, std::int64_t first, std::int64_t last);
  Result<std::int64_t> rows_between(std::int64_t first, std::int64_t last, std::int64_t rows_max);
  Result<void> take_index_back(std::int64_t key);

  enum Query : std::size_t {
    kAccepted,
    kAnswered,
    kEnded,
    kKiosk,
    kKioskRemoved,
    kKey,
    kAudit,
    kSetting,
    kResolve,
    kConnection,
    kSetMeta,
    kMeta,
    kPages,
    kFreePages,
    kSweepAnswered,
    kSweepEnded,
    kSweepResolved,
    kTimeAnswered,
    kTimeEnded,
    kTimeResolved,
    kEmptyBody,
    kEmptyAnswer,
    kDropAccepted,
    kDropAnswered,
    kDropEnded,
    kDropResolved,
    kDropConnections,
    kDropAudit,
    kTermsOfAccepted,
    kTermsOfEnded,
    kTermsOfAnswered,
    kPutRun,
    kDropRun,
    kDropRunsFrom,
    kRunsToSweep,
    kRowsBetween,
    kClaim,
    kClaimOf,
    kDropClaim,
    kSweepClaims,
    kClaimOrder,
    kOrderOf,
    kSettleOrder,
    kDropOrder,
    kResolveOrder,
    kDropOrderOf,
    kSweepOrders,
    kOwe,
    kCallback,
    kDropCallbacks,
    kCallbackUrl,
    kDropCallbackUrl,
    kPassBy,
    kLateOwes,
    kLateOver,
    kDropLate,
    kUnclaimed,
    kClaimed,
    kDropUnclaimed,
    kQueries
  };

  std::shared_ptr<JournalPlace> place_;
  std::optional<Instant> place_checked_at_;
  sqlite::Database db_;  // declared before the statements: it must outlive them
  std::array<sqlite::Statement, kQueries> queries_;
  std::optional<sqlite::Copying> copy_;
  ClaimIndex keys_;    // of `claims`
  ClaimIndex orders_;  // of `order_claims`
  unsigned index_turn_ = 0;

  // Every exchange with a key below `open_from_` has ended, as far as committed; a start looks from there on.
  OpenKeys open_;
  std::int64_t last_key_ = 0;
  // The last number that a row of `answered` or `ended` got: both count on together, so that their rows have
  // one order, and the feed one cursor. No number is ever given twice, even if its row is deleted.
  std::int64_t last_end_ = 0;
  // Of `last_end_`, two marks ago, one mark ago; written, so that what was answered later and may not have been
  // told is found after a crash.
  std::array<std::int64_t, 2> told_{};
  std::int64_t told_to_ = 0;  // as written
  Instant told_at_{};
  WallTime opened_at_{};
  std::int64_t open_from_ = 0;
  Instant open_from_at_{};
  // What ended in rows below these marks has no body any more, or was deleted, unless its outcome is unknown:
  // that comes with its row of `resolved`.
  std::array<std::int64_t, kMarks> bodies_marks_{};
  std::array<std::int64_t, kMarks> rows_marks_{};
  int sweep_part_ = 0;
  std::string late_from_;  // for the sweep: the owner with whom its next step along the late list begins
  // store_sqlite/journal_terms: runs are written up to `indexed_to_`, and `run_`, the next one, is gathered
  // up to `gathered_to_`.
  std::size_t run_rows_ = 0;
  TermRunBuilder run_;
  std::int64_t indexed_to_ = 0;
  std::int64_t gathered_to_ = 0;
  std::int64_t claims_mark_ = 0;  // of the sweep: the last claim that it looked at,
  std::int64_t orders_mark_ = 0;  // and the last of an order
  std::int64_t runs_mark_ = 0;    // for the sweep: the last run that it has checked
  bool gives_space_back_ = false;
};

}  // namespace kgw
