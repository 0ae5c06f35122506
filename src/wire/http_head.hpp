// HTTP/1.1 messages, bytes <-> structs (RFC 9110, 9112): Beast's basic_parser in one translation unit, plus
// what it leaves to us: request smuggling, rules for fields and targets, sizes. No I/O.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hex.hpp"  // percent_decode, for what stands in a target
#include "base/limits.hpp"
#include "base/result.hpp"
#include "wire/letter_case.hpp"

namespace kgw {

struct HttpField {
  std::string_view name;   // as sent; compare with same_ignoring_case
  std::string_view value;  // without the white space around it
};

using HttpFields = std::span<const HttpField>;

// Returns the value of the first field with that name, or nullopt.
std::optional<std::string_view> find_field(HttpFields fields, std::string_view name);

// The head of a request. All views point into the parsed text.
struct HttpHead {
  std::string_view method;
  std::string_view target;     // as sent: "/requests/123?wait=5", or with "http://host" in front
  std::string_view authority;  // from an absolute-form target, where it replaces Host; else empty
  std::string_view path;       // up to '?'
  std::string_view query;      // after the '?', which is not part of it
  bool http_1_0 = false;
  bool keep_alive = true;  // from the version and the Connection field
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
  std::uint32_t field_count = 0;
  std::array<HttpField, limits::kHeaderFieldsMax> fields;

  HttpFields all() const { return {fields.data(), field_count}; }
  // Returns the value of the first field with that name, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  // Returns how many fields have that name.
  std::size_t count(std::string_view name) const;
};

// Returns the offset just past the first blank line, or 0 if the head is still incomplete. Start with
// `searched` at 0 and pass it back with more bytes: a head that trickles in then costs linear time.
std::size_t find_head_end(std::string_view bytes, std::size_t& searched);

// Parses a complete head, including its blank line. Allocates only for an error's sentence. Errors, each with
// a sentence:
// - bad_request: Host missing (in HTTP/1.1), repeated or not host[:port]; a Transfer-Encoding that is repeated,
//   together with Content-Length or in HTTP/1.0; two Content-Length fields, even equal ones, or one that is not
//   a number; obs-fold; a target in neither origin nor absolute form ('*' is allowed for OPTIONS) or with bytes
//   outside 0x21-0x7E; a field name that is not a token; control characters in values
// - not_implemented: a version other than 1.0 and 1.1, a Transfer-Encoding other than exactly "chunked"
// - unsupported_media_type: a body with a content coding
// - headers_too_large: more than limits allow
Result<void> parse_http_head(std::string_view head, HttpHead& out);

// Decodes a chunked body piece by piece (RFC 9112 7.1). Extensions and trailers are skipped, within bounds.
class ChunkedBody {
 public:
  enum class Step { more, done };
  // Appends the content in `bytes` to `body` and sets `consumed` to how many of the bytes belong to this
  // message. Errors: bad_request; payload_too_large beyond `body_bytes_max`, or when the framing far
  // outweighs the content (an endless stream of one-byte chunks).
  explicit ChunkedBody(std::size_t body_bytes_max);
  ~ChunkedBody();
  Result<Step> feed(std::string_view bytes, std::string& body, std::size_t& consumed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns the value of `name` in a query string, percent-decoded ('+' stays '+'); nullopt if absent or badly
// encoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace kgw
