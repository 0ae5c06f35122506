// Walk: a look at everything that a collection holds, in the order of ids, some at a time: a gateway may have a
// hundred thousand kiosks and ten thousand keys, and no turn of the loop may look at them all. What is added or
// removed meanwhile is met or not, depending on which side of the walk it stands; nothing is met twice.
#pragma once

#include <cstddef>
#include <string>

namespace kgw {

// `All` has behind(id, count): at most `count` references whose ids follow `id`, ordered by id; and id_of()
// takes such a reference.
class Walk {
 public:
  // How many one turn may look at, some tens of nanoseconds of work each.
  static constexpr std::size_t kStep = 256;

  // Calls `see` with the next ones, at most `count`. Returns true once it has been with all.
  template <class All, class See>
  bool step(const All& all, const See& see, std::size_t count = kStep) {
    const auto some = all.behind(at_, count);
    for (const auto& one : some) see(one);
    if (!some.empty()) at_ = id_of(some.back());
    return some.size() < count;
  }

 private:
  std::string at_;  // the last one seen
};

}  // namespace kgw
