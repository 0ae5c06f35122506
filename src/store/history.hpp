// History: looks at what was written, and copies of it. Bounded, and off the loop.
//
// All methods are called on the loop's thread and none blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/records.hpp"
#include "store/found_exchange.hpp"

namespace kgw {

// A page of what the store holds. `next`: where the following page begins, in the query's direction; nothing:
// this was the last. A page may be short, or empty, and still have a next one: a look at the store is bounded
// by the rows that it reads (limits::kStoreScanRowsMax), not only by those that match.
template <class Row>
struct Page {
  std::vector<Row> rows;
  std::optional<std::int64_t> next;
};

// Which exchanges. Empty or absent fields match all. Cursors are journal keys (RequestId::journal_key()).
struct ExchangesQuery {
  std::optional<std::int64_t> before;  // newest first, below this
  std::optional<std::int64_t> after;   // set: oldest first, above this (what is new since then)
  std::string kiosk_id;
  std::string operation;
  std::string order_id;
  std::optional<WallTime> from;  // accepted at or after this,
  std::optional<WallTime> to;    // and before this
  std::optional<State> state;
  std::optional<Outcome> outcome;
  std::function<bool(const std::string& kiosk_id)> visible;  // pure; called off the loop; empty: all
  std::size_t count_max = 100;
};

// Connection history and the audit trail, newest first.
struct HistoryQuery {
  std::optional<std::int64_t> before;  // a row's number
  std::string about;                   // a kiosk's id; the audit trail: an exact target. Empty: all
  std::function<bool(const std::string& kiosk_id)> visible;  // of connections, as above
  std::size_t count_max = 100;
  std::optional<WallTime> from{};  // at or after this,
  std::optional<WallTime> to{};    // and before this
};

// What one who may not know of all exchanges sees.
struct ExchangeView {
  std::function<bool(const std::string& kiosk_id)> kiosk;  // pure; called off the loop; empty: all
  std::optional<std::string> owner;                        // nothing: everybody's
  bool sees(const StoredExchange& x) const {
    return (!kiosk || kiosk(x.order.kiosk_id)) && (!owner || *owner == x.order.owner);
  }
};

class History {
 public:
  using FoundFrame = std::function<void(Result<SharedBytes>)>;
  using FoundExchanges = std::function<void(Result<Page<StoredExchange>>)>;  // without their responses
  using FoundConnections = std::function<void(Result<Page<StoredConnection>>)>;
  using FoundAudit = std::function<void(Result<Page<StoredAudit>>)>;
  using BackedUp = std::function<void(Result<void>)>;

  virtual ~History() = default;
  // Reads run off the loop; the callback comes from poll(). ErrorCode::store_unavailable when it can't be read,
  // overloaded past limits::kStoreReadsMax. A read sees every record that was acknowledged before it was asked
  // for.
  virtual void find_exchange(RequestId id, FoundExchange callback) = 0;
  // The same for one who sees only some: what the view does not show is as if it were not there, and it takes
  // no longer to say so: the answer of a request that is another's is not read.
  virtual void find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) {
    find_exchange(id, [view = std::move(view),
                       callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
      if (found && *found && !view.sees(**found)) found->reset();
      callback(std::move(found));
    });
  }
  // Of an id that find_exchange() has not found: true when it may have been accepted all the same, since it is
  // from before what is kept, or from the future. False: it surely never was.
  virtual bool may_be_forgotten(const RequestId& id) const = 0;
  // What the request's caller sent, as the frame to its kiosk (PROTOCOL.md 3); null: none, or no longer kept.
  virtual void find_frame(RequestId id, FoundFrame callback) = 0;
  virtual void find_exchanges(ExchangesQuery query, FoundExchanges callback) = 0;
  virtual void find_connections(HistoryQuery query, FoundConnections callback) = 0;
  virtual void find_audit(HistoryQuery query, FoundAudit callback) = 0;

  // Makes a copy of the journal at `file`, which is empty or not there, while payments go on and before them.
  // The callback comes from poll() when it is whole (not synced yet), or with a Fault, and then there is no
  // file: not_implemented when the home is no file, overloaded while another copy is made.
  virtual void back_up(std::filesystem::path file, BackedUp callback) = 0;
};

}  // namespace kgw
