// Devices that speak v2 (PROTOCOL.md 4.1): each has a disk, on which stands what it was sent and what came of
// it until that is stored. It executes nothing twice that this disk knows; another disk knows nothing.
#include <utility>

#include "world.hpp"

namespace kgw::sim {

void World::begin_disk(Device& device) { device.outbox = Outbox{"disk" + std::to_string(++disks_), {}, {}}; }

// A technician puts another one in. What the old one knew nobody does: it may say of it that it never did it.
void World::replace_disk() {
  const auto index = agent_random_.below(devices_.size());
  Device& device = devices_[index];
  count_(Event::disk_replaced);
  trace_.line(time_.now(), {}, [&] { return device.kiosk + " has a new disk"; });
  const Outbox old = std::exchange(device.outbox, Outbox{});
  begin_disk(device);
  if (device.link) {
    const LinkRef link = device.link;
    link->dead = true;
    soon(between(0, kSecond), [this, link] { gateway_loses(link); });
    time_.after(between(0, kSecond), [this, link] { kiosk_loses(link); });
  }
  for (const auto& [id, said] : old.held)
    if (agent_random_.chance(0.5))
      time_.after(between(2 * kSecond, 6 * kSecond), [this, index, id = id, disk = device.outbox.id] {
        if (devices_[index].outbox.id != disk || devices_[index].outbox.knows(id)) return;
        count_(Event::declined_by_another_disk);
        agent_declines(index, id);
      });
}

void World::over(const LinkRef& link, std::function<void()> what) {
  link->to_gateway = std::max(link->to_gateway, time_.now() + between(100, 20 * kMillisecond));
  time_.at(link->to_gateway, [this, link, what = std::move(what)] {
    if (link->dead || !link->gateway_open || link->life != life_ || !gateway_up_) return;
    heard([link, what] {
      if (link->gateway_open) what();
    });
  });
}

void World::resume_agent(const LinkRef& link) {
  if (!healed_ && agent_random_.chance(0.02)) return count_(Event::agent_mute);
  time_.after(between(1, 200 * kMillisecond), [this, link] {
    Device& device = devices_[link->device];
    if (device.link != link) return;
    AgentResumes agent{device.outbox.id, {}, 0};
    for (const auto& [id, said] : device.outbox.held) agent.held.push_back(id);
    over(link, [this, link, agent] {
      trace_.line(time_.now(), {}, [&] { return link->kiosk + " resumes with " + agent.outbox_id; });
      checker_.on_resumed(link->session, agent);
      gateway_->shell.apply([&](Relay& relay, Now now, Effects& effects) {
        relay.on_resumed(now, link->session, agent, effects);
      });
    });
    for (const RequestId& id : agent.held) agent_says(link->device, id);
  });
}

// `by`: it may not begin later.
void World::agent_receives(std::size_t index, const LinkRef& link, const RequestId& id, Time by) {
  Device& device = devices_[index];
  if (device.outbox.knows(id)) return agent_says(index, id);
  if (agent_random_.chance(0.08)) return agent_declines(index, id);
  device.outbox.held.try_emplace(id);
  over(link, [this, link, id] {
    checker_.on_accepted(link->session, id);
    gateway_->shell.apply([&](Relay& relay, Now, Effects&) { relay.on_accepted(link->session, id); });
  });
  const Time delay = between(0, agent_random_.chance(0.8) ? 50 * kMillisecond : 5 * kSecond);
  time_.after(delay, [this, index, disk = device.outbox.id, id, by] { agent_starts(index, disk, id, by); });
}

void World::agent_starts(std::size_t index, const std::string& outbox, const RequestId& id, Time by) {
  Device& device = devices_[index];
  if (device.outbox.id != outbox) return;
  if (time_.now() >= by) return agent_declines(index, id);
  checker_.on_executed(id, device.kiosk);
  trace_.mix(id);
  Time delay = between(kMillisecond, random_.chance(0.8) ? 300 * kMillisecond : 2 * kSecond);
  if (random_.chance(plan_.slow_answer)) delay = between(kSecond, 30 * kSecond);
  if (random_.chance(plan_.late_answer)) delay = std::max<Time>(0, by - time_.now()) + between(0, 90 * kSecond);
  time_.after(delay, [this, index, outbox, id] {
    if (devices_[index].outbox.id != outbox) return;
    devices_[index].outbox.held[id] = make_answer(id);
    agent_says(index, id);
  });
  strangers_answer(index, id);
}

void World::agent_declines(std::size_t index, const RequestId& id) {
  Answer declined = make_answer(id);
  declined.outcome = Outcome::known;
  declined.result = AnswerResult::declined;
  declined.how = AnswerHow::declined;
  devices_[index].outbox.held[id] = std::move(declined);
  agent_says(index, id);
}

// If there is a connection; else the next one has it behind `resume`.
void World::agent_says(std::size_t index, const RequestId& id) {
  const LinkRef link = devices_[index].link;
  const auto item = devices_[index].outbox.held.find(id);
  if (item == devices_[index].outbox.held.end() || !item->second) return;
  if (!link || !link->kiosk_open || !link->v2) return;
  if (item->second->how != AnswerHow::declined) return answer(index, *item->second);
  over(link, [this, link, declined = *item->second, lay = time_.now()] { take_declined(link, declined, lay); });
}

void World::take_declined(const LinkRef& link, const Answer& declined, Time lay) {
  trace_.line(time_.now(), declined.id, [&] { return "declined by " + link->kiosk; });
  const Exchange* const held = relay().exchange(declined.id);
  checker_.on_declined(link->session, declined, held ? std::optional(held->phase) : std::nullopt, lay,
                       now_.wall);
  gateway_->shell.apply([&](Relay& relay, Now now, Effects& effects) {
    relay.on_declined(now, link->session, declined, ErrorCode::kiosk_busy, effects);
  });
}

// Nothing runs any more: what the gateway has durably, no connected device still keeps.
void World::check_disks() const {
  for (const Device& device : devices_) {
    if (!device.link || !device.link->v2 || device.link->dead) continue;
    // Of another kiosk of the same name: its answers are none of this one's.
    if (plan_.wall_steps || births_.at(device.kiosk) > 1) continue;
    for (const auto& [id, said] : device.outbox.held) {
      const OnDisk* const stored = disk_.find(id);
      if (!said || !stored) continue;
      const bool is_there = said->how == AnswerHow::declined
                                ? stored->answered || (stored->ended && was_refused(stored->ended->state))
                                : stored->answered && view(stored->answered->response) == view(said->bytes);
      if (is_there) throw Violation{"never_stored", id, "its kiosk was not told that it is stored"};
    }
  }
}

void World::tell_stored(SessionId session, const RequestId& id) {
  checker_.on_effect(TellStored{session, id});
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  const LinkRef link = found->second;
  link->to_kiosk = std::max(link->to_kiosk, time_.now() + between(100, 30 * kMillisecond));
  time_.at(link->to_kiosk, [this, link, id] {
    if (link->dead || !link->kiosk_open) return;
    Outbox& outbox = devices_[link->device].outbox;
    if (outbox.held.erase(id) != 0) outbox.settled.insert(id);
  });
}

}  // namespace kgw::sim
