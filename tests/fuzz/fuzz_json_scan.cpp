// json_scan against Boost.JSON, and the text functions on what passes.
#include <cstdio>

#include "base/check.hpp"
#include "boost_json_judge.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const char* const difference = kgw::judge::disagreement(text, "a"); difference != nullptr) {
    std::fprintf(stderr, "%s\n", difference);
    KGW_CHECK(difference == nullptr);
  }
  std::string quoted;
  kgw::append_json_string(quoted, text);
  KGW_CHECK(kgw::json_scan(quoted).valid);
  const std::string back = kgw::json_unescape(quoted);
  KGW_CHECK(kgw::is_utf8(back));
  KGW_CHECK(kgw::is_utf8(text) == (back == text));
  KGW_CHECK(kgw::json_equals(quoted, back));
  kgw::Utf8Stream stream;
  const std::size_t cut = size / 3;
  const bool streamed = stream.feed(text.substr(0, cut)) && stream.feed(text.substr(cut)) && stream.complete();
  KGW_CHECK(streamed == kgw::is_utf8(text));
  return 0;
}
