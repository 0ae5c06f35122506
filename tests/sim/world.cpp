#include "world.hpp"

#include <algorithm>
#include <utility>

namespace kgw::sim {
namespace {

constexpr std::int64_t kBeginMs = 1'790'000'000'000;
constexpr std::uint64_t kEventsMax = 3'000'000;  // a run takes 10,000 or so

Envelope make_envelope(const RequestId& id, const std::string& kiosk, std::size_t size) {
  std::string text =
      R"({"request_id":")" + id.text() + R"(","headers":{"header-kiosk-id":")" + kiosk + R"("},"body":)";
  const auto body_at = static_cast<std::uint32_t>(text.size());
  text.append("\"").append(size, 'x').append("\"}");
  return Envelope{share(std::move(text)), body_at};
}

TokenDigest make_token(SeededRandom& random) {
  TokenDigest token;
  random.fill(token);
  return token;
}

}  // namespace

World::World(std::uint64_t seed, Counters& count, bool keep_lines, Faults faults)
    : random_(seed * 0x9e3779b97f4a7c15 + 1),
      plan_(random_),
      count_(count),
      trace_(keep_lines),
      disk_([this](const OnDisk* before, const Record& record) {
        checker_.on_disk(before, record);
        callbacks_.on_disk(before, record);
        unclaimed_list_.on_disk(before, record);
      }),
      checker_(time_, now_, disk_, plan_, count_, trace_),
      store_(time_, disk_, random_, plan_, count_, store_outcomes()),
      callbacks_(seed ^ 0x7f4a7c15, {registry_store(), disk_, count_, trace_line(),
                                     [this](const RequestId& id) { unclaimed_list_.on_read(id); }}),
      id_random_(seed ^ 0x5bd1e995),
      resolve_random_(seed ^ 0x2545f491),
      caller_random_(seed ^ 0x3ade68b1),
      agent_random_(seed ^ 0x61c88647),
      unclaimed_list_(seed ^ 0x1d872b41, {registry_store(), disk_, count_, trace_line()}),
      ids_(id_random_),
      loop_as_it_was_(faults.loop_as_it_was) {}

RegistryOnDisk::Store World::registry_store() {
  return {time_, [this] { return store_.readable(); },
          [this](std::function<void()> what) { woken(std::move(what)); }};
}

std::function<void(const RequestId&, std::string)> World::trace_line() {
  return [this](const RequestId& id, const std::string& what) {
    trace_.line(time_.now(), id, [&] { return what; });
  };
}

Now World::clock() const {
  return {steady(time_.now()), wall_from_ms(kBeginMs + wall_offset_ + time_.now() / 1000)};
}

Time World::between(Time least, Time most) {
  return least + static_cast<Time>(random_.below(static_cast<std::uint64_t>(most - least + 1)));
}

// ---------------------------------------------------------------- lives of the gateway

void World::start_gateway() {
  ++life_;
  gateway_up_ = true;
  armed_ = -1;
  ++timer_;
  steady_shift_ = between(0, 1'000'000 * kSecond);
  trace_.line(time_.now(), {}, [this] { return "gateway starts, life " + std::to_string(life_); });
  now_ = clock();
  gateway_ = std::make_unique<Gateway>(*this, plan_.settings);
  StoreImage image;
  for (const auto& [id, record] : disk_.kiosks) image.kiosks.push_back(record);
  image.open = disk_.open();
  ids_.resume_above(disk_.last_journal_key());
  checker_.on_restart(image.open, now_, wall_offset_);
  turn([&] { gateway_->shell.restore(image); });
}

// The process dies at any point: what is not on the disk is gone, and so are all connections.
void World::crash() {
  if (!gateway_up_) return;
  count_(Event::crash);
  trace_.line(time_.now(), {}, [] { return "gateway crashes"; });
  store_.crash();
  callbacks_.crash();
  unclaimed_list_.end(false);
  stop_gateway();
}

void World::stop_gateway() {
  gateway_up_ = paused_ = false;
  pause_untold_.reset();
  gateway_.reset();
  sockets_.clear();
  woken_.clear();
  checker_.on_crash();
  for (const auto& [id, caller] : waiting_callers_) perhaps_again(*checker_.find(id));
  waiting_callers_.clear();
  async_own_.clear();
  for (auto& [session, link] : sessions_) {
    link->gateway_open = false;
    if (link->kiosk_open)
      time_.after(between(kMillisecond, 3 * kSecond), [this, link = link] { kiosk_loses(link); });
  }
  for (auto& [knock, link] : knocks_) {
    devices_[link->device].calling = false;
    connect_later(link->device, between(kMillisecond, 3 * kSecond));
  }
  sessions_.clear();
  knocks_.clear();
  time_.after(between(10 * kMillisecond, 5 * kSecond), [this] { start_gateway(); });
}

void World::drain() {
  if (!gateway_up_ || paused_ || relay().draining()) return;
  count_(Event::drain);
  if (relay().waiting() > 0) count_(Event::drain_of_waiting);
  trace_.line(time_.now(), {}, [] { return "drain"; });
  checker_.on_drain();
  turn([this] {
    gateway_->shell.apply([](Relay& relay, Now now, Effects& effects) { relay.on_drain(now, effects); });
  });
  finish_drain(time_.now(), 0);
}

// What runs is answered; DRAIN_TIMEOUT later the callers that still wait are told, and have a while to hear it.
void World::finish_drain(Time since, Time expired) {
  if (paused_) return soon(kSecond / 10, [this, since, expired] { finish_drain(since, expired); });
  if (expired == 0 && time_.now() - since > plan_.drain_timeout()) {
    count_(Event::drain_expired);
    expired = time_.now();
    checker_.on_drain_expired();
    turn([this] {
      gateway_->shell.apply(
          [](Relay& relay, Now now, Effects& effects) { relay.on_drain_expired(now, effects); });
    });
  }
  if ((gateway_->shell.idle() && gateway_->unclaimed->idle()) ||
      (expired != 0 && time_.now() - expired > 10 * kSecond)) {
    trace_.line(time_.now(), {}, [] { return "gateway ends"; });
    checker_.on_drained();
    ended_ = true;
    gateway_->shell.on_end();
    ended_ = false;
    const bool whole = store_.readable();
    store_.close();
    callbacks_.crash();
    unclaimed_list_.end(whole);
    return stop_gateway();
  }
  soon(expired != 0 ? kSecond / 2 : between(kMillisecond, kSecond),
       [this, since, expired] { finish_drain(since, expired); });
}

// ---------------------------------------------------------------- backends

Milliseconds World::some_timeout() {
  const std::uint64_t kind = random_.below(10);
  return Milliseconds(kind < 4   ? between(1000, 3000)
                      : kind < 8 ? between(3000, 20'000)
                                 : between(20'000, 60'000));
}

RequestId World::send(const std::string& kiosk, Milliseconds timeout, const std::optional<KeyClaim>& claim,
                      const std::optional<Digest>& order_claim) {
  now_ = clock();
  History history;
  history.id = ids_.next(now_.wall);
  const RequestId id = history.id;
  // The bot and the dashboard send too: they wait inside, and without a key.
  const bool own = !claim && !order_claim && random_.chance(0.1);
  if (own) count_(Event::own_caller);
  std::optional<Time> asks_by;  // 202
  if (!own) {
    history.caller = CallerId(++last_id_);
  } else if (caller_random_.chance(0.6)) {
    history.caller = enlist_async(id, asks_by.emplace());
  } else {
    history.caller = gateway_->desk.add_own([this](const Reply& reply) {
      tell(reply.caller, reply, {}, false);
      return true;
    });
  }
  history.kiosk = kiosk;
  static constexpr const char* kOperations[] = {"payment", "fiscal", "print", "payment", "kds"};
  history.operation = kOperations[static_cast<std::uint64_t>(history.caller) % std::size(kOperations)];
  history.claim = claim;
  history.order_claim = order_claim;
  if (const std::uint64_t number = static_cast<std::uint64_t>(history.caller);
      plan_.waits_online && !own && !claim && !order_claim && number % 5 == 2)
    history.wait_online = std::chrono::seconds(2 + number % 40);
  history.timeout = timeout;
  history.began = time_.now();
  history.deadline = time_.now() + timeout.count() * kMillisecond;
  history.accepted_wall = now_.wall;
  if (!own && random_.chance(0.2))
    history.traceparent = "00-" + id.text().substr(0, 8) + "00000000000000000000000a-00f067aa0ba902b7-01";
  const Envelope envelope = make_envelope(id, kiosk, random_.below(300));
  history.envelope = *envelope.text;
  const CallerId caller = history.caller;
  trace_.line(time_.now(), id, [&] {
    return "on_send to " + kiosk + ", timeout " + std::to_string(timeout.count()) + " ms, caller " +
           std::to_string(static_cast<std::uint64_t>(caller));
  });
  trace_.mix(id);
  const std::string owner = static_cast<std::uint64_t>(caller) % 4 == 0 ? "till" : "shop";
  const SharedOrder order = share(Order{kiosk, history.operation, random_.chance(0.5) ? "42" : "", owner, claim,
                                        order_claim, callbacks_.url()});
  SendRequest request{id, order, timeout, caller, envelope};
  request.wait_online = history.wait_online;
  if (!own) gateway_->desk.add(caller, id, history.traceparent);
  checker_.on_send(std::move(history));
  if (asks_by) checker_.on_async(id, *asks_by);
  waiting_callers_[id] = caller;
  recent_.push_back(id);
  turn([&] {
    gateway_->shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, request, effects); });
  });
  if (own || !random_.chance(plan_.caller_gone)) return id;
  soon(random_.chance(0.5) ? between(1, 50 * kMillisecond) : between(1, 5 * kSecond),
       [this, id, caller] { caller_goes(id, caller); });
  return id;
}

void World::caller_goes(const RequestId& id, CallerId caller) {
  if (!waiting_callers_.contains(id) || checker_.find(id)->told != Told::nothing) return;
  count_(Event::caller_gone);
  trace_.line(time_.now(), id, [] { return "caller gone"; });
  const bool half = random_.chance(0.2);
  if (!half) checker_.on_caller_left(id);
  heard([this, id, caller, half] {
    if (!gateway_->desk.has(caller)) return;  // told while its FIN was on the way
    if (half && time_.now() - checker_.find(id)->began >= limits::kHalfCloseTime / std::chrono::microseconds(1))
      checker_.on_caller_gave_up(id);
    if (!half) {
      checker_.on_caller_gone(id);
      waiting_callers_.erase(id);
      perhaps_again(*checker_.find(id));
    }
    gateway_->shell.on_caller_gone(caller, half);
  });
}

void World::send_some() {
  if (sent_ >= plan_.sends) return;
  const std::string kiosk = random_.chance(0.01) ? "nobody" : names_[random_.below(names_.size())];
  std::uint64_t how_many = 1;
  if (random_.chance(plan_.burst)) {
    count_(Event::burst);
    how_many += random_.below(20);
  }
  for (std::uint64_t i = 0; i < how_many; ++i) {
    const Milliseconds timeout = some_timeout();
    if (random_.chance(plan_.keyed)) begin_key(kiosk, timeout);
    else if (gateway_up_ && !paused_) send(kiosk, timeout);
  }
  sent_ += how_many;
  const Time mean = plan_.active / static_cast<Time>(plan_.sends + 1);
  time_.after(between(0, 2 * mean * static_cast<Time>(how_many)), [this] { send_some(); });
}

// A fleet whose network is gone while each of its kiosks works; when it is back, all answer at once, late.
void World::flood() {
  count_(Event::late_answers_flood);
  flood_ends_ = time_.now() + 75 * kSecond;
  for (int i = 0; i < 300; ++i)
    for (const std::string& name : names_) {
      if (!gateway_up_ || paused_) return;
      send(name, Milliseconds(2000));
      flooded_.insert(recent_.back());
    }
}

// ---------------------------------------------------------------- the administrator, and the clock

void World::step_wall() {
  count_(Event::wall_stepped);
  constexpr std::int64_t kFar = std::int64_t{40} * 86'400'000;
  if (random_.chance(0.15)) {
    count_(Event::wall_far_off);
    wall_offset_ += kFar;
    time_.after(between(kSecond, 20 * kSecond), [this] { wall_offset_ -= kFar; });
    return;
  }
  wall_offset_ += random_.chance(0.5) ? between(-5000, 5000) : between(-7'200'000, 7'200'000);
}

void World::administer() {
  if (!gateway_up_ || paused_ || !store_.up()) return;
  const std::string id = names_[random_.below(names_.size())];
  if (removed_.contains(id)) return add_kiosk_again(id);
  const std::uint64_t choice = random_.below(6);
  if (choice == 0) return remove_kiosk(id);
  change_kiosk(disk_.kiosks.at(id), choice);
}

void World::change_kiosk(KioskRecord& record, std::uint64_t choice) {
  const bool force = random_.chance(0.3);
  if (choice <= 3) {
    record.enabled = !record.enabled;
    count_(record.enabled ? Event::kiosk_enabled : Event::kiosk_disabled);
  } else if (choice == 4) {
    count_(Event::token_changed);
    record.token_digest = make_token(random_);
    for (std::size_t i = 0; i < devices_.size(); ++i)
      if (devices_[i].kiosk == record.id && !devices_[i].clone)
        time_.after(between(0, 10 * kSecond),
                    [this, i, token = record.token_digest] { devices_[i].token = token; });
  } else {
    count_(Event::lane_resized);
    record.max_in_flight = static_cast<std::uint32_t>(random_.below(4));
  }
  if (force) count_(Event::close_forced);
  trace_.line(time_.now(), {}, [&] {
    return "kiosk " + record.id + " changed: enabled " + std::to_string(record.enabled) + ", choice " +
           std::to_string(choice);
  });
  checker_.on_kiosk_record(record);
  turn([&] {
    gateway_->shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_changed(now, record, force, effects); });
  });
}

void World::remove_kiosk(const std::string& id) {
  count_(Event::kiosk_removed);
  trace_.line(time_.now(), {}, [&] { return "kiosk " + id + " removed"; });
  disk_.kiosks.erase(id);
  removed_.insert(id);
  checker_.on_kiosk_removed(id, ++births_[id]);
  const bool force = random_.chance(0.3);
  turn([&] {
    gateway_->shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_removed(now, id, force, effects); });
  });
}

void World::add_kiosk_again(const std::string& id) {
  count_(Event::kiosk_added_again);
  removed_.erase(id);
  KioskRecord record;
  record.id = id;
  record.created_at = clock().wall;
  record.token_digest = make_token(random_);
  disk_.kiosks[id] = record;
  for (Device& device : devices_)
    if (device.kiosk == id) device.token = record.token_digest;
  checker_.on_kiosk_record(record);
  turn([&] {
    gateway_->shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_changed(now, record, false, effects); });
  });
}

// ---------------------------------------------------------------- the run

void World::repeat(Time mean, void (World::*what)()) {
  if (mean == 0) return;
  time_.after(between(1, 2 * mean), [this, mean, what] {
    if (healed_) return;
    (this->*what)();
    repeat(mean, what);
  });
}

void World::begin() {
  for (std::uint64_t i = 0; i < plan_.kiosks; ++i) {
    KioskRecord record;
    record.id = "kiosk_" + std::to_string(i + 1);
    record.token_digest = make_token(random_);
    if (random_.chance(0.3)) record.max_in_flight = static_cast<std::uint32_t>(1 + random_.below(3));
    names_.push_back(record.id);
    births_[record.id] = 1;
    disk_.kiosks[record.id] = record;
    checker_.on_kiosk_record(record);
  }
  start_gateway();
  for (const std::string& name : names_) add_device(name, false);
  repeat(plan_.cut, &World::cut_link);
  repeat(plan_.half_open, &World::half_open_link);
  repeat(plan_.dead_to_kiosk, &World::link_dead_to_kiosk);
  repeat(plan_.clone, &World::clone_connects);
  repeat(plan_.crash, &World::crash);
  repeat(plan_.drain, &World::drain);
  repeat(plan_.admin, &World::administer);
  repeat(plan_.wall_step, &World::step_wall);
  repeat(plan_.pause, &World::pause);
  repeat(plan_.disk, &World::replace_disk);
  if (plan_.flood) time_.after(between(2 * kSecond, 20 * kSecond), [this] { flood(); });
  time_.after(between(0, kSecond), [this] { send_some(); });
  resolve_later();
  ask_later();
}

void World::run_until(Time end) {
  while (time_.step(end))
    if (time_.events() > kEventsMax) throw Violation{"runaway", {}, "events without end"};
}

void World::run() {
  begin();
  run_until(plan_.active);
  // The world heals; what is under way must come to its end.
  sent_ = plan_.sends;
  healed_ = true;
  plan_.heal();
  callbacks_.heal();
  run_until(plan_.active + 300 * kSecond);
  last_tries();
  run_until(plan_.active + 400 * kSecond);
  checker_.at_the_end(relay(), gateway_->metrics);
  check_disks();
  unclaimed_list_.at_the_end(*gateway_->unclaimed);
  // Waits are long by then, and longer still where the wall clock was far off.
  for (int hours = 1; callbacks_.owes() && hours <= 80; ++hours)
    run_until(plan_.active + 400 * kSecond + hours * 3600 * kSecond);
  callbacks_.at_the_end();
  trace_.mix(static_cast<std::uint64_t>(time_.events()));
}

}  // namespace kgw::sim
