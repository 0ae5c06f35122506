// World: one seed's run. The real RelayShell with the real Relay; around them what the shell has behind its
// interfaces: the loop's time, the door with kiosks that execute what they get, the desk with backends that
// come and go, the store; an administrator, pauses, crashes. All of it on one line of virtual time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "callbacks.hpp"
#include "checker.hpp"
#include "core/relay.hpp"
#include "disk.hpp"
#include "plan.hpp"
#include "shell/async_calls.hpp"
#include "shell/relay_shell.hpp"
#include "time_line.hpp"
#include "trace.hpp"
#include "unclaimed_list.hpp"

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
  bool unwritable = false;
  bool v2 = false;
  Time to_kiosk = 0;  // bytes arrive in order: when the last ones do
  Time to_gateway = 0;
};
using LinkRef = std::shared_ptr<Link>;

// The disk of a device that speaks v2: what it was sent, and what it has to say of that until it is stored.
struct Outbox {
  std::string id;
  std::map<RequestId, std::optional<Answer>> held;
  std::set<RequestId> settled;

  bool knows(const RequestId& request) const { return held.contains(request) || settled.contains(request); }
};

// A machine that holds a kiosk's token. A clone holds a copy of another's.
struct Device {
  std::string kiosk;
  bool clone = false;
  bool wanted = true;  // a clone comes and goes
  bool calling = false;
  TokenDigest token{};
  LinkRef link;
  std::vector<Answer> unsent;  // answers that found no connection
  Outbox outbox;
};

// What a backend sends under one Idempotency-Key, or for one order that may have one request only, again and
// again.
struct Keyed {
  std::string kiosk;
  Milliseconds timeout{};
  std::optional<KeyClaim> claim;
  std::optional<Digest> order;
  int tries = 0;
};

// What not every run is to meet.
struct Faults {
  // Timers run behind the first sockets of a turn, before what lies in the others was heard: as the loop was.
  bool loop_as_it_was = false;
};

class World final : TurnClock, RelayShell::Door, CallerDesk::Teller, LogLines, Onlooker {
 public:
  World(std::uint64_t seed, Counters& count, bool keep_lines, Faults faults = {});
  World(const World&) = delete;
  // Throws Violation.
  void run();
  const Trace& trace() const { return trace_; }
  std::uint64_t events() const { return time_.events(); }
  std::size_t exchanges() const { return checker_.size(); }

 private:
  // --- gateway.cpp: what the shell knows of the world, and the turns of its loop
  const Now& now() const override { return now_; }
  Instant read_clock() const override { return clock().steady; }
  void tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) override;
  void write(LogLevel, std::string_view event, std::initializer_list<LogField>) override;
  void write_at(WallTime, LogLevel, std::string_view, std::initializer_list<LogField>) override {}
  void on_request_ended(const Reply& reply) override { checker_.on_ended(reply); }
  void on_request_withdrawn(const RequestId& id) override { checker_.on_withdrawn(id); }
  void on_late_answer(const LateAnswer& answer) override { checker_.on_effect(answer); }
  void on_unmatched_answer(const Unmatched& answer) override { checker_.on_effect(answer); }
  SimStore::Outcomes store_outcomes();
  Relay& relay() { return const_cast<Relay&>(gateway_->shell.relay()); }
  template <class Call>
  void turn(Call call);
  void end_turn();
  // What reaches the gateway over a socket, and what another of its threads says: now, or when it runs again.
  void heard(std::function<void()> what);
  void woken(std::function<void()> what);
  void pause();
  void resume();
  void sweep();
  void sweep_as_it_was();
  void run_woken();
  void tick(const Now& by);

  // --- world.cpp: lives of the gateway, backends, faults
  Instant steady(Time at) const { return Instant(std::chrono::nanoseconds((at + steady_shift_) * 1000)); }
  RegistryOnDisk::Store registry_store();
  std::function<void(const RequestId&, std::string)> trace_line();
  Now clock() const;
  void start_gateway();
  void crash();
  void drain();
  void finish_drain(Time since, Time expired);
  void stop_gateway();
  void run_until(Time end);
  void arm_timer();
  void begin();
  void repeat(Time mean, void (World::*what)());
  void send_some();
  // REQUIRES a gateway that is up and runs. Its exchange's id.
  RequestId send(const std::string& kiosk, Milliseconds timeout, const std::optional<KeyClaim>& claim = {},
                 const std::optional<Digest>& order_claim = {});
  void caller_goes(const RequestId& id, CallerId caller);
  Milliseconds some_timeout();
  // --- callers.cpp: who does not wait, cancels, misses an answer and reads it later
  CallerId enlist_async(const RequestId& id, Time& asks_by);
  void accept_async(CallerId http, const StoredExchange& x, const std::string& fields);
  void hand_over(const RequestId& id, const Reply& reply, bool joined);
  void ask_later();
  void ask_for_one();
  void cancel_one();
  // --- ledger.cpp: what became of an unknown one
  void resolve_later();
  void resolve_one();
  // --- keys.cpp: the same request again
  void begin_key(const std::string& kiosk, Milliseconds timeout);
  void try_key(std::size_t key);
  void try_key_later(std::size_t key, Time delay);
  void perhaps_again(const History& x);  // its caller was told, or has lost its connection
  void last_tries();
  void flood();
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
  void admit(KnockId knock, const std::string& kiosk_id) override;
  void refuse(KnockId knock, const std::string& kiosk_id, ErrorCode why) override;
  void probe(SessionId session) override;
  void close(SessionId session, CloseReason reason) override;
  std::optional<ErrorCode> send(const SendFrame& frame) override;
  std::optional<ErrorCode> unsent(const RequestId& id, const LinkRef& link);
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
  void take(const LinkRef& link, const Answer& answer, Time lay);
  Answer make_answer(const RequestId& id);

  // --- agents.cpp: devices that speak v2
  void tell_stored(SessionId session, const RequestId& id) override;
  void replace_disk();
  void begin_disk(Device& device);
  void resume_agent(const LinkRef& link);
  void agent_receives(std::size_t device, const LinkRef& link, const RequestId& id, Time by);
  void agent_starts(std::size_t device, const std::string& outbox, const RequestId& id, Time by);
  void agent_says(std::size_t device, const RequestId& id);
  void agent_declines(std::size_t device, const RequestId& id);
  void check_disks() const;
  void take_declined(const LinkRef& link, const Answer& answer, Time lay);
  // In the order of the connection.
  void over(const LinkRef& link, std::function<void()> what);

  SeededRandom random_;
  Plan plan_;
  Counters& count_;
  Trace trace_;
  TimeLine time_;
  Disk disk_;
  Checker checker_;
  SimStore store_;
  Callbacks callbacks_;
  SeededRandom id_random_;
  SeededRandom resolve_random_;
  SeededRandom caller_random_;
  SeededRandom agent_random_;
  UnclaimedList unclaimed_list_;
  RequestIdGenerator ids_;

  struct Gateway {  // one life
    Gateway(World& world, const RelaySettings& settings);
    Metrics metrics;
    KioskSeries series{false};
    CallerDesk desk;
    RelayShell shell;
    AsyncCalls async;
    std::unique_ptr<Unclaimed> unclaimed;
    std::unique_ptr<CallbackSender> sender;
    bool data_lost = false;
  };
  std::unique_ptr<Gateway> gateway_;
  const bool loop_as_it_was_;
  Now now_{};  // of the turn
  bool in_turn_ = false;
  bool paused_ = false;  // what comes is kept for when the gateway runs again
  Now swept_from_{};
  std::size_t to_sweep_ = 0;
  Time paused_since_ = 0;
  std::optional<Time> pause_untold_;  // the Relay has not heard of it
  std::deque<std::function<void()>> sockets_;
  std::deque<std::function<void()>> woken_;
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
  bool keys_rest_ = false;  // no key is tried any more but for the last time
  bool ended_ = false;      // the gateway ends: what it still holds is let go

  std::vector<std::string> names_;
  std::set<std::string> removed_;
  std::map<std::string, std::uint64_t> births_;
  std::deque<Device> devices_;
  std::map<KnockId, LinkRef> knocks_;
  std::map<SessionId, LinkRef> sessions_;
  std::map<RequestId, CallerId> waiting_callers_;
  std::map<CallerId, CallerId> async_own_;  // whom the shell knows for one that does not wait
  std::deque<Keyed> keyed_;
  std::map<Digest, std::size_t> key_numbers_;
  std::map<Digest, std::size_t> order_numbers_;
  std::uint64_t disks_ = 0;
  std::set<RequestId> flooded_;
  Time flood_ends_ = 0;
  std::vector<RequestId> recent_;
};

template <class Call>
void World::soon(Time delay, Call call) {
  time_.after(delay, [this, life = life_, call = std::move(call)] {
    if (life == life_ && gateway_up_) call();
  });
}

// One event for the shell, and the end of the loop's turn.
template <class Call>
void World::turn(Call call) {
  if (!gateway_up_) return;
  now_ = clock();
  call();
  end_turn();
}

}  // namespace kgw::sim
