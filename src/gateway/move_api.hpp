// MoveApi: a gateway's state on its way to another one (docs/redis.md): GET /api/export gives kiosks, keys and
// ended requests page by page; POST /api/import takes them line by line, what is there already stays, and what
// can't be taken is told by line and stops nothing else. Both for admins of all kiosks. Loop thread only.
#pragma once

#include <memory>

#include "gateway/access.hpp"
#include "gateway/kiosk_changes.hpp"
#include "gateway/slices.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace kgw {

class MoveApi {
 public:
  // What an import or an export works with. All of it outlives the MoveApi, and that all calls.
  struct Parts {
    ChangeQueue& queue;
    const KioskChanges& kiosks;
    KeyRing& keys;
    RelayShell& shell;
    const Access& access;
    Loop& loop;
    Slices& slices;
    HttpServer& server;
    Store& store;
    Log& log;
  };
  explicit MoveApi(Parts parts) : parts_(parts) {}

  void export_page(const HttpRequest& request, const Caller& caller);
  void import(const HttpRequest& request, const Caller& caller);

 private:
  Parts parts_;
};

}  // namespace kgw
