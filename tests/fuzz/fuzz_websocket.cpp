// A WsReader gives the same events however the stream is cut, stays in the buffer, and what it hands out keeps
// the rules.
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "wire/websocket.hpp"

namespace {

using namespace kgw;

struct Seen {
  WsEvent::Kind kind;
  std::string payload;
  unsigned code;
  bool operator==(const Seen&) const = default;
};

constexpr std::size_t kMax = 2000;

std::vector<Seen> read(std::string_view stream, std::size_t piece) {
  WsReader reader(kMax);
  std::vector<Seen> seen;
  std::string rest;
  while (!stream.empty()) {
    const std::size_t size = std::min(piece, stream.size());
    rest.append(stream.substr(0, size));
    stream.remove_prefix(size);
    for (;;) {
      const std::unique_ptr<char[]> lent(new char[rest.size()]);
      std::memcpy(lent.get(), rest.data(), rest.size());
      std::size_t consumed = 0;
      const WsEvent event = reader.next(lent.get(), rest.size(), consumed);
      KGW_CHECK(consumed <= rest.size());
      KGW_CHECK(reader.held_bytes() <= 2 * kMax + 64);
      rest.erase(0, consumed);
      if (event.kind == WsEvent::Kind::need_more) break;
      KGW_CHECK(event.payload.size() <= kMax);
      if (event.kind == WsEvent::Kind::text || event.kind == WsEvent::Kind::close)
        KGW_CHECK(is_utf8(event.payload));
      const bool failed = event.kind == WsEvent::Kind::error;
      seen.push_back({event.kind, std::string(event.payload),
                      failed ? static_cast<unsigned>(event.fault_code) : event.close_code});
      if (failed) return seen;
      KGW_CHECK(consumed > 0);
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto whole = read(stream, std::max<std::size_t>(size, 1));
  KGW_CHECK(whole == read(stream, 1));
  KGW_CHECK(whole == read(stream, 5));
  (void)encode_ws_close(WsClose::normal, stream);
  return 0;
}
