// Gateway: all parts wired together, from an opened store to a clean end. One thread, the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "admin/key_changes.hpp"
#include "admin/kiosk_changes.hpp"
#include "base/result.hpp"
#include "settings/config.hpp"

namespace kgw {

class Gateway {
 public:
  // Opens the store, reads or makes the secrets, listens. `read_again` is what SIGHUP calls, on another thread.
  // Error: a sentence for the operator.
  static Result<std::unique_ptr<Gateway>> open(const LoadedConfig& loaded,
                                               std::function<LoadedConfig()> read_again);
  ~Gateway();

  // "http://127.0.0.1:8000": where a program on this machine reaches it. `scheme` is http or ws.
  std::string url(std::string_view scheme) const;
  KioskChanges& kiosks();
  // A key that no store knows: it ends with this gateway, however that ends.
  IssuedKey lend_key(KeyRecord record);
  // "/dashboard#code=...": logs an administrator in, once, within limits::kLoginCodeTime.
  std::string lend_dashboard_link();
  // Until SIGTERM or SIGINT and what runs has ended; then everything is closed. Gives the exit code.
  int run();
  void stop();  // ends run() at once, also one that has not begun

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kgw
