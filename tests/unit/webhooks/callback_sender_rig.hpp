// CallbackSenderTest: a CallbackSender with a store and a receiver that do as they are told.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../no_history.hpp"
#include "callbacks/target.hpp"
#include "webhooks/callback_sender.hpp"

namespace kgw::testing {

using namespace std::chrono_literals;
inline constexpr std::int64_t kStartMs = 1'795'386'819'000;
inline const std::string kUrl = "https://pay.example.com/hook";

class NoLog final : public LogLines {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  void write_at(WallTime, LogLevel, std::string_view, std::initializer_list<LogField>) override {}
  std::vector<std::string> events;
};

class FakeClock final : public TurnClock {
 public:
  const Now& now() const override { return now_; }
  Instant read_clock() const override { return now_.steady; }
  void pass(Milliseconds time) {
    now_.steady += time;
    now_.wall += time;
  }

 private:
  Now now_{Instant(std::chrono::hours(5)), wall_from_ms(kStartMs)};
};

// Keeps rows; answers each question when poll() is called.
class FakeStore final : public NoHistory, public Registry {
 public:
  void owe(const StoredCallback& row) { rows.push_back(row); }

  void find_callbacks(CallbacksQuery query, FoundCallbacks callback) override {
    answers_.push_back([this, query = std::move(query), callback = std::move(callback)] {
      if (!readable) return callback(Fault{ErrorCode::store_unavailable, "the disk is gone"});
      Page<StoredCallback> page;
      for (const StoredCallback& row : rows) {
        if (row.number <= query.after || row.tries.state != query.state.value_or(row.tries.state)) continue;
        page.rows.push_back(row);
        if (page.rows.size() < query.count_max) continue;
        page.next = row.number;
        break;
      }
      callback(std::move(page));
    });
  }
  void find_exchange(RequestId id, FoundExchange callback) override {
    answers_.push_back([this, id, callback = std::move(callback)] {
      if (!readable) return callback(Fault{ErrorCode::store_unavailable, "the disk is gone"});
      if (!kept) return callback(std::optional<StoredExchange>());
      StoredExchange x;
      x.id = id;
      x.state = state;
      callback(std::optional(x));
    });
  }
  void write_registry(std::vector<RegistryChange> changes, Written callback) override {
    answers_.push_back([this, changes = std::move(changes), callback = std::move(callback)] {
      if (!writable) return callback(Fault{ErrorCode::store_unavailable, {}});
      for (const RegistryChange& change : changes)
        if (const auto* record = std::get_if<CallbackRecord>(&change)) apply(*record);
      callback({});
    });
  }
  void apply(const CallbackRecord& record) {
    written.push_back(record);
    for (StoredCallback& row : rows)
      if (row.id == record.id && row.n == record.n) row.tries = record.tries;
  }
  // Answers what was asked before, not what is asked meanwhile.
  void poll() {
    for (const auto& answer : std::exchange(answers_, {})) answer();
  }
  bool busy() const { return !answers_.empty(); }

  void note_connection(ConnectionRecord) override {}

  std::vector<StoredCallback> rows;
  std::vector<CallbackRecord> written;
  bool readable = true;
  bool writable = true;
  bool kept = true;
  State state = State::answered;  // of all exchanges

 private:
  std::deque<std::function<void()>> answers_;
};

struct Posted {
  OutboundRequest request;
  std::function<void(OutboundAnswer)> callback;
};

class CallbackSenderTest : public ::testing::Test {
 protected:
  void start() {
    posted.clear();
    sender = std::make_unique<CallbackSender>(
        CallbackSender::Parts{
            store, store, clock, random, log,
            [this](OutboundRequest request, std::function<void(OutboundAnswer)> callback) {
              if (has_room) posted.push_back({std::move(request), std::move(callback)});
              return has_room;
            },
            [this](const std::string& url) -> Result<std::string> {
              if (!allowed) return Fault{ErrorCode::invalid_header, "not allowed any more"};
              return url.substr(0, url.find('/', 8));
            },
            [this](const std::string&) {
              std::vector<WebhookKey> keys;
              if (has_secret) keys.push_back(*WebhookKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
              return keys;
            },
            [](const StoredExchange& x) { return "{\"request_id\":\"" + x.id.text() + "\"}"; },
            [this](const RequestId& id) { accepted.push_back(id); }},
        bounds);
  }
  // Until nobody asks the store any more.
  void turn() {
    do {
      store.poll();
      sender->on_tick(clock.now());
      sender->end_of_turn(acknowledged);
    } while (store.busy());
  }
  RequestId owe(std::string owner = "shop", std::uint32_t n = 1) {
    StoredCallback row;
    row.number = ++last_;
    row.id = ids.next(clock.now().wall);
    row.n = n;
    row.owner = std::move(owner);
    row.url = kUrl;
    row.kiosk_id = "K1";
    row.tries.owed_at = row.tries.next_at = clock.now().wall;
    store.owe(row);
    return row.id;
  }
  // A final record that owes it was appended and is durable.
  void told() {
    AnsweredRecord record;
    record.callback = true;
    sender->on_record(++acknowledged, {}, record);
  }
  void answer(unsigned status, std::vector<std::pair<std::string, std::string>> fields = {}) {
    ASSERT_FALSE(posted.empty());
    const auto callback = std::move(posted.front().callback);
    posted.pop_front();
    OutboundAnswer answer;
    answer.status = status;
    answer.fields = std::move(fields);
    if (status == 0) answer.trouble = OutboundAnswer::Trouble::refused;
    callback(std::move(answer));
    turn();
  }
  std::vector<std::string> posted_ids() const {
    std::vector<std::string> all;
    for (const Posted& one : posted) all.push_back(one.request.fields.at(2));
    return all;
  }
  static std::string header(const RequestId& id, int n = 1) {
    return "webhook-id: " + id.text() + "." + std::to_string(n);
  }
  CallbackState state(std::size_t row = 0) const { return store.rows.at(row).tries.state; }

  FakeClock clock;
  FakeStore store;
  SeededRandom random{1};
  NoLog log;
  RequestIdGenerator ids{random};
  std::deque<Posted> posted;
  std::vector<RequestId> accepted;  // whose answers a receiver has accepted
  bool has_room = true;             // for one more request
  bool has_secret = true;
  bool allowed = true;
  CallbackBounds bounds;
  std::uint64_t acknowledged = 0;
  std::unique_ptr<CallbackSender> sender;

 private:
  std::int64_t last_ = 0;
};

}  // namespace kgw::testing
