// What `demo` and `serve` print for the person who started them: the dashboard's address, a command to copy,
// and what to do next. Texts only; the callers print them.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "agent/demo.hpp"
#include "settings/config.hpp"

namespace kgw {

// Returns a command of this program for the gateway at `url` with its state in `config.data_dir`, ready to
// paste into a shell: "build/kiosk-gateway key add NAME". `program`: how this program was called.
std::string command_line(std::string_view program, std::string_view words, const Config& config,
                         std::string_view url);

struct DemoWelcome {
  std::string program;  // argv[0]
  std::string url;
  std::string link;  // "/dashboard#code=...", valid for one login
  std::string key;   // for the command to copy
  int kiosks = 1;
  std::set<DemoFault> faults;
};
std::string demo_welcome(const DemoWelcome& demo, const Config& config);

std::string serve_welcome(std::string_view program, std::string_view url, const Config& config);

}  // namespace kgw
