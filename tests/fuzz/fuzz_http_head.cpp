// Heads, and chunked bodies behind them: views stay inside the input, what passes keeps the rules that protect
// from smuggling, and a chunked body is the same however it is cut.
#include "base/check.hpp"
#include "wire/http_head.hpp"
#include "wire/websocket.hpp"

namespace {

using namespace kgw;

void check_inside(std::string_view whole, std::string_view part) {
  if (part.empty()) return;
  KGW_CHECK(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_head(std::string_view text, const HttpHead& head) {
  for (const std::string_view part : {head.method, head.target, head.path, head.query})
    check_inside(text, part);
  KGW_CHECK(!head.method.empty() && !head.target.empty());
  for (std::size_t i = 0; i < head.field_count; ++i) {
    check_inside(text, head.fields[i].name);
    check_inside(text, head.fields[i].value);
    KGW_CHECK(!head.fields[i].name.empty());
    for (const char c : head.fields[i].value) KGW_CHECK(c != '\r' && c != '\n' && c != '\0');
  }
  KGW_CHECK(head.count("host") == 1 || (head.http_1_0 && head.count("host") == 0));
  KGW_CHECK(head.count("content-length") == (head.content_length ? 1U : 0U));
  KGW_CHECK(head.count("transfer-encoding") == (head.chunked ? 1U : 0U));
  KGW_CHECK(!(head.chunked && (head.content_length || head.http_1_0)));
}

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  int outcome = 0;  // 0 more, 1 done, 2 and up: the fault
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  ChunkedBody chunked(4096);
  Decoded out;
  while (!bytes.empty()) {
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    std::size_t consumed = 0;
    const auto step = chunked.feed(part, out.body, consumed);
    KGW_CHECK(consumed <= part.size() && out.body.size() <= 4096);
    out.consumed += consumed;
    if (!step) out.outcome = 2 + static_cast<int>(step.error().code);
    else if (*step == ChunkedBody::Step::done) out.outcome = 1;
    if (out.outcome != 0) return out;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t searched = 0;
  const std::size_t end = find_head_end(text, searched);
  searched = 0;
  std::size_t trickled = 0;
  for (std::size_t i = 0; i <= size && trickled == 0; i += 1 + i / 8)
    trickled = find_head_end(text.substr(0, i), searched);
  if (trickled == 0) trickled = find_head_end(text, searched);
  KGW_CHECK(trickled == end);

  const std::string_view head_text = end == 0 ? text : text.substr(0, end);
  HttpHead head;
  if (parse_http_head(head_text, head)) {
    check_head(head_text, head);
    (void)check_upgrade(head);
    (void)query_value(head.query, "token");
  }
  const std::string_view rest = text.substr(end);
  const Decoded whole = decode(rest, rest.size());
  KGW_CHECK(whole == decode(rest, 1));
  KGW_CHECK(whole == decode(rest, 7));
  return 0;
}
