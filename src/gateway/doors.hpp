// Doors: where everything comes in, and who may come in: the server, the front door, keys, sessions and tokens.
// They are there before there is a store; until then all who come are sent to the waiting room. Loop thread
// only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/access.hpp"
#include "access/dashboard_sessions.hpp"
#include "access/key_ring.hpp"
#include "api/front_door.hpp"
#include "api/waiting_room.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"
#include "settings/config.hpp"
#include "settings/own_certificate.hpp"
#include "wire/jwt.hpp"

namespace kgw {

struct Ground;

struct Secrets {
  std::string jwt;
  std::string admin_key;
};
// Secrets that are not among the settings are read from files in DATA_DIR, and created there if they are
// missing. Error: a sentence for the operator.
Result<Secrets> open_secrets(const Config& config, Random& random);

struct Doors {
  // `why`: returns why there is no store yet, as WaitingRoom has it.
  Doors(Ground& on, Secrets secrets, std::function<std::string()> why);

  // As Gateway has it.
  std::string url(std::string_view scheme, const std::string& host) const;

  TokenAuthority tokens;
  KeyRing keys;
  DashboardSessions sessions;
  Access access;
  WaitingRoom waiting_room;
  FrontDoor front;
  HttpServer server;
  OwnCertificate certificate;
};

}  // namespace kgw
