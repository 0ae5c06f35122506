// Gateway: all parts wired together, from opening the store to an orderly end. One thread, the loop's.
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
  // Opens the store, reads or generates the secrets, listens. `read_again` is called on SIGHUP, on another
  // thread. Error: a sentence for the operator.
  // `given_up`: what the process can no longer do, for the log; empty: not told.
  static Result<std::unique_ptr<Gateway>> open(const LoadedConfig& loaded,
                                               std::function<LoadedConfig()> read_again,
                                               std::string_view given_up = {});
  ~Gateway();

  // "http://127.0.0.1:8000": the URL for programs on this machine. `scheme`: http or ws, which becomes
  // https or wss with a certificate.
  std::string url(std::string_view scheme) const;
  KioskChanges& kiosks();
  // A key that is in no store and ends with this gateway, however that ends.
  IssuedKey lend_key(KeyRecord record);
  // "/dashboard#code=...": logs an administrator in, once, within limits::kLoginCodeTime.
  std::string lend_dashboard_link();
  // Runs until SIGTERM or SIGINT and the end of what is running, then closes everything. Returns the exit
  // code.
  int run();
  void stop();  // makes run() return at once, even if it has not begun

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kgw
