// KGW_CHECK(condition): an invariant of our own code; aborts the process when it fails. Stays on in release
// builds: a gateway whose state is wrong must stop before it moves money, and its journal restores what was
// true.
#pragma once

namespace kgw {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define KGW_CHECK(condition)                                   \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) \
                                                     : ::kgw::check_failed(#condition, __FILE__, __LINE__))
