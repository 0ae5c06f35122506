// WsConnection: one kiosk's WebSocket (RFC 6455), server side. Server-internal.
//
//   open -> closing (we sent a close frame) -> over (on_ws_closed was called, TCP is still closing) -> gone
//
// Holds no buffer while idle: frames are parsed in the server's read buffer, and only the start of an
// unfinished frame is kept. What an idle kiosk does not need is allocated on demand: there are ten thousand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/connection.hpp"

namespace kgw {

class WsConnection final : public Connection {
 public:
  WsConnection(ServerCore& core, std::uint32_t slot);  // its socket comes with take_over()
  ~WsConnection() override { give_back_room(); }

  void on_ready(std::uint32_t events) override;
  Instant due() const override;
  void on_due() override;
  void resume() override;
  Instant idle_since() const override { return kNever; }
  void send_away() override {}
  // There is room for its large message now.
  void have_room();
  bool waits_for_room() const { return room_ == Room::waits; }

  // What arrived behind the upgrade request; handled in a later turn.
  void adopt(std::string_view rest);
  using Connection::take_over;
  // As HttpServer::ws_send().
  bool send(std::string_view frame);
  bool send(std::string_view start, const SharedBytes& payload);
  void close(WsClose code, std::string_view reason, bool now);
  // For the server's shutdown: sends a close frame without waiting for an echo.
  void close_at_once(WsClose code, std::string_view reason);

 private:
  enum class State : std::uint8_t { open, closing, over };

  void on_written() override;
  bool can_take(std::size_t bytes) const;
  std::uint32_t interest() const override;

  void read();
  // Handles complete frames at the front; returns how many bytes are consumed.
  std::size_t take(char* data, std::size_t size);
  void on_event(const WsEvent& event);
  void on_ping(std::string_view payload);
  void on_pong(std::string_view payload);
  void on_close_frame(std::uint16_t code, std::string_view reason);
  void fault(WsClose code, std::string_view reason);
  void finish(std::uint16_t code, std::string_view reason);
  void lost(std::string_view why);
  void keep(std::string_view bytes);
  void shrink_rest();
  void ask_for_room();
  void give_back_room();
  std::size_t held() const { return (rest_ ? rest_->size() : 0) + reader_.held_bytes() + socket_.held_bytes(); }

  State state_ = State::open;
  // Whether a large message in progress waits in line or has room to grow.
  enum class Room : std::uint8_t { not_needed, waits, has } room_ = Room::not_needed;
  bool paused_ = false;
  bool awaiting_pong_ = false;
  bool measuring_ = false;  // the round trip of that ping
  WsReader reader_;
  Instant last_byte_;
  Instant pinged_;
  Instant close_by_{};
  Instant room_since_{};
  std::unique_ptr<std::string> rest_;  // read, and not handled yet
};

}  // namespace kgw
