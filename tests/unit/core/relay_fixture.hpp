// RelayTest: a Relay, a clock that the test moves, and the effects of the last event.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/relay.hpp"

namespace kgw {

class RelayTest : public testing::Test {
 protected:
  explicit RelayTest(RelaySettings settings = {}) : relay(settings) {}

  void SetUp() override {
    relay.restore_kiosk(kiosk("k1"));
    relay.restore_kiosk(kiosk("k2"));
  }

  static KioskRecord kiosk(const std::string& id, std::uint32_t max_in_flight = 0) {
    KioskRecord record;
    record.id = id;
    record.max_in_flight = max_in_flight;
    record.token_digest[0] = 1;
    return record;
  }
  static TokenDigest token(std::uint8_t number = 1) {
    TokenDigest digest{};
    digest[0] = number;
    return digest;
  }

  // --- events; each leaves its effects in `effects`
  RequestId send(const std::string& to = "k1", Milliseconds timeout = std::chrono::seconds(45)) {
    const RequestId id = ids.next(now.wall);
    last_caller = CallerId(static_cast<std::uint64_t>(last_caller) + 1);
    const SendRequest request{id, share(Order{to, "payment", "42", "shop"}), timeout, last_caller,
                              envelope("{\"body\":" + id.text() + "}")};
    run([&] { relay.on_send(now, request, effects); });
    return id;
  }
  RequestId send_of(const std::string& operation, Milliseconds timeout = std::chrono::seconds(45),
                    const std::optional<KeyClaim>& claim = {}) {
    const RequestId id = ids.next(now.wall);
    last_caller = CallerId(static_cast<std::uint64_t>(last_caller) + 1);
    const SendRequest request{id, share(Order{"k1", operation, "42", "shop", claim}), timeout, last_caller,
                              envelope("{}")};
    run([&] { relay.on_send(now, request, effects); });
    return id;
  }
  void recorded(RequestId id, RecordKind kind) {
    run([&] { relay.on_recorded(now, id, kind, ClaimVerdict{}, effects); });
  }
  // From on_send to the frame's departure.
  RequestId send_out(const std::string& to = "k1", Milliseconds timeout = std::chrono::seconds(45)) {
    const RequestId id = send(to, timeout);
    recorded(id, RecordKind::accepted);
    return id;
  }
  void answer(SessionId session, RequestId id, const std::string& text = "{}") {
    run([&] { relay.on_answer(now, session, Answer{id, true, Outcome::known, share(text)}, effects); });
  }
  SessionId up(const std::string& id) {
    last_session = SessionId(static_cast<std::uint64_t>(last_session) + 1);
    run([&] { relay.on_kiosk_up(now, id, last_session, effects); });
    return last_session;
  }
  void down(SessionId session) {
    run([&] { relay.on_kiosk_down(now, session, effects); });
  }
  void knock(std::uint64_t number, const std::string& id = "k1", TokenDigest digest = token()) {
    run([&] { relay.on_knock(now, KnockId(number), id, digest, effects); });
  }
  void store_fails() {
    run([&] { relay.on_store_failed(now, effects); });
  }
  void store_recovers(bool lost_data = false) {
    run([&] { relay.on_store_recovered(now, lost_data, effects); });
  }
  void change(const KioskRecord& record, bool force = false) {
    run([&] { relay.on_kiosk_changed(now, record, force, effects); });
  }
  // Moves the clock, then ticks if a deadline is due.
  void pass(Milliseconds span) {
    now.steady += span;
    now.wall += span;
    run([&] {
      if (relay.next_deadline() && *relay.next_deadline() <= now.steady) relay.on_tick(now, effects);
    });
  }
  template <class Call>
  void run(Call call) {
    effects.clear();
    call();
  }

  // --- what came of it
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const Effect& effect : effects)
      if (const T* const one = std::get_if<T>(&effect)) out.push_back(*one);
    return out;
  }
  // The one effect of this kind; an empty T, and a failed test, when it is not exactly one.
  template <class T>
  T one() const {
    const std::vector<T> found = all<T>();
    EXPECT_EQ(found.size(), 1U);
    return found.size() == 1 ? found.front() : T{};
  }
  template <class T>
  T record() const {
    for (const Persist& persist : all<Persist>())
      if (const T* const found = std::get_if<T>(&persist.record)) return *found;
    ADD_FAILURE() << "no such record";
    return T{};
  }
  bool nothing() const { return effects.empty(); }

  static Envelope envelope(std::string text) { return Envelope{share(std::move(text)), 0}; }
  StoredExchange stored(State state, const std::string& to = "k1",
                        Milliseconds timeout = std::chrono::seconds(45)) {
    StoredExchange x;
    x.id = ids.next(now.wall);
    x.order = Order{to, "payment", {}, {}};
    x.state = state;
    x.accepted_at = now.wall;
    x.deadline_at = now.wall + timeout;
    return x;
  }

  SeededRandom random{1};
  RequestIdGenerator ids{random};
  Now now{Instant(std::chrono::hours(1)), wall_from_ms(1'790'000'000'000)};
  CallerId last_caller{};
  SessionId last_session{};
  Relay relay;
  Effects effects;
};

}  // namespace kgw
