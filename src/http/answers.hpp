// What the gateway's HTTP answers have in common: errors in PROTOCOL.md 1.1's form, and JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"

namespace kgw {

// A field of answers that are new each time, or secret: no cache may keep them.
inline constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

// What an error is about; all of it optional.
struct ErrorAbout {
  std::string_view kiosk_id;
  RequestId request_id;
  std::string_view extra_fields;  // whole header lines, each ended by CRLF
  bool http_200 = false;          // LEGACY_HTTP_STATUS: the body alone tells
};

void respond_error(HttpServer& server, HttpCallId call, ErrorCode code, std::string_view message = {},
                   const ErrorAbout& about = {});
inline void respond_fault(HttpServer& server, HttpCallId call, const Fault& fault,
                          const ErrorAbout& about = {}) {
  respond_error(server, call, fault.code, fault.message, about);
}
void respond_json(HttpServer& server, HttpCallId call, unsigned status, std::string_view body,
                  std::string_view extra_fields = {});
// For those who may know no path of this machine: the folder's path in `text` reads DATA_DIR.
std::string without_folder(std::string text, const std::string& folder);
// 405 with the Allow field.
void respond_not_allowed(HttpServer& server, HttpCallId call, std::string_view allowed);

}  // namespace kgw
