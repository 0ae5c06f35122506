// What systemd is told of this process: sd_notify(3), without its library.
#pragma once

#include <string_view>

namespace kgw {

// Sends `state` ("READY=1", "STOPPING=1") to `socket`, the value of NOTIFY_SOCKET: a path, or "@name" for an
// abstract one; anything else, "" too, is nobody. Never blocks and never fails: a service manager that does
// not listen is its own trouble. Any thread.
void tell_service_manager(std::string_view socket, std::string_view state);

}  // namespace kgw
