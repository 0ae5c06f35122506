// Opening the listening socket, and the addresses of those who come.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "net/http_server.hpp"

struct sockaddr_storage;

namespace kgw {

// A non-blocking listening TCP socket; the caller owns it. "::" is dual-stack, or 0.0.0.0 where there is no
// IPv6. Accepted sockets inherit TCP_NODELAY. The error is a sentence that names the address and says what to
// do.
Result<int> open_listen_socket(const std::string& host, std::uint16_t port);
std::uint16_t port_of_socket(int fd);
PeerAddress peer_address(const sockaddr_storage& address);

}  // namespace kgw
