// Parses the head of a request (RFC 9112) with Beast's basic_parser (1.81), in this one translation unit.
// Checks what Beast leaves to us: Host, Transfer-Encoding and Content-Length (request smuggling), obs-fold,
// targets, sizes. Beast gets the whole head and reports each field; each must directly follow the one before
// in the input, so that whatever Beast assembled elsewhere (it keeps folded values on its stack) is rejected.
// Runs on the caller's thread.
#include "wire/http_head.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace kgw {
namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using BeastCode = boost::beast::error_code;

std::string_view std_view(BeastView text) { return {text.data(), text.size()}; }

Fault bad(const char* message) { return Fault{ErrorCode::bad_request, message}; }

class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser(std::string_view head, HttpHead& out) : head_(head), out_(out) {
    header_limit(limits::kHeadBytesMax);
    body_limit(boost::none);
    skip(true);  // the body is not Beast's business
  }

  bool too_many_fields() const { return too_many_fields_; }
  bool misplaced() const { return misplaced_; }

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version, BeastCode&) override {
    out_.method = std_view(method);
    out_.target = std_view(target);
    out_.http_1_0 = version == 10;
    next_ = target.data() + target.size() + std::string_view(" HTTP/1.1\r\n").size();
  }

  void on_field_impl(http::field, BeastView name, BeastView value, BeastCode& ec) override {
    if (out_.field_count == out_.fields.size()) {
      too_many_fields_ = true;
      ec = http::error::header_limit;
      return;
    }
    if (name.data() != next_ || !ends_its_line(name, value)) {
      misplaced_ = true;
      ec = http::error::bad_value;
      return;
    }
    out_.fields[out_.field_count++] = {std_view(name), std_view(value)};
  }

  // Returns whether the value, apart from white space, is all there is between its name's colon and the end
  // of that line. Sets next_ to the next line.
  bool ends_its_line(BeastView name, BeastView value) {
    const char* const end = head_.data() + head_.size();
    const auto behind_white_space = [end](const char* at) {
      while (at != end && (*at == ' ' || *at == '\t')) ++at;
      return at;
    };
    const char* at = behind_white_space(name.data() + name.size() + 1);
    if (!value.empty()) {
      if (value.data() != at) return false;
      at = behind_white_space(at + value.size());
    }
    if (end - at < 3 || at[0] != '\r' || at[1] != '\n' || at[2] == ' ' || at[2] == '\t') return false;
    next_ = at + 2;
    return true;
  }

  void on_response_impl(int, BeastView, int, BeastCode&) override {}
  void on_header_impl(BeastCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastCode&) override {}
  std::size_t on_body_impl(BeastView body, BeastCode&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, BeastCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, BeastCode&) override { return body.size(); }
  void on_finish_impl(BeastCode&) override {}

  const std::string_view head_;
  HttpHead& out_;
  const char* next_ = nullptr;  // where the next field's name must begin
  bool too_many_fields_ = false;
  bool misplaced_ = false;
};

// A request line that is well-formed except for an HTTP version other than 1.0 and 1.1.
bool speaks_another_version(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  if (line.size() < 8 || std::count(line.begin(), line.end(), ' ') != 2) return false;
  const std::string_view version = line.substr(line.size() - 8);
  return version.starts_with("HTTP/") && ascii::is_digit(version[5]) && version[6] == '.' &&
         ascii::is_digit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

Fault explain(BeastCode ec, std::string_view head) {
  switch (static_cast<http::error>(ec.value())) {
    case http::error::bad_method: return bad("The method in the request line is not valid.");
    case http::error::bad_target:
      return bad("The target in the request line is not valid; encode it according to RFC 3986.");
    case http::error::bad_version:
      if (speaks_another_version(head))
        return Fault{ErrorCode::not_implemented, "Only HTTP/1.1 and HTTP/1.0 are supported here."};
      return bad("The request line does not end in 'HTTP/1.1' and CR LF.");
    case http::error::bad_field: return bad("A header's name is not valid.");
    case http::error::bad_value: return bad("A header's value is not valid.");
    case http::error::bad_content_length:
      return bad("Content-Length must be one number, given once, and not with Transfer-Encoding.");
    case http::error::bad_transfer_encoding:
      return bad("Transfer-Encoding and Content-Length must not come together.");
    case http::error::bad_obs_fold: return bad("A header is folded over several lines; write it on one.");
    case http::error::header_limit: return Fault{ErrorCode::headers_too_large, {}};
    default:
      return bad("The head is not valid HTTP/1.1: lines must end in CR LF and headers read 'Name: value'.");
  }
}

// Returns the authority of a target in absolute form (RFC 9112 3.2.2), or "" if it has another form. The
// scheme says nothing about how the request arrived. WebSocket clients may write ws or wss.
std::string_view authority_of(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string_view scheme = target.substr(0, colon);
  for (const std::string_view known : {"http", "https", "ws", "wss"}) {
    if (!same_ignoring_case(scheme, known)) continue;
    const std::string_view rest = target.substr(colon + 3);
    return rest.substr(0, rest.find_first_of("/?"));
  }
  return {};
}

Result<void> check_target(HttpHead& out) {
  const std::string_view target = out.target;
  if (target.size() > limits::kTargetBytesMax)
    return Fault{ErrorCode::headers_too_large, "The request target is too long; shorten the query."};
  for (const char c : target)
    if (c <= 0x20 || c >= 0x7f || c == '#') return bad("The target has a byte that must be percent-encoded.");
  std::string_view in_origin_form = target;
  if (target.front() != '/' && !(target == "*" && out.method == "OPTIONS")) {
    out.authority = authority_of(target);
    if (out.authority.empty())
      return bad("The target must be a path that begins with '/', or a complete http URL.");
    in_origin_form.remove_prefix(static_cast<std::size_t>(out.authority.end() - target.begin()));
  }
  const std::size_t question = in_origin_form.find('?');
  out.path = in_origin_form.substr(0, question);
  // "http://host" and "http://host?query" mean the path "/" (RFC 9110 4.2.3): the scheme's slash stands in
  // for it.
  if (out.path.empty()) out.path = target.substr(target.find('/'), 1);
  out.query = question == std::string_view::npos ? std::string_view() : in_origin_form.substr(question + 1);
  return {};
}

// The characters of a name besides %-escapes: unreserved and sub-delims (RFC 3986 2).
constexpr auto kHostCharacters = [] {
  std::array<bool, 256> taken{};
  for (int c = 0; c < 128; ++c) taken[static_cast<std::size_t>(c)] = ascii::is_alnum(static_cast<char>(c));
  for (const char c : std::string_view("-._~!$&'()*+,;=")) taken[static_cast<unsigned char>(c)] = true;
  return taken;
}();

// uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2); http allows no empty host.
bool is_host(std::string_view host) {
  std::size_t end = 0;
  if (host.starts_with('[')) {
    const std::size_t bracket = host.find(']');
    if (bracket == std::string_view::npos || bracket < 3) return false;
    for (const char c : host.substr(1, bracket - 1))
      if (!hex::is_digit(c) && c != ':' && c != '.') return false;
    if (host.substr(1, bracket - 1).find(':') == std::string_view::npos) return false;
    end = bracket + 1;
  } else {
    for (; end < host.size() && host[end] != ':'; ++end) {
      const char c = host[end];
      if (c == '%') {
        if (host.size() - end < 3 || hex::byte(host[end + 1], host[end + 2]) < 0) return false;
      } else if (!kHostCharacters[static_cast<unsigned char>(c)]) {
        return false;
      }
    }
    if (end == 0) return false;
  }
  if (end == host.size()) return true;
  if (host[end] != ':') return false;
  const std::string_view port = host.substr(end + 1);
  return port.empty() || (port.size() <= 5 && ascii::parse_decimal(port).value_or(65536) <= 65535);
}

// The fields that frame the message (RFC 9112 6, 9.3), as given.
struct Framing {
  std::uint32_t hosts = 0, lengths = 0, codings = 0;
  HttpField* host = nullptr;
  std::string_view length, coding;
  bool close = false, keep_alive = false, encoded = false;
};

Framing read_framing(HttpHead& out) {
  Framing framing;
  for (std::size_t i = 0; i < out.field_count; ++i) {
    auto& [name, value] = out.fields[i];
    switch (name.size()) {
      case 4:
        if (same_ignoring_case(name, "host")) ++framing.hosts, framing.host = &out.fields[i];
        break;
      case 6:
        if (same_ignoring_case(name, "expect") && same_ignoring_case(value, "100-continue"))
          out.expect_continue = !out.http_1_0;
        break;
      case 10:
        if (!same_ignoring_case(name, "connection")) break;
        ascii::for_each_in_list(value, [&](std::string_view option) {
          if (same_ignoring_case(option, "close")) framing.close = true;
          if (same_ignoring_case(option, "keep-alive")) framing.keep_alive = true;
        });
        break;
      case 14:
        if (same_ignoring_case(name, "content-length")) ++framing.lengths, framing.length = value;
        break;
      case 16:
        if (same_ignoring_case(name, "content-encoding"))
          ascii::for_each_in_list(value, [&](std::string_view coding) {
            if (!same_ignoring_case(coding, "identity")) framing.encoded = true;
          });
        break;
      case 17:
        if (same_ignoring_case(name, "transfer-encoding")) ++framing.codings, framing.coding = value;
        break;
      default: break;
    }
  }
  return framing;
}

Result<void> check_framing(HttpHead& out) {
  const Framing framing = read_framing(out);
  if (framing.hosts > 1) return bad("Host is given more than once.");
  if (framing.hosts == 0 && !out.http_1_0) return bad("Host is missing.");
  if (framing.hosts == 1 && !is_host(framing.host->value)) return bad("Host is not 'name' or 'name:port'.");
  if (!out.authority.empty()) {
    if (!is_host(out.authority)) return bad("The target's host is not 'name' or 'name:port'.");
    if (framing.host) framing.host->value = out.authority;  // Host must be ignored
  }
  if (framing.codings > 0) {
    if (out.http_1_0) return bad("Transfer-Encoding does not exist in HTTP/1.0.");
    if (framing.lengths > 0) return bad("Transfer-Encoding and Content-Length must not come together.");
    if (framing.codings > 1) return bad("Transfer-Encoding is given more than once.");
    if (!same_ignoring_case(framing.coding, "chunked"))
      return Fault{ErrorCode::not_implemented, "The only supported Transfer-Encoding is 'chunked'."};
    out.chunked = true;
  }
  if (framing.lengths > 1) return bad("Content-Length is given more than once.");
  if (framing.lengths == 1) {
    out.content_length = ascii::parse_decimal(framing.length);
    if (!out.content_length) return bad("Content-Length is not a number.");
  }
  if (framing.encoded && (out.chunked || out.content_length.value_or(0) > 0))
    return Fault{ErrorCode::unsupported_media_type,
                 "The body has a Content-Encoding, which is not supported here; send it uncompressed."};
  out.keep_alive = !framing.close && (!out.http_1_0 || framing.keep_alive);
  return {};
}

}  // namespace

Result<void> parse_http_head(std::string_view head, HttpHead& out) {
  out.method = out.target = out.authority = out.path = out.query = {};
  out.http_1_0 = out.chunked = out.expect_continue = false;
  out.keep_alive = true;
  out.content_length.reset();
  out.field_count = 0;

  if (head.size() > limits::kHeadBytesMax) return Fault{ErrorCode::headers_too_large, {}};
  if (head.starts_with("\r\n")) head.remove_prefix(2);  // a leading empty line is allowed (RFC 9112 2.2)
  if (head.empty()) return bad("The request line is missing.");

  HeadParser parser(head, out);
  BeastCode ec;
  const std::size_t taken = parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (parser.too_many_fields())
    return Fault{ErrorCode::headers_too_large, "The request has too many headers; send at most 100."};
  if (parser.misplaced()) return bad("A header's value is not valid, or folded over several lines.");
  if (ec) return explain(ec, head);
  if (!parser.is_header_done() || taken != head.size()) return bad("The head does not end in one empty line.");
  if (auto target = check_target(out); !target) return target;
  return check_framing(out);
}

}  // namespace kgw
