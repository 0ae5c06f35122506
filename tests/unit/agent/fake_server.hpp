// FakeServer: an HttpServer on a thread of its own that plays a gateway (GET /ws) and a local service (anything
// else), and lets a test wait for what it saw. No sleeps: every wait is for an event, and ends after 20 s at
// the latest.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.hpp"

namespace kgw {

using namespace std::chrono_literals;

class Seen {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  // The first one that begins so and was not taken yet, taken out; "" when it does not come.
  std::string take(std::string_view start) {
    std::unique_lock lock(mutex_);
    const auto find = [&] {
      return std::find_if(all_.begin(), all_.end(), [&](const std::string& s) { return s.starts_with(start); });
    };
    if (!changed_.wait_for(lock, 20s, [&] { return find() != all_.end(); })) return {};
    std::string found = *find();
    all_.erase(find());
    return found;
  }
  std::size_t count(std::string_view start) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [&](const std::string& s) { return s.starts_with(start); }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

class FakeServer final : public HttpHandler, public WsHandler {
 public:
  struct Answer {
    unsigned status = 200;
    std::string body = {};
    bool hold = false;        // no answer until release()
    std::string fields = {};  // whole lines
  };

  FakeServer() : loop_(clock_), server_(loop_, *this, *this) {
    loop_.set_end_of_turn([this] { server_.flush(); });
    loop_.set_timer([this] { return server_.next_deadline(); },
                    [this](const Now& now) { server_.on_tick(now); });
    loop_.set_on_wake([this] { run_actions(); });
    EXPECT_TRUE(server_.listen({.host = "127.0.0.1", .port = 0}).has_value());
    port = server_.port();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~FakeServer() override {
    on_loop([this] {
      server_.close_all(WsClose::going_away, "");
      loop_.stop();
    });
    thread_.join();
  }

  std::string ws_url() const { return "ws://127.0.0.1:" + std::to_string(port) + "/ws"; }
  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port) + std::string(path);
  }

  void on_loop(const std::function<void()>& action) {
    std::promise<void> ran;
    {
      const std::lock_guard lock(mutex_);
      actions_.emplace_back([&] {
        action();
        ran.set_value();
      });
    }
    loop_.wake();
    ran.get_future().wait();
  }
  // To the newest WebSocket.
  void ws_text(const std::string& text) {
    on_loop([&] { server_.ws_send(newest_, encode_ws_frame(WsOpcode::text, text)); });
  }
  // As it is: also what is no whole frame.
  void ws_bytes(const std::string& bytes) {
    on_loop([&] { server_.ws_send(newest_, bytes); });
  }
  void ws_close(WsClose code, const std::string& reason) {
    on_loop([&] { server_.ws_close(newest_, code, reason); });
  }
  // The next upgrades get this status, with these fields (whole lines); 0: they are accepted.
  void refuse_upgrades(unsigned status, const std::string& fields = {}) {
    on_loop([&] { refuse_ = status, refuse_fields_ = fields; });
  }
  // The next upgrades repeat the subprotocol that is offered, as some servers do with any, and say this first.
  void speak_v2(const std::string& first = R"({"type":"hello","node":"n","version":"1"})") {
    on_loop([&] { v2_ = true, first_ = first; });
  }
  void speak_v1() {
    on_loop([&] { v2_ = false; });
  }
  void answer_with(Answer answer) {
    on_loop([&] { answers_ = {std::move(answer)}; });
  }
  // After the one (or those) before; the last one is given again and again.
  void then_answer_with(Answer answer) {
    on_loop([&] { answers_.push_back(std::move(answer)); });
  }
  // Calls are seen with these fields behind their first line: "call GET /x <body> | name: value".
  void show_fields(std::vector<std::string> names) {
    on_loop([&] { shown_ = std::move(names); });
  }
  // Answers the oldest held call.
  void release() {
    on_loop([this] {
      if (held_.empty()) return;
      respond(held_.front());
      held_.erase(held_.begin());
    });
  }

  BodyPolicy body_policy(const HttpHead&) override { return {limits::kBodyBytesMax}; }
  void on_request(const HttpRequest& request) override {
    if (request.head.path == "/ws") return on_upgrade(request);
    std::string call = "call " + std::string(request.head.method) + " " + std::string(request.head.target) +
                       " " + std::string(request.body);
    for (const std::string& name : shown_)
      if (const auto value = request.head.find(name)) call += " | " + name + ": " + std::string(*value);
    seen.add(std::move(call));
    if (answers_.front().hold) return held_.push_back(request.call);
    respond(request.call);
  }
  void on_caller_gone(HttpCallId call, bool) override { std::erase(held_, call); }
  std::string error_body(ErrorCode, std::string_view) override { return "{}"; }
  void on_ws_text(WsId, std::string_view text) override { seen.add("text " + std::string(text)); }
  void on_ws_alive(WsId) override {}
  void on_ws_pong(WsId, std::string_view) override {}
  void on_ws_closed(WsId, std::uint16_t code, std::string_view) override {
    seen.add("closed " + std::to_string(code));
  }

  Seen seen;
  std::uint16_t port = 0;

 private:
  void on_upgrade(const HttpRequest& request) {
    seen.add("upgrade " + std::string(request.head.find("authorization").value_or("none")));
    if (refuse_ != 0)
      return server_.respond(request.call,
                             {.status = refuse_, .extra_fields = refuse_fields_, .body = "{}", .close = true});
    const auto accept = check_upgrade(request.head);
    ASSERT_TRUE(accept.has_value());
    const bool offered = request.head.find("sec-websocket-protocol").has_value();
    if (offered) seen.add("offered");
    const bool chosen = offered && v2_;
    newest_ =
        server_.upgrade(request.call, *accept, chosen ? "Sec-WebSocket-Protocol: kiosk-gateway.v2\r\n" : "");
    seen.add("opened");
    if (chosen && !first_.empty()) server_.ws_send(newest_, encode_ws_frame(WsOpcode::text, first_));
  }
  bool v2_ = false;
  std::string first_;
  void respond(HttpCallId call) {
    const Answer& answer = answers_.front();
    server_.respond(call, {.status = answer.status, .extra_fields = answer.fields, .body = answer.body});
    if (answers_.size() > 1) answers_.pop_front();
  }
  void run_actions() {
    std::vector<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex_);
      now.swap(actions_);
    }
    for (auto& action : now) action();
  }

  const SystemClock clock_;
  Loop loop_;
  HttpServer server_;
  std::mutex mutex_;
  std::vector<std::function<void()>> actions_;
  WsId newest_{};
  unsigned refuse_ = 0;
  std::string refuse_fields_;
  std::deque<Answer> answers_{{}};
  std::vector<std::string> shown_;
  std::vector<HttpCallId> held_;
  std::thread thread_;
};

}  // namespace kgw
