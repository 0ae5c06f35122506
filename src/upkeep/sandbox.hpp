// What the gateway gives up once it is about to serve, so that whoever gets hold of it can do little else: new
// rights, core dumps with secrets in them, other programs, and writing outside of DATA_DIR.
#pragma once

#include <filesystem>
#include <string>

namespace kgw {

// For this thread and all that it starts from now on: call it before there are others. What the kernel does not
// have is left out. Creates `data_dir` if it is missing. Returns what is given up, for the log: "new rights,
// core dumps, writing outside of DATA_DIR, other programs".
std::string close_sandbox(const std::filesystem::path& data_dir);

}  // namespace kgw
