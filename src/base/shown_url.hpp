// What may be shown of a URL in settings, logs and errors. User name, password and everything after '?' are
// masked: any of them may hold a secret.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

inline constexpr std::string_view kMask = "********";

// Returns "https://********@host/path?********" for "https://user:password@host/path?token=t"; the scheme is
// optional. If the parts can't be told apart, everything after the scheme is masked.
std::string shown_url(std::string_view text);

}  // namespace kgw
