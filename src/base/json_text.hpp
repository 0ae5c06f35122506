// Writing JSON strings, for those who append JSON text by hand (the log, error bodies).
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// Appends `text` as a JSON string with quotes. Bytes that are no UTF-8 (RFC 3629) become U+FFFD, one for each;
// control characters, '"' and '\\' are escaped.
void append_json_string(std::string& out, std::string_view text);

}  // namespace kgw
