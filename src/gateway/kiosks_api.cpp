#include "gateway/kiosks_api.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/answers.hpp"
#include "gateway/json_object.hpp"
#include "gateway/kiosk_form.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListDefault = 1000;
constexpr std::size_t kListMax = 10'000;
constexpr std::size_t kConnectionsShown = 20;

std::string issued_json(const KiosksApi::Issued& issued) {
  return JsonObject()
      .text("kiosk_id", issued.id)
      .text("name", issued.title)
      .text("token", issued.token)
      .time("expires_at", issued.expires_at)
      .take();
}

// nullopt: a limit that is none.
std::optional<std::size_t> list_limit(std::string_view query) {
  const auto text = query_value(query, "limit");
  if (!text) return kListDefault;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > kListMax)
    return std::nullopt;
  return limit;
}

std::string connections_json(const std::vector<StoredConnection>& connections) {
  std::string out = "[";
  for (const StoredConnection& c : connections) {
    if (out.size() > 1) out.push_back(',');
    out += JsonObject()
               .time("at", c.at)
               .boolean("up", c.up)
               .text("address", c.address)
               .text("reason", c.reason)
               .take();
  }
  return out + "]";
}

}  // namespace

KiosksApi::KiosksApi(const Config& config, RelayShell& shell, KioskDoor& door, const TokenAuthority& tokens,
                     Random& random, Loop& loop, HttpServer& server, Store& store, Log& log)
    : config_(config),
      shell_(shell),
      door_(door),
      tokens_(tokens),
      random_(random),
      loop_(loop),
      server_(server),
      store_(store),
      log_(log) {}

void KiosksApi::on_request(const HttpRequest& request, std::string_view rest) {
  const std::string_view method = request.head.method;
  const bool reads = method == "GET" || method == "HEAD";
  if (rest.empty()) {
    if (reads) return list(request);
    if (method != "POST") return respond_not_allowed(server_, request.call, "GET, HEAD, POST");
    const std::string_view type = request.head.find("Content-Type").value_or("application/json");
    if (same_ignoring_case(type.substr(0, type.find(';')), "application/x-ndjson")) return import(request);
    return add(request);
  }
  rest.remove_prefix(1);  // '/'
  const std::size_t slash = rest.find('/');
  const auto id = percent_decode(rest.substr(0, slash));
  if (!id || !is_name(*id)) return respond_error(server_, request.call, ErrorCode::kiosk_not_found);
  if (slash != std::string_view::npos) {
    if (rest.substr(slash) != "/token") return respond_error(server_, request.call, ErrorCode::not_found);
    if (method != "POST") return respond_not_allowed(server_, request.call, "POST");
    return renew_token(request, *id);
  }
  if (reads) return show(request, *id);
  if (method == "PATCH") return change(request, *id);
  if (method == "DELETE") return remove(request, *id);
  respond_not_allowed(server_, request.call, "GET, HEAD, PATCH, DELETE");
}

const Kiosk* KiosksApi::find(const std::string& id) const {
  const KioskRef* const found = shell_.relay().kiosks().find(id);
  return found ? found->get() : nullptr;
}

// ---------------------------------------------------------------- reading

std::string KiosksApi::kiosk_json(const Kiosk& kiosk, std::string_view connections) const {
  const std::optional<WallTime> since = door_.connected_since(kiosk.session);
  JsonObject json;
  json.text("id", kiosk.record.id)
      .text("name", kiosk.record.title)
      .boolean("enabled", kiosk.record.enabled)
      .boolean("online", since.has_value())
      .time("connected_at", since)
      .text_or_null("address", since ? door_.address(kiosk.session) : std::string())
      .number("in_flight", static_cast<std::int64_t>(kiosk.places.size()))
      .number("waiting", static_cast<std::int64_t>(kiosk.waiting.size()));
  if (kiosk.record.max_in_flight != 0) json.number("max_in_flight", kiosk.record.max_in_flight);
  else json.null("max_in_flight");
  json.time("created_at", kiosk.record.created_at).time("token_expires_at", kiosk.record.token_expires_at);
  if (!connections.empty()) json.raw("connections", connections);
  return json.take();
}

void KiosksApi::list(const HttpRequest& request) {
  const std::string after = query_value(request.head.query, "after").value_or("");
  const auto limit = list_limit(request.head.query);
  if (!limit)
    return respond_error(server_, request.call, ErrorCode::invalid_argument,
                         "'limit' must be a number from 1 to 10000.");
  std::vector<const Kiosk*> kiosks;
  for (const auto& [id, kiosk] : shell_.relay().kiosks())
    if (id > after) kiosks.push_back(kiosk.get());
  const auto by_id = [](const Kiosk* a, const Kiosk* b) { return a->record.id < b->record.id; };
  const std::size_t shown = std::min(*limit, kiosks.size());
  std::partial_sort(kiosks.begin(), kiosks.begin() + static_cast<std::ptrdiff_t>(shown), kiosks.end(), by_id);
  std::string array = "[";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) array.push_back(',');
    array += kiosk_json(*kiosks[i]);
  }
  array.push_back(']');
  respond_json(server_, request.call, 200,
               JsonObject()
                   .raw("kiosks", array)
                   .number("total", static_cast<std::int64_t>(shell_.relay().kiosks().size()))
                   .text_or_null("next", shown < kiosks.size() ? std::string_view(kiosks[shown - 1]->record.id)
                                                               : std::string_view())
                   .take());
}

void KiosksApi::show(const HttpRequest& request, const std::string& id) {
  if (!find(id))
    return respond_error(server_, request.call, ErrorCode::kiosk_not_found, {}, ErrorAbout{id, {}, {}, false});
  store_.find_connections(
      id, kConnectionsShown, [this, call = request.call, id](Result<std::vector<StoredConnection>> found) {
        const Kiosk* const kiosk = find(id);
        if (!kiosk)
          return respond_error(server_, call, ErrorCode::kiosk_not_found, {}, ErrorAbout{id, {}, {}, false});
        respond_json(server_, call, 200, kiosk_json(*kiosk, found ? connections_json(*found) : "[]"));
      });
}

// ---------------------------------------------------------------- changing, one after the other

void KiosksApi::queue(HttpCallId call, Change change) {
  if (changes_.size() >= kChangesMax) return respond_error(server_, call, ErrorCode::overloaded);
  changes_.push_back(std::move(change));
  start_next();
}

void KiosksApi::start_next() {
  if (busy_ || changes_.empty()) return;
  busy_ = true;
  const Change change = std::move(changes_.front());
  changes_.pop_front();
  change();
}

// The next one starts from the loop, not from inside the last one: 1,000 that fail at once must not nest.
void KiosksApi::done() {
  busy_ = false;
  if (!changes_.empty()) loop_.post([this] { start_next(); });
}

void KiosksApi::write(std::vector<KioskRecord> records, bool force, std::string_view event,
                      std::function<void(Result<void>)> then) {
  std::vector<KioskChange> changes(records.begin(), records.end());
  store_.write_kiosks(std::move(changes),
                      [this, records = std::move(records), force, event = std::string(event),
                       then = std::move(then)](const Result<void>& written) {
                        if (written) {
                          for (const KioskRecord& record : records)
                            shell_.apply([&](Relay& relay, Now now, Effects& effects) {
                              relay.on_kiosk_changed(now, record, force, effects);
                            });
                          for (const KioskRecord& record : records)
                            log_.write(LogLevel::info, event, {{"kiosk_id", record.id}});
                        }
                        then(written);
                        done();
                      });
}

Result<KiosksApi::Issued> KiosksApi::issue(KioskRecord& record, const std::string& given_token) const {
  Issued issued{record.id, record.title, {}, {}};
  if (given_token.empty()) {
    issued.token = tokens_.issue(record.id, loop_.now().wall, config_.jwt_lifetime, random_);
    record.token_digest = digest_of(issued.token);
    // Whole seconds, as the token itself has it.
    issued.expires_at = wall_from_ms(to_ms(loop_.now().wall) / 1000 * 1000) + config_.jwt_lifetime;
  } else {
    // Its own token stays as it is, expired or not: only signature and kiosk must be right.
    const auto claims = read_claims_unverified(given_token);
    const bool ours = claims && tokens_.verify(given_token, claims->expires_at - Milliseconds(1)).has_value();
    if (!ours)
      return Fault{ErrorCode::invalid_argument, "'token' is not signed with this gateway's JWT_SECRET."};
    if (claims->kiosk_id != record.id)
      return Fault{ErrorCode::invalid_argument, "'token' belongs to another kiosk: " + claims->kiosk_id + "."};
    record.token_digest = digest_of(given_token);
    issued.expires_at = claims->expires_at;
  }
  record.token_expires_at = issued.expires_at;
  return issued;
}

void KiosksApi::add(const HttpRequest& request) {
  auto form = parse_kiosk_form(request.body, KioskFormUse::add);
  if (!form) return respond_fault(server_, request.call, form.error());
  queue(request.call, [this, call = request.call, form = std::move(*form)] {
    const auto refuse = [&](const Fault& fault) {
      respond_fault(server_, call, fault, ErrorAbout{*form.id, {}, {}, false});
      done();
    };
    if (find(*form.id))
      return refuse(Fault{
          ErrorCode::already_exists,
          "A kiosk with this id exists already; choose another id, or 'kiosk token ID' for a new token."});
    if (shell_.relay().kiosks().size() >= limits::kKiosksMax)
      return refuse(
          Fault{ErrorCode::overloaded, "There are as many kiosks as this gateway takes; remove some first."});
    KioskRecord record;
    record.id = *form.id;
    record.title = form.name.value_or("");
    record.max_in_flight = form.max_in_flight.value_or(0);
    record.created_at = loop_.now().wall;
    const auto issued = issue(record, form.token.value_or(""));
    if (!issued) return refuse(issued.error());
    write({record}, false, "kiosk_added", [this, call, issued = *issued](const Result<void>& written) {
      if (!written) return respond_fault(server_, call, written.error(), ErrorAbout{issued.id, {}, {}, false});
      respond_json(server_, call, 201, issued_json(issued));
    });
  });
}

void KiosksApi::import(const HttpRequest& request) {
  std::vector<KioskForm> forms;
  std::set<std::string> seen;
  std::string_view rest = request.body;
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto form = parse_kiosk_form(text, KioskFormUse::add);
    Fault fault;
    if (!form) fault = form.error();
    else if (!seen.insert(*form->id).second)
      fault = Fault{ErrorCode::invalid_argument, "'" + *form->id + "' stands in the file twice."};
    if (!fault.message.empty()) {
      fault.message = "Line " + std::to_string(line) + ": " + fault.message + " Nothing was imported.";
      return respond_fault(server_, request.call, fault);
    }
    forms.push_back(std::move(*form));
  }
  queue(request.call, [this, call = request.call, forms = std::move(forms)] {
    std::vector<KioskRecord> records;
    std::string array = "[";
    for (std::size_t i = 0; i < forms.size(); ++i) {
      const KioskForm& form = forms[i];
      if (find(*form.id)) continue;
      KioskRecord record;
      record.id = *form.id;
      record.title = form.name.value_or("");
      record.max_in_flight = form.max_in_flight.value_or(0);
      record.created_at = loop_.now().wall;
      const auto issued = issue(record, form.token.value_or(""));
      if (!issued) {
        respond_error(server_, call, issued.error().code,
                      "Kiosk " + *form.id + ": " + issued.error().message + " Nothing was imported.");
        return done();
      }
      if (!issued->token.empty()) array.append(array.size() > 1 ? "," : "").append(issued_json(*issued));
      records.push_back(std::move(record));
    }
    if (shell_.relay().kiosks().size() + records.size() > limits::kKiosksMax) {
      respond_error(server_, call, ErrorCode::overloaded,
                    "That would be more kiosks than this gateway takes. Nothing was imported.");
      return done();
    }
    const auto added = static_cast<std::int64_t>(records.size());
    const auto existing = static_cast<std::int64_t>(forms.size()) - added;
    write(std::move(records), false, "kiosk_added",
          [this, call, added, existing, array = array + "]"](const Result<void>& written) {
            if (!written) return respond_fault(server_, call, written.error());
            respond_json(
                server_, call, 200,
                JsonObject().number("added", added).number("existing", existing).raw("kiosks", array).take());
          });
  });
}

void KiosksApi::change(const HttpRequest& request, const std::string& id) {
  auto form = parse_kiosk_form(request.body, KioskFormUse::change);
  if (!form) return respond_fault(server_, request.call, form.error(), ErrorAbout{id, {}, {}, false});
  queue(request.call, [this, call = request.call, id, form = std::move(*form)] {
    const Kiosk* const kiosk = find(id);
    if (!kiosk) {
      respond_error(server_, call, ErrorCode::kiosk_not_found, {}, ErrorAbout{id, {}, {}, false});
      return done();
    }
    KioskRecord record = kiosk->record;
    if (form.name) record.title = *form.name;
    if (form.enabled) record.enabled = *form.enabled;
    if (form.max_in_flight) record.max_in_flight = *form.max_in_flight;
    write({record}, form.force.value_or(false), "kiosk_changed", [this, call, id](const Result<void>& written) {
      if (!written) return respond_fault(server_, call, written.error(), ErrorAbout{id, {}, {}, false});
      respond_json(server_, call, 200, kiosk_json(*find(id)));
    });
  });
}

void KiosksApi::renew_token(const HttpRequest& request, const std::string& id) {
  auto form = parse_kiosk_form(request.body, KioskFormUse::token);
  if (!form) return respond_fault(server_, request.call, form.error(), ErrorAbout{id, {}, {}, false});
  queue(request.call, [this, call = request.call, id, force = form->force.value_or(false)] {
    const Kiosk* const kiosk = find(id);
    if (!kiosk) {
      respond_error(server_, call, ErrorCode::kiosk_not_found, {}, ErrorAbout{id, {}, {}, false});
      return done();
    }
    KioskRecord record = kiosk->record;
    const Issued issued = *issue(record, "");
    write({record}, force, "kiosk_token_renewed", [this, call, issued](const Result<void>& written) {
      if (!written) return respond_fault(server_, call, written.error(), ErrorAbout{issued.id, {}, {}, false});
      respond_json(server_, call, 200, issued_json(issued));
    });
  });
}

void KiosksApi::remove(const HttpRequest& request, const std::string& id) {
  const bool force = query_value(request.head.query, "force") == "true";
  queue(request.call, [this, call = request.call, id, force] {
    const ErrorAbout about{id, {}, {}, false};
    if (!find(id)) {
      respond_error(server_, call, ErrorCode::kiosk_not_found, {}, about);
      return done();
    }
    store_.write_kiosks({KioskRemovedRecord{id}}, [this, call, id, force](const Result<void>& written) {
      if (written) {
        shell_.apply(
            [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_removed(now, id, force, effects); });
        log_.write(LogLevel::info, "kiosk_removed", {{"kiosk_id", id}});
        respond_json(server_, call, 200, JsonObject().text("kiosk_id", id).boolean("removed", true).take());
      } else {
        respond_fault(server_, call, written.error(), ErrorAbout{id, {}, {}, false});
      }
      done();
    });
  });
}

void KiosksApi::ensure(const std::string& id, std::string_view title,
                       std::function<void(Result<Issued>)> callback) {
  changes_.push_back([this, id, title = std::string(title), callback = std::move(callback)] {
    const Kiosk* const kiosk = find(id);
    KioskRecord record;
    if (kiosk && kiosk->record.title != title) {
      callback(Fault{ErrorCode::already_exists,
                     "A kiosk of that id is registered in this DATA_DIR and it is no demo kiosk; "
                     "start the demo with another DATA_DIR."});
      return done();
    }
    if (kiosk) {
      record = kiosk->record;
    } else {
      record.id = id;
      record.title = title;
      record.created_at = loop_.now().wall;
    }
    const Issued issued = *issue(record, "");
    write({record}, false, kiosk ? "kiosk_token_renewed" : "kiosk_added",
          [callback, issued](const Result<void>& written) {
            if (written) callback(issued);
            else callback(written.error());
          });
  });
  start_next();
}

}  // namespace kgw
