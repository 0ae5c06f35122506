// POST /api/requests/{id}/resolve (PROTOCOL.md 1.5): somebody says what became of a request whose outcome
// nobody knew. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "access/access.hpp"
#include "access/caller.hpp"
#include "admin/resolutions.hpp"
#include "api/requests_api.hpp"
#include "http/answers.hpp"
#include "net/http_server.hpp"

namespace kgw {

class LedgerApi {
 public:
  LedgerApi(HttpServer& server, Resolutions& resolutions, const Access& access)
      : server_(server), resolutions_(resolutions), access_(access) {}
  // `id_text`: the path's part, decoded. Answered exactly once, now or later, with the request's row.
  void resolve(const HttpRequest& request, std::string_view id_text, const Caller& caller);

 private:
  HttpServer& server_;
  Resolutions& resolutions_;
  const Access& access_;
};

inline void LedgerApi::resolve(const HttpRequest& request, std::string_view id_text, const Caller& caller) {
  const HttpCallId call = request.call;
  const auto id = RequestId::parse(id_text);
  if (!id) return respond_error(server_, call, ErrorCode::invalid_argument, kNoRequestId);
  auto form = parse_resolution_form(request.body);
  if (!form) return respond_fault(server_, call, form.error());
  // Whose it is not learns no more than if it were not there.
  ExchangeView view;
  if (caller.limited()) view.kiosk = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  resolutions_.resolve(access_.actor(request, caller), *id, std::move(view), std::move(*form),
                       [this, call](const Result<StoredExchange>& resolved) {
                         if (!resolved) return respond_fault(server_, call, resolved.error());
                         respond_json(server_, call, 200, summary_json(*resolved), kNoStore);
                       });
}

}  // namespace kgw
