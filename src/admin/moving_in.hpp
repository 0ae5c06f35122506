// MovingIn: one POST /api/import, from its lines to its report. A single change of the ChangeQueue: it checks
// what exists, writes all that is new in one step, and reports once that is durable. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "admin/kiosk_changes.hpp"
#include "admin/moved_lines.hpp"
#include "admin/reading.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/slices.hpp"
#include "store/history.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"

namespace kgw {

// What imports and exports work with. Requires all of it to outlive its users.
struct MoveParts : Changing, Reading {
  const KioskChanges& kiosks;
  KeyRing& keys;
  RelayShell& shell;
  const Access& access;
  Journal& journal;
};

class MovingIn : public std::enable_shared_from_this<MovingIn> {
 public:
  MovingIn(const MoveParts& parts, Actor actor, HttpCallId call)
      : parts_(parts), actor_(std::move(actor)), call_(call) {}

  // Reads the lines. A line that can't be parsed becomes a line of the report. Fault: invalid_argument for
  // too many lines.
  Result<void> read(std::string_view body, bool dry_run);
  // Starts the import; answers the call, now or later.
  void start();

 private:
  enum class Fate : std::uint8_t { unseen, added, existing, refused };
  struct Line {
    std::size_t number = 0;
    Fate fate = Fate::unseen;
    std::string note;
    MovedThing thing;
    // Of a line that could not be parsed, as far as it says what it is.
    std::string said_kind, said_id;
    std::string_view kind() const;
    std::string id() const;
  };
  void judge(Line& line, MovedKiosk& kiosk);
  void judge(Line& line, const KeyRecord& key);
  void judge_requests();  // the remaining ones, one after another
  void refuse(Line& line, std::string note);
  static void note_name(Line& line, std::string_view text);
  void write();
  void put_in_place();
  std::string report() const;

  const MoveParts parts_;
  const Actor actor_;
  const HttpCallId call_;
  bool dry_run_ = false;
  std::vector<Line> lines_;
  std::size_t at_ = 0;  // of judge_requests()
  std::size_t new_kiosks_ = 0, new_keys_ = 0;
};

}  // namespace kgw
