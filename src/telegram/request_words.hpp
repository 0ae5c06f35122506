// Requests as HTML: one line in a list, and in detail. Pure.
#pragma once

#include "telegram/command.hpp"

namespace kgw::telegram {

std::string request_line(Language language, const StoredExchange& x);
std::string request_story(Language language, const StoredExchange& x);

}  // namespace kgw::telegram
