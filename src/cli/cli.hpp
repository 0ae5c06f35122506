// Cli: the commands that talk to a running gateway's admin API: `kiosk
// add|list|show|rename|enable|disable|remove|token|import`, `send`, `import`, `export` and more. Blocking,
// single-threaded. The caller provides the settings (the gateway's URL, the key).
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace kgw {

struct CliEnvironment {
  std::string gateway_url;    // empty if none is known
  std::string key;            // for `import rediss://...`; empty: the system's CAs
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

  // Adds the commands to `app`. Requires this to outlive `app`.
  void install(CLI::App& app);
  // After app.parse(): whether one of these commands was given.
  bool chosen() const;
  // Runs the command. Returns 0: done; 1: failed, `err` says why and what to do; 2: wrong usage; 3: it may or
  // may not have been carried out. Requires chosen().
  int run(const CliEnvironment& environment);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs a whole command line with these commands alone; the usual exit codes.
int run_cli(int argc, const char* const* argv, const CliEnvironment& environment);

}  // namespace kgw
