// The chunked transfer coding (RFC 9112 7.1). Our own decoder, as Beast's can't start after a head that it
// has not read itself, does not bound trailers and extensions, and reports trailers as fields. Strict about
// chunk sizes and CR LF: where two parsers disagree, requests are smuggled. Runs on the caller's thread.
// Allocates only what it appends to the body.
// Implements wire/http_head.hpp.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "wire/http_head.hpp"

namespace kgw {
namespace {

constexpr std::size_t kExtensionBytesMax = 1024;    // per chunk
constexpr std::size_t kTrailerBytesMax = 8 * 1024;  // in total
// This much framing is always allowed; more only with content.
constexpr std::size_t kFramingBytesFree = 64 * 1024;

Fault bad(const char* message) { return Fault{ErrorCode::bad_request, message}; }

bool is_field_byte(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

struct ChunkedBody::Impl {
  enum class State : std::uint8_t {
    size_first,
    size,
    size_space,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
    done
  };

  explicit Impl(std::size_t max) : body_bytes_max(max) {}

  // Consumes one byte of framing.
  Result<void> step(char c);
  Result<void> size_digit(char c);
  Result<void> size_end(char c);
  Result<void> trailer(char c);
  Result<void> need(char c, char wanted, State then) {
    if (c != wanted) return bad("A chunk is not followed by CR LF where it must be.");
    state = then;
    return {};
  }

  const std::size_t body_bytes_max;
  State state = State::size_first;
  std::uint64_t chunk_left = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t framing_bytes = 0;
  std::size_t line_bytes = 0;  // of the size's digits, the extension, or all trailers
};

Result<void> ChunkedBody::Impl::size_digit(char c) {
  const int digit = hex::value(c);
  if (digit < 0) return bad("A chunk's size is not hexadecimal.");
  if (++line_bytes > 16) return bad("A chunk's size has too many digits.");
  chunk_left = chunk_left << 4 | static_cast<std::uint64_t>(digit);
  if (chunk_left > body_bytes_max - content_bytes) return Fault{ErrorCode::payload_too_large, {}};
  state = State::size;
  return {};
}

Result<void> ChunkedBody::Impl::size_end(char c) {
  if (c == '\r') {
    state = State::size_lf;
    return {};
  }
  if (!is_field_byte(c)) return bad("A chunk's extension has a control character.");
  if (++line_bytes > kExtensionBytesMax) return bad("A chunk's extension is too long.");
  state = State::extension;
  return {};
}

Result<void> ChunkedBody::Impl::trailer(char c) {
  if (++line_bytes > kTrailerBytesMax)
    return Fault{ErrorCode::headers_too_large, "The chunked body's trailers are too large."};
  switch (state) {
    case State::trailer_first:
      if (c == '\r') {
        state = State::end_lf;
        return {};
      }
      [[fallthrough]];
    case State::trailer_name:
      if (c == ':' && state == State::trailer_name) state = State::trailer_value;
      else if (ascii::is_token_char(c)) state = State::trailer_name;
      else return bad("A trailer's name is not valid.");
      return {};
    default:
      if (c == '\r') state = State::trailer_lf;
      else if (!is_field_byte(c)) return bad("A trailer's value has a control character.");
      return {};
  }
}

Result<void> ChunkedBody::Impl::step(char c) {
  if (++framing_bytes > kFramingBytesFree + content_bytes)
    return Fault{ErrorCode::payload_too_large, "The body's chunks are too small; send larger ones."};
  switch (state) {
    case State::size_first:
      chunk_left = 0;
      line_bytes = 0;
      return size_digit(c);
    case State::size:
      if (c == ' ' || c == '\t') line_bytes = 0, state = State::size_space;
      if (state == State::size_space) return {};
      if (c != '\r' && c != ';') return size_digit(c);
      line_bytes = 0;
      return size_end(c);
    case State::size_space:  // "bad white space", only in front of an extension (RFC 9112 7.1.1)
      if (c != ' ' && c != '\t' && c != ';') return bad("A chunk's size is not followed by ';' or CR LF.");
      if (c == ';') return size_end(c);
      if (++line_bytes > kExtensionBytesMax) return bad("A chunk's extension is too long.");
      return {};
    case State::extension: return size_end(c);
    case State::size_lf:
      line_bytes = 0;
      return need(c, '\n', chunk_left == 0 ? State::trailer_first : State::data);
    case State::data_cr: return need(c, '\r', State::data_lf);
    case State::data_lf: return need(c, '\n', State::size_first);
    case State::trailer_first:
    case State::trailer_name:
    case State::trailer_value: return trailer(c);
    case State::trailer_lf: return need(c, '\n', State::trailer_first);
    case State::end_lf: return need(c, '\n', State::done);
    case State::data:
    case State::done: break;
  }
  return {};
}

ChunkedBody::ChunkedBody(std::size_t body_bytes_max) : impl_(std::make_unique<Impl>(body_bytes_max)) {}
ChunkedBody::~ChunkedBody() = default;

Result<ChunkedBody::Step> ChunkedBody::feed(std::string_view bytes, std::string& body, std::size_t& consumed) {
  consumed = 0;
  Impl& impl = *impl_;
  while (impl.state != Impl::State::done) {
    if (consumed == bytes.size()) return Step::more;
    if (impl.state == Impl::State::data) {
      const auto take =
          static_cast<std::size_t>(std::min<std::uint64_t>(impl.chunk_left, bytes.size() - consumed));
      body.append(bytes.substr(consumed, take));
      consumed += take;
      impl.content_bytes += take;
      impl.chunk_left -= take;
      if (impl.chunk_left == 0) impl.state = Impl::State::data_cr;
      continue;
    }
    if (auto step = impl.step(bytes[consumed]); !step) return step.error();
    ++consumed;
  }
  return Step::done;
}

}  // namespace kgw
