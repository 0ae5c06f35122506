// Opens the listening socket, and formats addresses of peers.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "net/http_server.hpp"

struct sockaddr_storage;

namespace kgw {

// Returns a non-blocking listening TCP socket that the caller owns. "::" is dual-stack, or 0.0.0.0 on a
// machine without IPv6. Accepted sockets inherit TCP_NODELAY. Error: a sentence that names the address and
// says what to do.
Result<int> open_listen_socket(const std::string& host, std::uint16_t port);
// Returns the local port, or 0 if the socket has none.
std::uint16_t port_of_socket(int fd);
PeerAddress peer_address(const sockaddr_storage& address);

}  // namespace kgw
