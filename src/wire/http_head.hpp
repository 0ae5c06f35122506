// HTTP/1.1 messages, bytes <-> structs (RFC 9110, 9112). Beast's basic_parser in one translation unit, plus
// what it leaves to us: request smuggling, field and target rules, sizes. No I/O.
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
  std::string_view value;  // white space around it removed
};

using HttpFields = std::span<const HttpField>;

// The first field of that name; nullopt when there is none.
std::optional<std::string_view> find_field(HttpFields fields, std::string_view name);

// A request's head. All views point into the text that was parsed.
struct HttpHead {
  std::string_view method;
  std::string_view target;     // as sent: "/requests/123?wait=5", or the same behind "http://host"
  std::string_view authority;  // of a target that names one; then it is the value of Host, too
  std::string_view path;       // up to '?'
  std::string_view query;      // after it, without
  bool http_1_0 = false;
  bool keep_alive = true;  // by version and Connection
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
  std::uint32_t field_count = 0;
  std::array<HttpField, limits::kHeaderFieldsMax> fields;

  HttpFields all() const { return {fields.data(), field_count}; }
  // The first field of that name; nullopt when there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  // How many fields bear the name.
  std::size_t count(std::string_view name) const;
};

// Where the head ends: the offset just past the first blank line, or 0 when it is not there yet. `searched`
// (kept by the caller between calls with more bytes, starting at 0) makes a head that trickles in cost linear
// time.
std::size_t find_head_end(std::string_view bytes, std::size_t& searched);

// Parses a whole head (up to and including its blank line). Refuses, with bad_request (or headers_too_large,
// not_implemented for a version other than 1.0 and 1.1 / an unknown transfer coding), and a sentence:
// no Host or more than one (HTTP/1.1) or one that is not host[:port]; any Transfer-Encoding but exactly
// "chunked", one together with Content-Length, one in HTTP/1.0; two Content-Length even when equal, or one that
// is no number; obs-fold; a target that is neither in origin nor in absolute form ('*' for OPTIONS is allowed)
// or has bytes outside 0x21-0x7E; field names that are no token; control characters in values; a body with a
// content coding (unsupported_media_type); more than limits allow. Never touches the heap.
Result<void> parse_http_head(std::string_view head, HttpHead& out);

// A chunked body, decoded piece by piece (RFC 9112 7.1). Extensions and trailers are read past, within bounds.
class ChunkedBody {
 public:
  enum class Step { more, done };
  // Takes bytes after the head, appends content to `body`, and says in `consumed` how many of them belonged to
  // this message. Errors: bad_request; payload_too_large past `body_bytes_max`, or when framing outweighs
  // content (a byte per chunk for ever).
  explicit ChunkedBody(std::size_t body_bytes_max);
  ~ChunkedBody();
  Result<Step> feed(std::string_view bytes, std::string& body, std::size_t& consumed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The value of `name` in a query string, percent-decoded ('+' stays '+'); nullopt when absent or badly encoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace kgw
