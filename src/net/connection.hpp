// Connection: what an HTTP connection and the WebSocket connection that it may become have in common: a socket,
// a place in the server's table, output that is gathered during a turn, a deadline. Server-internal; loop
// thread only.
//
// Output: whatever a turn produces goes into the server's TurnOutput and leaves with one send or writev a
// connection at the turn's end. What the kernel does not take then is kept by the connection (Unsent) until
// EPOLLOUT. Lifetime: a connection that ends closes its descriptor at once, but the object stays in the
// server's graveyard until the turn's end, so whoever is on the stack may still look at `gone()`.
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
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/visitors.hpp"

namespace kgw {

class Connection;
struct ServerCore;

inline constexpr Instant kNever = Instant::max();

// The output of one turn, of all connections: small texts side by side in one buffer, large ones by reference.
struct TurnOutput {
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Piece {
    SharedBytes shared;  // null: the bytes lie in `text`
    std::size_t offset = 0;
    std::size_t size = 0;
    bool counts = true;          // as held by this connection, when the kernel does not take them
    std::uint32_t next = kNone;  // of the same connection
  };
  std::string text;
  std::vector<Piece> pieces;
  std::vector<Connection*> writers;

  std::string_view bytes(const Piece& piece) const {
    return std::string_view(piece.shared ? *piece.shared : text).substr(piece.offset, piece.size);
  }
  void clear();
};

// What the kernel did not take yet.
struct Unsent {
  struct Chunk {
    SharedBytes shared;
    std::string owned;  // when not shared
    std::size_t offset = 0;
    bool counts = true;
    std::string_view rest() const { return std::string_view(shared ? *shared : owned).substr(offset); }
  };
  std::deque<Chunk> chunks;
  std::size_t bytes = 0;
  std::size_t counted = 0;  // of them, held for this connection alone
  Instant progress;         // by patience(): when the kernel last took some
  std::string pong;         // the one frame that answers the latest ping, for when the rest is out

  void add(const TurnOutput::Piece& of_turn, std::string_view piece);
  void drop(std::size_t taken);
};

class Connection : public Pollable {
 public:
  Connection(ServerCore& core, int fd, std::uint32_t slot, PeerAddress peer);
  ~Connection() override;
  Connection(const Connection&) = delete;

  // --- for the server
  DeadlineHook deadline;  // by patience(), as all that follows of it; may be earlier than due(): looked at
                          // again when it fires
  virtual Instant due() const = 0;
  virtual void on_due() = 0;
  // A later turn's portion of what was read but not handled yet; asked for with resume_later().
  virtual void resume() = 0;
  // When it may be sent away for another: since when it has asked for nothing that is owed to it. kNever: it
  // stays.
  virtual Instant idle_since() const = 0;
  virtual void send_away() = 0;
  void write_gathered();
  bool resuming() const { return resuming_; }
  void clear_resuming() { resuming_ = false; }
  // What it holds of a sweep (net/loop): taken when it no longer resumes, or is gone.
  void owe() { owed_ = true; }
  bool owed() const { return owed_; }
  void settle();
  bool gone() const { return fd_ < 0; }
  std::uint64_t id() const { return id_; }
  bool has_unsent() const { return unsent_ != nullptr || first_piece_ != TurnOutput::kNone; }
  int fd() const { return fd_; }
  std::uint32_t slot() const { return slot_; }
  const PeerAddress& peer() const { return peer_; }
  Visitors::Visit visit;
  // It has shown that it may be here.
  void vouch();
  // Of what it holds unsent, what nobody else holds.
  std::size_t unsent_counted() const { return unsent_ ? unsent_->counted : 0; }
  Instant progress() const { return unsent_ ? unsent_->progress : kNever; }
  // Has epoll watch it. Once, when it is in its place.
  void start();
  // Closes the descriptor and leaves the table.
  void end();

 protected:
  // All that was queued is with the kernel now. (A broken connection is not noticed here: epoll tells it, with
  // EPOLLHUP, in the next turn, so that no event arises while output is written.)
  virtual void on_written() = 0;
  // What epoll should watch besides EPOLLOUT.
  virtual std::uint32_t interest() const = 0;

  void queue(std::string_view bytes);
  // `counts`: the bytes are held for this connection alone.
  void queue(const SharedBytes& shared, std::size_t offset, bool counts = true);
  // For what was appended to core().output.text since it had `start` bytes.
  void queue_text_from(std::size_t start);
  std::size_t queued_bytes() const { return queued_bytes_ + (unsent_ ? unsent_->bytes : 0); }
  // Goes on writing (EPOLLOUT).
  void write_unsent();
  void update_interest();
  // After a change that may make due() earlier.
  void touch_deadline();
  void resume_later();
  // One recv into the server's buffer. Bytes read; 0: nothing to read now; -1: the peer closed; -2: broken.
  static constexpr long kNothing = 0, kClosed = -1, kBroken = -2;
  long receive();
  // Takes over another's descriptor and unsent output (an upgrade); the other one is gone then.
  void take_over(Connection& old);

  ServerCore& core_;
  std::uint64_t id_ = 0;  // the call or the WebSocket that it stands for now; 0: none
  std::unique_ptr<Unsent> unsent_;

 private:
  void add_piece(TurnOutput::Piece piece);
  void drop_unsent();
  // One send or sendmsg. What it took; -1 when the connection is broken.
  long send_some(const iovec* parts, std::size_t count);
  void keep_rest(std::uint32_t piece, std::size_t taken);

  int fd_;
  const std::uint32_t slot_;
  std::uint32_t watched_;
  std::uint32_t first_piece_ = TurnOutput::kNone;
  std::uint32_t last_piece_ = TurnOutput::kNone;
  std::uint32_t queued_bytes_ = 0;
  bool resuming_ = false;
  bool owed_ = false;
  PeerAddress peer_;
};

// Large messages from kiosks that are on their way. A bounded number at a time has room to grow; who comes next
// waits in line, unread, so that no answer is lost for want of memory.
class LargeMessages {
 public:
  void set_most(std::size_t most) { most_ = most; }
  // True: there is room, to be given back. False: the WebSocket `id` stands in line now.
  bool take(std::uint64_t id);
  void give_back() { --under_way_; }
  // Nothing new begins while what has arrived is more than it should be.
  void open(bool open) { open_ = open; }
  bool anyone_waits() const { return !line_.empty(); }
  // The next in line for which there is room now; 0: nobody. The room is taken.
  std::uint64_t next();

 private:
  bool room() const { return open_ && under_way_ < most_; }
  bool open_ = true;
  std::size_t most_ = 0;
  std::size_t under_way_ = 0;
  std::deque<std::uint64_t> line_;
};

// The state that connections share.
struct ServerCore final : Loop::Inbox {
  ServerCore(Loop& of_loop, HttpHandler& of_http, WsHandler& of_ws);
  ~ServerCore() override;

  // --- of a sweep: what connections have read and not handled
  void mark() override;
  bool taken() const override { return owing == 0; }

  // What the peers are judged by.
  Instant patience() const { return loop.patience(); }

  // Ids: a counter that never repeats above the place in the table, so that larger is newer.
  static constexpr unsigned kSlotBits = 20;
  std::uint64_t next_id(std::uint32_t slot) { return ++ids << kSlotBits | slot; }
  // T must be the kind of connection that ids of this type are given to.
  template <class T, class Id>
  T* find(Id of_connection) const {
    const auto id = static_cast<std::uint64_t>(of_connection);
    const std::size_t slot = id & ((1U << kSlotBits) - 1);
    if (id == 0 || slot >= slots.size() || !slots[slot] || slots[slot]->id() != id) return nullptr;
    return static_cast<T*>(slots[slot].get());
  }

  std::uint32_t free_slot();
  void bury(std::uint32_t slot);
  // What a kiosk may have sent of a message before it stands in line for the rest.
  std::size_t small_message_bytes() const {
    const std::size_t share = settings.arriving_bytes_max / (stats.websockets + 1);
    return std::clamp(share, std::size_t{4096}, limits::kSmallMessageBytes);
  }
  void give_room();  // to kiosks that stand in line
  void flush();
  void on_tick(Instant now);
  void resume_later(std::uint32_t slot);
  // Whether one more connection may be read from that has not asked for anything yet. A handful a turn: ten
  // thousand kiosks that come back at once must not stand between a payment and its answer.
  bool admit_newcomer() { return newcomers_++ < kComingsPerTurn; }
  // The same for kiosks whose connections end: a whole region may lose its network at once.
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
  HttpHead head;                        // of the request at hand; requests are handled run-to-completion
  std::size_t owing = 0;                // connections
  std::size_t unsent_connections = 0;
  std::size_t unsent_bytes = 0;  // of what they hold, each for itself
  Visitors visitors;
  LargeMessages large;

 private:
  static constexpr std::uint32_t kComingsPerTurn = 16;
  static constexpr std::uint32_t kGoingsPerTurn = 32;
  void resume_all();
  void shed_unsent();
  std::uint32_t newcomers_ = 0;  // of this turn
  std::uint32_t farewells_ = 0;
  std::size_t shed_at_ = 0;  // where the next look for a connection that takes nothing begins
  std::uint64_t ids = 0;
  std::int64_t date_second = -1;
  std::string date;
};

}  // namespace kgw
