#include "upkeep/sandbox.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

namespace kgw {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // sanitizers start a symbolizer and trace their own process
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kCallsMax = 0x4000'0000;  // from there on they are x32's, by other numbers
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kCallsMax = 0xffff'ffff;
#else
constexpr std::uint32_t kArchitecture = 0;  // no filter
constexpr std::uint32_t kCallsMax = 0xffff'ffff;
#endif

// What a server never does and an intruder wants: other programs, other processes' memory, mounts, namespaces,
// kernel modules and the rest of what only administrators need.
constexpr std::array kRefused{
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_io_uring_setup,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_acct,
    SYS_quotactl,
};

constexpr sock_filter statement(std::uint16_t code, std::uint32_t value) { return {code, 0, 0, value}; }
// Goes on so many instructions later, if it is so or if not.
constexpr sock_filter jump(std::uint16_t code, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return {code, yes, no, value};
}

// An allow-list would have to know what each library calls on each libc; see ADR 28.
bool refuse_calls() {
  if (kSanitized || kArchitecture == 0) return false;
  constexpr std::uint32_t kEperm = SECCOMP_RET_ERRNO | EPERM;
  std::vector<sock_filter> program{
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      statement(BPF_RET | BPF_K, kEperm),
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      jump(BPF_JMP | BPF_JGE | BPF_K, kCallsMax, 0, 1),
      statement(BPF_RET | BPF_K, kEperm),
  };
  for (const long call : kRefused) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, kEperm));
  }
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
}

// Reading stays free: settings, certificates and DNS's files may lie anywhere.
bool confine_writing(const std::filesystem::path& data_dir) {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                            LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                            LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
#ifdef LANDLOCK_ACCESS_FS_REFER
  if (version >= 2) rules.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;  // else refused everywhere
#endif
  const auto set =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0));
  if (set < 0) return false;
  landlock_path_beneath_attr room{};
  room.allowed_access = rules.handled_access_fs;
  room.parent_fd = open(data_dir.c_str(), O_PATH | O_CLOEXEC);
  const bool done = room.parent_fd >= 0 &&
                    syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &room, 0) == 0 &&
                    syscall(SYS_landlock_restrict_self, set, 0) == 0;
  if (room.parent_fd >= 0) close(room.parent_fd);
  close(set);
  return done;
}

}  // namespace

std::string close_sandbox(const std::filesystem::path& data_dir) {
  std::error_code ignored;  // whether the directory can be used is said by who uses it
  std::filesystem::create_directories(data_dir, ignored);
  std::string given_up;
  const auto note = [&given_up](bool done, const char* what) {
    if (done) given_up += (given_up.empty() ? "" : ", ") + std::string(what);
  };
  note(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "new rights");
  const rlimit none{0, 0};
  note(setrlimit(RLIMIT_CORE, &none) == 0, "core dumps");
  note(confine_writing(data_dir), "writing outside of DATA_DIR");
  note(refuse_calls(), "other programs");
  return given_up.empty() ? "nothing" : given_up;
}

}  // namespace kgw
