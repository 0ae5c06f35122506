// Resolutions: somebody says what became of a request whose outcome nobody knew, or that an answer which its
// caller may have missed is known after all (PROTOCOL.md 1.5); whoever asks (the admin API, the bot). Durable,
// together with its line of the audit trail, before it is reported. Loop thread only; callbacks run exactly
// once, now or later.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "admin/change_queue.hpp"
#include "base/result.hpp"
#include "shell/relay_shell.hpp"
#include "store/history.hpp"

namespace kgw {

struct ResolutionForm {
  Resolution result = Resolution::not_done;
  std::string note;  // at most limits::kResolutionNoteCharsMax characters, no control characters
};

// Parses {"result":"done"|"not_done","note":TEXT}; the note may be left out. Errors: invalid_json,
// invalid_argument naming the member.
Result<ResolutionForm> parse_resolution_form(std::string_view json);
// Whether the text may be a note.
bool is_resolution_note(std::string_view text);

class Resolutions {
 public:
  Resolutions(const Changing& with, History& history, RelayShell& shell)
      : with_(with), history_(history), shell_(shell) {}

  using Done = std::function<void(const Result<StoredExchange>&)>;
  // Closes an unknown outcome or an unclaimed answer; gives the exchange as it stands then. Of the latter it
  // says nothing that the kiosk's answer does not: `done` where that is a success, `not_done` where it is
  // declined or failed. `view`: what the actor may see; what it hides is not there. Card-like numbers in the
  // note are masked. Faults: request_not_found, request_expired, nothing_to_resolve (still running, known and
  // claimed, answered otherwise, or somebody has resolved it; the message says which), overloaded,
  // store_unavailable.
  void resolve(const Actor& actor, const RequestId& id, ExchangeView view, ResolutionForm form,
               const Done& callback);

 private:
  void write(const Actor& actor, StoredExchange exchange, const ResolutionForm& form, Done callback);
  // Together with its line of the audit trail.
  void put(RegistryChange record, const Actor& actor, StoredExchange exchange, const ResolutionForm& form,
           Done callback);

  const Changing with_;
  History& history_;
  RelayShell& shell_;
};

}  // namespace kgw
