// Writes JSON strings, for code that builds JSON text by hand (the log, error bodies).
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// Appends `text` as a quoted JSON string, with control characters, '"' and '\\' escaped. Each byte that is
// not part of valid UTF-8 (RFC 3629) becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace kgw
