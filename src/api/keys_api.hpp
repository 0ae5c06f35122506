// The admin API for API keys (PROTOCOL.md 1.5, 5): list, show, create, rotate, revoke. Loop thread only.
#pragma once

#include "access/access.hpp"
#include "admin/key_changes.hpp"
#include "net/slices.hpp"

namespace kgw {

class KeysApi {
 public:
  KeysApi(KeyChanges& changes, const KeyRing& keys, const Access& access, Loop& loop, HttpServer& server,
          Slices& slices)
      : changes_(changes), keys_(keys), access_(access), loop_(loop), server_(server), slices_(slices) {}
  // /api/keys and below, each answered exactly once, now or later; only for admins of all kiosks. add() and
  // rotate() answer with the new key's text, which is shown only here.
  void list(HttpCallId call, const Caller& caller);
  void show(HttpCallId call, const std::string& id);
  void add(const HttpRequest& request, const Caller& caller);
  void revoke(const HttpRequest& request, const std::string& id, const Caller& caller);
  void rotate(const HttpRequest& request, const std::string& id, const Caller& caller);

 private:
  void issued(HttpCallId call, const Result<IssuedKey>& key);

  KeyChanges& changes_;
  const KeyRing& keys_;
  const Access& access_;
  Loop& loop_;
  HttpServer& server_;
  Slices& slices_;
};

}  // namespace kgw
