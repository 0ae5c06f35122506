#include "api/limited_keys.hpp"

#include <string>

#include "http/answers.hpp"

namespace kgw {

bool refuse_limited(HttpServer& server, HttpCallId call, const Caller& caller, std::string_view rest) {
  if (caller.limited())
    respond_error(server, call, ErrorCode::forbidden,
                  "This key is limited to some kiosks; " + std::string(rest));
  return caller.limited();
}

}  // namespace kgw
