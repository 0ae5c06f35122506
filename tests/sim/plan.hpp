// What a seed lets happen: which faults, how often, with which settings. Every seed switches some kinds off, so
// that the rarer combinations get room.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/random.hpp"
#include "core/relay.hpp"
#include "time_line.hpp"

namespace kgw::sim {

enum class Event : std::uint8_t {
  frame_dropped,
  frame_unsent,
  answer_dropped,
  answer_slow,
  answer_after_deadline,
  answer_duplicated,
  answer_contradicted,  // a second, different answer
  answer_reordered,
  answer_of_stranger,
  answer_unknown_id,
  answer_early,  // names an exchange that was not sent yet
  answer_broken,
  answer_over_later_connection,
  link_cut,
  link_half_open,
  link_dead_to_kiosk,  // the gateway knows, the kiosk doesn't
  duplicate_connection,
  knock_gone,
  knock_refused,
  session_replaced,
  caller_gone,
  burst,
  lane_waited,
  lane_full,
  operation_waited,     // beside a place of the kiosk that another operation may have
  waited_online,        // for a kiosk that was not there,
  kiosk_came,           // which came in time,
  nobody_came,          // or did not
  operation_overtaken,  // by one that came later, of another operation
  overloaded,
  commit_slow,
  store_stall,
  store_failed,
  store_failed_batch_kept,
  store_recovered,
  redis_lost_second,   // it came back without what it had acknowledged last,
  redis_lost_running,  // of what still ran,
  redis_lost_told,     // of what a caller had been told
  crash,
  crash_batch_kept,
  crash_in_outage,
  crash_lost_second,  // of the gateway and its Redis together
  exchange_restored,
  drain,
  drain_expired,
  kiosk_disabled,
  kiosk_enabled,
  kiosk_removed,
  kiosk_added_again,
  token_changed,
  close_forced,
  lane_resized,
  lookup,
  lookup_unanswered,
  late_answer_recorded,
  wall_stepped,
  wall_far_off,
  loop_paused,
  heard_after_pause,
  read_slow,
  read_refused,
  lease_ran_out,
  taken_over,
  told_after_loss,  // what nobody remembered was found open, and ended
  late_answers_flood,
  drain_of_waiting,
  own_caller,
  told_answer,
  told_timeout,
  told_rejected,
  told_invalid,
  told_in_outage,
  keyed,      // a call bears an Idempotency-Key,
  key_again,  // the same once more,
  key_with_another_request,
  key_joined,           // told with the one that came first
  key_out_of_time,      // or before, at its own deadline
  key_replayed_answer,  // told what is on the disk
  key_replayed_timeout,
  key_conflict,
  key_refused,           // neither sent nor told of another
  key_withdrawn,         // the store knew that the key was another's
  key_free_again,        // it runs after one of its key was rejected
  key_of_the_forgotten,  // a Redis has lost the one that had it
  key_last_try,          // after all that ran, and told what came of it
  resolved,              // somebody said what became of an unknown one,
  resolved_answered,     // and its kiosk did after that
  ordered,               // a call that claims its order,
  order_under_a_new_key,
  order_open,        // told that its order may have been done, or may be yet,
  order_paid,        // or that it was
  order_free_again,  // it runs after one of its order that surely failed
  callback_owed,
  callback_failed,
  callback_again,  // the same once more
  callback_gone,
  told_to_ask,  // by 202
  cancelled,
  answer_lost,  // its connection broke under it
  unclaimed_listed,
  unclaimed_after_crash,  // by the next start
  unclaimed_read,
  agent_resumed,   // one that speaks v2 said what it has,
  agent_mute,      // or did not
  sent_again,      // to the disk that was sent it before
  agent_declined,  // it did not execute it,
  declined_late,   // and said so after the deadline,
  declined_by_another_disk,
  told_stored,
  disk_replaced,
  count_
};
inline constexpr std::size_t kEventCount = static_cast<std::size_t>(Event::count_);
std::string_view name(Event event);

struct Counters {
  std::array<std::uint64_t, kEventCount> of{};
  void operator()(Event event) { ++of[static_cast<std::size_t>(event)]; }
};

struct Plan {
  explicit Plan(SeededRandom& random);

  RelaySettings settings;
  std::uint64_t kiosks = 1;
  std::uint64_t sends = 0;
  Time active = 0;  // how long faults happen; then the world heals

  // Chances of an event each time it could happen.
  double drop_frame, unsent, drop_answer, slow_answer, late_answer, duplicate, contradict, stranger, unknown_id,
      early, broken;
  double keyed;    // sends with a key, or for an order that may have one only,
  double ordered;  // and of these, for an order
  double caller_gone, burst, wait_for_link, knock_gone;
  double slow_commit, stall, fail_commit;
  double slow_read, read_refused;
  std::size_t reads_max = 1000;
  bool wall_steps = false;  // the wall clock is no measure in this seed
  // A store that another gateway may take over so long after the last sign of life; 0: one that nobody can.
  Time lease = 0;
  bool v2 = false;            // kiosks that speak v2 among the others
  Time disk = 0;              // so often one loses its disk; 0: none does
  bool waits_online = false;  // some may wait for a kiosk that is not there
  bool flood = false;         // a whole fleet's answers come late, at once
  double lose_second;         // a Redis with appendfsync everysec; 0: a store that keeps what it acknowledged
  // Mean time between two; 0: never.
  Time cut, half_open, dead_to_kiosk, clone, crash, drain, admin, wall_step, pause;
  // DRAIN_TIMEOUT, 1 to 50 s: of what the plan has, so that it takes no number from any other plan.
  Time drain_timeout() const { return kSecond + drain % (49 * kSecond); }
  Time commit_min = 0;
  Time commit_max = 0;

  // The world heals: nothing goes wrong any more.
  void heal();
  bool store_is_calm() const { return calm_store_; }

 private:
  bool calm_store_ = false;
};

}  // namespace kgw::sim
