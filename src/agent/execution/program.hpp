// ProgramRunner: runs vendors' programs: a list of arguments and never a shell, each in a process group of its
// own and with nothing of the agent's but its environment, without the agent's secrets. Each one is waited for
// on a thread of its own, as many as there may be programs; what came of it is told on the agent's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent_loop.hpp"
#include "base/clock.hpp"

namespace kgw {

inline constexpr std::size_t kProgramOutputBytesMax = 64 * 1024;

struct ProgramCall {
  std::vector<std::string> arguments;  // the program first: its path, or a name on PATH
  std::string directory;               // empty: the agent's
  // Its output is this file, which is removed before it starts (one of an earlier run tells nothing about this
  // one). Empty: its standard output.
  std::string output_file;
  Milliseconds timeout{60'000};
};

struct ProgramEnd {
  enum class How : std::uint8_t {
    exited,
    not_started,  // surely: `why`
    timed_out,    // it was killed, with all that it had started
    killed,       // by the signal `code`
    left,         // it was not waited for any longer, and goes on
  };
  How how = How::left;
  int code = 0;
  std::string output{};  // its bytes, at most kProgramOutputBytesMax: the first ones
  std::string why{};
};

// Blocks. Gives up (`left`) when `stop_fd` gets readable.
ProgramEnd run_program(const ProgramCall& call, int stop_fd = -1);

class ProgramRunner {
 public:
  // Requires `loop` to outlive it.
  explicit ProgramRunner(AgentLoop& loop, std::size_t running_max = 32);
  ~ProgramRunner();  // what runs goes on, but nothing is reported
  ProgramRunner(const ProgramRunner&) = delete;

  // `done` is called once, later, on the loop. Returns false and does nothing if too many are running.
  bool start(ProgramCall call, std::function<void(const ProgramEnd&)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
