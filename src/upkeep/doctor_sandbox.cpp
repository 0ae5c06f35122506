// What the running gateway has given up, as far as the kernel shows it.
// Implements upkeep/doctor_checks.hpp.
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "store/data_dir.hpp"
#include "upkeep/doctor_checks.hpp"

namespace kgw {
namespace {

// "NoNewPrivs:	1" of a process.
bool is_set(const std::string& pid, const std::string& name) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return line.find_first_of("123456789") != std::string::npos;
  return false;
}

}  // namespace

Finding check_sandbox(const DoctorSettings& settings) {
  Finding finding{.what = "sandbox", .text = {}, .hint = {}};
  const bool landlock = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
  const std::string pid = DataDir::holder(settings.data_dir);
  if (pid.empty()) {
    finding.text = landlock ? "this kernel can keep the gateway from writing outside of DATA_DIR"
                            : "this kernel has no Landlock: the gateway may write wherever its user may";
    return finding;
  }
  const bool rights = is_set(pid, "NoNewPrivs");
  const bool calls = is_set(pid, "Seccomp");
  finding.text = "the running gateway (pid " + pid + ") gets no new rights: " + (rights ? "yes" : "no") +
                 "; starts no programs: " + (calls ? "yes" : "no") +
                 "; writes in DATA_DIR only: " + (landlock && rights ? "yes" : "no");
  if (!rights || !calls) {
    finding.verdict = Verdict::warn;
    finding.hint =
        "unset SANDBOX=false, if that is set; else the kernel refused, and `sandbox` in the log says what it "
        "granted";
  }
  return finding;
}

}  // namespace kgw
