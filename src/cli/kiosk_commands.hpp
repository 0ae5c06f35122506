// What `kiosk-gateway kiosk ...` and `send` do, each after its arguments were read. They print to `out`, and
// throw CommandFailed. Internal to cli/.
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
  std::string max_in_flight;  // of `set`: a number, or "default"
  bool json = false;          // the gateway's own answer instead of text
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
// `in`: what "-" reads.
void kiosk_import(const AdminApi& api, const KioskArguments& arguments, std::istream& in, std::ostream& out);

struct SendArguments {
  std::string kiosk, operation, json;
  std::optional<unsigned> timeout_s;
  std::string method = "POST";
};
// Prints the kiosk's answer, its bytes as they came, and a line feed. `in`: what the body "-" reads.
void send(const AdminApi& api, const SendArguments& arguments, std::istream& in, std::ostream& out);

}  // namespace kgw
