#include "api/kiosks_api.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "api/history_api.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "http/page_query.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListDefault = 1000;
constexpr std::size_t kListMax = 1000;
constexpr std::size_t kListedAtOnce = 16;  // rows,
constexpr std::size_t kCountedAtOnce =
    200;  // or kiosks checked without being shown, between two looks at the clock
constexpr std::size_t kConnectionsShown = 20;

std::string issued_json(const IssuedToken& issued) {
  return JsonObject()
      .text("kiosk_id", issued.kiosk_id)
      .text("name", issued.title)
      .text("token", issued.token)
      .time("expires_at", issued.expires_at)
      .take();
}

std::string imported_json(const KioskChanges::Imported& imported) {
  std::string array = "[";
  for (const IssuedToken& issued : imported.added) {
    if (issued.token.empty()) continue;
    array.append(array.size() > 1 ? "," : "").append(issued_json(issued));
  }
  return JsonObject()
      .number("added", static_cast<std::int64_t>(imported.added.size()))
      .number("existing", static_cast<std::int64_t>(imported.existing))
      .raw("kiosks", array + "]")
      .take();
}

ErrorAbout about(const std::string& id) { return ErrorAbout{id, {}, {}, false}; }

// Parses the lines of an import; a fault names its line.
Result<std::vector<KioskForm>> parse_import(std::string_view text, const Caller& caller) {
  std::vector<KioskForm> forms;
  std::set<std::string> seen;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view object = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (object.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto form = parse_kiosk_form(object, KioskFormUse::add);
    Fault fault;
    if (!form) fault = form.error();
    else if (!seen.insert(*form->id).second)
      fault = Fault{ErrorCode::invalid_argument, "'" + *form->id + "' is in the file twice."};
    else if (!caller.sees(*form->id))
      fault = Fault{ErrorCode::forbidden, "This key is not allowed to use a kiosk with that id."};
    if (!fault.message.empty()) {
      fault.message = "Line " + std::to_string(line) + ": " + fault.message + " Nothing was imported.";
      return fault;
    }
    forms.push_back(std::move(*form));
  }
  return forms;
}

}  // namespace

KiosksApi::KiosksApi(const Kiosks& kiosks, SendHandler& sending, const Access& access, const Changing& with,
                     const Reading& by)
    : kiosks_(kiosks), sending_(sending), access_(access), with_(with), by_(by) {}

const Kiosk* KiosksApi::find(const std::string& id) const {
  const KioskRef* const found = kiosks_.shell.relay().kiosks().find(id);
  return found ? found->get() : nullptr;
}

void KiosksApi::refuse(HttpCallId call, const std::string& id, const Fault& fault) {
  respond_fault(by_.server, call, fault, about(id));
}

// ---------------------------------------------------------------- reading

// A page in progress. For a caller limited to some kiosks all kiosks are checked, to count its own.
struct KiosksApi::Listing {
  HttpCallId call;
  Caller caller;
  std::string after;
  std::size_t limit;
  std::string at{};  // the last kiosk checked
  std::size_t seen = 0, shown = 0;
  std::string last{};  // the last one shown
  bool more = false;
  std::string array = "[";
};

void KiosksApi::list(const HttpRequest& request, const Caller& caller) {
  const std::string after = query_value(request.head.query, "cursor").value_or("");
  const auto limit = page_limit(request.head.query, kListDefault, kListMax);
  if (!limit) return respond_fault(by_.server, request.call, limit.error());
  const auto listing = std::make_shared<Listing>(Listing{request.call, caller, after, *limit});
  // For a caller that sees all kiosks there is nothing to count.
  if (!caller.limited()) listing->at = after;
  if (!by_.slices.add(caller.holder(), [this, listing] { return list_some(*listing); }))
    respond_error(by_.server, request.call, ErrorCode::overloaded, Slices::kTooMany);
}

bool KiosksApi::list_some(Listing& page) {
  const KioskRegistry& all = kiosks_.shell.relay().kiosks();
  const bool limited = page.caller.limited();
  const std::vector<KioskRef> some = all.behind(page.at, limited ? kCountedAtOnce : kListedAtOnce);
  std::size_t rows = 0;
  for (const KioskRef& kiosk : some) {
    if (rows == kListedAtOnce) return false;
    const std::string& id = kiosk->record.id;
    page.at = id;
    if (!page.caller.sees(id)) continue;
    ++page.seen;
    if (id <= page.after) continue;
    page.more = page.shown == page.limit;
    if (page.more && !limited) break;
    if (page.more) continue;
    page.array.append(page.shown > 0 ? "," : "").append(kiosks_.rows.json(*kiosk));
    ++page.shown, ++rows;
    page.last = id;
  }
  if (!some.empty() && (limited || !page.more)) return false;
  const std::size_t total = limited ? page.seen : all.size();
  const SharedBytes answer = share(JsonObject()
                                       .raw("kiosks", page.array + "]")
                                       .number("total", static_cast<std::int64_t>(total))
                                       .text_or_null("next", page.more ? page.last : std::string())
                                       .take());
  by_.server.respond_shared(page.call, {}, answer);
  return true;
}

void KiosksApi::show(const HttpRequest& request, const std::string& id, const Caller& caller) {
  const HttpCallId call = request.call;
  if (!find(id)) return refuse(call, id, Fault{ErrorCode::kiosk_not_found, {}});
  auto place = by_.reads.take(caller);
  if (!place) return refuse(call, id, Fault{ErrorCode::overloaded, std::string(ReadShares::kTooMany)});
  HistoryQuery query;
  query.about = id;
  query.count_max = kConnectionsShown;
  by_.history.find_connections(std::move(query), [this, call, id, place = std::move(place)](
                                                     const Result<Page<StoredConnection>>& found) {
    const Kiosk* const kiosk = find(id);
    if (!kiosk) return refuse(call, id, Fault{ErrorCode::kiosk_not_found, {}});
    std::string connections = "[";
    if (found)
      for (const StoredConnection& c : found->rows)
        connections.append(connections.size() > 1 ? "," : "").append(connection_json(c, false));
    respond_json(by_.server, call, 200, kiosks_.rows.json(*kiosk, connections + "]"));
  });
}

void KiosksApi::ping(const HttpRequest& request, const std::string& id, const Caller& caller) {
  const HttpCallId call = request.call;
  const Kiosk* const kiosk = find(id);
  if (!kiosk) return refuse(call, id, Fault{ErrorCode::kiosk_not_found, {}});
  if (!kiosks_.door.connected(kiosk->session)) return refuse(call, id, Fault{ErrorCode::kiosk_offline, {}});
  const bool asked = kiosks_.door.pings().ping(
      caller.holder(), ws_of(kiosk->session),
      [this, call, id](std::optional<std::chrono::nanoseconds> round_trip) {
        if (!round_trip)
          return refuse(
              call, id,
              Fault{ErrorCode::kiosk_offline,
                    "The kiosk is connected but does not answer; check its network, then try again."});
        if (const Kiosk* const asked_kiosk = find(id))
          kiosks_.door.note_round_trip(asked_kiosk->session, *round_trip);
        const double ms = std::chrono::duration<double, std::milli>(*round_trip).count();
        respond_json(by_.server, call, 200,
                     JsonObject().text("kiosk_id", id).decimal("round_trip_ms", ms).take());
      });
  if (!asked) refuse(call, id, Fault{ErrorCode::overloaded, {}});
}

// ---------------------------------------------------------------- changing

void KiosksApi::add(const HttpRequest& request, const Caller& caller) {
  const std::string_view type = request.head.find("Content-Type").value_or("application/json");
  if (same_ignoring_case(type.substr(0, type.find(';')), "application/x-ndjson"))
    return import(request, caller);
  auto form = parse_kiosk_form(request.body, KioskFormUse::add);
  if (!form) return respond_fault(by_.server, request.call, form.error());
  const std::string id = *form->id;
  if (!caller.sees(id))
    return refuse(request.call, id,
                  Fault{ErrorCode::forbidden, "This key is not allowed to use a kiosk with that id."});
  kiosks_.changes.add(access_.actor(request, caller), std::move(*form),
                      [this, call = request.call, id](const Result<IssuedToken>& issued) {
                        if (!issued) return refuse(call, id, issued.error());
                        respond_json(by_.server, call, 201, issued_json(*issued), kNoStore);
                      });
}

void KiosksApi::import(const HttpRequest& request, const Caller& caller) {
  auto forms = parse_import(request.body, caller);
  if (!forms) return respond_fault(by_.server, request.call, forms.error());
  kiosks_.changes.import(access_.actor(request, caller), std::move(*forms),
                         [this, call = request.call](const Result<KioskChanges::Imported>& imported) {
                           if (!imported) return respond_fault(by_.server, call, imported.error());
                           respond_json(by_.server, call, 200, imported_json(*imported), kNoStore);
                         });
}

void KiosksApi::change(const HttpRequest& request, const std::string& id, const Caller& caller) {
  auto form = parse_kiosk_form(request.body, KioskFormUse::change);
  if (!form) return refuse(request.call, id, form.error());
  kiosks_.changes.change(access_.actor(request, caller), id, std::move(*form),
                         [this, call = request.call, id](const Result<void>& done) {
                           if (!done) return refuse(call, id, done.error());
                           respond_json(by_.server, call, 200, kiosks_.rows.json(*find(id)));
                         });
}

void KiosksApi::renew_token(const HttpRequest& request, const std::string& id, const Caller& caller) {
  auto form = parse_kiosk_form(request.body, KioskFormUse::token);
  if (!form) return refuse(request.call, id, form.error());
  kiosks_.changes.renew_token(access_.actor(request, caller), id, form->force.value_or(false),
                              [this, call = request.call, id](const Result<IssuedToken>& issued) {
                                if (!issued) return refuse(call, id, issued.error());
                                respond_json(by_.server, call, 200, issued_json(*issued), kNoStore);
                              });
}

void KiosksApi::remove(const HttpRequest& request, const std::string& id, const Caller& caller) {
  const auto force = flag_of(request.head.query, "force");
  if (!force) return refuse(request.call, id, force.error());
  kiosks_.changes.remove(access_.actor(request, caller), id, force->value_or(false),
                         [this, call = request.call, id](const Result<void>& done) {
                           if (!done) return refuse(call, id, done.error());
                           respond_json(by_.server, call, 200,
                                        JsonObject().text("kiosk_id", id).boolean("removed", true).take());
                         });
}

// An operator's test: recorded in the audit trail, then handled like POST /send.
void KiosksApi::send(const HttpRequest& request, const std::string& id, const Caller& caller) {
  if (!find(id)) return refuse(request.call, id, Fault{ErrorCode::kiosk_not_found, {}});
  auto form = parse_test_form(request.body);
  if (!form) return refuse(request.call, id, form.error());
  auto audit =
      access_.actor(request, caller).did(with_.loop.now().wall, "test_request_sent", id, form->operation);
  with_.registry.write_registry(
      {std::move(audit)}, [this, call = request.call, peer = request.peer.text, id, caller,
                           test = std::move(*form)](const Result<void>& done) {
        if (!done) return refuse(call, id, done.error());
        const OwnFields fields(id, test.operation, test.timeout);
        sending_.submit(call, {.headers = fields.all(), .body = test.body, .from = peer}, caller);
      });
}

// Closes its connection, so that it reconnects; running requests are not affected: their answers may come
// over the next connection.
void KiosksApi::kick(const HttpRequest& request, const std::string& id, const Caller& caller) {
  const Kiosk* const kiosk = find(id);
  if (!kiosk) return refuse(request.call, id, Fault{ErrorCode::kiosk_not_found, {}});
  if (!kiosks_.door.connected(kiosk->session))
    return refuse(request.call, id, Fault{ErrorCode::kiosk_offline, {}});
  const Actor actor = access_.actor(request, caller);
  with_.registry.write_registry(
      {actor.did(with_.loop.now().wall, "kiosk_kicked", id, "")},
      [this, call = request.call, id, by = actor.name](const Result<void>& done) {
        if (!done) return refuse(call, id, done.error());
        if (const Kiosk* const there = find(id)) kiosks_.door.kick(there->session);
        with_.log.write(LogLevel::info, "kiosk_kicked", {{"kiosk_id", id}, {"by", by}});
        respond_json(by_.server, call, 200, JsonObject().text("kiosk_id", id).boolean("kicked", true).take());
      });
}

}  // namespace kgw
