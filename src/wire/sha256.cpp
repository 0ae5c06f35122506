#include "wire/sha256.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace kgw {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Both made once: to look the digest up by its name costs more than half of what working it out for a key
// does.
EVP_MD_CTX* room() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return context.get();
}

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL offers no SHA-256");
}

}  // namespace

Sha256::Sha256() {
  static const std::unique_ptr<EVP_MD, FreeDigest> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  require(sha256 && room() != nullptr && EVP_DigestInit_ex2(room(), sha256.get(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) { require(EVP_DigestUpdate(room(), bytes.data(), bytes.size()) == 1); }

Digest Sha256::end() {
  Digest digest{};
  require(EVP_DigestFinal_ex(room(), digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace kgw
