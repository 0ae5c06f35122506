// World: one seed's run. The real Relay; around it a shell that carries its effects out as src/gateway does (in
// order, after the method returned), the simulated store, kiosks that execute what they get, backends that come
// and go, an administrator, crashes. All of it on one line of virtual time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checker.hpp"
#include "core/relay.hpp"
#include "disk.hpp"
#include "plan.hpp"
#include "time_line.hpp"
#include "trace.hpp"

namespace kgw::sim {

// A WebSocket between a kiosk's device and the gateway, as both ends see it.
struct Link {
  std::size_t device = 0;
  std::string kiosk;
  TokenDigest token{};
  KnockId knock = KnockId::none;
  SessionId session = SessionId::none;
  std::uint64_t life = 0;
  bool gateway_open = false;  // the gateway believes in it
  bool kiosk_open = false;    // the kiosk does
  bool dead = false;          // nothing gets through any more
  bool probing = false;
  Time to_kiosk = 0;  // bytes arrive in order: when the last ones do
  Time to_gateway = 0;
};
using LinkRef = std::shared_ptr<Link>;

// A machine that holds a kiosk's token. A clone holds a copy of another's.
struct Device {
  std::string kiosk;
  bool clone = false;
  bool wanted = true;  // a clone comes and goes
  bool calling = false;
  TokenDigest token{};
  LinkRef link;
  std::vector<Answer> unsent;  // answers that found no connection
};

class World {
 public:
  World(std::uint64_t seed, Counters& count, bool keep_lines);
  // Throws Violation.
  void run();
  const Trace& trace() const { return trace_; }
  std::uint64_t events() const { return time_.events(); }
  std::size_t exchanges() const { return checker_.size(); }

 private:
  // --- world.cpp: lives of the gateway, backends, faults
  Now now() const;
  void start_gateway();
  void crash();
  void drain();
  void finish_drain(Time since);
  void stop_gateway();
  void run_until(Time end);
  void arm_timer();
  template <class Call>
  void turn(Call call);
  void carry_out(Effects effects);
  void carry_out(const Effect& effect, std::deque<Effects>& more);
  void look_up(const FindExchange& asked);
  void begin();
  void repeat(Time mean, void (World::*what)());
  void send_some();
  void send(const std::string& kiosk);
  void step_wall();
  void administer();
  void change_kiosk(KioskRecord& record, std::uint64_t choice);
  void remove_kiosk(const std::string& id);
  void add_kiosk_again(const std::string& id);
  template <class Call>
  void soon(Time delay, Call call);  // unless the gateway dies before
  Time between(Time least, Time most);

  // --- kiosks.cpp: devices and their links
  void add_device(const std::string& kiosk, bool clone);
  void connect_later(std::size_t device, Time delay);
  void connect(std::size_t device);
  void on_admit(KnockId knock, std::deque<Effects>& more);
  void on_refuse(KnockId knock);
  void on_probe(SessionId session);
  void on_close(SessionId session);
  void on_send_frame(const SendFrame& send, std::deque<Effects>& more);
  void gateway_loses(const LinkRef& link);
  void kiosk_loses(const LinkRef& link);
  void cut_link();
  void half_open_link();
  void link_dead_to_kiosk();
  void clone_connects();
  LinkRef some_link();
  void execute(std::size_t device, const std::string& payload);
  void answer_later(std::size_t device, const RequestId& id);
  void answer(std::size_t device, Answer answer);
  void strangers_answer(std::size_t device, const RequestId& id);
  void arrive(const LinkRef& link, const Answer& answer);
  Answer make_answer(const RequestId& id);

  SeededRandom random_;
  Plan plan_;
  Counters& count_;
  Trace trace_;
  TimeLine time_;
  Disk disk_;
  Checker checker_;
  SimStore store_;
  SeededRandom id_random_;
  RequestIdGenerator ids_;

  std::unique_ptr<Relay> relay_;
  std::uint64_t life_ = 0;
  bool gateway_up_ = false;
  Time steady_shift_ = 0;         // a new one each life: the machine rebooted
  std::int64_t wall_offset_ = 0;  // milliseconds
  Time armed_ = -1;
  std::uint64_t timer_ = 0;
  std::uint64_t late_ticks_ = 0;
  std::uint64_t last_id_ = 0;  // sessions, knocks, callers, answers
  std::uint64_t sent_ = 0;
  bool healed_ = false;

  std::vector<std::string> names_;
  std::set<std::string> removed_;
  std::map<std::string, std::uint64_t> births_;
  std::deque<Device> devices_;
  std::map<KnockId, LinkRef> knocks_;
  std::map<SessionId, LinkRef> sessions_;
  std::map<RequestId, CallerId> waiting_callers_;
  std::vector<RequestId> recent_;
};

template <class Call>
void World::soon(Time delay, Call call) {
  time_.after(delay, [this, life = life_, call = std::move(call)] {
    if (life == life_ && gateway_up_) call();
  });
}

// One event for the Relay, its effects, and the end of the loop's turn.
template <class Call>
void World::turn(Call call) {
  if (!gateway_up_) return;
  Effects effects;
  call(effects);
  carry_out(std::move(effects));
}

}  // namespace kgw::sim
