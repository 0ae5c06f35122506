// What `demo` and `serve` print for the person who started them: where the dashboard is, a line to copy, and
// what to do next. Texts only; the callers print them.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "agent/demo.hpp"
#include "settings/config.hpp"

namespace kgw {

// A command of this program that finds the gateway at `url` with its state in `config.data_dir`, ready to be
// copied into a shell: "build/kiosk-gateway key add NAME". `program` is how this one was called.
std::string command_line(std::string_view program, std::string_view words, const Config& config,
                         std::string_view url);

struct DemoWelcome {
  std::string program;  // argv[0]
  std::string url;
  std::string link;  // "/dashboard#code=...", good for one login
  std::string key;   // what the line to copy bears
  int kiosks = 1;
  std::set<DemoFault> faults;
};
std::string demo_welcome(const DemoWelcome& demo, const Config& config);

std::string serve_welcome(std::string_view program, std::string_view url, const Config& config);

}  // namespace kgw
