// Callback URLs and IP addresses: whatever is accepted means the same to curl, which opens the connection, and
// to the C library. The input's first byte says whether http:// is allowed; the rest is taken as a URL, as an
// address, and as a list of hosts.
#include <arpa/inet.h>
#include <curl/curl.h>

#include <cstring>
#include <memory>

#include "base/ascii.hpp"
#include "base/check.hpp"
#include "callbacks/target.hpp"

namespace {

using kgw::IpAddress;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

void check_with_curl(const kgw::CallbackTarget& target) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  KGW_CHECK(curl_url_set(url.get(), CURLUPART_URL, target.url.c_str(), 0) == CURLUE_OK);
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  const std::string port = part_of(url.get(), CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  KGW_CHECK(part_of(url.get(), CURLUPART_USER).empty());
  KGW_CHECK(part_of(url.get(), CURLUPART_PASSWORD).empty());
  KGW_CHECK(part_of(url.get(), CURLUPART_FRAGMENT).empty());
  KGW_CHECK(part_of(url.get(), CURLUPART_ZONEID).empty());
  const std::string host = part_of(url.get(), CURLUPART_HOST);
  KGW_CHECK(scheme + "://" + host + (port.empty() ? "" : ":" + port) == target.endpoint);
}

void check_address(const std::string& text) {
  const auto v4 = IpAddress::parse_v4(text), v6 = IpAddress::parse_v6(text);
  for (const auto& address : {v4, v6})
    if (address) KGW_CHECK(IpAddress::parse(address->text()) == address);
  if (text.find('\0') != text.npos) return KGW_CHECK(!v4 && !v6);
  std::array<std::uint8_t, 16> bytes{};
  KGW_CHECK((inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) == v4.has_value());
  if (v4) KGW_CHECK(std::memcmp(v4->bytes.data() + 12, bytes.data(), 4) == 0 && v4->is_v4());
  KGW_CHECK((inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) == v6.has_value());
  if (v6) KGW_CHECK(v6->bytes == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgw;
  static const CallbackHosts hosts = *CallbackHosts::parse("*.example, *.com, host, 0.0.0.0/0, ::/0");
  if (size == 0) return 0;
  const bool allow_http = (data[0] & 1) != 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const auto target = parse_callback_url(text, hosts, allow_http)) {
    check_with_curl(*target);
    const auto again = parse_callback_url(target->url, hosts, allow_http);
    KGW_CHECK(again && again->url == target->url && again->endpoint == target->endpoint);
  }
  check_address(text);
  (void)CallbackHosts::parse(text);
  return 0;
}
