// The key fields of a request and of an answer on one line: what people look for in payments, fiscal
// receipts, kitchen orders and prints. Card-like numbers are masked. Plain text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kgw::telegram {

// `body`: the request's. `answer`: the kiosk's own JSON object.
std::string request_fields(std::string_view operation, std::string_view body);
std::string answer_fields(std::string_view operation, std::string_view answer);

}  // namespace kgw::telegram
