// `kiosk-gateway kiosk ...` and `send`, with their arguments parsed. Print to `out`; throw CommandFailed.
// Internal to cli/.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "cli/admin_api.hpp"

namespace kgw {

struct KioskArguments {
  std::string id;
  std::string name;
  std::string file;
  std::string max_in_flight;  // for `set`: a number, or "default"
  bool json = false;          // print the gateway's answer instead of text
  bool force = false;         // do not wait for running requests
};

void kiosk_add(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_list(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_show(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_rename(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_enable(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_disable(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_remove(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_token(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_set(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_ping(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
void kiosk_kick(const AdminApi& api, const KioskArguments& arguments, std::ostream& out);
// `in`: read for "-".
void kiosk_import(const AdminApi& api, const KioskArguments& arguments, std::istream& in, std::ostream& out);

struct SendArguments {
  std::string kiosk, operation, json;
  std::optional<unsigned> timeout_s;
  std::string method = "POST";
};
// Prints the kiosk's answer, byte for byte, and a line feed. `in`: read for the body "-".
void send(const AdminApi& api, const SendArguments& arguments, std::istream& in, std::ostream& out);

}  // namespace kgw
