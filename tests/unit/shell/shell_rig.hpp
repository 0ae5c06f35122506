// What a RelayShell stands among in its unit tests: a clock that stands still, a journal that takes all and
// knows nothing, a log that keeps its events' names.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/relay_shell.hpp"

namespace kgw::testing {

class StillClock final : public TurnClock {
 public:
  const Now& now() const override { return now_; }
  Instant read_clock() const override { return now_.steady; }
  void pass(Milliseconds span) {
    now_.steady += span;
    now_.wall += span;
  }

 private:
  Now now_{Instant{std::chrono::hours(1)}, wall_from_ms(1'790'000'000'000)};
};

class IdleJournal : public Journal {
 public:
  void set_listener(StoreListener&) override {}
  std::uint64_t append(Record record) override {
    records.push_back(std::move(record));
    return records.size();
  }
  void commit() override {}
  void poll() override {}
  bool accepts() const override { return true; }
  void find_for_answer(RequestId, FoundExchange) override {}
  void find_claimed(const Digest&, std::string_view, FoundExchange) override {}
  Durability durability() const override { return Durability::strict; }
  Instant holds_until() const override { return Instant::max(); }
  StoreStats stats() const override { return {}; }
  std::string trouble() const override { return {}; }

  std::vector<Record> records;
};

class LogNames final : public LogLines {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  void write_at(WallTime, LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  void write_of(std::string_view, LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  std::vector<std::string> events;
};

// Registers them, and connects each: the first by session 1, and so on.
inline void connect(RelayShell& shell, std::initializer_list<const char*> kiosks) {
  StoreImage image;
  for (const char* const id : kiosks) {
    KioskRecord kiosk;
    kiosk.id = id;
    image.kiosks.push_back(kiosk);
  }
  shell.restore(image);
  shell.apply([&](Relay& relay, Now now, Effects& effects) {
    std::uint64_t session = 0;
    for (const char* const id : kiosks) relay.on_kiosk_up(now, id, SessionId{++session}, effects);
  });
}

}  // namespace kgw::testing
