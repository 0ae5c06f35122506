#include "gateway/doors.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "gateway/ground.hpp"
#include "settings/secrets.hpp"

namespace kgw {

Result<Secrets> open_secrets(const Config& config, Random& random) {
  const std::filesystem::path dir = config.data_dir;
  if (std::error_code ignored; config.jwt_secret.empty() || config.admin_api_key.empty())
    std::filesystem::create_directories(dir, ignored);  // what fails here is told by the next lines
  auto jwt = config.jwt_secret.empty() ? read_or_make_secret(dir / "jwt.secret", "", random)
                                       : Result<std::string>(config.jwt_secret);
  if (!jwt) return jwt.error();
  auto admin = config.admin_api_key.empty() ? read_or_make_secret(dir / "admin.key", "kgw_", random)
                                            : Result<std::string>(config.admin_api_key);
  if (!admin) return admin.error();
  return Secrets{std::move(*jwt), std::move(*admin)};
}

Doors::Doors(Ground& on, Secrets secrets, std::function<std::string()> why)
    : tokens(on.config.jwt_algorithm, std::move(secrets.jwt), on.config.jwt_secret_previous),
      sessions(keys, on.random),
      access(Access::Settings{std::move(secrets.admin_key), on.config.metrics_token, on.config.open_to,
                              on.config.trust_proxy},
             keys, sessions),
      waiting_room(on.node, on.loop, std::move(why)),
      front(access, on.loop, on.log),
      server(on.loop, front, front),
      certificate(on.config, server, on.log) {
  front.let_wait(server, waiting_room);
  on.reload.add_applied([this, &on](const Config& read) { certificate.renew(read, on.clock.now().wall); });
}

std::string Doors::url(std::string_view scheme, const std::string& host) const {
  const bool any = host == "::" || host == "0.0.0.0";
  const std::string name = any ? "127.0.0.1" : host.find(':') != std::string::npos ? "[" + host + "]" : host;
  return std::string(scheme) + (certificate.ends() ? "s://" : "://") + name + ":" +
         std::to_string(server.port());
}

}  // namespace kgw
