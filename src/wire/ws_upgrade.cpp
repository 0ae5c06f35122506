// The opening handshake, server side (RFC 6455 4.2). No state.
// Implements wire/websocket.hpp.
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/ascii.hpp"
#include "wire/websocket.hpp"

namespace kgw {
namespace {

bool lists(const HttpHead& head, std::string_view name, std::string_view wanted) {
  bool found = false;
  for (std::size_t i = 0; i < head.field_count; ++i) {
    if (!same_ignoring_case(head.fields[i].name, name)) continue;
    ascii::for_each_in_list(head.fields[i].value, [&](std::string_view element) {
      found = found || same_ignoring_case(element, wanted);
    });
  }
  return found;
}

// 16 bytes in base64: 22 characters and "==".
bool is_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  for (const char c : key.substr(0, 22))
    if (!ascii::is_alpha(c) && !ascii::is_digit(c) && c != '+' && c != '/') return false;
  return true;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char encoded[4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1];
  const int size = EVP_EncodeBlock(encoded, digest, SHA_DIGEST_LENGTH);
  return std::string(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
}

Result<std::string> check_upgrade(const HttpHead& head) {
  const auto bad = [](const char* message) { return Fault{ErrorCode::bad_request, message}; };
  if (!lists(head, "upgrade", "websocket")) return Fault{ErrorCode::upgrade_required, {}};
  if (head.method != "GET") return bad("A WebSocket upgrade must be a GET.");
  if (head.http_1_0)
    return bad(
        "A WebSocket upgrade needs HTTP/1.1; if there is a proxy in between, configure it to use HTTP/1.1.");
  if (!lists(head, "connection", "upgrade"))
    return bad(
        "'Connection: Upgrade' is missing; if there is a proxy in between, configure it to pass this header "
        "on.");
  if (head.chunked || head.content_length.value_or(0) != 0)
    return bad("A WebSocket upgrade must not have a body.");
  if (head.count("sec-websocket-version") != 1) return bad("Sec-WebSocket-Version must be given once.");
  if (head.find("sec-websocket-version") != "13")
    return Fault{ErrorCode::upgrade_required, "Only WebSocket version 13 (RFC 6455) is supported here."};
  if (head.count("sec-websocket-key") != 1) return bad("Sec-WebSocket-Key must be given once.");
  const std::string_view key = *head.find("sec-websocket-key");
  if (!is_key(key)) return bad("Sec-WebSocket-Key is not 16 bytes in base64.");
  return websocket_accept(key);
}

}  // namespace kgw
