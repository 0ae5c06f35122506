// The gateway as the World runs it: the shell behind its interfaces, and the turns of its loop with their
// pauses.
#include <utility>

#include "world.hpp"

namespace kgw::sim {

World::Gateway::Gateway(World& world, const RelaySettings& settings)
    : desk(world),
      shell(settings, world, desk, world.store_, {world, metrics, series}),
      async(shell, world, world,
            [&world](CallerId call, const StoredExchange& x, const std::string& fields) {
              world.accept_async(call, x, fields);
            }),
      unclaimed(world.unclaimed_list_.start(shell, world, world)),
      sender(world.callbacks_.start(world, world, *unclaimed)) {
  shell.set_door(world);
  shell.onlookers().add(world);
  shell.onlookers().add(*sender);
  shell.set_alarms({[this](bool lost) { data_lost = data_lost || lost; },
                    [&world] { world.soon(0, [&world] { world.crash(); }); }});
  world.store_.set_listener(shell);
}

SimStore::Outcomes World::store_outcomes() {
  return {[this](std::function<void()> what) { woken(std::move(what)); },
          [this](const Persist& what) { checker_.on_effect(what); },
          [this](const std::vector<Persist>& batch, const std::vector<NotNew>& not_new, std::uint64_t up_to) {
            auto other = not_new.begin();
            for (std::size_t i = 0; i < batch.size(); ++i) {
              if (other == not_new.end() || other->number != up_to + 1 - batch.size() + i)
                checker_.on_acknowledged(batch[i]);
              else checker_.on_not_new(batch[i].id, (other++)->verdict);
            }
          },
          [this] {
            trace_.line(time_.now(), {}, [] { return "store failed"; });
            checker_.on_store_failed();
          },
          [this](bool lost_data) {
            trace_.line(time_.now(), {},
                        [&] { return std::string("store recovered") + (lost_data ? ", data lost" : ""); });
            checker_.on_store_recovered(lost_data);
            gateway_->data_lost = false;
          },
          [this](const std::set<RequestId>& gone) {
            checker_.on_lost(gone, gateway_ ? &gateway_->shell.relay() : nullptr);
            callbacks_.on_lost(gone);
            unclaimed_list_.on_lost(gone);
          },
          [this](const std::vector<StoredExchange>& open) { checker_.on_store_holds(open, relay(), now_); },
          [this](Time at) { return steady(at); },
          [this](const RequestId& id, bool readable, const std::optional<StoredExchange>& found) {
            checker_.on_found(id, readable, found);
          }};
}

void World::tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) {
  if (const auto own = async_own_.extract(caller); !own.empty()) caller = own.mapped();
  checker_.on_told(caller, reply, traceparent, joined || reply.replayed);  // as HttpTeller has it
  const RequestId id = checker_.id_of(caller);
  hand_over(id, reply, joined);
  waiting_callers_.erase(id);
  perhaps_again(*checker_.find(id));
}

void World::write(LogLevel, std::string_view event, std::initializer_list<LogField>) {
  if (event == "answer_discarded" && !ended_)
    throw Violation{"answer_vanished", {}, "an answer is thrown away"};
}

// ---------------------------------------------------------------- turns

void World::end_turn() {
  gateway_->sender->end_of_turn(gateway_->shell.acknowledged());
  gateway_->shell.end_of_turn();
  checker_.on_turn(gateway_->shell.relay(), gateway_->data_lost);
  arm_timer();
}

void World::heard(std::function<void()> what) {
  if (!gateway_up_) return;
  if (paused_) return sockets_.push_back(std::move(what));
  turn(what);
}

void World::woken(std::function<void()> what) {
  if (!gateway_up_) return;
  if (paused_) return woken_.push_back(std::move(what));
  turn(what);
}

void World::arm_timer() {
  auto next = gateway_->shell.next_deadline();
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  sooner(gateway_->sender->next_deadline());
  sooner(gateway_->async.next_deadline());
  sooner(gateway_->unclaimed->next_deadline());
  if (!next) return;
  const Time at = next->time_since_epoch().count() / 1000 - steady_shift_ + 1;
  if (at == armed_) return;
  armed_ = at;
  // The loop may be busy: a timer fires a little late.
  const Time late = random_.chance(0.2) ? between(0, 5 * kMillisecond) : 0;
  time_.at(at + late, [this, mine = ++timer_] {
    if (mine != timer_ || !gateway_up_) return;
    armed_ = -1;
    if (!paused_) turn([this] { tick(now_); });
  });
}

void World::tick(const Now& by) {
  if (const auto pause = std::exchange(pause_untold_, std::nullopt))
    gateway_->shell.apply(
        [&](Relay& relay, Now, Effects&) { relay.on_paused(by, std::chrono::microseconds(*pause)); });
  gateway_->shell.on_tick(by);
  gateway_->async.on_tick(by);
  gateway_->unclaimed->on_tick(by);
  gateway_->sender->on_tick(by);
  if (const auto left = gateway_->shell.next_deadline(); left && *left <= by.steady)
    throw Violation{"tick", {}, "a deadline that is past still stands after on_tick"};
}

// ---------------------------------------------------------------- pauses

// SIGSTOP, or a host that gives its time to others: time passes, sockets fill, other threads' words pile up.
void World::pause() {
  if (!gateway_up_ || paused_) return;
  count_(Event::loop_paused);
  const Time span =
      random_.chance(0.6) ? between(50 * kMillisecond, 2 * kSecond) : between(2 * kSecond, 40 * kSecond);
  trace_.line(time_.now(), {}, [&] { return "the gateway stands still for " + std::to_string(span) + " us"; });
  paused_ = true;
  paused_since_ = time_.now();
  store_.on_paused();
  checker_.on_paused();
  if (plan_.lease != 0 && span > plan_.lease) {
    count_(Event::lease_ran_out);
    if (random_.chance(0.5)) soon(between(plan_.lease, span), [this] { store_.take_over(); });
  }
  soon(span, [this] { resume(); });
}

// As net/loop: everything that lay in the sockets is taken, in as many turns as that needs; then the words of
// other threads; then the timers, by the time at which this began.
void World::resume() {
  trace_.line(time_.now(), {}, [] { return "it runs again"; });
  if (!sockets_.empty()) count_(Event::heard_after_pause);
  store_.on_resumed();
  pause_untold_ = time_.now() - paused_since_;
  swept_from_ = clock();
  checker_.on_sweep();
  to_sweep_ = sockets_.size();
  if (loop_as_it_was_) sweep_as_it_was();
  else sweep();
}

void World::sweep() {
  turn([this] {
    for (std::uint64_t n = 1 + random_.below(6); n > 0 && to_sweep_ > 0; --n, --to_sweep_) {
      const std::function<void()> what = std::move(sockets_.front());
      sockets_.pop_front();
      what();
      checker_.on_step();
    }
    if (to_sweep_ > 0) return;
    run_woken();
    tick(swept_from_);
  });
  if (to_sweep_ > 0) return soon(between(10, 3 * kMillisecond), [this] { sweep(); });
  paused_ = false;
  checker_.on_resumed();
  while (!sockets_.empty()) {  // came meanwhile
    const std::function<void()> what = std::move(sockets_.front());
    sockets_.pop_front();
    turn(what);
  }
  armed_ = -1;
  turn([] {});
}

void World::sweep_as_it_was() {
  turn([this] {
    for (std::uint64_t n = 1 + random_.below(6); n > 0 && !sockets_.empty(); --n) {
      const std::function<void()> what = std::move(sockets_.front());
      sockets_.pop_front();
      what();
      checker_.on_step();
    }
    run_woken();
    tick(now_);
  });
  if (!sockets_.empty()) return soon(between(10, 3 * kMillisecond), [this] { sweep_as_it_was(); });
  paused_ = false;
  checker_.on_resumed();
  armed_ = -1;
  turn([] {});
}

void World::run_woken() {
  while (!woken_.empty()) {
    const std::function<void()> what = std::move(woken_.front());
    woken_.pop_front();
    what();
    checker_.on_step();
  }
}

}  // namespace kgw::sim
