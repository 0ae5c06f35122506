// The admin API for kiosks (PROTOCOL.md 1.5): list, show, add, import, change, remove, new token. Changes are
// durable before the Relay hears of them and before they are told; they run one after the other, so that none
// is lost.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "gateway/config.hpp"
#include "gateway/kiosk_door.hpp"
#include "gateway/relay_shell.hpp"
#include "wire/jwt.hpp"

namespace kgw {

class KiosksApi {
 public:
  KiosksApi(const Config& config, RelayShell& shell, KioskDoor& door, const TokenAuthority& tokens,
            Random& random, Loop& loop, HttpServer& server, Store& store, Log& log);

  // `rest`: the path behind /api/kiosks. The caller's right to be here was checked.
  void on_request(const HttpRequest& request, std::string_view rest);

  // A kiosk that was added or given a new token; shown once.
  struct Issued {
    std::string id;
    std::string title;
    std::string token;  // empty: it came with its own
    WallTime expires_at{};
  };
  // For `demo`: adds the kiosk, or gives one that bears the same title a new token; one with another title is
  // not touched (already_exists). Calls back when it is durable.
  void ensure(const std::string& id, std::string_view title, std::function<void(Result<Issued>)> callback);

 private:
  // A change that waits for its turn; it must end with `done()` on every path.
  using Change = std::function<void()>;
  static constexpr std::size_t kChangesMax = 1000;

  void list(const HttpRequest& request);
  void show(const HttpRequest& request, const std::string& id);
  void add(const HttpRequest& request);
  void import(const HttpRequest& request);
  void change(const HttpRequest& request, const std::string& id);
  void remove(const HttpRequest& request, const std::string& id);
  void renew_token(const HttpRequest& request, const std::string& id);

  void queue(HttpCallId call, Change change);
  void start_next();
  void done();
  // Writes, tells the Relay, logs, answers; then done().
  void write(std::vector<KioskRecord> records, bool force, std::string_view event,
             std::function<void(Result<void>)> then);
  Result<Issued> issue(KioskRecord& record, const std::string& given_token) const;
  const Kiosk* find(const std::string& id) const;
  std::string kiosk_json(const Kiosk& kiosk, std::string_view connections = {}) const;

  const Config& config_;
  RelayShell& shell_;
  KioskDoor& door_;
  const TokenAuthority& tokens_;
  Random& random_;
  Loop& loop_;
  HttpServer& server_;
  Store& store_;
  Log& log_;
  std::deque<Change> changes_;
  bool busy_ = false;
};

}  // namespace kgw
