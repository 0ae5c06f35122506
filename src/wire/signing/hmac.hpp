// Hmac: HMAC (RFC 2104) with its key set: a keyed EVP_MAC context that is duplicated for each use, so that the
// key is set up once. Const methods may run on any thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace kgw {

class Hmac {
 public:
  // `digest`: OpenSSL's name ("SHA256"). The secret is copied.
  // Throws std::runtime_error if OpenSSL does not offer it.
  Hmac(const char* digest, std::string_view secret);

  // Returns the raw digest of the parts, concatenated.
  std::string sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

}  // namespace kgw
