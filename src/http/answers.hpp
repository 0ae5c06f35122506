// What the gateway's HTTP answers share: errors in the form of PROTOCOL.md 1.1, and JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"

namespace kgw {

// For answers that change each time or contain a secret: no cache may store them.
inline constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

// What an error refers to; every part is optional.
struct ErrorAbout {
  std::string_view kiosk_id;
  RequestId request_id;
  std::string_view extra_fields;  // complete header lines, each ending in CRLF
  bool http_200 = false;          // LEGACY_HTTP_STATUS: answer 200; only the body shows the error
};

// Answers with the error's status and body. An empty `message` stands for the table's sentence.
void respond_error(HttpServer& server, HttpCallId call, ErrorCode code, std::string_view message = {},
                   const ErrorAbout& about = {});
inline void respond_fault(HttpServer& server, HttpCallId call, const Fault& fault,
                          const ErrorAbout& about = {}) {
  respond_error(server, call, fault.code, fault.message, about);
}
void respond_json(HttpServer& server, HttpCallId call, unsigned status, std::string_view body,
                  std::string_view extra_fields = {});
// Replaces the folder's path in `text` with DATA_DIR, for readers who must not learn paths of this machine.
std::string without_folder(std::string text, const std::string& folder);
// Answers 405 with the Allow field.
void respond_not_allowed(HttpServer& server, HttpCallId call, std::string_view allowed);

}  // namespace kgw
