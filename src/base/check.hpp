// KGW_CHECK(condition): an invariant of ours. Stays on in release: a gateway that has lost its footing must
// stop before it moves money, and its journal brings it back where it was.
#pragma once

namespace kgw {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define KGW_CHECK(condition)                                   \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) \
                                                     : ::kgw::check_failed(#condition, __FILE__, __LINE__))
