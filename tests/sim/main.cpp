// sim --seeds N [--first S] | --seed S [--verbose] | --expect-violation
// Runs seeds, each twice: the same seed must give the same trace. Exit 0: every rule held and every kind of
// fault happened; 1: not. --expect-violation (mutants): 0 when a rule was broken.
// --loop-as-it-was: with a fault that not every run meets (world.hpp).
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "world.hpp"

namespace kgw::sim {
namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 100;
  bool one = false;
  bool verbose = false;
  bool expect_violation = false;
  Faults faults;
  std::string program;
};

bool parse_number(const char* text, std::uint64_t& out) {
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, out);
  return error == std::errc() && stop == end;
}

bool parse(int argc, char** argv, Options& options) {
  options.program = argv[0];
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const bool more = i + 1 < argc;
    if (flag == "--verbose") options.verbose = true;
    else if (flag == "--loop-as-it-was") options.faults.loop_as_it_was = true;
    else if (flag == "--expect-violation") options.expect_violation = true;
    else if (flag == "--seeds" && more && parse_number(argv[i + 1], options.seeds)) ++i;
    else if (flag == "--first" && more && parse_number(argv[i + 1], options.first)) ++i;
    else if (flag == "--seed" && more && parse_number(argv[i + 1], options.first)) {
      options.seeds = 1;
      options.one = true;
      ++i;
    } else return false;
  }
  return true;
}

void print(const Trace::Line& line) {
  std::printf("%12.6f  %s%s%s\n", static_cast<double>(line.at) / 1e6, line.id ? line.id.text().c_str() : "",
              line.id ? "  " : "", line.text.c_str());
}

// Runs the seed again, keeping its lines, and prints those that concern the exchange.
void show(const Options& options, std::uint64_t seed, const Violation& violation) {
  std::printf("seed %llu broke the rule %s: %s\n", static_cast<unsigned long long>(seed),
              violation.rule.c_str(), violation.what.c_str());
  Counters ignored;
  World world(seed, ignored, true, options.faults);
  try {
    world.run();
    std::printf("(it held when run again: the run does not depend on its seed alone)\n");
  } catch (const Violation&) {
  }
  std::vector<const Trace::Line*> of_exchange;
  std::size_t last = 0;  // what came after the exchange's last line is no help
  for (const Trace::Line& line : world.trace().lines()) {
    if (options.verbose || line.id == violation.id || (!line.id && (!of_exchange.empty() || !violation.id)))
      of_exchange.push_back(&line);
    if (line.id == violation.id) last = of_exchange.size();
  }
  if (!options.verbose) of_exchange.resize(last);
  const std::size_t most = options.verbose ? of_exchange.size() : 40;
  for (std::size_t i = of_exchange.size() > most ? of_exchange.size() - most : 0; i < of_exchange.size(); ++i)
    print(*of_exchange[i]);
  if (violation.id) std::printf("exchange %s\n", violation.id.text().c_str());
  std::printf("replay: %s --seed %llu --verbose\n", options.program.c_str(),
              static_cast<unsigned long long>(seed));
}

bool run_seed(const Options& options, std::uint64_t seed, Counters& count, std::uint64_t& events,
              std::uint64_t& exchanges) {
  std::uint64_t fingerprints[2] = {0, 0};
  Counters again;
  try {
    for (int i = 0; i < 2; ++i) {
      World world(seed, i == 0 ? count : again, options.one && options.verbose && i == 0, options.faults);
      world.run();
      fingerprints[i] = world.trace().fingerprint();
      if (i == 0) {
        events += world.events();
        exchanges += world.exchanges();
        for (const Trace::Line& line : world.trace().lines()) print(line);
      }
    }
    if (fingerprints[0] != fingerprints[1])
      throw Violation{"same_trace", {}, "the same seed gave two different traces"};
  } catch (const Violation& violation) {
    show(options, seed, violation);
    return false;
  }
  return true;
}

int run(const Options& options) {
  Counters count;
  std::uint64_t events = 0;
  std::uint64_t exchanges = 0;
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed)
    if (!run_seed(options, seed, count, events, exchanges)) return options.expect_violation ? 0 : 1;
  if (options.expect_violation) {
    std::printf("%llu seeds broke no rule: the planted bug was not caught\n",
                static_cast<unsigned long long>(options.seeds));
    return 1;
  }
  bool all = true;
  std::printf("%llu seeds, %llu exchanges, %llu events\n", static_cast<unsigned long long>(options.seeds),
              static_cast<unsigned long long>(exchanges), static_cast<unsigned long long>(events));
  for (std::size_t i = 0; i < kEventCount; ++i) {
    const std::string_view what = name(static_cast<Event>(i));
    std::printf("  %-32.*s %llu\n", static_cast<int>(what.size()), what.data(),
                static_cast<unsigned long long>(count.of[i]));
    all = all && count.of[i] != 0;
  }
  // A few seeds need not meet every fault; many must.
  if (!all && options.seeds >= 500) {
    std::printf("a kind of fault never happened: the simulation has gone blind to it\n");
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace kgw::sim

int main(int argc, char** argv) {
  // A fault of the simulator's own is no planted bug that was caught.
  std::set_terminate([] {
    std::fputs("the simulator itself has failed\n", stderr);
    std::_Exit(3);
  });
  // What the code itself checks is a rule too: a planted bug that trips over it is caught.
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--expect-violation") == 0) std::signal(SIGABRT, [](int) { std::_Exit(0); });
  kgw::sim::Options options;
  if (!kgw::sim::parse(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: %s [--seeds N] [--first S] [--seed S] [--verbose] [--expect-violation] "
                 "[--loop-as-it-was]\n",
                 argv[0]);
    return 2;
  }
  return kgw::sim::run(options);
}
