// Cli: the commands that talk to a running gateway's admin API: `kiosk
// add|list|show|rename|enable|disable|remove|token|import`, `send`, `import`, `export` and more. Blocking, one
// thread. Settings (where the gateway is, which key) are the caller's business.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace kgw {

struct CliEnvironment {
  std::string gateway_url;    // "http://127.0.0.1:8000"
  std::string key;            // may be empty: none is known
  std::string redis_ca_file;  // for `import rediss://...`; empty: the system's authorities
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

class Cli {
 public:
  Cli();
  ~Cli();
  Cli(const Cli&) = delete;

  // Adds the commands to `app`, which must not outlive this.
  void install(CLI::App& app);
  // After app.parse(): one of these commands was given.
  bool chosen() const;
  // Carries it out. 0: done; 1: failed, `err` says why and what to do; 2: wrong use; 3: nobody
  // can know whether it was carried out. REQUIRES chosen().
  int run(const CliEnvironment& environment);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// These commands alone, from a whole command line; the usual exit codes.
int run_cli(int argc, const char* const* argv, const CliEnvironment& environment);

}  // namespace kgw
