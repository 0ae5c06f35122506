// Outbox: what this kiosk was asked to do and what came of it, on disk (SQLite, WAL, synchronous=FULL). A
// request is recorded before its local service is called, its result until the gateway has it and for a
// bounded time after, so that neither a crash nor a second delivery makes anything happen twice
// (PROTOCOL.md 4.1, 4.2). Held by one process at a time. Every method but owed(), look() and settle() waits for
// the disk. Used on one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/execution/boot_clock.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sqlite/database.hpp"

namespace kgw {

// On disk: the numbers stay as they are.
enum class WorkState : std::uint8_t {
  waiting = 0,    // recorded; its local service was surely not called
  started = 1,    // its local service may have been called
  finished = 2,   // its result is there
  following = 3,  // has the same dedupe_id as another one, and gets that one's result
};
enum class ResultKind : std::uint8_t { answer = 0, lookup = 1, interrupted = 2, declined = 3 };

// A request, to be recorded.
struct OutboxRequest {
  std::string_view request_id;
  std::string_view dedupe_id{};  // empty: none
  std::string_view operation{};
  std::string_view message{};  // the gateway's whole text
  Milliseconds deadline{0};    // on the boot clock
};

// One that was not finished when the last process ended.
struct OutboxLeftover {
  std::string request_id, message;
  WorkState state = WorkState::waiting;
  Milliseconds deadline{0};
  bool this_boot = false;  // otherwise `deadline` means nothing
  std::string job;         // as keep_job() was told it; empty: it was not
};

struct OutboxResult {
  std::string request_id;
  std::string response;  // a JSON object, without request_id
  ResultKind kind = ResultKind::answer;
};

// What a gateway that speaks v2 is told at the beginning: ids of requests.
struct OutboxHeld {
  std::vector<std::string> waiting, started, finished;  // the last ones are owed
};

class Outbox {
 public:
  struct Settings {
    std::filesystem::path file;                        // ":memory:": nothing survives
    std::int64_t bytes_max = 256 * 1024 * 1024;        // in use; then settled results go, oldest first
    std::int64_t disk_reserve = 8 * 1024 * 1024;       // nothing is accepted with less free on the disk
    Milliseconds keep_settled = std::chrono::days(7);  // then the id is forgotten
  };

  // Creates the file (mode 0600) and its directory if need be. Error: store_unavailable with a sentence: in use
  // by another process, damaged, not writable. Requires `clock` and `boot` to outlive this.
  static Result<std::unique_ptr<Outbox>> open(Settings settings, const Clock& clock, const BootClock& boot,
                                              Random& random);
  Outbox(const Outbox&) = delete;

  // The random name of this disk.
  const std::string& id() const { return id_; }

  enum class Known : std::uint8_t { no, unfinished, finished, same };  // same: only by its dedupe_id
  Result<Known> look(std::string_view request_id, std::string_view dedupe_id);
  // Records a request that look() does not know. Error: store_unavailable: it is not recorded; no room, or the
  // disk is at fault.
  Result<void> record(const OutboxRequest& request, WorkState state);
  // Records one that look() calls `same`: it is owed the other one's result, now or once there is one.
  Result<void> record_same(const OutboxRequest& request);
  // Records one that is not carried out, together with its result.
  Result<void> record_refused(const OutboxRequest& request, std::string_view response);
  Result<void> start(std::string_view request_id);
  // The device's own id of what a started request asked it to do, so that the next process can ask about it.
  Result<void> keep_job(std::string_view request_id, std::string_view job);
  // Also for all that follow it. A finished one stays as it is.
  Result<void> finish(std::string_view request_id, ResultKind kind, std::string_view response);
  Result<std::vector<OutboxLeftover>> unfinished();

  // Results that the gateway does not have yet, of the oldest requests first, at most `max`.
  Result<std::vector<OutboxResult>> owed(std::size_t max);
  // The ids of these, and one of them; nullopt: it is not owed.
  Result<std::vector<std::string>> owed_ids(std::size_t max);
  Result<std::optional<OutboxResult>> owed_one(std::string_view request_id);
  // At most `max` of each.
  Result<OutboxHeld> held(std::size_t max);
  // The gateway has it, as far as is known. May be lost in a power failure: it is sent once more then.
  Result<void> settle(std::string_view request_id);
  // Those are owed again: one, or all that were settled since `since`.
  Result<void> owe_again(std::string_view request_id);
  Result<void> owe_again(WallTime since);

  // Forgets what is old, a bounded number at a time.
  Result<void> sweep();

 private:
  Outbox(Settings settings, const Clock& clock, const BootClock& boot);
  Result<void> prepare(Random& random);
  Result<void> read_id(Random& random);
  Result<void> check_room();
  // From there on, settled results make room: well below the bound, so that not every request has to sweep.
  std::int64_t soft_max() const { return settings_.bytes_max - settings_.bytes_max / 8; }
  Result<std::int64_t> bytes_used();
  std::int64_t now_ms() const { return to_ms(clock_.now().wall); }

  const Settings settings_;
  const Clock& clock_;
  const BootClock& boot_;
  std::string id_;
  unsigned recorded_ = 0;
  sqlite::Database db_;  // declared before its statements
  sqlite::Statement find_, find_same_, insert_, insert_same_, insert_refused_, start_, keep_job_, finish_,
      follow_, left_, owed_, owed_ids_, owed_one_, held_, settle_, owe_, owe_since_, expire_, shrink_;
};

}  // namespace kgw
