#include "env/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kgw {

void tell_service_manager(std::string_view socket, std::string_view state) {
  sockaddr_un address{};
  if (socket.size() < 2 || socket.size() >= sizeof(address.sun_path) || (socket[0] != '/' && socket[0] != '@'))
    return;
  address.sun_family = AF_UNIX;
  std::copy(socket.begin(), socket.end(), address.sun_path);
  if (socket[0] == '@') address.sun_path[0] = '\0';

  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const auto sent = ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
  static_cast<void>(sent);
  ::close(descriptor);
}

}  // namespace kgw
