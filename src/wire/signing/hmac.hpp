// Hmac: HMAC (RFC 2104) whose key is set, in a keyed EVP_MAC context that is duplicated for each use, so that
// the key is set up once. Const methods may run on any thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace kgw {

class Hmac {
 public:
  // `digest` as OpenSSL names it ("SHA256"). The secret is copied into the context, which wipes it in the end.
  // Throws std::runtime_error when OpenSSL does not offer it.
  Hmac(const char* digest, std::string_view secret);

  // Of the parts one behind the other; the digest's bytes.
  std::string sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

}  // namespace kgw
