// `kiosk-gateway requests ...`. Print to `out`; throw CommandFailed. Internal to cli/.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/admin_api.hpp"

namespace kgw {

struct RequestArguments {
  std::string id;
  std::string kiosk, operation, order, state, outcome, result;  // empty: all
  bool unclaimed = false;
  std::string resolution, note;
  int limit = 50;
  bool json = false;
};

void requests_list(const AdminApi& api, const RequestArguments& arguments, std::ostream& out);
void requests_show(const AdminApi& api, const RequestArguments& arguments, std::ostream& out);
void requests_resolve(const AdminApi& api, const RequestArguments& arguments, std::ostream& out);
// Confirms an answer that its caller may have missed, by what it says.
void requests_ack(const AdminApi& api, const RequestArguments& arguments, std::ostream& out);
// Prints new ones every second; returns when `out` can't be written any more.
void requests_follow(const AdminApi& api, const RequestArguments& arguments, std::ostream& out);

}  // namespace kgw
