// Text that people type to be shown in one line: valid UTF-8 without control characters. No state.
#pragma once

#include <cstddef>
#include <string_view>

namespace kgw {

// `chars_max`: in Unicode characters. Linear time.
bool is_plain_text(std::string_view text, std::size_t chars_max);

}  // namespace kgw
