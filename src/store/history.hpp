// History: reads of what was written, and copies of it. Bounded, and off the loop.
//
// Loop thread only; no method blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "core/records.hpp"
#include "store/found_exchange.hpp"

namespace kgw {

// A page of stored rows. `next`: where the following page begins, in the query's direction; nullopt: this was
// the last one. A page may be short, or even empty, and still have a next one: a read is bounded by the rows
// that it looks at (limits::kStoreScanRowsMax), not only by those that match.
template <class Row>
struct Page {
  std::vector<Row> rows;
  std::optional<std::int64_t> next;
};

// Selects exchanges; empty or absent fields match all. Cursors are journal keys (RequestId::journal_key()).
struct ExchangesQuery {
  std::optional<std::int64_t> before;  // newest first, below this
  std::optional<std::int64_t> after;   // if set: oldest first, above this (what is new since then)
  std::string kiosk_id;
  std::string operation;
  std::string order_id;
  std::string owner;  // of the key with which it was called
  struct Ids {        // both included
    RequestId first;
    RequestId last;
  };
  std::optional<Ids> ids;
  std::optional<WallTime> from;  // accepted at or after this,
  std::optional<WallTime> to;    // and before this
  std::optional<State> state;
  std::optional<Outcome> outcome;      // unknown: only those that nobody has resolved
  std::optional<AnswerResult> result;  // of the answer; one that an older version wrote has none
  std::optional<ErrorCode> error;      // with which it was refused
  bool unclaimed = false;              // only those whose callers may not have got the answer
  std::function<bool(const std::string& kiosk_id)> visible;  // pure; called off the loop; empty: all
  std::size_t count_max = 100;
};

// Selects connection history or audit lines, newest first.
struct HistoryQuery {
  std::optional<std::int64_t> before;  // a row's number
  std::string about;                   // a kiosk's id, or an exact target in the audit trail; empty: all
  std::function<bool(const std::string& kiosk_id)> visible;  // for connections, as above
  std::size_t count_max = 100;
  std::optional<WallTime> from{};  // at or after this,
  std::optional<WallTime> to{};    // and before this
};

// Selects callbacks, in the order in which they were first owed.
struct CallbacksQuery {
  std::int64_t after = 0;                                    // a row's number
  std::optional<CallbackState> state;                        // nullopt: all
  std::optional<RequestId> of;                               // nullopt: of all exchanges
  std::optional<WallTime> since;                             // owed at or after this
  std::function<bool(const std::string& kiosk_id)> visible;  // pure; called off the loop; empty: all
  std::optional<std::string> owner;                          // nullopt: everyone's
  std::size_t count_max = 100;
  bool selects(const StoredCallback& c) const {
    return (!visible || visible(c.kiosk_id)) && (!owner || *owner == c.owner) &&
           (!since || c.tries.owed_at >= *since);
  }
};

// An exchange as it was when it became final: PROTOCOL.md 1.5, the feed. One that timed out and was answered
// late became final twice. `number`: grows in the order in which they became final; the feed's cursor.
struct StoredFinal {
  std::int64_t number = 0;
  StoredExchange exchange;
};
// `next`: where the following page begins; always set, as there are further ones sooner or later. `more`: it
// may not be empty even now (a read is bounded by rows and bytes).
struct FinalsPage {
  std::vector<StoredFinal> rows;
  std::int64_t next = 0;
  bool more = false;
  std::vector<RequestId> passed;  // of the query's: answered before the page begins
};

// What a caller that may not know all exchanges sees.
struct ExchangeView {
  std::function<bool(const std::string& kiosk_id)> kiosk;  // pure; called off the loop; empty: all
  std::optional<std::string> owner;                        // nullopt: everyone's
  bool sees(const StoredExchange& x) const {
    return (!kiosk || kiosk(x.order.kiosk_id)) && (!owner || *owner == x.order.owner);
  }
};

// Selects finals with a number above `after`, in their order; 0: from the oldest that is kept.
struct FinalsQuery {
  std::int64_t after = 0;
  ExchangeView view;
  std::size_t count_max = 100;
  std::vector<RequestId> unclaimed{};  // to be looked at for `passed`; at most limits::kPassedMax
};

class History {
 public:
  using FoundBody = std::function<void(Result<SharedBytes>)>;
  using FoundExchanges = std::function<void(Result<Page<StoredExchange>>)>;  // without their responses
  using FoundFinals = std::function<void(Result<FinalsPage>)>;               // with their responses
  using FoundConnections = std::function<void(Result<Page<StoredConnection>>)>;
  using FoundAudit = std::function<void(Result<Page<StoredAudit>>)>;
  using FoundCallbacks = std::function<void(Result<Page<StoredCallback>>)>;
  using BackedUp = std::function<void(Result<void>)>;

  virtual ~History() = default;
  // Reads run off the loop; callbacks run in poll(). Faults: store_unavailable if it can't be read,
  // overloaded beyond limits::kStoreReadsMax. A read sees every record acknowledged before it was requested.
  virtual void find_exchange(RequestId id, FoundExchange callback) = 0;
  // The same for a caller that only sees some: what the view hides is reported as absent, and takes no
  // longer: the answer of another owner's request is not read.
  virtual void find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) {
    find_exchange(id, [view = std::move(view),
                       callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
      if (found && *found && !view.sees(**found)) found->reset();
      callback(std::move(found));
    });
  }
  // For an id that find_exchange() has not found: returns true if it may have been accepted all the same,
  // since it is older than what is kept, or from the future. False: it certainly never was.
  virtual bool may_be_forgotten(const RequestId& id) const = 0;
  // The request's body as sent by its caller, byte for byte; null: none, or no longer kept.
  virtual void find_body(RequestId id, FoundBody callback) = 0;
  virtual void find_exchanges(ExchangesQuery query, FoundExchanges callback) = 0;
  // Fault: not_implemented with JOURNAL=off.
  virtual void find_finals(FinalsQuery query, FoundFinals callback) = 0;
  virtual void find_connections(HistoryQuery query, FoundConnections callback) = 0;
  virtual void find_audit(HistoryQuery query, FoundAudit callback) = 0;
  virtual void find_callbacks(CallbacksQuery query, FoundCallbacks callback) = 0;

  // Copies the journal to `file`, which must be empty or absent, while payments continue and take precedence.
  // The callback runs in poll() once the copy is complete (not synced yet), or with a Fault, and then there
  // is no file: not_implemented if the store is not a file, overloaded during another copy.
  virtual void back_up(std::filesystem::path file, BackedUp callback) = 0;
};

}  // namespace kgw
