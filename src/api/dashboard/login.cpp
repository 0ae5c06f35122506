#include "api/dashboard/login.hpp"

#include <utility>

#include "admin/key_changes.hpp"
#include "base/limits.hpp"
#include "http/answers.hpp"
#include "http/json_form.hpp"
#include "http/json_object.hpp"

namespace kgw {
namespace {

std::string session_json(const Caller& caller, std::string_view csrf) {
  const bool local = caller.session == 0;
  return JsonObject()
      .text("name", local ? "local" : caller.name())
      .texts("scopes", scope_names(local ? bit(Scope::read) : caller.scopes))
      .text("csrf", csrf)
      .boolean("read_only", local || !caller.has(Scope::admin))
      .text("how", local ? "local" : "session")
      .take();
}

std::string cookie_field(std::string_view value, std::chrono::seconds lasts, bool secure) {
  std::string field = "Set-Cookie: ";
  field.append(kSessionCookie).append("=").append(value);
  field.append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=").append(std::to_string(lasts.count()));
  return field.append(secure ? "; Secure\r\n" : "\r\n").append(kNoStore);
}

bool is_json(const HttpRequest& request) {
  const std::string_view type = request.head.find("Content-Type").value_or("");
  return same_ignoring_case(type.substr(0, type.find(';')), "application/json");
}

}  // namespace

void DashboardLogin::show(const HttpRequest& request) {
  const Now& now = loop_.now();
  if (const auto session = access_.session_of(request, now.wall)) {
    if (auto own = access_.check_own_page(request, *session); !own)
      return respond_fault(server_, request.call, own.error());
    return respond_json(server_, request.call, 200, session_json(session->caller, session->csrf), kNoStore);
  }
  // Without a session, only where PROTOCOL.md 5 requires no key. A key itself is for machines, and opens no
  // page.
  const bool keyless = !request.head.find("Authorization") && access_.check(request, bit(Scope::read), now);
  if (!keyless)
    return respond_error(server_, request.call, ErrorCode::unauthorized,
                         "Log in with an API key, or with a link made by 'kiosk-gateway dashboard-link'.");
  respond_json(server_, request.call, 200, session_json(Caller{}, ""), kNoStore);
}

// Returns the caller identified by the key or the code in the body.
Result<Caller> DashboardLogin::who(const HttpRequest& request) {
  JsonMember members[] = {{"key"}, {"code"}};
  const auto form = parse_form(request.body, members, false);
  if (!form) return form.error();
  const bool by_key = form->contains("key");
  if (form->size() != 1 || !form->begin()->value().is_string())
    return Fault{ErrorCode::invalid_argument, "Give either 'key' or 'code', as a string."};
  const Now& now = loop_.now();
  const std::string_view text = form->begin()->value().get_string();
  auto caller = by_key ? access_.of_key(text, now.wall) : sessions_.redeem(text, now.wall);
  if (!caller) {
    const ErrorCode why = access_.failed(request, ErrorCode::unauthorized, now.steady);
    log_.write_of(access_.address(request), LogLevel::warning, "access_refused",
                  {{"address", access_.address(request)}});
    if (why != ErrorCode::unauthorized) return Fault{why, {}};
    return Fault{
        why, by_key ? "This is not a valid key for this gateway, or it has expired or was revoked; check it."
                    : "This link was already used or has expired; ask for a new one."};
  }
  if (auto in_time = access_.take_call(*caller, now.steady); !in_time) return in_time.error();
  if (!caller->has(Scope::read))
    return Fault{ErrorCode::forbidden,
                 "This key is not allowed to read anything; use one with scope read or admin."};
  return std::move(*caller);
}

void DashboardLogin::log_in(const HttpRequest& request) {
  if (!is_json(request)) return respond_error(server_, request.call, ErrorCode::unsupported_media_type);
  if (!access_.is_own_page(request))
    return respond_error(server_, request.call, ErrorCode::forbidden,
                         "This request came from another site; use the gateway's own dashboard.");
  auto caller = who(request);
  if (!caller) return respond_fault(server_, request.call, caller.error());
  welcome(request, std::move(*caller));
}

void DashboardLogin::welcome(const HttpRequest& request, Caller caller) {
  if (const auto old = access_.session_of(request, loop_.now().wall)) sessions_.close(old->number);
  const auto issued = sessions_.open(caller, loop_.now().wall);
  caller.session = issued.session;
  note(request, caller, "dashboard_login", "");
  respond_json(server_, request.call, 200, session_json(caller, issued.csrf),
               cookie_field(issued.text, limits::kSessionTime, access_.over_tls(request)));
}

void DashboardLogin::log_out(const HttpRequest& request) {
  const auto session = access_.session_of(request, loop_.now().wall);
  if (!session)
    return respond_error(server_, request.call, ErrorCode::unauthorized,
                         "You are no longer logged in; log in again.");
  if (auto own = access_.check_own_page(request, *session); !own)
    return respond_fault(server_, request.call, own.error());
  sessions_.close(session->number);
  note(request, session->caller, "dashboard_logout", "");
  const std::string fields = cookie_field("", std::chrono::seconds(0), access_.over_tls(request));
  HttpResponse response;
  response.status = 204;
  response.content_type = {};
  response.extra_fields = fields;
  server_.respond(request.call, response);
}

void DashboardLogin::make_link(const HttpRequest& request, const Caller& caller) {
  const auto issued = sessions_.make_code(caller, loop_.now().wall);
  note(request, caller, "dashboard_link_made", "ends " + rfc3339(issued.expires_at));
  respond_json(
      server_, request.call, 201,
      JsonObject().text("url", "/dashboard#code=" + issued.text).time("expires_at", issued.expires_at).take(),
      kNoStore);
}

void DashboardLogin::note(const HttpRequest& request, const Caller& caller, const std::string& what,
                          std::string detail) {
  const Actor actor = access_.actor(request, caller);
  log_.write_of(actor.name, LogLevel::info, what, {{"by", actor.name}, {"address", actor.address}});
  const std::string target = caller.key ? caller.key->id : "admin";
  auto line =
      trail_.take(target, actor.did(loop_.now().wall, what, target, std::move(detail)), loop_.now().steady);
  if (line) registry_.write_registry({std::move(*line)}, [](const Result<void>&) {});
}

void DashboardLogin::on_tick(const Now& now) {
  for (auto& [line, folded] : trail_.due(now.steady)) {
    if (folded != 0)
      line.detail += (line.detail.empty() ? "… and " : " … and ") + std::to_string(folded) + " more before it";
    registry_.write_registry({std::move(line)}, [](const Result<void>&) {});
  }
}

}  // namespace kgw
