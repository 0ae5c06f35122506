// What `kiosk-gateway import` and `export` do: a gateway's state out of one store and into another, and the
// older service's kiosks out of its Redis. They talk to the running gateway, print to `out`, and throw
// CommandFailed. Internal to cli/.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/admin_api.hpp"

namespace kgw {

struct MoveArguments {
  std::string place;          // a file, or an address of a Redis
  std::string redis_ca_file;  // for rediss://
  bool dry_run = false;
  bool json = false;
  bool force = false;  // write over a file that is there
};

// `err` hears the numbers when the lines themselves go to `out` ("-").
void export_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out, std::ostream& err);
void import_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out);

}  // namespace kgw
