// The kiosks' side: devices that connect, execute what they get, and answer, over links that fail in every way
// a mobile network knows.
#include <algorithm>
#include <utility>

#include "world.hpp"

namespace kgw::sim {

void World::add_device(const std::string& kiosk, bool clone) {
  Device device;
  device.kiosk = kiosk;
  device.clone = clone;
  device.token = disk_.kiosks.contains(kiosk) ? disk_.kiosks.at(kiosk).token_digest : TokenDigest{};
  begin_disk(device);
  devices_.push_back(std::move(device));
  connect_later(devices_.size() - 1, between(0, 500 * kMillisecond));
}

void World::connect_later(std::size_t device, Time delay) {
  time_.after(delay, [this, device] { connect(device); });
}

void World::connect(std::size_t index) {
  Device& device = devices_[index];
  if (device.link || device.calling || !device.wanted) return;
  if (!gateway_up_) return connect_later(index, between(kSecond / 2, 2 * kSecond));
  device.calling = true;
  const auto link = std::make_shared<Link>();
  link->device = index;
  link->kiosk = device.kiosk;
  link->token = device.token;
  link->knock = KnockId(++last_id_);
  link->life = life_;
  link->v2 = plan_.v2 && agent_random_.chance(0.85);
  knocks_[link->knock] = link;
  trace_.line(time_.now(), {}, [&] { return device.kiosk + (device.clone ? " (clone)" : "") + " knocks"; });
  const TokenDigest token = link->token;
  heard([this, link, token] {
    checker_.on_knock(link->knock);
    gateway_->shell.apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_knock(now, link->knock, link->kiosk, token, effects);
    });
  });
  if (!random_.chance(plan_.knock_gone)) return;
  soon(between(1, 3 * kSecond), [this, link] {
    heard([this, link] {
      if (knocks_.erase(link->knock) == 0) return;
      count_(Event::knock_gone);
      checker_.on_knock_gone(link->knock);
      gateway_->shell.apply(
          [&](Relay& relay, Now, Effects&) { relay.on_knock_gone(link->knock, link->kiosk); });
      devices_[link->device].calling = false;
      connect_later(link->device, between(kSecond / 10, 2 * kSecond));
    });
  });
}

void World::admit(KnockId knock, const std::string& kiosk_id) {
  checker_.on_effect(Admit{knock, kiosk_id});
  const LinkRef link = knocks_.at(knock);
  knocks_.erase(knock);
  link->session = SessionId(++last_id_);
  link->gateway_open = link->kiosk_open = true;
  sessions_[link->session] = link;
  Device& device = devices_[link->device];
  device.calling = false;
  device.link = link;
  trace_.line(time_.now(), {}, [&] {
    return device.kiosk + " is up, session " + std::to_string(static_cast<std::uint64_t>(link->session));
  });
  checker_.on_kiosk_up(link->kiosk, link->session, link->token, link->v2);
  gateway_->shell.apply([&](Relay& relay, Now now, Effects& effects) {
    relay.on_kiosk_up(now, kiosk_id, link->session, effects, link->v2);
  });
  if (link->v2) resume_agent(link);
  // What it could not deliver before.
  for (Answer& one : device.unsent) {
    count_(Event::answer_over_later_connection);
    time_.after(between(1, 500 * kMillisecond),
                [this, index = link->device, one = std::move(one)] { answer(index, one); });
  }
  device.unsent.clear();
}

void World::refuse(KnockId knock, const std::string& kiosk_id, ErrorCode why) {
  checker_.on_effect(RefuseKnock{knock, kiosk_id, why});
  count_(Event::knock_refused);
  const LinkRef link = knocks_.at(knock);
  knocks_.erase(knock);
  devices_[link->device].calling = false;
  if (devices_[link->device].clone) devices_[link->device].wanted = false;
  connect_later(link->device, between(kSecond, 10 * kSecond));
}

// A ping; any byte shows life.
void World::probe(SessionId session) {
  checker_.on_effect(ProbeSession{session});
  const LinkRef link = sessions_.at(session);
  link->probing = true;
  if (link->dead || !link->kiosk_open) return;
  soon(between(kMillisecond, kSecond), [this, link] {
    if (!link->gateway_open || link->dead) return;
    link->probing = false;
    heard([this, link] {
      gateway_->shell.apply(
          [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_alive(now, link->session, effects); });
    });
  });
}

void World::close(SessionId session, CloseReason reason) {
  checker_.on_effect(CloseSession{session, reason});
  const LinkRef link = sessions_.at(session);
  if (link->kiosk_open && !link->dead)
    time_.after(between(kMillisecond, 300 * kMillisecond), [this, link] { kiosk_loses(link); });
  soon(between(1, 2 * kSecond), [this, link] { gateway_loses(link); });
}

void World::gateway_loses(const LinkRef& link) {
  if (link->life != life_) return;
  heard([this, link] {
    if (!std::exchange(link->gateway_open, false)) return;
    sessions_.erase(link->session);
    trace_.line(time_.now(), {}, [&] {
      return link->kiosk + " is down, session " + std::to_string(static_cast<std::uint64_t>(link->session));
    });
    checker_.on_kiosk_down(link->session);
    gateway_->shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_down(now, link->session, effects); });
  });
}

void World::kiosk_loses(const LinkRef& link) {
  if (!link->kiosk_open) return;
  link->kiosk_open = false;
  Device& device = devices_[link->device];
  if (device.link == link) device.link = nullptr;
  connect_later(link->device, between(kMillisecond, random_.chance(0.7) ? 2 * kSecond : 20 * kSecond));
}

LinkRef World::some_link() {
  if (sessions_.empty()) return nullptr;
  const auto at = static_cast<std::ptrdiff_t>(random_.below(sessions_.size()));
  return std::next(sessions_.begin(), at)->second;
}

void World::cut_link() {
  const LinkRef link = some_link();
  if (!link) return;
  count_(Event::link_cut);
  link->dead = true;
  soon(between(0, kSecond), [this, link] { gateway_loses(link); });
  time_.after(between(0, kSecond), [this, link] { kiosk_loses(link); });
}

// The kiosk is gone and the gateway doesn't know: until the kiosk knocks again, or no pong comes.
void World::half_open_link() {
  const LinkRef link = some_link();
  if (!link) return;
  count_(Event::link_half_open);
  link->dead = true;
  time_.after(between(0, 5 * kSecond), [this, link] { kiosk_loses(link); });
  soon(between(20 * kSecond, 30 * kSecond), [this, link] { gateway_loses(link); });
}

void World::link_dead_to_kiosk() {
  const LinkRef link = some_link();
  if (!link) return;
  count_(Event::link_dead_to_kiosk);
  link->dead = true;
  soon(between(0, kSecond), [this, link] { gateway_loses(link); });
  time_.after(between(kSecond, 40 * kSecond), [this, link] { kiosk_loses(link); });
}

void World::clone_connects() {
  count_(Event::duplicate_connection);
  const std::string& kiosk = names_[random_.below(names_.size())];
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    Device& device = devices_[i];
    if (!device.clone || device.kiosk != kiosk) continue;
    device.wanted = true;
    if (disk_.kiosks.contains(kiosk)) device.token = disk_.kiosks.at(kiosk).token_digest;
    return connect_later(i, 0);
  }
  add_device(kiosk, true);
}

// ---------------------------------------------------------------- frames and answers

namespace {

RequestId id_in(std::string_view payload) {
  constexpr std::string_view kMark = R"("request_id":")";
  const std::size_t at = payload.find(kMark);
  const auto id = at == payload.npos
                      ? std::nullopt
                      : RequestId::parse(payload.substr(at + kMark.size(), RequestId::kTextSize));
  if (!id) throw Violation{"frame_changed", {}, "a frame without a request_id"};
  return *id;
}

}  // namespace

std::optional<ErrorCode> World::send(const SendFrame& frame) {
  const RequestId id = id_in(*frame.envelope.text);
  checker_.on_effect(frame);
  if (store_.holds_until() <= clock().steady)
    throw Violation{"sent_without_lease", id, "another gateway may hold it by now"};
  const LinkRef link = sessions_.at(frame.session);
  if (random_.chance(plan_.unsent)) return unsent(id, link);
  if (random_.chance(plan_.drop_frame)) {
    count_(Event::frame_dropped);
    return std::nullopt;
  }
  const Time by = time_.now() + (relay().exchange(id)->expires - clock().steady) / std::chrono::microseconds(1);
  link->to_kiosk = std::max(link->to_kiosk, time_.now() + between(100, 30 * kMillisecond));
  time_.at(link->to_kiosk, [this, link, by, payload = *frame.envelope.text] {
    if (link->dead || !link->kiosk_open) return;
    if (link->v2) agent_receives(link->device, link, id_in(payload), by);
    else execute(link->device, payload);
  });
  return std::nullopt;
}

std::optional<ErrorCode> World::unsent(const RequestId& id, const LinkRef& link) {
  count_(Event::frame_unsent);
  const bool busy = random_.chance(0.5);  // it has too much to read already
  trace_.line(time_.now(), id,
              [&] { return busy ? "frame not written: no room" : "frame not written: it is gone"; });
  const ErrorCode why = busy && !link->dead ? ErrorCode::kiosk_busy : ErrorCode::kiosk_offline;
  checker_.on_unsent(id, why);
  if (busy) return why;
  link->dead = true;
  soon(between(0, 100 * kMillisecond), [this, link] { gateway_loses(link); });
  time_.after(between(0, kSecond), [this, link] { kiosk_loses(link); });
  return why;
}

void World::execute(std::size_t index, const std::string& payload) {
  const RequestId id = id_in(payload);
  checker_.on_executed(id, devices_[index].kiosk);
  trace_.mix(id);
  if (flooded_.contains(id)) {
    const Time at = std::max(flood_ends_, time_.now()) + between(0, 200 * kMillisecond);
    return time_.at(at, [this, index, one = make_answer(id)] { answer(index, one); });
  }
  answer_later(index, id);
  strangers_answer(index, id);
}

Answer World::make_answer(const RequestId& id) {
  const std::uint64_t number = ++last_id_;
  // In words that the rules know: the shell reads those of an answer that the store had to be asked about.
  constexpr std::pair<AnswerResult, std::string_view> kWords[] = {{AnswerResult::success, "success"},
                                                                  {AnswerResult::declined, "declined"},
                                                                  {AnswerResult::unknown, "timeout"},
                                                                  {AnswerResult::error, "error"}};
  const std::uint64_t kind = random_.below(20);
  const auto [result, status] = kWords[kind < 11 ? 0 : kind < 16 ? 1 : kind < 18 ? 2 : 3];
  return Answer{id, true, outcome_of(result),
                share(R"({"request_id":")" + id.text() + R"(","status":")" + std::string(status) + R"(","n":)" +
                      std::to_string(number) + "}"),
                result};
}

void World::answer_later(std::size_t index, const RequestId& id) {
  if (random_.chance(plan_.drop_answer)) return count_(Event::answer_dropped);
  Time delay = between(kMillisecond, random_.chance(0.8) ? 300 * kMillisecond : 2 * kSecond);
  if (random_.chance(plan_.slow_answer)) {
    count_(Event::answer_slow);
    delay = between(kSecond, 30 * kSecond);
  }
  const History* const x = checker_.find(id);
  if (random_.chance(plan_.late_answer)) {
    count_(Event::answer_after_deadline);
    const Time left = std::max<Time>(0, x->deadline - time_.now());
    delay = left +
            (random_.chance(0.3) ? between(-5 * kMillisecond, 30 * kMillisecond) : between(0, 120 * kSecond));
  }
  Answer one = make_answer(id);
  if (random_.chance(plan_.broken)) {
    count_(Event::answer_broken);
    one.valid = false;
    one.outcome = Outcome::unknown;
    one.bytes = share(std::string(*one.bytes) + "NaN");
  }
  time_.after(delay, [this, index, one] { answer(index, one); });
  if (random_.chance(plan_.duplicate)) {
    count_(Event::answer_duplicated);
    time_.after(delay + between(0, random_.chance(0.7) ? kSecond : 100 * kSecond),
                [this, index, one] { answer(index, one); });
  }
  if (random_.chance(plan_.contradict)) {
    count_(Event::answer_contradicted);
    Answer other = make_answer(id);
    time_.after(delay + between(-kMillisecond, random_.chance(0.7) ? kSecond : 100 * kSecond),
                [this, index, other] { answer(index, other); });
  }
}

void World::strangers_answer(std::size_t index, const RequestId& id) {
  if (random_.chance(plan_.stranger) && devices_.size() > 1) {
    const std::size_t stranger = (index + 1 + random_.below(devices_.size() - 1)) % devices_.size();
    if (devices_[stranger].kiosk != devices_[index].kiosk) {
      count_(Event::answer_of_stranger);
      time_.after(between(0, kSecond / 5), [this, stranger, one = make_answer(id)] { answer(stranger, one); });
    }
  }
  if (random_.chance(plan_.unknown_id)) {
    count_(Event::answer_unknown_id);
    RequestId other = id;
    other.bytes[15] = static_cast<std::uint8_t>(other.bytes[15] ^ 1);
    time_.after(between(0, kSecond), [this, index, one = make_answer(other)] { answer(index, one); });
  }
  if (random_.chance(plan_.early) && !recent_.empty()) {
    const RequestId newest = recent_.back();
    const History* const x = checker_.find(newest);
    if (x->sends == 0) {
      count_(Event::answer_early);
      checker_.on_guessed(newest);
      answer(index, make_answer(newest));
    }
  }
}

// Over the connection that the kiosk has, or later over the next one, or never.
void World::answer(std::size_t index, Answer one) {
  Device& device = devices_[index];
  const LinkRef link = device.link;
  if (!link || !link->kiosk_open) {
    if (random_.chance(plan_.wait_for_link)) device.unsent.push_back(std::move(one));
    return;
  }
  Time at = time_.now() + between(100, 20 * kMillisecond);
  if (at < link->to_gateway) count_(Event::answer_reordered);  // it would have overtaken; TCP keeps the order
  at = link->to_gateway = std::max(link->to_gateway, at);
  time_.at(at, [this, link, one = std::move(one)] { arrive(link, one); });
}

void World::arrive(const LinkRef& link, const Answer& one) {
  if (link->dead || !link->gateway_open || link->life != life_ || !gateway_up_) return;
  heard([this, link, one, lay = time_.now()] { take(link, one, lay); });
}

// `lay`: since when it lay in the socket.
void World::take(const LinkRef& link, const Answer& one, Time lay) {
  if (!link->gateway_open) return;
  RelayShell& shell = gateway_->shell;
  trace_.line(time_.now(), one.id, [&] {
    return "answer from " + link->kiosk + " over session " +
           std::to_string(static_cast<std::uint64_t>(link->session)) + ": " + std::string(view(one.bytes));
  });
  if (link->probing) {
    link->probing = false;
    shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_alive(now, link->session, effects); });
    if (!link->gateway_open) return;
  }
  if (one.valid) {
    checker_.on_answer(link->session, one, lay, now_.wall);
    Answer read = one;
    if (!shell.relay().holds(one.id)) {  // as KioskSession: by whose rules it is to be read is not known yet
      read.outcome = Outcome::known;
      read.result = AnswerResult::unclassified;
    }
    return shell.apply(
        [&](Relay& relay, Now now, Effects& effects) { relay.on_answer(now, link->session, read, effects); });
  }
  std::vector<RequestId> named{one.id};
  if (random_.chance(0.3) && !recent_.empty() && recent_.back() != one.id)
    named.push_back(recent_[random_.below(recent_.size())]);
  if (named.size() == 2 && named[0] == named[1]) named.pop_back();
  if (named.size() == 2) checker_.on_guessed(named[1]);
  if (named.size() == 1 && !shell.relay().holds(one.id)) {  // the store is to be asked, as for any other answer
    checker_.on_answer(link->session, Answer{one.id, false, Outcome::unknown, one.bytes, AnswerResult::unknown},
                       lay, now_.wall);
    return shell.apply([&](Relay& relay, Now now, Effects& effects) {
      const auto taken = relay.on_broken_answer(now, link->session, named, one.bytes, effects);
      checker_.on_broken_asked(taken == Relay::Broken::looked_up);
    });
  }
  checker_.on_broken_answer(link->session, named, one.bytes, lay, now_.wall);
  shell.apply([&](Relay& relay, Now now, Effects& effects) {
    const auto taken = relay.on_broken_answer(now, link->session, named, one.bytes, effects);
    checker_.on_broken_taken(taken == Relay::Broken::ended);
  });
}

}  // namespace kgw::sim
