#include "wire/signing/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

namespace kgw {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};

const unsigned char* bytes_of(std::string_view text) {
  // OpenSSL takes no null for "nothing".
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

}  // namespace

void Hmac::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

Hmac::Hmac(const char* digest, std::string_view secret) {
  const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (mac) context_.reset(EVP_MAC_CTX_new(mac.get()));
  std::string name(digest);
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                               OSSL_PARAM_construct_end()};
  if (!context_ || EVP_MAC_init(context_.get(), bytes_of(secret), secret.size(), params) != 1)
    throw std::runtime_error("OpenSSL offers no HMAC with " + std::string(digest));
}

std::string Hmac::sign(std::initializer_list<std::string_view> parts) const {
  const std::unique_ptr<evp_mac_ctx_st, Free> context(EVP_MAC_CTX_dup(context_.get()));
  bool good = context != nullptr;
  for (const std::string_view part : parts)
    good = good && EVP_MAC_update(context.get(), bytes_of(part), part.size()) == 1;
  std::string out(EVP_MAX_MD_SIZE, '\0');
  std::size_t size = 0;
  if (!good ||
      EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size()) != 1)
    throw std::runtime_error("OpenSSL's HMAC failed");
  out.resize(size);
  return out;
}

}  // namespace kgw
