// ClaimIndex: which rows of a table of claims may have a digest. An index in the digest's order would touch a
// page of its own for each claim of a commit. This one is append-only: the newest claims are in memory; when
// they are some thousands, they are written, sorted, as a run (store_sqlite/claims/claim_block), in the commit
// that fills them up; runs are merged, eight into one, in steps between commits. A look-up asks the newest and
// the filters, and reads a block of each run whose filter does not say no. Used by the writer's thread.
//
// Invariants. (1) For each row of the table there is an entry, in memory or in a listed run: a row and its
// entry are added together, the entries in memory are those of all rows above the mark `to_`, which a start
// reads again, and a mark goes up only in the transaction that writes them all. An entry is left out only when
// its row is gone. So no claim is missed. (2) An entry proves nothing: whoever looks up compares the row, in
// full. So none is found where there is none, and what is deleted from the table needs no word here. (3) A run
// is written before it is listed, and taken apart after it is not: what a crash leaves is blocks that belong to
// no listed run, and a start finds them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sqlite/database.hpp"
#include "store_sqlite/claims/claim_block.hpp"

namespace kgw {

class ClaimIndex {
 public:
  // Of the tables; in `meta`, of the mark.
  struct Names {
    const char* claims;
    const char* key;  // the digest's column
    const char* runs;
    const char* blocks;
    const char* mark;
  };

  // Of filters; what is left without one costs each look-up a block. A merge has its new one besides.
  static constexpr std::size_t kFilterBytesMax = 32 * 1024 * 1024;

  // Reads the runs, and the claims above the mark; writes those that are too many for the memory (all of them,
  // for a journal of an older version). `newest_max`: so many claims stay in memory.
  Result<void> open(sqlite::Database& db, const Names& names, std::size_t newest_max);

  // Returns the ids of rows that may have this digest; no other row has it. Valid until the next call.
  Result<std::span<const std::int64_t>> look_up(const Digest& key);
  // A row was inserted, in the transaction that is going on.
  void add(const Digest& key, std::int64_t id);
  // The last word of a transaction that may have added rows.
  Result<void> end_commit();

  // Does one small step of merging, some thousands of entries. Returns true if there is more to do.
  Result<bool> merge_step(sqlite::Database& db, std::size_t entries_max);

  // Along with the sweep of the table: finds runs of which little is left. Claims with ids below `old_below`
  // are few.
  void begin_sweep();
  Result<bool> sweep_step(std::int64_t old_below, std::size_t rows_max);

 private:
  struct Run {
    std::int64_t number = 0;
    std::int64_t first = 0, last = 0;  // of the ids in it, the lowest and the highest
    std::size_t size = 0;
    ClaimFilter filter;
    bool looked_at = false;  // by this sweep
    bool thin = false;       // little of it is left: it is to be written anew
    bool merging = false;

    void note(const ClaimEntry& entry);
  };
  // Reads the entries of a run in their order.
  struct Source {
    std::int64_t run;
    std::int64_t from;  // the next block's place, or below it
    std::string bytes;
    std::size_t at = 0;
    std::optional<ClaimEntry> head;
  };
  struct Merge {
    Run into;
    std::vector<Source> from;
    ClaimBlock block;
    std::optional<ClaimEntry> last;  // that was kept
    std::int64_t lowest = 0;         // rows below it are gone
    bool ask = false;                // whether a row is there, of each entry
  };
  enum Query : std::uint8_t {
    kRuns,
    kPutRun,
    kDropRun,
    kPutBlock,
    kBlockFor,
    kNextBlock,
    kDropBlocks,
    kNewest,
    kMark,
    kSetMark,
    kRow,
    kLowest,
    kRowsFrom,
    kQueries
  };

  Result<void> prepare(sqlite::Database& db, const Names& names);
  Result<void> read_runs();
  Result<bool> read_filter(Run& run);
  Result<void> find_strays();
  Result<void> begin_anew(sqlite::Database& db);
  Result<void> read_newest(sqlite::Database& db);
  Result<void> add_candidates(const Run& run, std::uint64_t prefix);
  Result<void> write_run(std::vector<ClaimEntry>& entries);
  Result<void> put_block(const Run& run, ClaimBlock& block);
  Result<void> put_run(const Run& run);
  Result<void> set_mark(std::int64_t to);
  bool wants_filter(std::size_t size) const;
  ClaimFilter filter_for(std::size_t size) const;
  std::size_t level_of(std::size_t size) const;
  std::int64_t next_number();
  Run* find(std::int64_t number);

  // store_sqlite/claims/claim_merge
  Result<void> take_apart(sqlite::Database& db, std::size_t blocks_max);
  std::vector<std::int64_t> choose() const;
  bool begin_merge(const std::vector<std::int64_t>& numbers);
  Result<void> read_head(Source& source);
  Result<bool> is_there(std::int64_t id);
  Result<bool> merge_some(std::size_t entries_max);
  Result<void> end_merge();
  static Fault damaged();

  std::array<sqlite::Statement, kQueries> queries_;
  std::size_t newest_max_ = 0;
  std::unordered_multimap<std::uint64_t, std::int64_t> newest_;  // the ids, by their prefixes
  std::int64_t highest_ = 0;                                     // of the ids in it
  bool late_ = false;  // one of them is below the mark: a start would not read it
  std::int64_t to_ = 0;
  std::vector<Run> runs_;            // oldest first
  std::vector<std::int64_t> apart_;  // runs that are not listed any more, and have blocks yet
  std::int64_t last_number_ = 0;
  std::vector<std::int64_t> found_;
  std::optional<Merge> merge_;
  std::int64_t counting_ = 0;  // for the sweep: the run whose rows it counts, 0: none,
  std::int64_t counted_to_ = 0;
  std::size_t counted_ = 0;
};

}  // namespace kgw
