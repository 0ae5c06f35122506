#include "admin/moving_in.hpp"

#include <algorithm>
#include <set>

#include "admin/key_changes.hpp"
#include "base/limits.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kLinesMax = 10'000;

std::string plural(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view MovingIn::Line::kind() const {
  static constexpr std::string_view kKinds[] = {"kiosk", "key", "request"};
  return kKinds[thing.index()];
}

std::string MovingIn::Line::id() const {
  if (const auto* const kiosk = std::get_if<MovedKiosk>(&thing)) return kiosk->record.id;
  if (const auto* const key = std::get_if<KeyRecord>(&thing)) return key->id;
  const RequestId id = std::get<StoredExchange>(thing).id;
  return id ? id.text() : std::string();
}

void MovingIn::refuse(Line& line, std::string note) {
  line.fate = Fate::refused;
  line.note = std::move(note);
}

// People who repair the file need to know which kiosk a line is about.
void MovingIn::note_name(Line& line, std::string_view text) {
  constexpr std::size_t kBytesMax = 128;
  JsonMember members[] = {{"kind"}, {"id"}};
  if (!json_scan(text, members).is_object) return;
  const auto said = [](const JsonMember& member) {
    return member.count == 1 && member.kind == JsonKind::string ? json_unescape(member.value) : std::string();
  };
  line.said_kind = said(members[0]);
  if (line.said_kind != "key" && line.said_kind != "request") line.said_kind = "kiosk";
  line.said_id = said(members[1]).substr(0, kBytesMax);
}

Result<void> MovingIn::read(std::string_view body, bool dry_run) {
  dry_run_ = dry_run;
  std::set<std::string> seen;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (lines_.size() == kLinesMax)
      return Fault{ErrorCode::invalid_argument, "More than " + std::to_string(kLinesMax) +
                                                    " lines; send them in parts. Nothing was imported."};
    Line& line = lines_.emplace_back();
    line.number = number;
    auto thing = parse_moved_line(text);
    if (thing) {
      line.thing = std::move(*thing);
    } else {
      refuse(line, thing.error().message);
      note_name(line, text);
    }
    if (thing && !seen.insert(std::string(line.kind()) + line.id()).second)
      refuse(line, "It is in the file more than once; this line was skipped.");
  }
  return {};
}

void MovingIn::start() {
  const bool queued = parts_.queue.add([self = shared_from_this()] {
    for (Line& line : self->lines_) {
      if (line.fate != Fate::unseen) continue;
      if (auto* const kiosk = std::get_if<MovedKiosk>(&line.thing)) self->judge(line, *kiosk);
      else if (const auto* const key = std::get_if<KeyRecord>(&line.thing)) self->judge(line, *key);
    }
    self->judge_requests();
  });
  if (!queued) respond_error(parts_.server, call_, ErrorCode::overloaded);
}

void MovingIn::judge(Line& line, MovedKiosk& kiosk) {
  KioskRecord& record = kiosk.record;
  const WallTime now = parts_.loop.now().wall;
  if (!kiosk.token.empty())
    if (const auto taken = parts_.kiosks.take_token(record, kiosk.token); !taken)
      return refuse(line, taken.error().message);
  if (const KioskRef* const there = parts_.shell.relay().kiosks().find(record.id)) {
    if (!same_digest((*there)->record.token_digest, record.token_digest))
      return refuse(line,
                    "It is already registered here with a different token, which was kept. If the imported one "
                    "is right, remove the kiosk here and import again.");
    line.fate = Fate::existing;
    return;
  }
  if (parts_.shell.relay().kiosks().size() + new_kiosks_ >= limits::kKiosksMax)
    return refuse(line, "This gateway has reached its maximum number of kiosks; remove some first.");
  ++new_kiosks_;
  line.fate = Fate::added;
  if (record.created_at == WallTime()) record.created_at = now;
  if (record.token_expires_at <= now)
    line.note =
        "Its token has expired: it can't connect until it has a new one ('kiosk-gateway kiosk token ID').";
}

void MovingIn::judge(Line& line, const KeyRecord& key) {
  if (const KeyRef there = parts_.keys.by_id(key.id)) {
    if (!same_digest(there->digest, key.digest))
      return refuse(line, "A different key already has this id here.");
    line.fate = Fate::existing;
    return;
  }
  if (parts_.keys.size() + new_keys_ >= limits::kKeysMax)
    return refuse(line, "This gateway has reached its maximum number of keys; revoke some first.");
  ++new_keys_;
  line.fate = Fate::added;
}

void MovingIn::judge_requests() {
  for (; at_ < lines_.size(); ++at_) {
    Line& line = lines_[at_];
    if (line.fate != Fate::unseen) continue;
    return parts_.history.find_exchange(
        std::get<StoredExchange>(line.thing).id,
        [self = shared_from_this()](const Result<std::optional<StoredExchange>>& found) {
          if (!found) {
            respond_fault(self->parts_.server, self->call_, found.error());
            return self->parts_.queue.done();
          }
          self->lines_[self->at_++].fate = *found ? Fate::existing : Fate::added;
          self->judge_requests();
        });
  }
  write();
}

void MovingIn::write() {
  std::vector<RegistryChange> changes;
  const WallTime now = parts_.loop.now().wall;
  std::size_t requests = 0;
  const bool any =
      std::any_of(lines_.begin(), lines_.end(), [](const Line& l) { return l.fate == Fate::added; });
  if (dry_run_ || !any) {
    respond_json(parts_.server, call_, 200, report());
    return parts_.queue.done();
  }
  for (const Line& line : lines_) {
    if (line.fate != Fate::added) continue;
    if (const auto* const kiosk = std::get_if<MovedKiosk>(&line.thing)) {
      changes.emplace_back(kiosk->record);
      changes.emplace_back(actor_.did(now, "kiosk_added", kiosk->record.id, "imported"));
    } else if (const auto* const key = std::get_if<KeyRecord>(&line.thing)) {
      changes.emplace_back(*key);
      changes.emplace_back(
          actor_.did(now, "key_added", key->id, key->name + ": " + rights_of(*key) + "; imported"));
    } else {
      ++requests;
      const auto& request = std::get<StoredExchange>(line.thing);
      for (Record& record : records_of(request)) parts_.journal.append(std::move(record));
      if (request.resolved) changes.emplace_back(resolution_of(request));
    }
  }
  if (requests > 0) changes.emplace_back(actor_.did(now, "requests_imported", "", plural(requests, "request")));
  // The same commit has the records: it is handed over at the end of this turn, whole.
  parts_.registry.write_registry(std::move(changes), [self = shared_from_this()](const Result<void>& done) {
    if (done) {
      self->put_in_place();
      respond_json(self->parts_.server, self->call_, 200, self->report());
    } else {
      respond_fault(self->parts_.server, self->call_, done.error());
    }
    self->parts_.queue.done();
  });
}

void MovingIn::put_in_place() {
  for (const Line& line : lines_) {
    if (line.fate != Fate::added) continue;
    if (const auto* const kiosk = std::get_if<MovedKiosk>(&line.thing)) {
      parts_.kiosks.put_in_place(kiosk->record, "kiosk_added", actor_.name, false);
    } else if (const auto* const key = std::get_if<KeyRecord>(&line.thing)) {
      parts_.keys.put(*key);
      parts_.log.write(LogLevel::info, "key_added", {{"key_id", key->id}, {"by", actor_.name}});
    }
  }
}

// Requests are only listed when refused, otherwise counted: there may be a million.
std::string MovingIn::report() const {
  static constexpr std::string_view kFates[] = {"", "added", "existing", "refused"};
  std::int64_t counts[4] = {};
  std::string array = "[";
  for (const Line& line : lines_) {
    ++counts[static_cast<std::size_t>(line.fate)];
    if (line.fate != Fate::refused && std::holds_alternative<StoredExchange>(line.thing)) continue;
    JsonObject json;
    json.number("line", static_cast<std::int64_t>(line.number));
    const std::string id = line.said_id.empty() ? line.id() : line.said_id;
    if (id.empty()) json.null("kind").null("id");
    else json.text("kind", line.said_kind.empty() ? line.kind() : line.said_kind).text("id", id);
    json.text("result", kFates[static_cast<std::size_t>(line.fate)]).text_or_null("note", line.note);
    array.append(array.size() > 1 ? "," : "").append(json.take());
  }
  return JsonObject()
      .boolean("dry_run", dry_run_)
      .number("added", counts[static_cast<std::size_t>(Fate::added)])
      .number("existing", counts[static_cast<std::size_t>(Fate::existing)])
      .number("refused", counts[static_cast<std::size_t>(Fate::refused)])
      .raw("lines", array + "]")
      .take();
}

}  // namespace kgw
