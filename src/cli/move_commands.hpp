// `kiosk-gateway import` and `export`: move a gateway's state from one store to another, and the older
// service's kiosks out of its Redis. Talk to the running gateway, print to `out`, throw CommandFailed.
// Internal to cli/.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/admin_api.hpp"

namespace kgw {

struct MoveArguments {
  std::string place;          // a file, or the URL of a Redis
  std::string redis_ca_file;  // for rediss://
  bool dry_run = false;
  bool json = false;
  bool force = false;  // overwrite an existing file
};

// `err` gets the numbers if the lines themselves go to `out` ("-").
void export_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out, std::ostream& err);
void import_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out);

}  // namespace kgw
