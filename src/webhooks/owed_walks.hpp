// OwedWalks: which page of the owed callbacks to read next. The newest are followed by their numbers, as final
// records become durable. What found no room in memory, and what was replayed or may have been missed, is found
// again by a walk from the beginning, in bounded steps. Pure: events and the time go in, a cursor comes out.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace kgw {

class OwedWalks {
 public:
  // A record that owes a callback was appended to the journal.
  void on_record(std::uint64_t number) {
    if (!oldest_) oldest_ = number;
    newest_ = number;
  }
  // Rows may stand anywhere: after a start, an outage or a replay.
  void walk_all(Instant now) { walk_at_ = now; }
  // A row that was read found no room, or could not be recorded: it is looked for again later.
  void on_left_out() { left_out_ = true; }

  // Returns after which number to read the next page of owed rows; nullopt: there is nothing to read now, or a
  // page is being read. `acknowledged`: the last durable record's number.
  std::optional<std::int64_t> next(std::uint64_t acknowledged, Instant now) {
    if (reading_ || (rest_until_ && now < *rest_until_)) return std::nullopt;
    rest_until_.reset();
    if (left_out_ && !more_ && !walked_to_) {
      left_out_ = false;
      // A long backlog is not read over and over.
      const Instant again = now + std::max<Instant::duration>(limits::kCallbackWalkAgain, 10 * walk_time_);
      walk_at_ = walk_at_ ? std::min(*walk_at_, again) : again;
    }
    if (oldest_ && *oldest_ <= acknowledged) {
      // What was appended after this read was asked for is read next.
      oldest_ = newest_ > acknowledged ? std::optional(acknowledged + 1) : std::nullopt;
      more_ = true;
    }
    if (more_) {
      if (followed_to_ == 0 && !walk_began_) walk_began_ = now;
      reading_ = Reading::newest;
      return followed_to_;
    }
    if (walk_at_ && !walked_to_ && now >= *walk_at_) {
      walk_at_.reset();
      walked_to_ = 0;
      walk_began_ = now;
    }
    if (!walked_to_) return std::nullopt;
    reading_ = Reading::again;
    return *walked_to_;
  }

  // The page was read. `last`: the number of its last row, `next`: whether there is another page.
  void on_page(std::optional<std::int64_t> last, std::optional<std::int64_t> next, Instant now) {
    const Reading was = reading_.value_or(Reading::newest);
    reading_.reset();
    if (std::exchange(stale_, false)) return;
    if (was == Reading::newest) {
      more_ = next.has_value();
      followed_to_ = std::max({followed_to_, last.value_or(0), next.value_or(0)});
    } else {
      walked_to_ = next && *next < followed_to_ ? next : std::nullopt;
      rest_until_ = now + limits::kCallbackWalkRest;
    }
    if (walk_began_ && !walked_to_ && !more_) walk_time_ = now - *std::exchange(walk_began_, std::nullopt);
  }
  void on_page_failed(Instant now) {
    stale_ = false;
    if (reading_ == Reading::newest) more_ = true;
    reading_.reset();
    rest_until_ = now + limits::kCallbackReadRetry;
  }

  // The store failed: nothing that was appended is certain.
  void on_store_down() { oldest_.reset(); }
  // It is back, perhaps with other numbers.
  void on_store_up(Instant now) {
    stale_ = reading_.has_value();
    followed_to_ = 0;
    walked_to_.reset();
    walk_at_.reset();
    more_ = true;
    walk_began_ = now;
  }
  bool reading() const { return reading_.has_value(); }

  // When next() may return something that it does not return now, unless a record is acknowledged before.
  std::optional<Instant> next_deadline() const {
    if (reading_) return std::nullopt;
    if (rest_until_) return rest_until_;
    return walk_at_;
  }

 private:
  enum class Reading : std::uint8_t { newest, again };
  std::optional<Reading> reading_;
  std::optional<std::uint64_t> oldest_;  // record that was appended and whose row was not read
  std::uint64_t newest_ = 0;
  bool more_ = true;  // behind followed_to_; a start reads everything
  std::int64_t followed_to_ = 0;
  std::optional<std::int64_t> walked_to_;  // nullopt: no walk
  std::optional<Instant> walk_at_;         // the next one
  std::optional<Instant> walk_began_;      // from the beginning
  Instant::duration walk_time_{};          // of the last one
  std::optional<Instant> rest_until_;
  bool left_out_ = false;
  bool stale_ = false;  // the page that is being read is of before an outage
};

}  // namespace kgw
