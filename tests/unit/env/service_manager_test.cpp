// What systemd is told: a datagram, by path or by abstract name.
#include "env/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <string>

namespace kgw {
namespace {

// The service manager's end; `name` as in NOTIFY_SOCKET.
class Listener {
 public:
  explicit Listener(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // What is there already; "" if nothing is.
  std::string heard() const {
    char text[64];
    const auto size = ::recv(socket_, text, sizeof(text), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  int socket_;
};

TEST(ServiceManager, IsToldByPathAndByAbstractName) {
  const std::string path = testing::TempDir() + "notify." + std::to_string(::getpid());
  for (const std::string& name : {path, "@kgw-notify-" + std::to_string(::getpid())}) {
    const Listener listener(name);
    tell_service_manager(name, "READY=1");
    tell_service_manager(name, "STOPPING=1");
    EXPECT_EQ(listener.heard(), "READY=1") << name;
    EXPECT_EQ(listener.heard(), "STOPPING=1") << name;
    EXPECT_EQ(listener.heard(), "");
  }
  ::unlink(path.c_str());
}

TEST(ServiceManager, OneThatIsNotThereDoesNoHarm) {
  for (const std::string& name : {std::string("/nowhere/notify"), std::string("relative"), std::string("/"),
                                  std::string("@"), std::string(), std::string(300, '/')})
    tell_service_manager(name, "READY=1");
}

}  // namespace
}  // namespace kgw
