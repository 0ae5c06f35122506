// SHA-256 (FIPS 180-4) of what comes in pieces, by OpenSSL. One at a time a thread: they share the room that it
// is worked out in.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace kgw {

class Sha256 {
 public:
  // REQUIRES that no other one of this thread is between here and its end(). Throws std::runtime_error when
  // OpenSSL offers no SHA-256.
  Sha256();
  void add(std::string_view bytes);
  // Returns the digest of all that was added. Nothing may be added afterwards.
  Digest end();
};

}  // namespace kgw
