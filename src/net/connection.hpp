// Connection: what an HTTP connection and the WebSocket connection that it may become have in common: a
// socket, a place in the server's table, output that is gathered during a turn, a deadline. Server-internal;
// loop thread only.
//
// Output: whatever a turn produces goes into the server's TurnOutput and leaves at the turn's end with one
// send or writev per connection. What the kernel does not accept then is kept by the connection (Unsent)
// until EPOLLOUT. Lifetime: a connection that ends closes its descriptor at once, but the object stays in the
// server's graveyard until the turn's end, so that callers still on the stack may check `gone()`.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/deadlines.hpp"
#include "net/handshakes.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"
#include "net/tls_context.hpp"
#include "net/visitors.hpp"

namespace kgw {

class Connection;
struct ServerCore;

inline constexpr Instant kNever = Instant::max();

// The output of one turn, for all connections: small texts side by side in one buffer, large ones by
// reference.
struct TurnOutput {
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Piece {
    SharedBytes shared;  // null: the bytes are in `text`
    std::size_t offset = 0;
    std::size_t size = 0;
    bool counts = true;          // charged to this connection while unsent
    std::uint32_t next = kNone;  // the next piece of the same connection
  };
  std::string text;
  std::vector<Piece> pieces;
  std::vector<Connection*> writers;

  std::string_view bytes(const Piece& piece) const {
    return std::string_view(piece.shared ? *piece.shared : text).substr(piece.offset, piece.size);
  }
  void clear();
};

// What the kernel has not accepted yet.
struct Unsent {
  struct Chunk {
    SharedBytes shared;
    std::string owned;  // if not shared
    std::size_t offset = 0;
    bool counts = true;
    std::string_view rest() const { return std::string_view(shared ? *shared : owned).substr(offset); }
  };
  std::deque<Chunk> chunks;
  std::size_t bytes = 0;
  std::size_t counted = 0;  // of `bytes`, those held for this connection alone
  Instant progress;         // by patience(): when the kernel last accepted some
  std::string pong;         // the frame that answers the latest ping, sent once the rest is out

  void add(const TurnOutput::Piece& of_turn, std::string_view piece);
  void drop(std::size_t taken);
};

class Connection : public Pollable {
 public:
  Connection(ServerCore& core, Socket socket, std::uint32_t slot);
  ~Connection() override;
  Connection(const Connection&) = delete;

  // --- for the server
  // By patience(), like all times below; may be earlier than due(), which is checked when it fires.
  DeadlineHook deadline;
  virtual Instant due() const = 0;
  virtual void on_due() = 0;
  // Handles a further portion of what was read, in a later turn; requested with resume_later().
  virtual void resume() = 0;
  // Since when the connection has been idle, so that it may be closed to make room for another; kNever while
  // it must stay.
  virtual Instant idle_since() const = 0;
  virtual void send_away() = 0;
  void write_gathered();
  bool resuming() const { return resuming_; }
  void clear_resuming() { resuming_ = false; }
  // Its part in a sweep (net/loop): settled once it has nothing left to resume, or is gone.
  void owe() { owed_ = true; }
  bool owed() const { return owed_; }
  void settle();
  bool gone() const { return !socket_.is_open(); }
  std::uint64_t id() const { return id_; }
  bool has_unsent() const { return unsent_ != nullptr || first_piece_ != TurnOutput::kNone; }
  std::uint32_t slot() const { return slot_; }
  Visitors::Visit visit;
  // The peer has shown a key or a token: it is no longer a stranger.
  void vouch();
  // Unsent bytes held for this connection alone.
  std::size_t unsent_counted() const { return unsent_ ? unsent_->counted : 0; }
  Instant progress() const { return unsent_ ? unsent_->progress : kNever; }
  // Registers with epoll. Call once, when the connection is in its slot.
  void start();
  // Closes the descriptor and leaves the table.
  void end();

 protected:
  // All queued output is with the kernel. (A broken connection is not noticed here: epoll reports it with
  // EPOLLHUP in the next turn, so that no event arises while output is written.)
  virtual void on_written() = 0;
  // What epoll should watch besides EPOLLOUT.
  virtual std::uint32_t interest() const = 0;

  void queue(std::string_view bytes);
  // `counts`: whether the bytes are held for this connection alone.
  void queue(const SharedBytes& shared, std::size_t offset, bool counts = true);
  // Queues what was appended to core().output.text since it was `start` bytes long.
  void queue_text_from(std::size_t start);
  std::size_t queued_bytes() const { return queued_bytes_ + (unsent_ ? unsent_->bytes : 0); }
  // Continues writing, on EPOLLOUT.
  void write_unsent();
  void update_interest();
  // Call after a change that may make due() earlier.
  void touch_deadline();
  void resume_later();
  // Reads into the server's buffer. Returns the bytes read, or kNothing, kClosed or kBroken as Socket has them.
  static constexpr long kNothing = Socket::kNothing, kClosed = Socket::kClosed;
  long receive();
  // Takes over another connection's socket, visit and unsent output (for an upgrade); the other one is gone
  // afterwards. REQUIRES that the other has been vouched for.
  void take_over(Connection& old);

  ServerCore& core_;
  Socket socket_;
  std::uint64_t id_ = 0;  // of the current call or WebSocket; 0: none
  std::unique_ptr<Unsent> unsent_;

 private:
  void add_piece(TurnOutput::Piece piece);
  void drop_unsent();
  // One send or sendmsg. Returns the bytes accepted, or -1 if the connection is broken.
  long send_some(const iovec* parts, std::size_t count);
  void keep_rest(std::uint32_t piece, std::size_t taken);

  const std::uint32_t slot_;
  std::uint32_t watched_;
  std::uint32_t first_piece_ = TurnOutput::kNone;
  std::uint32_t last_piece_ = TurnOutput::kNone;
  std::uint32_t queued_bytes_ = 0;
  bool resuming_ = false;
  bool owed_ = false;
};

// Admits large messages from kiosks. A bounded number at a time has room to grow; further ones wait in line,
// unread, so that no answer is lost for want of memory. While it is closed every kiosk that has sent something
// waits there.
class LargeMessages {
 public:
  void set_most(std::size_t most) { most_ = most; }
  // Returns true if there is room, to be given back later; else puts the WebSocket `id` in line.
  bool take(std::uint64_t id);
  void give_back() { --under_way_; }
  // While closed, no new message begins: more has arrived than should be held.
  void open(bool open) { open_ = open; }
  bool is_open() const { return open_; }
  bool anyone_waits() const { return !line_.empty(); }
  // Takes room for the next in line and returns its id, or returns 0 if there is no room or nobody is
  // waiting.
  std::uint64_t next();

 private:
  bool room() const { return open_ && under_way_ < most_; }
  bool open_ = true;
  std::size_t most_ = 0;
  std::size_t under_way_ = 0;
  std::deque<std::uint64_t> line_;
};

// The state that all connections share.
struct ServerCore final : Loop::Inbox {
  ServerCore(Loop& of_loop, HttpHandler& of_http, WsHandler& of_ws);
  ~ServerCore() override;

  // --- a sweep: what connections have read but not handled yet
  void mark() override;
  bool taken() const override { return owing == 0; }

  // The clock by which peers are timed.
  Instant patience() const { return loop.patience(); }

  // An id is a counter that never repeats above the slot's number, so that a larger one is newer.
  static constexpr unsigned kSlotBits = 20;
  std::uint64_t next_id(std::uint32_t slot) { return ++ids << kSlotBits | slot; }
  // Returns nullptr if the connection is gone. Requires T to be the kind of connection that has ids of this
  // type.
  template <class T, class Id>
  T* find(Id of_connection) const {
    const auto id = static_cast<std::uint64_t>(of_connection);
    const std::size_t slot = id & ((1U << kSlotBits) - 1);
    if (id == 0 || slot >= slots.size() || !slots[slot] || slots[slot]->id() != id) return nullptr;
    return static_cast<T*>(slots[slot].get());
  }

  std::uint32_t free_slot();
  void bury(std::uint32_t slot);
  // How much of a message a kiosk may send before it waits in line for the rest.
  std::size_t small_message_bytes() const {
    const std::size_t share = settings.arriving_bytes_max / (stats.websockets + 1);
    return std::clamp(share, std::size_t{4096}, limits::kSmallMessageBytes);
  }
  void give_room();  // to kiosks that stand in line
  void flush();
  void on_tick(Instant now);
  void resume_later(std::uint32_t slot);
  // Goes on with handshakes that wait: one that needs the private key, and those that there is room for.
  void go_on_greeting();
  // Returns whether one more connection that has not sent a request yet may be read from. A handful per turn:
  // ten thousand kiosks that reconnect at once must not delay a payment's answer.
  bool admit_newcomer() { return newcomers_++ < kComingsPerTurn; }
  // The same for WebSockets that end: a whole region may lose its network at once.
  bool admit_farewell() { return farewells_++ < kGoingsPerTurn; }
  std::string_view date_field();  // "Date: ...\r\n" (RFC 9110 6.6.1), rendered once a second

  Loop& loop;
  HttpHandler& http;
  WsHandler& ws;
  HttpServer::Settings settings;
  HttpServerStats stats;
  TurnOutput output;
  Deadlines<Connection> deadlines;
  std::vector<std::unique_ptr<Connection>> slots;
  std::vector<std::uint32_t> free_slots;
  std::vector<std::unique_ptr<Connection>> graveyard;
  std::vector<std::uint32_t> to_resume;
  std::unique_ptr<char[]> read_buffer;  // limits::kReadBufferBytes
  HttpHead head;                        // of the current request; requests run to completion
  std::size_t owing = 0;                // connections
  bool ending = false;                  // all are closed by us: what was written leaves all the same
  std::size_t unsent_connections = 0;
  std::size_t unsent_bytes = 0;  // held for single connections, in total
  Visitors visitors;
  LargeMessages large;
  std::shared_ptr<TlsContext> tls;  // of connections from now on; null: plain
  Handshakes handshakes;

 private:
  static constexpr std::uint32_t kComingsPerTurn = 16;
  static constexpr std::uint32_t kGoingsPerTurn = 32;
  void resume_all();
  void shed_unsent();
  std::uint32_t newcomers_ = 0;  // of this turn
  std::uint32_t farewells_ = 0;
  std::size_t shed_at_ = 0;  // where the next search for a stalled reader begins
  std::uint64_t ids = 0;
  std::int64_t date_second = -1;
  std::string date;
};

}  // namespace kgw
