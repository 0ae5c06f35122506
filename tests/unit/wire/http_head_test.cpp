#include "wire/http_head.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

Result<void> parse(std::string_view text, HttpHead& head) {
  const std::string copy(text);  // its own allocation
  static std::string keep;
  keep = copy;
  return parse_http_head(keep, head);
}

void expect_fault(std::string_view text, ErrorCode code) {
  HttpHead head;
  const auto result = parse(text, head);
  ASSERT_FALSE(result.has_value()) << text;
  EXPECT_EQ(result.error().code, code) << text << "\n" << result.error().message;
}

std::string with(std::string_view fields) {
  return "POST /send HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST(HttpHead, reads_a_request) {
  HttpHead head;
  ASSERT_TRUE(
      parse("POST /send?x=1&y HTTP/1.1\r\nHost: gw.example:8000\r\nContent-Length: 12\r\nX-A:  b c \t\r\n"
            "Empty:\r\nEmpty2: \t \r\nOne:x\r\nExpect: 100-Continue\r\n\r\n",
            head));
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/send?x=1&y");
  EXPECT_EQ(head.path, "/send");
  EXPECT_EQ(head.query, "x=1&y");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.expect_continue);
  ASSERT_EQ(head.field_count, 7U);
  EXPECT_EQ(head.find("x-a"), "b c");
  EXPECT_EQ(head.find("EMPTY"), "");
  EXPECT_EQ(head.find("empty2"), "");
  EXPECT_EQ(head.find("one"), "x");
  EXPECT_EQ(head.find("two"), std::nullopt);
  // A second parse into the same struct forgets the first.
  ASSERT_TRUE(parse("GET / HTTP/1.0\r\n\r\n", head));
  EXPECT_EQ(head.field_count, 0U);
  EXPECT_EQ(head.content_length, std::nullopt);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_EQ(head.query, "");
  EXPECT_FALSE(head.keep_alive);
}

TEST(HttpHead, takes_what_is_allowed) {
  for (const char* text : {
           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
           "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /%D0%9F/a//b/../c;d HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1\r\nhOsT:a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: 127.0.0.1:65535\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: my_gateway.local.:\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: caf\xc3\xa9 \xff\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~9: \x21\x7e\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
       }) {
    HttpHead head;
    const auto result = parse(text, head);
    EXPECT_TRUE(result.has_value()) << text << (result ? "" : result.error().message);
  }
}

TEST(HttpHead, keeps_alive_by_version_and_connection) {
  const auto keep = [](std::string_view version, std::string_view fields) {
    HttpHead head;
    EXPECT_TRUE(
        parse("GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n", head));
    return head.keep_alive;
  };
  EXPECT_TRUE(keep("HTTP/1.1", ""));
  EXPECT_FALSE(keep("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keep("HTTP/1.1", "Connection: foo ,  CLOSE\r\n"));
  EXPECT_FALSE(keep("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keep("HTTP/1.0", ""));
  EXPECT_TRUE(keep("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST(HttpHead, refuses_what_smuggles) {
  const ErrorCode bad = ErrorCode::bad_request, unknown = ErrorCode::not_implemented;
  expect_fault(with("Content-Length: 1\r\nContent-Length: 1\r\n"), bad);
  expect_fault(with("Content-Length: 1\r\nContent-Length: 2\r\n"), bad);
  for (const char* length : {"1, 1", "", "+1", "-1", "0x1", "1 1", "1e3", "18446744073709551616",
                             "99999999999999999999", "1\t2", "\xd9\xa1"})
    expect_fault(with("Content-Length: " + std::string(length) + "\r\n"), bad);
  expect_fault(with("Content-Length : 1\r\n"), bad);
  expect_fault(with("Content-Length\t: 1\r\n"), bad);
  expect_fault(with(" Content-Length: 1\r\n"), bad);
  expect_fault(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), bad);
  expect_fault(with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), bad);
  expect_fault(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), bad);
  expect_fault(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), bad);
  for (const char* coding : {"gzip", "xchunked", "chunkedx", "chunked, gzip", "gzip, chunked",
                             "chunked, chunked", "identity", "\"chunked\"", "chunked;q=1", ""})
    expect_fault(with("Transfer-Encoding: " + std::string(coding) + "\r\n"), unknown);
  expect_fault(with("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
               bad);
  expect_fault("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", bad);
  // Folded lines, in every place.
  expect_fault(with("X: a\r\n b\r\n"), bad);
  expect_fault(with("X: a\r\n\tb\r\n"), bad);
  expect_fault(with("X:\r\n b\r\n"), bad);
  expect_fault(with("X: a\r\n \r\n"), bad);
  expect_fault(with("Transfer-Encoding:\r\n chunked\r\n"), bad);
  expect_fault("GET / HTTP/1.1\r\n Host: a\r\n\r\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", bad);
}

TEST(HttpHead, refuses_a_bad_host) {
  expect_fault("GET / HTTP/1.1\r\n\r\n", ErrorCode::bad_request);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ErrorCode::bad_request);
  expect_fault("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", ErrorCode::bad_request);
  for (const char* host : {"", "a b", "a/b", "user@a", "a:b", "a:1:2", "a:70000", "[::1", "::1", "[]", "[::1]x",
                           "[g::]", "a,b", "a%zz", "\xc3\xa9", ":80", "a?b", "[1234]", "a:000080"}) {
    if (std::string_view(host) == "a,b") continue;  // sub-delims are allowed in a reg-name
    expect_fault("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n", ErrorCode::bad_request);
  }
}

// RFC 3986 3.2.2: unreserved and sub-delims; ':' begins a port, which may be empty.
TEST(HttpHead, takes_each_byte_of_a_host_that_may_be_there_and_no_other) {
  const std::string_view taken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:";
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    HttpHead head;
    const auto result = parse("GET / HTTP/1.1\r\nHost: a" + std::string(1, c) + "1\r\n\r\n", head);
    EXPECT_EQ(result.has_value(), taken.find(c) != std::string_view::npos) << byte;
  }
}

// RFC 9112 3.2.2: a server MUST accept it, and take the host from it instead of from Host.
TEST(HttpHead, takes_targets_in_absolute_form) {
  struct Case {
    const char* target;
    const char* authority;
    const char* path;
    const char* query;
  };
  for (const Case& c : {Case{"http://a/send", "a", "/send", ""},
                        {"HTTP://a:80/x?y=/z?", "a:80", "/x", "y=/z?"},
                        {"https://[::1]:8000/x", "[::1]:8000", "/x", ""},
                        {"http://a", "a", "/", ""},
                        {"http://a?b=c", "a", "/", "b=c"},
                        {"wss://a/ws?token=t", "a", "/ws", "token=t"}}) {
    const std::string text = "GET " + std::string(c.target) + " HTTP/1.1\r\nX: y\r\nHost: other:1\r\n\r\n";
    HttpHead head;
    const Result<void> parsed = parse_http_head(text, head);
    ASSERT_TRUE(parsed) << c.target;
    EXPECT_EQ(head.path, c.path) << c.target;
    EXPECT_EQ(head.query, c.query) << c.target;
    EXPECT_EQ(head.find("Host"), c.authority) << c.target;
  }
  expect_fault("GET http://a/ HTTP/1.1\r\n\r\n", ErrorCode::bad_request);  // Host must be there all the same
  expect_fault("GET http://a/ HTTP/1.1\r\nHost: b\r\nHost: a\r\n\r\n", ErrorCode::bad_request);
}

TEST(HttpHead, refuses_a_body_with_a_content_coding) {
  const auto head_with = [](std::string_view fields) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  };
  const ErrorCode wrong = ErrorCode::unsupported_media_type;
  for (const char* coding : {"gzip", "GZIP", "identity, br", "x", "deflate,"}) {
    const std::string field = "Content-Encoding: " + std::string(coding) + "\r\n";
    expect_fault(head_with(field + "Content-Length: 2\r\n"), wrong);
    expect_fault(head_with(field + "Transfer-Encoding: chunked\r\n"), wrong);
    HttpHead head;
    EXPECT_TRUE(parse_http_head(head_with(field), head)) << "no body, nothing to decode";
    EXPECT_TRUE(parse_http_head(head_with(field + "Content-Length: 0\r\n"), head));
  }
  expect_fault(head_with("Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n"),
               wrong);
  HttpHead head;
  EXPECT_TRUE(parse_http_head(head_with("Content-Encoding: Identity\r\nContent-Length: 2\r\n"), head));
  EXPECT_TRUE(parse_http_head(head_with("Content-Encoding:\r\nContent-Length: 2\r\n"), head));
}

TEST(HttpHead, refuses_a_bad_request_line) {
  const ErrorCode bad = ErrorCode::bad_request, unknown = ErrorCode::not_implemented;
  for (const char* line : {"GET a HTTP/1.1",
                           "GET ftp://a/ HTTP/1.1",
                           "GET http:a/ HTTP/1.1",
                           "GET http:/a/ HTTP/1.1",
                           "GET http:/// HTTP/1.1",
                           "GET http://user@a/ HTTP/1.1",
                           "GET http://a:b/ HTTP/1.1",
                           "GET http://a/#b HTTP/1.1",
                           "GET http://?a HTTP/1.1",
                           "GET ://a/ HTTP/1.1",
                           "GET xhttp://a/ HTTP/1.1",
                           "GET * HTTP/1.1",
                           "CONNECT a:443 HTTP/1.1",
                           "GET /a b HTTP/1.1",
                           "GET  / HTTP/1.1",
                           "GET /  HTTP/1.1",
                           "GET /\tHTTP/1.1",
                           " GET / HTTP/1.1",
                           "G(T / HTTP/1.1",
                           "GET /\x7f HTTP/1.1",
                           "GET /\xc3\xa9 HTTP/1.1",
                           "GET /#a HTTP/1.1",
                           "GET /",
                           "GET",
                           "",
                           "GET / HTTP/1.1 ",
                           "GET / http/1.1",
                           "GET / HTTP/1,1",
                           "GET / HTTP/11",
                           "GET / FTP/1.1",
                           "/ HTTP/1.1",
                           "GET HTTP/1.1"})
    expect_fault(std::string(line) + "\r\nHost: a\r\n\r\n", bad);
  for (const char* line : {"GET / HTTP/2.0", "GET / HTTP/1.2", "GET / HTTP/0.9", "PRI * HTTP/2.0"})
    expect_fault(std::string(line) + "\r\nHost: a\r\n\r\n", unknown);
}

TEST(HttpHead, refuses_bare_line_feeds_and_control_characters) {
  const ErrorCode bad = ErrorCode::bad_request;
  expect_fault("GET / HTTP/1.1\nHost: a\n\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\n\r\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\n\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", bad);
  expect_fault("\r\n\r\n", bad);
  expect_fault("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", bad);
  for (int c = 0; c < 256; ++c) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: a?b\r\n\r\n";
    text[text.find('?')] = static_cast<char>(c);
    HttpHead head;
    EXPECT_EQ(parse(text, head).has_value(), c == '\t' || (c >= 0x20 && c != 0x7f)) << c;
    text = "GET / HTTP/1.1\r\nHost: a\r\nX?Y: a\r\n\r\n";
    text[text.find('?')] = static_cast<char>(c);
    const bool token =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c != 0 && c < 0x80 &&
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos);
    EXPECT_EQ(parse(text, head).has_value(), token || c == ':') << c;
  }
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", bad);
  expect_fault("GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", bad);
}

TEST(HttpHead, is_bounded) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "a:b\r\n";
  HttpHead head;
  EXPECT_TRUE(parse(with(fields), head));
  EXPECT_EQ(head.field_count, 100U);
  expect_fault(with(fields + "a:b\r\n"), ErrorCode::headers_too_large);
  expect_fault(with("X: " + std::string(limits::kHeadBytesMax, 'a') + "\r\n"), ErrorCode::headers_too_large);
  EXPECT_TRUE(parse(with("X: " + std::string(limits::kHeadBytesMax - 100, 'a') + "\r\n"), head));
  EXPECT_TRUE(
      parse("GET /" + std::string(limits::kTargetBytesMax - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", head));
  expect_fault("GET /" + std::string(limits::kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
               ErrorCode::headers_too_large);
}

TEST(HttpHead, every_prefix_and_every_flipped_byte_is_safe) {
  const std::string text = with("Content-Length: 5\r\nX-Y: z z\r\nConnection: close\r\n");
  for (std::size_t i = 0; i < text.size(); ++i) {
    HttpHead head;
    EXPECT_FALSE(parse(text.substr(0, i), head).has_value());
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[i] = static_cast<char>(c);
      (void)parse(changed, head);
    }
  }
}

TEST(HttpHead, its_end_is_found_however_it_trickles_in) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nBODY\r\n\r\n";
  const std::size_t end = text.find("BODY");
  std::size_t searched = 0;
  EXPECT_EQ(find_head_end(text, searched), end);
  searched = 0;
  for (std::size_t i = 0; i < end; ++i)
    ASSERT_EQ(find_head_end(std::string_view(text).substr(0, i), searched), 0U) << i;
  EXPECT_EQ(find_head_end(std::string_view(text).substr(0, end), searched), end);
  searched = 0;
  EXPECT_EQ(find_head_end("a\nb\n\nc", searched), 5U);
  searched = 0;
  EXPECT_EQ(find_head_end("a\r\n\r\r\n", searched), 0U);
  searched = 0;
  EXPECT_EQ(find_head_end("a\r\nb\n\r\nc", searched), 7U);
}

// Beast reports a field; that it is one line, whole, is looked at here.
TEST(HttpHead, a_field_is_one_line_whatever_white_space_it_has) {
  for (const char* before : {"", " ", "\t", " \t  "})
    for (const char* value : {"", "x", "a b", "\xff:", "a:b", "::"})
      for (const char* after : {"", " ", "\t \t"}) {
        const std::string line = std::string("X:") + before + value + after;
        HttpHead head;
        ASSERT_TRUE(parse(with(line + "\r\nY:" + before + "z" + after + "\r\n"), head)) << line;
        ASSERT_EQ(head.field_count, 3U);
        EXPECT_EQ(head.fields[1].value, value) << line;
        EXPECT_EQ(head.fields[2].value, "z") << line;
        expect_fault(with(line + "\r\n\tfolded\r\n"), ErrorCode::bad_request);
        expect_fault(with(line + "\r\n \r\n"), ErrorCode::bad_request);
        expect_fault(with("Y: z\r\n" + line + "\r\n folded\r\n"), ErrorCode::bad_request);
      }
}

TEST(Query, values_are_decoded) {
  EXPECT_EQ(query_value("a=1&token=x%2Ey+z&token=2", "token"), "x.y+z");
  EXPECT_EQ(query_value("to%6ben=1", "token"), "1");
  EXPECT_EQ(query_value("token", "token"), "");
  EXPECT_EQ(query_value("&&token=a=b", "token"), "a=b");
  EXPECT_EQ(query_value("tokens=1", "token"), std::nullopt);
  EXPECT_EQ(query_value("", "token"), std::nullopt);
  EXPECT_EQ(query_value("token=%", "token"), std::nullopt);
  EXPECT_EQ(query_value("token=%zz", "token"), std::nullopt);
  EXPECT_EQ(query_value("token=%1", "token"), std::nullopt);
  EXPECT_EQ(percent_decode("a%2fb%00"), std::string("a/b\0", 4));
  EXPECT_EQ(percent_decode("%f"), std::nullopt);
}

// --- chunked bodies

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  ErrorCode code{};
  bool failed = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece = 0, std::size_t max = 1000) {
  ChunkedBody chunked(max);
  Decoded out;
  while (!out.done && !out.failed && (!bytes.empty() || piece == 0)) {
    const std::string part(bytes.substr(0, piece == 0 ? bytes.size() : piece));
    bytes.remove_prefix(part.size());
    std::size_t consumed = 0;
    const auto step = chunked.feed(part, out.body, consumed);
    out.consumed += consumed;
    if (!step) {
      out.failed = true;
      out.code = step.error().code;
      return out;
    }
    out.done = *step == ChunkedBody::Step::done;
    EXPECT_TRUE(out.done || consumed == part.size());
    if (piece == 0) break;
  }
  return out;
}

TEST(ChunkedBody, decodes_however_it_is_cut) {
  const std::string good =
      "5\r\nHello\r\n0A;ext=\"a b\"\r\n, chunked!\r\n000\r\nTrailer: x\r\nContent-Length: 7\r\n\r\n";
  for (std::size_t piece : {0, 1, 2, 3, 7}) {
    const Decoded out = decode(good + "GET /", piece);
    EXPECT_EQ(out.body, "Hello, chunked!");
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.consumed, good.size());
  }
  EXPECT_EQ(decode("0\r\n\r\n").consumed, 5U);
  for (std::size_t i = 0; i < good.size(); ++i) {
    const Decoded out = decode(good.substr(0, i));
    EXPECT_FALSE(out.done || out.failed) << i;
  }
}

// RFC 9112 7.1.1: "bad white space" around an extension; but not after a bare size.
TEST(ChunkedBody, takes_white_space_in_front_of_an_extension) {
  for (const char* bytes : {"5 ;a\r\nHello\r\n0\r\n\r\n", "5\t \t; a = b ;c\r\nHello\r\n0 ;z\r\n\r\n"}) {
    for (std::size_t piece : {0, 1, 3}) {
      const Decoded out = decode(bytes, piece);
      EXPECT_TRUE(out.done) << bytes;
      EXPECT_EQ(out.body, "Hello");
    }
  }
  EXPECT_EQ(decode("5" + std::string(2000, ' ')).code, ErrorCode::bad_request);
}

TEST(ChunkedBody, is_strict) {
  for (const char* bytes : {"\r\n",
                            " 5\r\nHello",
                            "5 \r\nHello",
                            "5 5\r\n",
                            "5 a;b\r\n",
                            "5\t\n",
                            "+5\r\n",
                            "-1\r\n",
                            "0x5\r\n",
                            "5\nHello",
                            "5\r\nHello0\r\n",
                            "5\r\nHello\n0\r\n",
                            "5\rHello",
                            "g\r\n",
                            "5\r\r\n",
                            "5;a\nb\r\n",
                            "5;a\x01\r\n",
                            "00000000000000005\r\n",
                            "0\r\n X: a\r\n\r\n",
                            "0\r\nX a\r\n\r\n",
                            "0\r\n: a\r\n\r\n",
                            "0\r\nX: a\n\r\n",
                            "0\r\n\n",
                            "0\r\n\rX",
                            ",5\r\n"}) {
    for (std::size_t piece : {0, 1}) {
      const Decoded out = decode(bytes, piece);
      EXPECT_TRUE(out.failed) << bytes;
      EXPECT_EQ(out.code, ErrorCode::bad_request) << bytes;
    }
  }
}

TEST(ChunkedBody, is_bounded) {
  EXPECT_TRUE(decode("3E8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n").done);
  EXPECT_EQ(decode("3E9\r\n").code, ErrorCode::payload_too_large);
  EXPECT_EQ(decode("3E7\r\n" + std::string(999, 'a') + "\r\n2\r\n").code, ErrorCode::payload_too_large);
  EXPECT_EQ(decode("FFFFFFFFFFFFFFFF\r\n").code, ErrorCode::payload_too_large);
  EXPECT_EQ(decode("7FFFFFFFFFFFFFFF\r\n").code, ErrorCode::payload_too_large);
  EXPECT_TRUE(decode("0;" + std::string(1000, 'a') + "\r\n\r\n").done);
  EXPECT_EQ(decode("0;" + std::string(2000, 'a')).code, ErrorCode::bad_request);
  EXPECT_EQ(decode("0\r\nX: " + std::string(9000, 'a')).code, ErrorCode::headers_too_large);
  std::string fields;
  for (int i = 0; i < 4000; ++i) fields += "a:b\r\n";
  EXPECT_EQ(decode("0\r\n" + fields).code, ErrorCode::headers_too_large);
  std::string bytewise;
  for (int i = 0; i < 100'000; ++i) bytewise += "1\r\na\r\n";
  const Decoded out = decode(bytewise, 0, 1'000'000);
  EXPECT_EQ(out.code, ErrorCode::payload_too_large);
  EXPECT_LT(out.body.size(), 20'000U);
}

}  // namespace
}  // namespace kgw
