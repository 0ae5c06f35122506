// Unclaimed: answers that their callers may never have got (PROTOCOL.md 1.2). What is written down is the
// exception and its end: that an answer could not be handed over, and that somebody has read it after all.
// Loop thread only.
//
// An answer is unclaimed when nobody waited for it any more, when its caller was told to ask for it (202), when
// it came late, or when its connection ended before the client's machine had confirmed all of it. What a crash
// leaves unsaid the store finds at the next start (docs/journal.md).
//
// In memory: at most limits::kUnclaimedMax, an owner a share of them, those of a start the newest; the store
// lists all. What could not be written is kept and tried again until it is.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"
#include "core/records.hpp"
#include "log/log.hpp"
#include "shell/onlookers.hpp"
#include "shell/relay_shell.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"

namespace kgw {

class Unclaimed final : public Onlooker {
 public:
  struct Answer {
    std::string kiosk_id;
    std::string owner;
    std::string operation;
    AnswerResult result = AnswerResult::unclassified;
    WallTime at{};  // when it became final
  };
  using Answers = std::map<RequestId, Answer>;

  // Which are worth an alert, and when: a `success` of these operations that is unclaimed for so long.
  struct Settings {
    std::vector<std::string> operations;
    Milliseconds after{};
  };

  // Registers as an onlooker of `shell`.
  Unclaimed(Settings settings, RelayShell& shell, Registry& registry, Journal& journal, const TurnClock& loop,
            LogLines& log);
  // What the store listed at the start.
  void restore(const std::vector<StoredExchange>& listed);
  // The store has lost its data: all that is still open is written again.
  void write_again();

  // The connection of the exchange's caller ended before all of the answer had left.
  void on_answer_lost(const RequestId& id);

  // Somebody has read it. Does nothing if it is not unclaimed, but `written` is called in any case: now or once
  // that is durable; its Faults are those of Registry::write_registry().
  void claim(const StoredExchange& exchange, ClaimedBy how, Registry::Written written = {});
  void claim(const RequestId& id, ClaimedBy how);

  // As of now; what the store says may be a moment old.
  bool is_unclaimed(const StoredExchange& exchange) const;
  // Returns at most `most` of theirs.
  std::vector<RequestId> of_owner(std::string_view owner, std::size_t most) const;
  const Answers& answers() const { return answers_; }

  // All is written, or the store is away.
  bool idle() const {
    return !shell_.relay().store_up() || (writing_.empty() && waiting_.empty() && lost_.empty());
  }
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);

  void on_answer_untold(const Reply& reply) override;
  void on_late_answer(const LateAnswer& answer) override;
  void on_request_resolved(const StoredExchange& exchange) override { claim(exchange.id, ClaimedBy::person); }
  void on_answer_replayed(const RequestId& id) override { claim(id, ClaimedBy::key); }
  void on_store_up() override;

 private:
  struct Change {
    RegistryChange what;
    Registry::Written written;
  };
  void list(const RequestId& id, Answer answer, LogLevel level = LogLevel::warning);
  void find_lost();
  Answer answer_of(const StoredExchange& exchange) const;
  void add(const RequestId& id, Answer answer);
  void close(const RequestId& id, const std::string& kiosk_id, ClaimedBy how, Registry::Written written);
  void put(RegistryChange change, Registry::Written written = {});
  void write();
  void on_written(const Result<void>& done);

  const Settings settings_;
  RelayShell& shell_;
  Registry& registry_;
  Journal& journal_;
  const TurnClock& loop_;
  LogLines& log_;
  Answers answers_;
  Shares shares_{limits::kUnclaimedMax};  // of `answers_`, by owner
  std::map<std::string, std::set<RequestId>, std::less<>> of_owner_;
  std::multimap<Instant, RequestId> due_;  // when each is worth an alert; some were claimed meanwhile
  std::set<RequestId> claiming_;           // that was not durable yet
  std::vector<Change> waiting_;
  std::vector<Change> writing_;  // handed to the store
  std::deque<RequestId> lost_;   // whose are looked up, one at a time, for what they were
  bool looking_ = false;
  std::optional<Instant> retry_;
};

}  // namespace kgw
