// What of an address may be shown: in settings, logs, errors. Who we are there and what stands behind '?' is
// masked: both are places for secrets.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

inline constexpr std::string_view kMask = "********";

// "https://********@host/path?********" of "https://user:password@host/path?token=t"; a scheme need not be
// there. Where the parts can't be told apart, all behind the scheme is masked.
std::string shown_url(std::string_view text);

}  // namespace kgw
