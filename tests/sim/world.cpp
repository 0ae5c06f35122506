#include "world.hpp"

#include <algorithm>
#include <utility>

namespace kgw::sim {
namespace {

constexpr std::int64_t kBeginMs = 1'790'000'000'000;
constexpr std::uint64_t kEventsMax = 3'000'000;  // a run takes 10,000 or so

EncodedFrame make_frame(const RequestId& id, const std::string& kiosk, std::size_t size) {
  std::string bytes(kFrameHeaderBytesMax, '\0');
  bytes += R"({"request_id":")" + id.text() + R"(","headers":{"header-kiosk-id":")" + kiosk + R"("},"body":")";
  bytes.append(size, 'x');
  bytes += "\"}";
  return EncodedFrame{share(std::move(bytes)), 6};
}

TokenDigest make_token(SeededRandom& random) {
  TokenDigest token;
  random.fill(token);
  return token;
}

}  // namespace

World::World(std::uint64_t seed, Counters& count, bool keep_lines)
    : random_(seed * 0x9e3779b97f4a7c15 + 1),
      plan_(random_),
      count_(count),
      trace_(keep_lines),
      disk_([this](const OnDisk* before, const Record& record) { checker_.on_disk(before, record); }),
      checker_(time_, disk_, plan_, count_, trace_),
      store_(time_, disk_, random_, plan_, count_,
             {[this](const std::vector<Persist>& batch) {
                for (const Persist& what : batch) {
                  checker_.on_acknowledged(what);
                  turn([&](Effects& effects) { relay_->on_recorded(now(), what.id, what.kind, effects); });
                }
              },
              [this] {
                trace_.line(time_.now(), {}, [] { return "store failed"; });
                checker_.on_store_failed();
                turn([&](Effects& effects) { relay_->on_store_failed(now(), effects); });
              },
              [this](bool lost_data) {
                trace_.line(time_.now(), {},
                            [&] { return std::string("store recovered") + (lost_data ? ", data lost" : ""); });
                checker_.on_store_recovered();
                turn([&](Effects& effects) { relay_->on_store_recovered(now(), lost_data, effects); });
              },
              [this](const std::set<RequestId>& gone) { checker_.on_lost(gone, *relay_); }}),
      id_random_(seed ^ 0x5bd1e995),
      ids_(id_random_) {}

Now World::now() const {
  const Time steady = time_.now() + steady_shift_;
  return {Instant(std::chrono::nanoseconds(steady * 1000)),
          wall_from_ms(kBeginMs + wall_offset_ + time_.now() / 1000)};
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
  relay_ = std::make_unique<Relay>(plan_.settings);
  for (const auto& [id, record] : disk_.kiosks) relay_->restore_kiosk(record);
  const std::vector<StoredExchange> open = disk_.open();
  ids_.resume_above(disk_.last_journal_key());
  checker_.on_restart(open, to_ms(now().wall), wall_offset_);
  turn([&](Effects& effects) {
    for (const StoredExchange& stored : open) relay_->restore_exchange(now(), stored, effects);
  });
}

// The process dies at any point: what is not on the disk is gone, and so are all connections.
void World::crash() {
  if (!gateway_up_) return;
  count_(Event::crash);
  trace_.line(time_.now(), {}, [] { return "gateway crashes"; });
  store_.crash();
  stop_gateway();
}

void World::stop_gateway() {
  gateway_up_ = false;
  relay_.reset();
  checker_.on_crash();
  waiting_callers_.clear();
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
  if (!gateway_up_ || relay_->draining()) return;
  count_(Event::drain);
  trace_.line(time_.now(), {}, [] { return "drain"; });
  checker_.on_drain();
  relay_->on_drain();
  finish_drain(time_.now());
}

// What runs is answered; DRAIN_TIMEOUT later the callers that still wait are told.
void World::finish_drain(Time since) {
  const bool expired = time_.now() - since > 50 * kSecond;
  if (expired) {
    count_(Event::drain_expired);
    checker_.on_drain_expired();
    turn([&](Effects& effects) { relay_->on_drain_expired(now(), effects); });
  }
  if (relay_->idle() || time_.now() - since > 60 * kSecond) {
    trace_.line(time_.now(), {}, [] { return "gateway ends"; });
    store_.close();
    return stop_gateway();
  }
  soon(expired ? kSecond / 2 : between(kMillisecond, kSecond), [this, since] { finish_drain(since); });
}

void World::arm_timer() {
  const auto next = relay_->next_deadline();
  if (!next) return;
  const Time at = next->time_since_epoch().count() / 1000 - steady_shift_ + 1;
  if (at == armed_) return;
  armed_ = at;
  // The loop may be busy: a timer fires a little late.
  const Time late = random_.chance(0.2) ? between(0, 5 * kMillisecond) : 0;
  time_.at(at + late, [this, mine = ++timer_] {
    if (mine != timer_ || !gateway_up_) return;
    armed_ = -1;
    turn([&](Effects& effects) { relay_->on_tick(now(), effects); });
    if (const auto left = relay_->next_deadline(); left && *left <= now().steady)
      throw Violation{"tick", {}, "a deadline that is past still stands after on_tick"};
  });
}

// ---------------------------------------------------------------- the shell

void World::carry_out(Effects effects) {
  std::deque<Effects> more;
  more.push_back(std::move(effects));
  while (!more.empty()) {
    const Effects these = std::move(more.front());
    more.pop_front();
    for (const Effect& effect : these) carry_out(effect, more);
  }
  store_.commit();
  checker_.on_turn(*relay_);
  arm_timer();
}

void World::carry_out(const Effect& effect, std::deque<Effects>& more) {
  checker_.on_effect(effect);
  if (const auto* persist = std::get_if<Persist>(&effect)) {
    store_.append(*persist);
  } else if (const auto* send = std::get_if<SendFrame>(&effect)) {
    on_send_frame(*send, more);
  } else if (const auto* reply = std::get_if<Reply>(&effect)) {
    if (reply->id) waiting_callers_.erase(reply->id);
  } else if (const auto* asked = std::get_if<FindExchange>(&effect)) {
    look_up(*asked);
  } else if (const auto* admitted = std::get_if<Admit>(&effect)) {
    on_admit(admitted->knock, more);
  } else if (const auto* refused = std::get_if<RefuseKnock>(&effect)) {
    on_refuse(refused->knock);
  } else if (const auto* probe = std::get_if<ProbeSession>(&effect)) {
    on_probe(probe->session);
  } else if (const auto* close = std::get_if<CloseSession>(&effect)) {
    on_close(close->session);
  }
}

void World::look_up(const FindExchange& asked) {
  const OnDisk* const stored = disk_.find(asked.answer.id);
  std::optional<StoredExchange> found;
  const bool readable = store_.up();
  if (readable && stored) found = stored->stored();
  if (!readable) count_(Event::lookup_unanswered);
  soon(between(1, 40 * kMillisecond), [this, asked, found, readable] {
    checker_.on_found(asked, readable, found);
    turn([&](Effects& effects) { relay_->on_found(now(), asked, found, effects); });
  });
}

// ---------------------------------------------------------------- backends

void World::send(const std::string& kiosk) {
  if (!gateway_up_) return;
  History history;
  history.id = ids_.next(now().wall);
  history.caller = CallerId(++last_id_);
  history.kiosk = kiosk;
  const std::uint64_t kind = random_.below(10);
  history.timeout = Milliseconds(kind < 4   ? between(1000, 3000)
                                 : kind < 8 ? between(3000, 20'000)
                                            : between(20'000, 60'000));
  history.began = time_.now();
  history.deadline = time_.now() + history.timeout.count() * kMillisecond;
  history.wall_offset = wall_offset_;
  const EncodedFrame frame = make_frame(history.id, kiosk, random_.below(300));
  history.payload = frame.payload();
  const RequestId id = history.id;
  const CallerId caller = history.caller;
  trace_.line(time_.now(), id, [&] {
    return "on_send to " + kiosk + ", timeout " + std::to_string(history.timeout.count()) + " ms";
  });
  trace_.mix(id);
  const SendRequest request{id,     kiosk,           "payment", random_.chance(0.5) ? "42" : "",
                            "shop", history.timeout, caller,    frame};
  checker_.on_send(std::move(history));
  waiting_callers_[id] = caller;
  recent_.push_back(id);
  turn([&](Effects& effects) { relay_->on_send(now(), request, effects); });
  if (!random_.chance(plan_.caller_gone)) return;
  soon(random_.chance(0.5) ? between(1, 50 * kMillisecond) : between(1, 5 * kSecond), [this, id, caller] {
    const auto found = waiting_callers_.find(id);
    if (found == waiting_callers_.end() || found->second != caller) return;
    const History* const x = checker_.find(id);
    if (x->told != Told::nothing) return;
    count_(Event::caller_gone);
    trace_.line(time_.now(), id, [] { return "caller gone"; });
    if (random_.chance(0.2))
      return turn([&](Effects& effects) { relay_->on_caller_half_gone(now(), caller, id, effects); });
    checker_.on_caller_gone(caller);
    waiting_callers_.erase(found);
    turn([&](Effects& effects) { relay_->on_caller_gone(now(), caller, id, effects); });
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
  for (std::uint64_t i = 0; i < how_many; ++i) send(kiosk);
  sent_ += how_many;
  const Time mean = plan_.active / static_cast<Time>(plan_.sends + 1);
  time_.after(between(0, 2 * mean * static_cast<Time>(how_many)), [this] { send_some(); });
}

// ---------------------------------------------------------------- the administrator, and the clock

void World::step_wall() {
  count_(Event::wall_stepped);
  wall_offset_ += random_.chance(0.5) ? between(-5000, 5000) : between(-7'200'000, 7'200'000);
}

void World::administer() {
  if (!gateway_up_ || !store_.up()) return;
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
  turn([&](Effects& effects) { relay_->on_kiosk_changed(now(), record, force, effects); });
}

void World::remove_kiosk(const std::string& id) {
  count_(Event::kiosk_removed);
  trace_.line(time_.now(), {}, [&] { return "kiosk " + id + " removed"; });
  disk_.kiosks.erase(id);
  removed_.insert(id);
  checker_.on_kiosk_removed(id, ++births_[id]);
  turn([&](Effects& effects) { relay_->on_kiosk_removed(now(), id, random_.chance(0.3), effects); });
}

void World::add_kiosk_again(const std::string& id) {
  count_(Event::kiosk_added_again);
  removed_.erase(id);
  KioskRecord record;
  record.id = id;
  record.created_at = now().wall;
  record.token_digest = make_token(random_);
  disk_.kiosks[id] = record;
  for (Device& device : devices_)
    if (device.kiosk == id) device.token = record.token_digest;
  checker_.on_kiosk_record(record);
  turn([&](Effects& effects) { relay_->on_kiosk_changed(now(), record, false, effects); });
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
  time_.after(between(0, kSecond), [this] { send_some(); });
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
  run_until(plan_.active + 400 * kSecond);
  checker_.at_the_end(*relay_);
  trace_.mix(static_cast<std::uint64_t>(time_.events()));
}

}  // namespace kgw::sim
