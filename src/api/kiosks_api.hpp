// The admin API for kiosks (PROTOCOL.md 1.5): list, show, ping, disconnect; and, through KioskChanges, add,
// import, change, remove, new token. Loop thread only.
#pragma once

#include <string>

#include "access/access.hpp"
#include "admin/kiosk_changes.hpp"
#include "admin/reading.hpp"
#include "api/send_handler.hpp"
#include "live/kiosk_rows.hpp"
#include "shell/kiosk_door.hpp"

namespace kgw {

class KiosksApi {
 public:
  // The kiosks' state, their connections, their JSON, and the changes to them. All must outlive this.
  struct Kiosks {
    RelayShell& shell;
    KioskDoor& door;
    const KioskRows& rows;
    KioskChanges& changes;
  };
  KiosksApi(const Kiosks& kiosks, SendHandler& sending, const Access& access, const Changing& with,
            const Reading& by);

  // GET /api/kiosks: a page, composed over several turns.
  void list(const HttpRequest& request, const Caller& caller);
  // POST /api/kiosks: one kiosk, or JSON lines for many.
  void add(const HttpRequest& request, const Caller& caller);
  // /api/kiosks/{id} and below, each answered exactly once, now or later. Requires `id` to be a name that the
  // caller may see; the kiosk need not exist. What changes something is in the audit trail before it is
  // answered.
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

  const Kiosks kiosks_;
  SendHandler& sending_;
  const Access& access_;
  const Changing with_;
  const Reading by_;
};

}  // namespace kgw
