// JournalShares: how much each kiosk, and each owner of keys, has written to the journal lately, so that
// nobody fills JOURNAL_MAX_BYTES for all others: through a kiosk that never answers, or with one key. By
// name, and forgotten like the bodies: what was written in the previous period counts in proportion to what
// is still kept of it. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/shares.hpp"

namespace kgw {

class JournalShares {
 public:
  // Nobody may have written more than nine times what is left: one who is alone gets nine tenths of the
  // journal, and there is always room for a newcomer.
  static constexpr std::size_t kTimes = 9;
  static constexpr Milliseconds kPeriodMin = std::chrono::minutes(1);

  // `kept`: how long bodies are kept.
  explicit JournalShares(Milliseconds kept) : period_(std::max(kept, kPeriodMin)) {}

  // `left`: how many bytes the journal may still grow. An empty name is not counted.
  bool has_room(Instant now, std::string_view kiosk_id, std::string_view owner, std::uint64_t left) {
    turn(now);
    const SharedBound bound(left, kTimes);
    return bound.has_room(held(kiosk_id, kKiosk, now)) && bound.has_room(held(owner, kOwner, now));
  }
  void add(Instant now, std::string_view kiosk_id, std::string_view owner, std::uint64_t bytes) {
    turn(now);
    add_to(written_[kKiosk], kiosk_id, bytes);
    add_to(written_[kOwner], owner, bytes);
  }

 private:
  using Written = std::unordered_map<std::string, std::uint64_t, StringHash, std::equal_to<>>;
  enum Kind : std::size_t { kKiosk, kOwner, kKinds };

  static void add_to(Written& written, std::string_view who, std::uint64_t bytes) {
    if (who.empty()) return;
    const auto found = written.find(who);
    if (found != written.end()) found->second += bytes;
    else written.emplace(who, bytes);
  }
  static std::uint64_t of(const Written& written, std::string_view who) {
    const auto found = written.find(who);
    return found == written.end() ? 0 : found->second;
  }
  std::uint64_t held(std::string_view who, Kind kind, Instant now) const {
    const double still_kept = 1.0 - std::chrono::duration<double>(now - began_) / period_;
    return of(written_[kind], who) +
           static_cast<std::uint64_t>(static_cast<double>(of(before_[kind], who)) * still_kept);
  }
  // Begins a new period when the current one is over; after two, nothing remains.
  void turn(Instant now) {
    if (now - began_ < period_) return;
    const bool next = now - began_ < 2 * period_;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      before_[kind] = next ? std::move(written_[kind]) : Written();
      written_[kind].clear();
    }
    began_ = next ? began_ + period_ : now;
  }

  Milliseconds period_;
  Instant began_{};
  Written written_[kKinds];
  Written before_[kKinds];
};

}  // namespace kgw
