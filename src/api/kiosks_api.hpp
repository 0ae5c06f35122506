// The admin API for kiosks (PROTOCOL.md 1.5): list, show, ping, disconnect; and, through KioskChanges, add,
// import, change, remove, new token. Loop thread only.
#pragma once

#include <string>

#include "access/access.hpp"
#include "access/read_shares.hpp"
#include "admin/kiosk_changes.hpp"
#include "api/send_handler.hpp"
#include "live/kiosk_rows.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/slices.hpp"
#include "shell/kiosk_door.hpp"
#include "store/history.hpp"
#include "store/registry.hpp"

namespace kgw {

class KiosksApi {
 public:
  KiosksApi(KioskChanges& changes, SendHandler& sending, const KioskRows& rows, RelayShell& shell,
            KioskDoor& door, const Access& access, Loop& loop, Slices& slices, HttpServer& server,
            Registry& registry, History& history, ReadShares& reads, Log& log);

  void list(const HttpRequest& request, const Caller& caller);
  // The body is one kiosk, or JSON lines for many.
  void add(const HttpRequest& request, const Caller& caller);
  // For one kiosk. Requires `id` to be a name that the caller may see.
  void show(const HttpRequest& request, const std::string& id, const Caller& caller);
  void change(const HttpRequest& request, const std::string& id, const Caller& caller);
  void remove(const HttpRequest& request, const std::string& id, const Caller& caller);
  void renew_token(const HttpRequest& request, const std::string& id, const Caller& caller);
  void ping(const HttpRequest& request, const std::string& id, const Caller& caller);
  void send(const HttpRequest& request, const std::string& id, const Caller& caller);
  void kick(const HttpRequest& request, const std::string& id, const Caller& caller);

 private:
  struct Listing;
  bool list_some(Listing& listing);
  void import(const HttpRequest& request, const Caller& caller);
  const Kiosk* find(const std::string& id) const;
  void refuse(HttpCallId call, const std::string& id, const Fault& fault);

  KioskChanges& changes_;
  SendHandler& sending_;
  const KioskRows& rows_;
  RelayShell& shell_;
  KioskDoor& door_;
  const Access& access_;
  Loop& loop_;
  Slices& slices_;
  HttpServer& server_;
  Registry& registry_;
  History& history_;
  ReadShares& reads_;
  Log& log_;
};

}  // namespace kgw
