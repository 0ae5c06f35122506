#include "plan.hpp"

#include <algorithm>

namespace kgw::sim {
namespace {

constexpr std::array<std::string_view, kEventCount> kNames{
    "frame_dropped",
    "frame_unsent",
    "answer_dropped",
    "answer_slow",
    "answer_after_deadline",
    "answer_duplicated",
    "answer_contradicted",
    "answer_reordered",
    "answer_of_stranger",
    "answer_unknown_id",
    "answer_early",
    "answer_broken",
    "answer_over_later_connection",
    "link_cut",
    "link_half_open",
    "link_dead_to_kiosk",
    "duplicate_connection",
    "knock_gone",
    "knock_refused",
    "session_replaced",
    "caller_gone",
    "burst",
    "lane_waited",
    "lane_full",
    "operation_waited",
    "waited_online",
    "kiosk_came",
    "nobody_came",
    "operation_overtaken",
    "overloaded",
    "commit_slow",
    "store_stall",
    "store_failed",
    "store_failed_batch_kept",
    "store_recovered",
    "redis_lost_second",
    "redis_lost_running",
    "redis_lost_told",
    "crash",
    "crash_batch_kept",
    "crash_in_outage",
    "crash_lost_second",
    "exchange_restored",
    "drain",
    "drain_expired",
    "kiosk_disabled",
    "kiosk_enabled",
    "kiosk_removed",
    "kiosk_added_again",
    "token_changed",
    "close_forced",
    "lane_resized",
    "lookup",
    "lookup_unanswered",
    "late_answer_recorded",
    "wall_stepped",
    "wall_far_off",
    "loop_paused",
    "heard_after_pause",
    "read_slow",
    "read_refused",
    "lease_ran_out",
    "taken_over",
    "told_after_loss",
    "late_answers_flood",
    "drain_of_waiting",
    "own_caller",
    "told_answer",
    "told_timeout",
    "told_rejected",
    "told_invalid",
    "told_in_outage",
    "keyed",
    "key_again",
    "key_with_another_request",
    "key_joined",
    "key_out_of_time",
    "key_replayed_answer",
    "key_replayed_timeout",
    "key_conflict",
    "key_refused",
    "key_withdrawn",
    "key_free_again",
    "key_of_the_forgotten",
    "key_last_try",
    "resolved",
    "resolved_answered",
    "ordered",
    "order_under_a_new_key",
    "order_open",
    "order_paid",
    "order_free_again",
    "callback_owed",
    "callback_failed",
    "callback_again",
    "callback_gone",
    "told_to_ask",
    "cancelled",
    "answer_lost",
    "unclaimed_listed",
    "unclaimed_after_crash",
    "unclaimed_read",
    "agent_resumed",
    "agent_mute",
    "sent_again",
    "agent_declined",
    "declined_late",
    "declined_by_another_disk",
    "told_stored",
    "disk_replaced",
};
static_assert(!kNames.back().empty(), "every kind of event has a name");

// Zero in two seeds of five, else somewhere up to `most`.
double some(SeededRandom& random, double most) {
  if (random.chance(0.4)) return 0;
  return most * static_cast<double>(1 + random.below(100)) / 100;
}

Time sometimes(SeededRandom& random, Time least, Time most) {
  if (random.chance(0.45)) return 0;
  return least + static_cast<Time>(random.below(static_cast<std::uint64_t>(most - least)));
}

std::uint32_t some_lane(SeededRandom& random) {
  constexpr std::uint32_t kLanes[] = {1, 1, 2, 3, 32};
  return kLanes[random.below(std::size(kLanes))];
}

}  // namespace

std::string_view name(Event event) { return kNames[static_cast<std::size_t>(event)]; }

Plan::Plan(SeededRandom& random) {
  settings.max_in_flight = some_lane(random);
  settings.allow_duplicates = random.chance(0.2);
  if (random.chance(0.5)) settings.lane_waiting_max = 1 + random.below(8);
  settings.lane_reserved = (settings.lane_waiting_max + 1) / 2;
  if (random.chance(0.25)) settings.exchanges_max = 4 + random.below(30);
  if (random.chance(0.25)) settings.bytes_max = 2000 + random.below(20'000);
  kiosks = 1 + random.below(5);
  sends = 100 + random.below(1200);
  active = (30 + static_cast<Time>(random.below(270))) * kSecond;

  drop_frame = some(random, 0.15);
  unsent = some(random, 0.05);
  drop_answer = some(random, 0.15);
  slow_answer = some(random, 0.3);
  late_answer = some(random, 0.15);
  duplicate = some(random, 0.3);
  contradict = some(random, 0.2);
  stranger = some(random, 0.3);
  unknown_id = some(random, 0.1);
  early = some(random, 0.2);
  broken = some(random, 0.1);
  keyed = some(random, 0.5);
  ordered = some(random, 0.8);
  caller_gone = some(random, 0.2);
  burst = some(random, 0.3);
  wait_for_link = some(random, 1);
  knock_gone = some(random, 0.3);
  slow_commit = some(random, 0.2);
  stall = some(random, 0.02);
  fail_commit = some(random, 0.04);
  slow_read = some(random, 0.5);
  read_refused = some(random, 0.5);
  if (random.chance(0.4)) lease = 5 * kSecond;

  cut = sometimes(random, 2 * kSecond, 60 * kSecond);
  half_open = sometimes(random, 5 * kSecond, 60 * kSecond);
  dead_to_kiosk = sometimes(random, 5 * kSecond, 60 * kSecond);
  clone = sometimes(random, 5 * kSecond, 60 * kSecond);
  crash = sometimes(random, 5 * kSecond, 90 * kSecond);
  drain = sometimes(random, 20 * kSecond, 150 * kSecond);
  admin = sometimes(random, 5 * kSecond, 60 * kSecond);
  wall_step = sometimes(random, 5 * kSecond, 60 * kSecond);
  pause = sometimes(random, 5 * kSecond, 60 * kSecond);
  commit_min = 1 + static_cast<Time>(random.below(2 * kMillisecond));
  commit_max = commit_min + 1 + static_cast<Time>(random.below(30 * kMillisecond));
  lose_second = random.chance(0.6) ? 0 : 0.2 + 0.6 * static_cast<double>(random.below(100)) / 100;
  if (random.chance(0.02)) {
    flood = true;
    settings = RelaySettings{};
    settings.max_in_flight = 1000;
    kiosks = 4;
  }
  // Of what the plan has, so that it takes no number from any other plan.
  const std::uint64_t seconds = static_cast<std::uint64_t>(active / kSecond);
  if (!flood && seconds % 3 == 0)
    settings.operations = {{"payment", 1 + static_cast<std::uint32_t>(seconds / 3 % 2)}, {"fiscal", 1}};
  waits_online = !flood && seconds % 2 == 0;
  settings.offline_of_kiosk_max = std::max<std::size_t>(1, settings.lane_waiting_max / 2);
  v2 = !flood && seconds % 5 < 2;
  if (v2) disk = 60 * kSecond;
  wall_steps = wall_step != 0;
  calm_store_ = stall == 0 && fail_commit == 0;
}

void Plan::heal() {
  drop_frame = unsent = drop_answer = slow_answer = late_answer = duplicate = contradict = stranger =
      unknown_id = early = broken = 0;
  caller_gone = burst = knock_gone = slow_commit = stall = fail_commit = lose_second = 0;
  slow_read = read_refused = 0;
  cut = half_open = dead_to_kiosk = clone = crash = drain = admin = wall_step = pause = disk = 0;
}

}  // namespace kgw::sim
