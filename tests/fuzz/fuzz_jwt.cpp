// Tokens: nothing that comes from outside passes, and nothing crashes what reads claims. The input is taken as
// a token, and as header and payload (parted by a line feed) of one.
#include "base/check.hpp"
#include "wire/base64.hpp"
#include "wire/jwt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgw;
  static const TokenAuthority authority(JwtAlgorithm::hs256, "a secret that the fuzzer does not guess", {});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const WallTime now = wall_from_ms(1'700'000'000'000);
  KGW_CHECK(!authority.verify(text, now).has_value());
  (void)read_claims_unverified(text);
  if (const auto bytes = base64url_decode(text)) KGW_CHECK(base64url_encode(*bytes) == text);
  KGW_CHECK(base64url_decode(base64url_encode(text)) == text);

  const std::size_t cut = text.find('\n');
  if (cut == std::string_view::npos) return 0;
  const std::string token =
      base64url_encode(text.substr(0, cut)) + '.' + base64url_encode(text.substr(cut + 1)) + '.';
  if (const auto claims = read_claims_unverified(token)) {
    KGW_CHECK(is_name(claims->kiosk_id));
    KGW_CHECK(to_ms(claims->expires_at) >= 0);
  }
  KGW_CHECK(!authority.verify(token, now).has_value());
  return 0;
}
