// Where something is pushed to, and the credentials for it.
#pragma once

#include <string>

namespace kgw {

struct PushTarget {
  std::string url;  // empty: nothing is pushed
  std::string username;
  std::string password;
  bool operator==(const PushTarget&) const = default;
};

}  // namespace kgw
