// How requests look in lists and alone, as HTML. Pure.
#pragma once

#include "telegram/command.hpp"

namespace kgw::telegram {

std::string request_line(Language language, const StoredExchange& x);
std::string request_story(Language language, const StoredExchange& x);

}  // namespace kgw::telegram
