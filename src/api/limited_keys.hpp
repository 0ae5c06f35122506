// What a key that is limited to some kiosks may not ask, since it is about all of them.
#pragma once

#include <string_view>

#include "access/caller.hpp"
#include "net/http_server.hpp"

namespace kgw {

// True, and 403 is answered, when the caller may know of some kiosks only. `rest`: the sentence's end.
bool refuse_limited(HttpServer& server, HttpCallId call, const Caller& caller, std::string_view rest);

}  // namespace kgw
