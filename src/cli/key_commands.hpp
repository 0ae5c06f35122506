// `kiosk-gateway key ...` and `dashboard-link`. Print to `out`; throw CommandFailed. Internal to cli/.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/admin_api.hpp"

namespace kgw {

struct KeyArguments {
  std::string name;  // or id
  std::string owner;
  std::vector<std::string> scopes;  // empty: send
  std::vector<std::string> kiosks;
  std::optional<std::int64_t> rate;
  std::optional<std::int64_t> days;
  std::int64_t overlap_hours = 24;
  bool json = false;  // print the gateway's answer instead of text
};

void key_add(const AdminApi& api, const KeyArguments& arguments, std::ostream& out);
void key_list(const AdminApi& api, const KeyArguments& arguments, std::ostream& out);
void key_rotate(const AdminApi& api, const KeyArguments& arguments, std::ostream& out);
// By name: revokes all with that name, since whoever has to do this wants none of them left.
void key_revoke(const AdminApi& api, const KeyArguments& arguments, std::ostream& out);

// Prints a link that logs one browser in to the dashboard, once.
void dashboard_link(const AdminApi& api, bool json, std::ostream& out);

}  // namespace kgw
