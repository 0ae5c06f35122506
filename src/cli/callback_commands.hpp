// `kiosk-gateway callback ...` and `webhook-secret ...`. Print to `out`; throw CommandFailed. Internal to cli/.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "cli/admin_api.hpp"

namespace kgw {

struct CallbackArguments {
  std::string state;    // empty: all
  std::string request;  // id; empty: of all requests
  std::string id;       // of a request or a callback, to send again
  std::string since;    // RFC 3339
  std::int64_t limit = 100;
  std::string owner;  // of a webhook secret
  bool json = false;  // print the gateway's answer instead of text
};

void callback_list(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);
// Sends dead letters again: the one with this id, or all since a time.
void callback_replay(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);

// Makes an owner's webhook secret, or a new one beside the one that it has, and prints it.
void webhook_secret_make(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);
void webhook_secret_list(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);
void webhook_secret_end_previous(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);
void webhook_secret_remove(const AdminApi& api, const CallbackArguments& arguments, std::ostream& out);

}  // namespace kgw
