#include "net/listen_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace kgw {
namespace {

constexpr int kBacklog = 4096;

std::string shown(const std::string& host, std::uint16_t port) {
  const bool bare_ipv6 = host.find(':') != std::string::npos;
  return (bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Fault cannot_listen(const std::string& host, std::uint16_t port, int error) {
  std::string message = "cannot listen on " + shown(host, port) + ": ";
  if (error == EADDRINUSE) {
    message += "the port is in use by another program; stop that program, or set PORT to a free port";
  } else if (error == EACCES) {
    message +=
        "ports below 1024 need special permission; set PORT to a higher one, or grant CAP_NET_BIND_SERVICE";
  } else if (error == EADDRNOTAVAIL) {
    message += "this machine does not have that address; set HOST to one of its addresses, or to ::";
  } else {
    message += std::generic_category().message(error) + "; check HOST and PORT";
  }
  return {ErrorCode::invalid_argument, message};
}

// The descriptor, or minus errno.
int try_listen(const sockaddr* address, socklen_t size) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  const int on = 1;
  const int off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (address->sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd, address, size) == 0 && listen(fd, kBacklog) == 0) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

}  // namespace

Result<int> open_listen_socket(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int trouble = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  if (trouble != 0) {
    return Fault{ErrorCode::invalid_argument, "cannot listen on " + shown(host, port) +
                                                  ": HOST is not an address (" + gai_strerror(trouble) +
                                                  "); set it to an IP address, or to ::"};
  }
  int fd = try_listen(list->ai_addr, list->ai_addrlen);
  if ((fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL) && host == "::") {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    fd = try_listen(reinterpret_cast<const sockaddr*>(&any), sizeof any);
  }
  if (fd < 0) return cannot_listen(host, port, -fd);
  return fd;
}

std::uint16_t port_of_socket(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

PeerAddress peer_address(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  in_addr ipv4{};
  if (address.ss_family == AF_INET6) {
    const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&ipv6)) {
      inet_ntop(AF_INET6, &ipv6, text, sizeof text);
      return {text, IN6_IS_ADDR_LOOPBACK(&ipv6) != 0};
    }
    std::memcpy(&ipv4, ipv6.s6_addr + 12, sizeof ipv4);
  } else {
    ipv4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  }
  inet_ntop(AF_INET, &ipv4, text, sizeof text);
  return {text, (ntohl(ipv4.s_addr) >> 24) == 127};
}

}  // namespace kgw
