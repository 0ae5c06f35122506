// last_words: what a kiosk's answer says about its error, on one line for people: "connection_refused: no
// answer from 127.0.0.1:8080". Kiosks name these members in many ways; the usual ones are looked for. No state.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// Plain text of at most about 200 bytes, valid UTF-8, without control characters; card-like numbers are masked.
// Empty if the answer is not JSON, or has no such member. Answers beyond 64 KiB are not read.
std::string last_words(std::string_view answer);

}  // namespace kgw
